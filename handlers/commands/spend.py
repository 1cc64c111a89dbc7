"""What models cost."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from handlers.commands.options import AsJson

if TYPE_CHECKING:
    from runners.history.open_history import OpenHistory
    from runners.history.spend import SpendRow

JSON_VERSION = 1


class Column(StrEnum):
    TIER = "tier"
    REPO = "repo"
    PERSON = "person"
    DAY = "day"
    JOB = "job"


def register(app: typer.Typer) -> None:
    app.command("spend")(show_spending)


def show_spending(
    by: Annotated[
        Column, typer.Option("--by", metavar="|".join(Column), help="What to sum by.")
    ] = Column.TIER,
    days: Annotated[
        int, typer.Option("--days", min=0, help="Only so many days back, today too; 0 for all.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show what models cost, over all runs.

    Every call of every run, plan and question on this database counts. Costs are in the
    currency of your tiers' prices, and nothing where a tier has none. `serve` forgets calls
    after three months. Days are UTC's, as those of the caps under [spending].
    """
    import time

    from bot.config.machine import read_settings
    from handlers.commands.options import print_json
    from runners.history.open_history import find_history, no_jobs_error
    from runners.history.spend import DAY_SECONDS, add_up, sum_spending

    settings, now = read_settings(), time.time()
    since = (now // DAY_SECONDS - days + 1) * DAY_SECONDS if days else 0.0
    history = find_history(settings)
    rows = sum_spending(history, by.value, since) if history else ()
    total = add_up("all", rows)
    if as_json:
        data = {"v": JSON_VERSION, "by": by.value, "since": since}
        print_json({**data, "rows": [asdict(row) for row in rows], "total": asdict(total)})
        return
    if history is None:
        typer.echo(str(no_jobs_error(settings)), err=True)
        return
    _print_rows(by, [*rows, total])
    _print_notes(history, total.unended)


def _print_rows(by: Column, rows: "list[SpendRow]") -> None:
    from handlers.plain_lines import format_columns

    head = (by.value.upper(), "CALLS", "TOKENS", "COST")
    cells = [(row.name, f"{row.calls:,}", f"{row.tokens:,}", f"{row.cost:.4f}") for row in rows]
    for line in format_columns([head, *cells], right=(1, 2, 3)):
        typer.echo(line)


def _print_notes(history: "OpenHistory", unended: int) -> None:
    """What is counted otherwise than one may think, and what the caps leave today."""
    import time

    from bot.spending import Payer
    from runners.history.spend import DAY_SECONDS, add_up, sum_spending
    from runners.spending import find_rooms

    if unended:
        were = "call was" if unended == 1 else "calls were"
        typer.echo(f"{unended} {were} cut off, and counted with the most it can have cost")
    today = add_up("", sum_spending(history, "tier", time.time() // DAY_SECONDS * DAY_SECONDS))
    caps = history.settings.spending
    tokens = f"{today.tokens:,} of {caps.day_tokens:,} tokens"
    typer.echo(f"today: {tokens}, cost {today.cost:.4f} of {caps.day_cost:.2f} ([spending])")
    rooms = find_rooms(history.store.engine, history.settings, Payer(), time.time())
    for line in (*(f"left: {room}" for room in rooms.caps), *rooms.describe_used_up()):
        typer.echo(line)
