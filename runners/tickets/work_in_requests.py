"""Makes a round of what writers asked for outside of threads: on named files, or by the planner."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.git.diff import count_changed_lines, diff_commits
from bot.models.token_estimate import estimate_tokens
from bot.plan import peek_job, render_job
from bot.plan.keys import MAX_TASKS
from bot.plan.paths import path_fault
from bot.plan.rework_plan import Remark, Said, plan_rework, quote_whole, request_task_id
from bot.prompts.path_mentions import find_mentions
from bot.text.listed import cut_end
from bot.ticket import messages_review
from bot.ticket.model import Ticket
from bot.ticket.places import Request
from bot.ticket.progress import Round
from bot.ticket.requests import answer_request, drop_request, list_waiting, round_name
from bot.ticket.rework_limit import pause_after_rounds
from bot.ticket.stages import Stage
from bot.ticket.words import asks_for_order
from runners.tickets.diff_approval import find_diff_start
from runners.tickets.find_room import find_words_room
from runners.tickets.plan_file import PLANS_FOLDER, plan_text
from runners.tickets.read_words import read_request
from runners.tickets.services import Services
from runners.tickets.stage_planning import ask_planner_for, render_answer

MAX_DIFF_CHARACTERS = 40_000
"""Of what is built already, in the planner's prompt."""
MAX_FILES = 3
"""Files that words may name for each to become a task; more are the planner's to order."""
# Words of what is seldom in the file that is named, or in the only one that was changed.
_WIDER = re.compile(
    r"\b(?:tests?|files?|modules?|docs?|documentation|readme|changelog|everywhere|examples?)\b",
    re.IGNORECASE,
)


def work_in_requests(services: Services, ticket: Ticket) -> Ticket:
    """The ticket with a round for the first wishes, or as it was where none waits."""
    waiting = [request for request in list_waiting(ticket) if request.ask == "change"]
    if not waiting or not ticket.progress.round:
        return ticket
    limit = services.read_config(ticket).limits.rework_rounds
    return pause_after_rounds(ticket, limit) or _work_in(services, ticket, waiting[0])


def _work_in(services: Services, ticket: Ticket, request: Request) -> Ticket:
    said = read_request(services, ticket, request)
    if said is None:
        return drop_request(ticket, request)
    if request.kind == "review" and _sums_up(services, ticket, request, said):
        return answer_request(ticket, request, messages_review.SUMMARY_OF_THREADS)
    room = find_words_room(services.settings)
    if (tokens := estimate_tokens(said.words)) > room:
        fits = len(said.words) * room // tokens
        text = messages_review.comment_too_long(len(said.words), fits, several=False)
        return answer_request(ticket, request, text)
    files = choose_files(services, ticket, said.words)
    if files or "planner" not in services.settings.tiers:
        return _begin_on_files(ticket, request, said, files or _most_changed(services, ticket))
    return _begin_by_planner(services, ticket, request, said)


def _sums_up(services: Services, ticket: Ticket, request: Request, said: Said) -> bool:
    """Whether a review's text comes with threads, which say what to do, and orders nothing."""
    if asks_for_order(said.words):
        return False
    comments = services.repository(ticket).list_line_comments(ticket.remote.pull)
    return any(comment.review == request.id for comment in comments)


def choose_files(services: Services, ticket: Ticket, words: str) -> tuple[str, ...]:
    """The files that the words are surely about; none where a planner should say."""
    repo = services.open_mirror(ticket).repo
    paths = [p for p in repo.list_entries(ticket.remote.head) if not p.startswith(PLANS_FOLDER)]
    named = find_mentions(words, paths).there
    rest = words
    for path in named:
        rest = rest.replace(path, " ").replace(path.rpartition("/")[2], " ")
    if _WIDER.search(rest) or len(named) > MAX_FILES:
        return ()
    changed = _list_changed(services, ticket)
    chosen = named or (tuple(changed) if len(changed) == 1 else ())
    return tuple(path for path in chosen if not path_fault(path))


def _list_changed(services: Services, ticket: Ticket) -> dict[str, int]:
    """Files that the job has changed and that are there, with how many lines."""
    repo = services.open_mirror(ticket).repo
    start = find_diff_start(repo, ticket, ticket.remote.head)
    counts = count_changed_lines(repo, start, ticket.remote.head)
    return {
        path: sum(lines)
        for path, lines in counts.items()
        if not path.startswith(PLANS_FOLDER)
        and not path_fault(path)
        and repo.read_file(ticket.remote.head, path) is not None
    }


def _most_changed(services: Services, ticket: Ticket) -> tuple[str, ...]:
    changed = _list_changed(services, ticket)
    return tuple(sorted(changed, key=lambda path: (-changed[path], path))[:1])


def _begin_on_files(ticket: Ticket, request: Request, said: Said, files: Sequence[str]) -> Ticket:
    if not files:
        return answer_request(ticket, request, messages_review.NO_FILE)
    remarks = [
        Remark(request.id, path, (said,), name=request_task_id(request.id, at))
        for at, path in enumerate(files[:MAX_TASKS], 1)
    ]
    number = ticket.progress.rework_rounds + 1
    assert ticket.progress.round  # noqa: S101  # the caller has looked
    text = plan_rework(peek_job(ticket.progress.round.text), remarks, number)
    return _begin_round(ticket, request, text, number)


def _begin_by_planner(services: Services, ticket: Ticket, request: Request, said: Said) -> Ticket:
    repo = services.open_mirror(ticket).repo
    head = ticket.remote.head
    diff = diff_commits(repo, find_diff_start(repo, ticket, head), head)
    background = messages_review.followup_background(
        quote_whole(plan_text(repo, ticket)),
        quote_whole(cut_end(diff, MAX_DIFF_CHARACTERS)),
        said.by,
        quote_whole(said.words),
    )
    outcome = ask_planner_for(services, ticket, background, at=ticket.remote.head)
    ticket = ticket.with_rows(outcome.rows)
    if outcome.answer:
        text = messages_review.answer_of_model("", render_answer(outcome.answer))
        return answer_request(ticket, request, text)
    if not outcome.passed:
        return answer_request(ticket, request, messages_review.no_plan(outcome.why))
    number = ticket.progress.rework_rounds + 1
    job = peek_job(outcome.text)
    issue = f"{ticket.where.repo}#{ticket.issue}"
    text = render_job(replace(job, issue=issue, base="", header_source=""))
    return _begin_round(ticket, request, text, number)


def _begin_round(ticket: Ticket, request: Request, text: str, number: int) -> Ticket:
    round_ = Round("rework", text, ticket.remote.head, number)
    taken = replace(request, taken=round_name(round_))
    requests = tuple(taken if each == request else each for each in ticket.requests)
    progress = replace(ticket.progress, round=round_, rework_rounds=number, ci_rounds=0)
    ticket = replace(ticket, progress=progress, requests=requests)
    return ticket.move_to(Stage.BUILDING, messages_review.request_started(request.by, number))
