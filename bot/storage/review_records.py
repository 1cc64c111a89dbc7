"""Who planned, implemented and reviewed which job, and what came of findings: for sums over jobs.

Written in the transaction that writes the ticket, from the ticket alone, so they never differ.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from bot.storage.overview import Visible, only_visible
from bot.storage.tables import FINDINGS, PASSES
from bot.ticket.model import Ticket, repo_key
from bot.ticket.passes import Pass, list_passes

Counted = Literal["found", "reproduced", "confirmed", "dismissed"]


@dataclass(slots=True)
class PassSum:
    """One model in one pass: in how many jobs, and what reviewers found there.

    Of the pass `review` the findings are those that this model made, of the others all that were
    made in its jobs.
    """

    name: Pass
    model: str
    jobs: int = 0
    findings: dict[Counted, int] = field(
        default_factory=lambda: {"found": 0, "reproduced": 0, "confirmed": 0, "dismissed": 0}
    )


def differ(old: Ticket, new: Ticket) -> bool:
    """Whether there is something new to be recorded."""
    return (old.progress.rows, old.findings, old.labelled_at) != (
        new.progress.rows,
        new.findings,
        new.labelled_at,
    )


def record_reviews(db: sa.Connection, ticket: Ticket) -> None:
    """In the place of what was recorded of this job; a label that is set anew begins another."""
    job = {"ticket": ticket.key, "at": ticket.labelled_at}
    for table in (PASSES, FINDINGS):
        same = sa.and_(table.c.ticket == job["ticket"], table.c.at == job["at"])
        db.execute(sa.delete(table).where(same))
    job["repo"] = repo_key(ticket.where)
    passes = list_passes(ticket.progress.rows).items()
    made = [{**job, "pass": name, "model": model} for name, models in passes for model in models]
    found = [
        {
            **job,
            "id": each.id,
            "model": each.model,
            "proof": each.proof_state,
            "verdict": each.verdict,
        }
        for each in ticket.findings
    ]
    for table, rows in ((PASSES, made), (FINDINGS, found)):
        if rows:
            db.execute(sa.insert(table), rows)


def sum_passes(engine: sa.Engine, visible: Visible, since: float) -> list[PassSum]:
    """By pass and model, of jobs whose label was set since then."""
    name, model = PASSES.c["pass"], PASSES.c.model
    which = (PASSES.c.at >= since, *only_visible(visible, PASSES.c.repo))
    jobs = sa.select(name, model, sa.func.count()).where(*which).group_by(name, model)
    same_job = sa.and_(FINDINGS.c.ticket == PASSES.c.ticket, FINDINGS.c.at == PASSES.c.at)
    own = sa.or_(name != "review", FINDINGS.c.model == model)
    by = (name, model, FINDINGS.c.proof, FINDINGS.c.verdict)
    found = (
        sa.select(*by, sa.func.count())
        .select_from(PASSES.join(FINDINGS, sa.and_(same_job, own)))
        .where(*which)
        .group_by(*by)
    )
    sums: dict[tuple[Pass, str], PassSum] = {}
    with engine.connect() as db:
        for each, by_model, count in db.execute(jobs):
            sums[each, by_model] = PassSum(each, by_model, int(count))
        counts: dict[tuple[Pass, str, Counted], int] = defaultdict(int)
        for each, by_model, proof, verdict, count in db.execute(found):
            counts[each, by_model, "found"] += int(count)
            if proof == "reproduced":
                counts[each, by_model, "reproduced"] += int(count)
            if verdict:
                counts[each, by_model, verdict] += int(count)
    for (each, by_model, counted), count in counts.items():
        if known := sums.get((each, by_model)):  # none that was written since the first query
            known.findings[counted] = count
    order = {"plan": 0, "implement": 1, "review": 2}
    return sorted(sums.values(), key=lambda one: (order[one.name], -one.jobs, one.model))
