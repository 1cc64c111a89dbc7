"""Work of a ticket that is done elsewhere: asked for, looked at like anything else, and taken.

A step that needs work done asks for it each time that it runs. While it is not done the step ends
there, by `WorkPendingError`, and the ticket is looked at again later; once it is done the same step
goes on with its result. What has been asked for is named by what it is (`WorkItem.id`), so that a
step may be killed at any line and asks for the same again.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.ticket import messages
from bot.ticket.model import Ticket, repo_key
from bot.ticket.stages import Stage
from runners.queues.states import WorkState
from runners.queues.work_item import PRIORITIES, PROTOCOL, WorkItem, WorkKind, hash_parts, kind_of
from runners.tickets.take_up_progress import share_base
from runners.worker_process.main import WorkRequest, WorkResult

if TYPE_CHECKING:
    from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
LOOK_SECONDS = 5.0
"""Between two looks at work under way; its end wakes the ticket sooner where it ran here."""


FULL_LOOKS = 100
"""Tickets that wait and are each looked at as often as that."""


class WorkPendingError(Exception):
    """No fault: the step goes on once the work is done. `ticket` is as the step had it by then."""

    def __init__(self, ticket: Ticket, work: str, state: WorkState) -> None:
        super().__init__(work)
        self.ticket = ticket
        self.work = work
        self.state = state


@dataclass(slots=True)
class StepWork:
    """What one step asked to have done, by its ids, and what of that it took the result of.

    `is_whole`: it went to its end, so that it would have asked for all that the ticket needs.
    """

    asked: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    is_whole: bool = False


def take_result(services: "Services", ticket: Ticket, work: WorkRequest) -> WorkResult:
    """Raises WorkPendingError while it is not done; the first time it is put into its queue."""
    queue, step = services.queue, services.step_work(ticket.key)
    assert queue  # noqa: S101  # the caller has looked
    item = make_item(ticket, work)
    step.asked.append(item.id)
    state = queue.find_states([item.id])[item.id]
    if state.phase == "absent":
        if queue.is_shared and item.queue == "builds":
            share_base(services.open_mirror(ticket), ticket, item.base)
        queue.enqueue(item)
        log.info("%s: queued: %s", ticket.name, item.id)
        state = WorkState("queued")
    if not state.result:
        raise WorkPendingError(ticket, item.id, state)
    step.taken.append(item.id)
    return state.result


def make_item(ticket: Ticket, work: WorkRequest) -> WorkItem:
    """The work without what is of this machine alone.

    Its id is the same for as long as the same is asked: what people say meanwhile is no reason to
    have a plan written, and paid for, a second time.
    """
    kind = find_kind(work)
    build = work.build
    about: list[object] = [PROTOCOL, ticket.labelled_at, build.base]
    if kind == "questions":
        about += [(each.about, each.system, each.user) for each in work.questions]
    elif work.review:
        about += [replace(work.review, notes=()), build.rules]
    elif work.issue:
        said = "" if ticket.stage is Stage.PLANNING else work.issue.background
        about += [ticket.title, ticket.body, said]
    else:
        round_ = ticket.progress.round
        about += [ticket.progress.round_hash, round_ and round_.kind, build.only]
        about += [build.senior, work.compared_with]
    return WorkItem(
        key=ticket.key,
        repo=repo_key(ticket.where),
        kind=kind,
        about=hash_parts(*about),
        number=ticket.question_number if kind == "questions" else ticket.work_number,
        priority=_find_priority(ticket, kind),
        plan=build.plan,
        branch=build.branch,
        base=build.base,
        rules=build.rules,
        only=build.only,
        notes=build.notes,
        senior=build.senior,
        resumes=build.resumes,
        aim=build.aim,
        compared_with=work.compared_with,
        issue=work.issue,
        questions=work.questions,
        review=work.review,
    )


def find_kind(work: WorkRequest) -> WorkKind:
    if work.questions:
        return "questions"
    if work.review:
        return "review"
    if work.issue:
        return "plan"
    return "check" if work.check_only else "build"


def _find_priority(ticket: Ticket, kind: WorkKind) -> int:
    if kind == "questions":
        return PRIORITIES["question"]
    if kind == "review":
        return PRIORITIES["rework"]
    round_ = ticket.progress.round
    if round_ and round_.kind in {"rework", "review"}:
        return PRIORITIES["rework"]
    if round_ and round_.kind != "plan":
        return PRIORITIES["ci"]
    return PRIORITIES["retry" if ticket.progress.retries else "new"]


def await_work(services: "Services", before: Ticket, pending: WorkPendingError) -> Ticket:
    """The ticket as the step had it, which waits for that work.

    A step asks for one thing of a kind: what it asked for before in its place is not wanted.
    """
    asked = services.step_work(before.key).asked
    kinds = set(map(kind_of, asked))
    stale = [work for work in before.works if kind_of(work) in kinds and work not in asked]
    end_works(services, stale)
    left = (work for work in before.works if work not in stale)
    works = tuple(dict.fromkeys((*left, pending.work)))
    now = services.now()
    asking = replace(pending.ticket, works=works, wake_at=now + LOOK_SECONDS)
    return _tell(asking, [pending.state], now)


def _tell(ticket: Ticket, states: Collection[WorkState], now: float) -> Ticket:
    """Say whether it waits for its turn, where the stage is about nothing else, or for room."""
    ticket = _tell_refused(ticket, next(filter(None, (s.refused for s in states)), ""), now)
    if ticket.stage not in {Stage.PLANNING, Stage.BUILDING}:
        return ticket
    if all(state.phase == "queued" for state in states):
        return replace(ticket, why=messages.QUEUED)
    if ticket.why == messages.QUEUED:
        begun = messages.PLANNING if ticket.stage is Stage.PLANNING else ""
        return replace(ticket, why=begun)
    return ticket


def _tell_refused(ticket: Ticket, why: str, now: float) -> Ticket:
    """Since when no worker has room for it, and once to who runs them; no more once one has."""
    if not why:
        return replace(ticket, outage="") if ticket.outage == "disk" else ticket
    if ticket.outage != "disk":
        log.error("%s: it waits, and continues by itself: %s", ticket.key, why)
    return replace(ticket, outage="disk", outage_since=ticket.outage_since or now)


def settle_work(services: "Services", before: Ticket, after: Ticket) -> Ticket:
    """The ticket once a step has ended: what it took is over, what it no longer wants is ended."""
    step = services.step_work(before.key)
    if step.is_whole:
        end_works(services, [work for work in before.works if work not in step.asked])
    kinds = set(map(kind_of, step.taken))
    left = () if step.is_whole else (w for w in after.works if kind_of(w) not in kinds)
    return replace(
        after,
        works=tuple(left),
        work_number=after.work_number + bool(kinds - {"questions"}),
        question_number=after.question_number + ("questions" in kinds),
    )


def end_works(services: "Services", works: Iterable[str]) -> None:
    if services.queue and (ids := list(works)):
        services.queue.cancel(ids)


def is_reading_overdue(services: "Services", ticket: Ticket) -> bool:
    """Whether a reading by the reviewer tier is waited for no more: people are not kept waiting."""
    tier = services.settings.tiers.get("reviewer")
    reads = any(kind_of(work) == "review" for work in ticket.works)
    return reads and tier is not None and services.now() - ticket.reading.since > tier.quota_wait


def look_at_work(services: "Services", ticket: Ticket) -> Ticket | None:
    """The ticket where all that it waits for is still under way and nothing else has happened.

    It costs a read of the database, and no call of GitHub's.
    """
    queue = services.queue
    if not (queue and ticket.works and 0 < ticket.wake_at <= services.now()) or ticket.paused:
        return None
    states = queue.find_states(ticket.works).values()
    if not all(state.is_pending for state in states) or is_reading_overdue(services, ticket):
        return None
    # Of many each is looked at more seldom: a look takes some milliseconds of the one loop.
    pause = LOOK_SECONDS * max(1.0, services.count_under_way() / FULL_LOOKS)
    now = services.now()
    return _tell(replace(ticket, wake_at=now + pause), states, now)
