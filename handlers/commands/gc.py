"""Removing what no job needs any more."""

from dataclasses import asdict
from typing import Annotated

import typer

from handlers.commands.options import AsJson

JSON_VERSION = 1


def register(app: typer.Typer) -> None:
    app.command("gc")(collect_garbage)


def collect_garbage(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    older_than: Annotated[
        float,
        typer.Option(
            "--older-than", metavar="DAYS", min=0, help="Only what was used last so long ago."
        ),
    ] = 0,
    branches: Annotated[
        bool,
        typer.Option(
            "--branches", help="Also branches that --fresh set aside (x.1, x.2), merged ones."
        ),
    ] = False,
    unmerged: Annotated[
        bool, typer.Option("--unmerged", help="With --branches: those with commits of their own.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what no job needs any more, and say what it freed.

    That is: checkouts that checks of ended or stopped jobs ran on; caches of [setup] whose
    repository is gone or that nobody used for a month; and what is older than [keep] in this
    machine's settings says: records of steps, evidence, jobs, ledgers, issues' jobs that are over.
    Mirrors are packed anew. What a running job uses is left, and so are branches; a removed branch
    can be made again from its commit. `serve` and `worker` do this by themselves, once a day.
    """
    from bot.config.machine import read_settings
    from bot.errors import UserError
    from handlers.commands.options import print_json
    from runners.history.open_history import find_history
    from runners.housekeeping.clean_up import clean_up
    from runners.housekeeping.removal import DAY_SECONDS, CleanUp

    if unmerged and not branches:
        hint = "Add --branches: it says which of those there are, and keeps those."
        raise UserError("it is about branches that were set aside", where="--unmerged", hint=hint)
    settings = read_settings()
    options = CleanUp(settings, dry_run, older_than * DAY_SECONDS, branches, unmerged)
    removals = clean_up(options, find_history(settings))
    if as_json:
        found = list(removals)
        freed = sum(each.size for each in found if not each.kept_because)
        things = [asdict(each) for each in found]
        print_json({"v": JSON_VERSION, "dry_run": dry_run, "freed": freed, "things": things})
        return
    freed, verb = 0, "would remove" if dry_run else "removed"
    for each in removals:
        freed += 0 if each.kept_because else each.size
        size = f", {_format_size(each.size)}" if each.size else ""
        why = f": {each.kept_because}" if each.kept_because else ""
        typer.echo(f"{'kept' if why else verb}: {each.what}{size}, {each.path}{why}")
    typer.echo(f"{'would free' if dry_run else 'freed'} {_format_size(freed)}")


def _format_size(size: int) -> str:
    """As du -h has it, in powers of 1024."""
    if size < 1 << 10:
        return f"{size} bytes"
    unit, power = next(
        ((name, power) for name, power in (("GiB", 30), ("MiB", 20)) if size >= 1 << power),
        ("KiB", 10),
    )
    return f"{size / (1 << power):.1f} {unit}"
