"""The review stage: open threads of reviewers become a round of rework."""

from collections.abc import Sequence
from dataclasses import replace

from bot.models.token_estimate import estimate_tokens
from bot.plan import peek_job
from bot.plan.keys import MAX_TASKS
from bot.plan.paths import path_fault
from bot.plan.rework_plan import Remark, plan_rework
from bot.ticket import messages, messages_review
from bot.ticket.authorship import BOT_MARK
from bot.ticket.coaching_proposals import add_proposals
from bot.ticket.findings import find_by_comment
from bot.ticket.keys import thread_key
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.progress import Round
from bot.ticket.rework_limit import pause_after_rounds
from bot.ticket.stages import Stage
from bot.ticket.suggestions import SuggestionError
from runners.tickets.answer_questions import answer_questions
from runners.tickets.base_update import update_from_base
from runners.tickets.ci_checks import has_late_failure
from runners.tickets.find_room import find_words_room
from runners.tickets.lay_suggestions import SuggestionLayer
from runners.tickets.make_remark import make_remark
from runners.tickets.model_questions import distill_lessons
from runners.tickets.open_threads import OpenThread, read_open_threads
from runners.tickets.read_verdicts import read_verdicts
from runners.tickets.services import Services
from runners.tickets.thread_answers import reply_in_thread
from runners.tickets.work_in_requests import work_in_requests

Workable = tuple[OpenThread, Remark]


def watch_review(services: Services, ticket: Ticket) -> Ticket:
    if has_late_failure(services, ticket):
        remote = replace(ticket.remote, pushed_at=services.now())
        return replace(ticket, remote=remote).move_to(Stage.CI)
    listed = services.repository(ticket).list_threads(ticket.remote.pull)
    ticket = read_verdicts(services, ticket, listed)
    threads = list(read_open_threads(services, ticket, listed))
    ticket = answer_questions(services, ticket, threads)
    ticket, workable = _split_workable(services, ticket, [t for t in threads if t.ask == "change"])
    if not workable and (worked := work_in_requests(services, ticket)) != ticket:
        return worked
    if not workable or not ticket.progress.round:
        if update := update_from_base(services, ticket, ready=False):
            return update
        return replace(ticket, why=ticket.why or messages.REVIEW, wake_at=FOREVER)
    if paused := pause_after_rounds(ticket, services.read_config(ticket).limits.rework_rounds):
        return paused
    return _begin_rework(services, ticket, _take_some(workable))


def _take_some(workable: Sequence[Workable]) -> list[Workable]:
    """As many as a round has tasks for; the others wait for the next."""
    taken: list[Workable] = []
    for each in workable:
        tasks = sum(one[1].tasks for one in (*taken, each))
        if tasks > MAX_TASKS:
            break
        taken.append(each)
    return taken


def _begin_rework(services: Services, ticket: Ticket, workable: Sequence[Workable]) -> Ticket:
    """A round with tasks for each thread; by the senior tier where one was worked in before."""
    assert ticket.progress.round  # noqa: S101  # the caller has looked
    threads = [thread for thread, _ in workable]
    remarks = tuple(remark for _, remark in workable)
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


def _split_workable(
    services: Services, ticket: Ticket, threads: Sequence[OpenThread]
) -> tuple[Ticket, list[Workable]]:
    """The threads that can be worked in; the others are told why not, and done with."""
    repo, room = services.open_mirror(ticket).repo, find_words_room(services.settings)
    layer = SuggestionLayer(repo, ticket.remote.head)
    secrets = services.account.known_secrets()
    workable: list[Workable] = []
    for thread in threads:
        # A thread keeps its path when a later commit deletes or renames the file.
        placed = not path_fault(thread.thread.path) and (
            repo.read_file(ticket.remote.head, thread.thread.path) is not None
        )
        why = "" if placed else messages_review.NO_PLACE
        try:
            finding = find_by_comment(ticket.findings, thread.id)
            remark = make_remark(thread, layer, secrets, finding) if placed else None
        except SuggestionError as exc:
            remark, why = None, messages_review.suggestion_refused(str(exc))
        if remark and not (why := _explain_length(remark, room)):
            workable.append((thread, remark))
            continue
        mark = f"{BOT_MARK}refused {thread.comments[-1].id} -->"
        ticket = reply_in_thread(ticket, thread.id, why, mark).with_handled(thread.handled_key)
    return ticket, workable


def _explain_length(remark: Remark, room: int) -> str:
    """Why its words are too many for every model here; empty where they are not."""
    texts = [said.words for said in remark.said]
    tokens = sum(map(estimate_tokens, texts))
    if tokens <= room:
        return ""
    characters = sum(map(len, texts))
    fits = characters * room // tokens
    return messages_review.comment_too_long(characters, fits, several=len(texts) > 1)
