"""Who planned which task, and what turned out to be wrong with plans: typed, and told by model."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.storage.database import on_conflict_nothing, on_conflict_replace
from bot.storage.lost_connection import repeat_if_lost, wait_while_lost
from bot.storage.overview import EVERYTHING, Visible, only_visible
from bot.storage.tables import PLAN_FACTS, PLANNED_TASKS
from bot.text.invisible import replace_unstorable

MAX_READ = 500
"""Facts of one repository that are looked at, the newest."""
MAX_TEXT = 300


class FaultKind(StrEnum):
    """What was wrong with a plan. The values are what is stored and people read."""

    IMPOSSIBLE_CHECK = "impossible check"
    TOO_LARGE = "task too large"
    BLOCKS_REFUSED = "blocks that did not apply"
    MISSED_FILE = "file left out"
    STRIKES = "failed again and again"
    REPLANNED = "planned anew"
    REFUSED = "plan refused"


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task as a model planned it. `digest` is of its text, `plan` of all that came with it.

    `job` is a ticket's key, or whatever else paid for the plan; `file` are all that it writes, one
    a line, its own first.
    """

    repo: str
    digest: str
    plan: str
    job: str
    name: str
    file: str
    checks: str
    model: str
    at: float

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(filter(None, self.file.split("\n")))


@dataclass(frozen=True, slots=True)
class PlanFact:
    """`subject` is a file or a check, `says` why, in a line; `model` planned it, or is empty."""

    repo: str
    job: str
    kind: FaultKind
    subject: str
    says: str
    plan: str
    model: str
    at: float

    @property
    def id(self) -> str:
        """The same for the same fault of the same job, however often it is met."""
        parts = (self.repo, self.job, self.kind, self.subject, self.plan)
        return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PlannerCount:
    """A model's plans, those of them with any fault, and its faults by kind."""

    model: str
    plans: int
    faulty: int
    faults: dict[str, int]


@dataclass(frozen=True, slots=True)
class PlanFactStore:
    engine: sa.Engine

    @wait_while_lost
    def note_tasks(self, tasks: Iterable[PlannedTask]) -> None:
        """The newest plan of a task's text is whose it is."""
        # Two jobs may note the same at once: in one order, neither waits for the other.
        rows = sorted(
            (asdict(each) for each in tasks), key=lambda row: (row["repo"], row["digest"])
        )
        names = [each.name for each in PLANNED_TASKS.c if not each.primary_key]
        with self.engine.begin() as db:
            for row in rows:
                db.execute(on_conflict_replace(self.engine, PLANNED_TASKS, *names), row)

    @wait_while_lost
    def note_facts(self, facts: Iterable[PlanFact]) -> None:
        """Noted again they change nothing."""
        rows = [asdict(each) | {"id": each.id, "kind": each.kind.value} for each in facts]
        for row in rows:
            row |= {key: replace_unstorable(row[key][:MAX_TEXT]) for key in ("subject", "says")}
        with self.engine.begin() as db:
            for row in rows:
                db.execute(on_conflict_nothing(self.engine, PLAN_FACTS), row)

    @wait_while_lost
    def find_tasks(self, repo: str, digests: Iterable[str], job: str) -> list[PlannedTask]:
        """Those of these texts, and all that were planned for the job; the newest last."""
        by_text = PLANNED_TASKS.c.digest.in_(list(digests))
        by_job = sa.and_(PLANNED_TASKS.c.job == job, sa.literal(bool(job)))
        query = sa.select(PLANNED_TASKS).where(PLANNED_TASKS.c.repo == repo)
        query = query.where(sa.or_(by_text, by_job))
        order = (PLANNED_TASKS.c.at, PLANNED_TASKS.c.digest)
        with self.engine.connect() as db:
            return [PlannedTask(**row) for row in db.execute(query.order_by(*order)).mappings()]

    @repeat_if_lost
    def list_facts(self, repo: str, since: float) -> Sequence[PlanFact]:
        """Of one repository, the newest first."""
        return self._read(PLAN_FACTS.c.repo == repo, PLAN_FACTS.c.at >= since)

    @repeat_if_lost
    def list_between(
        self, since: float, until: float, visible: Visible = EVERYTHING
    ) -> Sequence[PlanFact]:
        within = (PLAN_FACTS.c.at >= since, PLAN_FACTS.c.at < until)
        return self._read(*within, *only_visible(visible, PLAN_FACTS.c.repo))

    def _read(self, *which: sa.ColumnElement[bool]) -> list[PlanFact]:
        columns = [column for column in PLAN_FACTS.c if column.name != "id"]
        order = (PLAN_FACTS.c.at.desc(), PLAN_FACTS.c.id)
        query = sa.select(*columns).where(*which, PLAN_FACTS.c.kind.in_(list(FaultKind)))
        with self.engine.connect() as db:
            rows = db.execute(query.order_by(*order).limit(MAX_READ)).mappings()
            return [PlanFact(**{**row, "kind": FaultKind(row["kind"])}) for row in rows]

    @repeat_if_lost
    def count_planners(self, since: float, visible: Visible = EVERYTHING) -> list[PlannerCount]:
        """By the model that wrote the plans, the one with most plans first."""
        plans = sa.func.count(PLANNED_TASKS.c.plan.distinct())
        made = sa.select(PLANNED_TASKS.c.model, plans).group_by(PLANNED_TASKS.c.model)
        made = made.where(PLANNED_TASKS.c.at >= since, *only_visible(visible, PLANNED_TASKS.c.repo))
        seen = (PLAN_FACTS.c.at >= since, *only_visible(visible, PLAN_FACTS.c.repo))
        by = (PLAN_FACTS.c.model, PLAN_FACTS.c.kind)
        kinds = sa.select(*by, sa.func.count()).where(*seen).group_by(*by)
        faulty = sa.func.count(PLAN_FACTS.c.plan.distinct())
        bad = sa.select(PLAN_FACTS.c.model, faulty).where(*seen, PLAN_FACTS.c.plan > "")
        with self.engine.connect() as db:
            return _count(
                dict(_pairs(db, made)),
                dict(_pairs(db, bad.group_by(PLAN_FACTS.c.model))),
                [tuple(row) for row in db.execute(kinds)],
            )


def describe_faults(faults: Mapping[str, int]) -> str:
    """The most frequent first."""
    order = sorted(faults.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{kind} ({count})" for kind, count in order)


def _pairs(db: sa.Connection, query: sa.Select[Any]) -> list[tuple[str, int]]:
    return [(str(name), int(count)) for name, count in db.execute(query)]


def _count(
    plans: dict[str, int], faulty: dict[str, int], kinds: Sequence[tuple[Any, ...]]
) -> list[PlannerCount]:
    models = {*plans, *(model for model, _, _ in kinds)} - {""}
    counts = [
        PlannerCount(
            model,
            plans.get(model, 0),
            faulty.get(model, 0),
            {kind: int(count) for name, kind, count in kinds if name == model},
        )
        for model in models
    ]
    return sorted(counts, key=lambda each: (-each.plans, each.model))
