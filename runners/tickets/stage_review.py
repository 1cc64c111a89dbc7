"""The review stage: open threads of reviewers become a round of rework."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bot.approval.permissions import can_write
from bot.config.machine import Settings
from bot.github.types import Thread
from bot.github.webhooks import LineComment, Person
from bot.models.profiles import thinking_room
from bot.models.token_estimate import estimate_tokens
from bot.plan import peek_job
from bot.plan.paths import path_fault
from bot.plan.rework_plan import Remark, Said, plan_rework
from bot.text.secrets import redact
from bot.text.visible_markdown import visible_markdown
from bot.ticket import messages, messages_review
from bot.ticket.authorship import BOT_MARK, is_ours
from bot.ticket.coaching_proposals import add_proposals
from bot.ticket.keys import HandledKey, thread_comment_key, thread_key
from bot.ticket.model import FOREVER, Round, Ticket
from bot.ticket.stages import Stage
from runners.tickets.model_questions import distill_lessons
from runners.tickets.services import Services
from runners.tickets.thread_answers import reply_in_thread

MAX_THREADS = 8
"""Tasks of one round; the other threads wait for the next."""


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A thread with what writers said in it since the bot's own last word there."""

    thread: Thread
    comments: tuple[LineComment, ...]

    @property
    def id(self) -> int:
        return self.thread.comments[0].id

    @property
    def handled_key(self) -> HandledKey:
        return thread_comment_key(self.id, self.comments[-1].id)


def watch_review(services: Services, ticket: Ticket) -> Ticket:
    if _has_late_failure(services, ticket):
        remote = replace(ticket.remote, pushed_at=services.now())
        return replace(ticket, remote=remote).move_to(Stage.CI)
    threads = [
        thread
        for thread in _open_threads(services, ticket)
        if not ticket.was_handled(thread.handled_key)
    ]
    threads, refused = _split_workable(services, ticket, threads)
    ticket = ticket.with_handled(*refused)
    if not threads or not ticket.progress.round:
        return replace(ticket, why=ticket.why or messages.REVIEW, wake_at=FOREVER)
    return _begin_rework(services, ticket, threads[:MAX_THREADS])


def _begin_rework(services: Services, ticket: Ticket, threads: Sequence[OpenThread]) -> Ticket:
    """A round with a task for each thread; by the senior tier where one was worked in before."""
    assert ticket.progress.round  # noqa: S101  # the caller has looked
    remarks = tuple(_to_remark(each, services.account.known_secrets()) for each in threads)
    number = ticket.progress.rework_rounds + 1
    job = peek_job(ticket.progress.round.text)
    again = any(ticket.was_handled(thread_key(remark.id)) for remark in remarks)
    ids = tuple(remark.id for remark in remarks)
    round_ = Round(
        "rework", plan_rework(job, remarks, number), ticket.remote.head, number, again, ids
    )
    ticket, lessons = distill_lessons(services, ticket, remarks)
    notes = add_proposals(ticket, [each.comments[0] for each in threads], lessons)
    ticket = replace(ticket, notes=notes).with_handled(*(each.handled_key for each in threads))
    why = messages_review.rework_started(len(remarks), number)
    progress = replace(ticket.progress, round=round_, rework_rounds=number, ci_rounds=0)
    return replace(ticket, progress=progress).move_to(Stage.BUILDING, why)


def _open_threads(services: Services, ticket: Ticket) -> Iterator[OpenThread]:
    """Unresolved threads in which a writer has commented after the bot's own last comment."""
    repository, me = services.repository(ticket), services.account.own_account()

    @cache
    def writes(person: Person) -> bool:
        return not person.bot and can_write(repository.read_permission(person))

    for thread in repository.list_threads(ticket.remote.pull):
        if thread.resolved:
            continue
        comments = enumerate(thread.comments)
        ours = [at for at, each in comments if is_ours(each.author, each.body, me)]
        after = thread.comments[ours[-1] + 1 if ours else 0 :]
        if words := tuple(comment for comment in after if writes(comment.author)):
            yield OpenThread(thread, words)


def _split_workable(
    services: Services, ticket: Ticket, threads: Sequence[OpenThread]
) -> tuple[list[OpenThread], tuple[HandledKey, ...]]:
    """The threads that a model can work in; the others are told why not: their keys."""
    repo, room = services.open_mirror(ticket).repo, find_words_room(services.settings)
    workable: list[OpenThread] = []
    refused: list[HandledKey] = []
    for thread in threads:
        # A thread keeps its path when a later commit deletes or renames the file.
        placed = not path_fault(thread.thread.path) and (
            repo.read_file(ticket.remote.head, thread.thread.path) is not None
        )
        why = _explain_length(thread, room) if placed else messages_review.NO_PLACE
        if not why:
            workable.append(thread)
            continue
        mark = f"{BOT_MARK}refused {thread.comments[-1].id} -->"
        reply_in_thread(services, ticket, thread.id, why, mark)
        refused.append(thread.handled_key)
    return workable, tuple(refused)


def find_words_room(settings: Settings) -> int:
    """Tokens that somebody's words may take of a prompt, by the tier with the largest window.

    Half of what a tier has beside answer and thought: the rest is for the file and the failures. A
    task that is too large for the local tier goes to the senior one.
    """
    tiers = [settings.tiers[name] for name in ("local", "senior") if name in settings.tiers]
    rooms = [tier.context - tier.answer - thinking_room(tier) for tier in tiers]
    return max([0, *rooms]) // 2


def _explain_length(thread: OpenThread, room: int) -> str:
    """Why its words are too many for every model here; empty where they are not."""
    texts = [visible_markdown(comment.body) for comment in thread.comments]
    characters = sum(map(len, texts))
    tokens = sum(map(estimate_tokens, texts))
    if tokens <= room:
        return ""
    fits = characters * room // tokens
    return messages_review.comment_too_long(characters, fits, several=len(texts) > 1)


def _to_remark(open_thread: OpenThread, secrets: Sequence[str]) -> Remark:
    """What writers said; nobody else's words reach a model, nor what looks like a secret."""
    thread, first = open_thread.thread, open_thread.thread.comments[0]
    newest_first = reversed(open_thread.comments)
    said = tuple(
        Said(comment.author.login, redact(visible_markdown(comment.body), secrets))
        for comment in newest_first
    )
    removed = first.side == "LEFT"
    there = not thread.outdated and not removed
    return Remark(
        open_thread.id,
        thread.path,
        said,
        line=thread.line if there else 0,
        start=first.start if there else 0,
        hunk=redact(thread.hunk, secrets),
        outdated=thread.outdated,
        removed=removed,
    )


def _has_late_failure(services: Services, ticket: Ticket) -> bool:
    """Whether a check that came late is red on the head."""
    # Anything with access to the Checks API may report on a commit at any later time:
    # https://docs.github.com/en/rest/checks/runs
    checks = services.repository(ticket).read_checks(ticket.remote.head)
    bad = [r for r in checks.runs if r.conclusion in {"failure", "timed_out", "cancelled"}]
    return bool(bad) or any(s.state in {"failure", "error"} for s in checks.statuses)
