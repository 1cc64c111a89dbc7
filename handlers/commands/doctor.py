"""What is wrong on this machine, and in the repository it stands in."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import UserError
from handlers.commands.options import AsJson, RepoFolder, print_json
from handlers.process_exit import BLOCKED

if TYPE_CHECKING:
    from runners.doctor import Finding

JSON_VERSION = 1
_INDENT = " " * 9


def register(app: typer.Typer) -> None:
    app.command("doctor")(examine)


def examine(
    models: Annotated[
        bool,
        typer.Option(
            "--models", help="Load each model and ask it a word: it may cost, within the caps."
        ),
    ] = False,
    repo: RepoFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Say what is wrong on this machine and in this repository, each with the fix.

    Looked at are settings, git, sandbox, disk, database, models and their servers, GPUs, GitHub and
    the repository's configuration. Servers are asked only for what is free, unless --models is
    given. Exit 1 where there is an error; a warning may be as you want it.
    """
    found = []
    for finding in _find(repo, ask=models):
        found.append(finding)
        if not as_json:
            _print(finding)
    errors, warnings = (sum(one.sign == sign for one in found) for sign in ("error", "warning"))
    if as_json:
        facts = [{"sign": one.sign, "what": one.what, "hint": one.hint} for one in found]
        counts = {"errors": errors, "warnings": warnings}
        print_json({"v": JSON_VERSION, **counts, "findings": facts})
    else:
        typer.echo(_sum_up(errors, warnings))
    raise typer.Exit(BLOCKED if errors else 0)


def _find(folder: Path, *, ask: bool) -> "Iterator[Finding]":
    """Settings that cannot be read are one finding; the rest is then looked at without them."""
    from bot.config.machine import Settings, read_settings
    from runners.doctor import Finding, examine_all

    try:
        settings = read_settings()
    except UserError as exc:
        where = f"{exc.where}: " if exc.where else ""
        yield Finding(f"settings: {where}{exc.what}", good=False, hint=exc.hint)
        settings = Settings()
    yield from examine_all(settings, folder, ask=ask)


def _print(finding: "Finding") -> None:
    from bot.text.invisible import replace_unprintable

    lines = [f"{finding.sign:<8} {finding.what}"]
    lines += [f"{_INDENT}{line}" for line in finding.hint.splitlines()]
    typer.echo(replace_unprintable("\n".join(lines)))


def _sum_up(errors: int, warnings: int) -> str:
    from handlers.console import format_count

    if not errors and not warnings:
        return "nothing is wrong"
    return f"{format_count(errors, 'error')}, {format_count(warnings, 'warning')}"
