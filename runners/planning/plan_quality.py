"""What a planner is told of its earlier plans for a repository, and what is noted of new ones."""

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bot.plan import Task, format_check, peek_job, written_paths
from bot.spending import DAY_SECONDS
from bot.text.invisible import make_printable
from runners.planning.conversation import MAX_REPAIRS, Conversation
from runners.spending import Meter

if TYPE_CHECKING:
    # Importing SQLAlchemy takes half a second of processor time.
    import sqlalchemy as sa

    from bot.storage.plan_facts import PlanFact, PlannedTask

MAX_LESSONS = 8
"""Lines that a planner is told."""
MAX_CHARACTERS = 240
"""Of its subject and of why, together."""
REMEMBERED_DAYS = 90
_NOTE = "faults of earlier plans"
_SENTENCES = {
    "impossible check": "the check {subject} could not decide its task",
    "task too large": "a task on {subject} did not fit the model that was to do it",
    "blocks that did not apply": "exact blocks for {subject} did not apply or failed their check",
    "file left out": "{subject} had to be changed, and no task named it",
    "failed again and again": "attempts at {subject} failed again and again",
    "plan refused": "a plan was refused three times: {subject}",
}
"""Of each kind that another plan can avoid; that it was planned anew follows from the others."""


def digest_task(task: Task) -> str:
    """Equal for a task that is only laid out or ordered differently."""
    checks = [format_check(check) for check in task.checks]
    blocks = [(block.kind, block.path, block.text) for block in task.blocks]
    parts = [task.id, task.kind, task.file, task.reads, task.text, checks, blocks]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def describe_tasks(
    tasks: Sequence[Task], repo: str, job: str, model: str, at: float
) -> "list[PlannedTask]":
    """As they are noted: `repo` is a repository's key, `job` who paid for the plan."""
    from bot.storage.plan_facts import PlannedTask  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    digests = [digest_task(task) for task in tasks]
    plan = hashlib.sha256("".join(digests).encode()).hexdigest()[:32]
    return [
        PlannedTask(
            repo,
            digest,
            plan,
            job,
            task.id,
            "\n".join(dict.fromkeys(filter(None, (task.file, *sorted(written_paths(task)))))),
            ", ".join(check.label for check in task.checks),
            model,
            at,
        )
        for task, digest in zip(tasks, digests, strict=True)
    ]


def note_planned(
    engine: "sa.Engine", tasks: Sequence[Task], repo: str, job: str, model: str
) -> None:
    from bot.storage.plan_facts import PlanFactStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    PlanFactStore(engine).note_tasks(describe_tasks(tasks, repo, job, model, time.time()))


def note_quality(meter: Meter, conversation: Conversation) -> None:
    """Who wrote the plan that was taken; or that none was, and what was wrong with the last."""
    model = conversation.rows[-1].model if conversation.rows else ""
    payer = meter.payer
    if conversation.plan:
        tasks = peek_job(conversation.plan).tasks
        note_planned(meter.engine, tasks, payer.repo, payer.job, model)
    elif conversation.refusals > MAX_REPAIRS:
        _note_refused(meter, conversation.faults[0].what, model)


def _note_refused(meter: Meter, what: str, model: str) -> None:
    from bot.storage.plan_facts import (  # noqa: PLC0415  # SQLAlchemy: 0.2 s
        FaultKind,
        PlanFact,
        PlanFactStore,
    )

    payer = meter.payer
    fact = PlanFact(
        payer.repo, payer.job, FaultKind.REFUSED, what, "", payer.asking, model, time.time()
    )
    PlanFactStore(meter.engine).note_facts([fact])


def recall_lessons(meter: Meter) -> tuple[str, ...]:
    """What went wrong with earlier plans for the repository, as a planner is told it.

    The same after a kill: what was answered before is kept by all that was asked.
    """
    if kept := meter.find_note(_NOTE):
        return tuple(json.loads(kept))
    lessons = read_lessons(meter.engine, meter.payer.repo)
    meter.keep_note(_NOTE, json.dumps(lessons).encode())
    return lessons


def read_lessons(engine: "sa.Engine", repo: str) -> tuple[str, ...]:
    from bot.storage.plan_facts import PlanFactStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    since = time.time() - REMEMBERED_DAYS * DAY_SECONDS
    return list_lessons(PlanFactStore(engine).list_facts(repo, since))


def list_lessons(facts: "Iterable[PlanFact]") -> tuple[str, ...]:
    """The most frequent first, of equal ones the newest, then by their words; one for each."""
    groups: dict[tuple[str, str], list[PlanFact]] = {}
    for fact in facts:
        if fact.kind in _SENTENCES:
            groups.setdefault((fact.kind, fact.subject), []).append(fact)
    order = sorted(
        groups.items(), key=lambda each: (-len(each[1]), -max(f.at for f in each[1]), each[0])
    )
    return tuple(_tell(kind, found) for (kind, _), found in order[:MAX_LESSONS])


def _tell(kind: str, found: "Sequence[PlanFact]") -> str:
    newest = max(found, key=lambda fact: (fact.at, fact.id))
    # All of it is in words of a plan or a check: nothing hidden, and on one line.
    subject = make_printable(newest.subject, MAX_CHARACTERS // 2)
    told = _SENTENCES[kind].format(subject=f"`{subject}`" if subject else "something")
    why = make_printable(newest.says, MAX_CHARACTERS // 2)
    times = f" ({len(found)} times)" if len(found) > 1 else ""
    return f"{told}{f': {why}' if why else ''}{times}"
