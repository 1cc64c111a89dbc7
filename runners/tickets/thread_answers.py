"""Tells each thread of a round what became of it: what git says was changed, or why nothing was."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.errors import PlanError
from bot.git.commits import is_ancestor
from bot.git.diff import count_changed_lines
from bot.git.repo import Repo
from bot.job_states import TaskState
from bot.plan import format_check, peek_job
from bot.plan.followup_plans import list_task_phases
from bot.plan.rework_plan import is_suggestion, suggestion_task_id, thread_task_id
from bot.ticket import messages_findings, messages_review
from bot.ticket.authorship import BOT_MARK
from bot.ticket.keys import thread_key
from bot.ticket.model import Ticket
from bot.ticket.places import PendingAnswer, Place
from bot.ticket.progress import SHORT_HASH_CHARS, EndedTask, Round
from bot.ticket.requests import answer_request, round_name, tell_request
from bot.ticket.round_results import failed_where_asked
from runners.tickets.services import Services

REPLY = BOT_MARK + "settled {id} {commit} -->"
UNSETTLED_MARK = f"{BOT_MARK}unsettled "
UNSETTLED = UNSETTLED_MARK + "{id} {rows} -->"
# The new side of a hunk's header: https://git-scm.com/docs/diff-format#generate_patch_text_with_p
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def answer_threads(services: Services, ticket: Ticket) -> Ticket:
    """Tell each thread of this round which commit on the branch is for it, or why none is."""
    round_ = ticket.progress.round
    for thread in round_.threads if round_ else ():
        ticket = _answer_thread(services, ticket, thread)
    return _answer_requests(services, ticket, round_) if round_ else ticket


def _answer_requests(services: Services, ticket: Ticket, round_: Round) -> Ticket:
    """Tell those whose words this round has worked in; what failed may be tried again."""
    repo = services.open_mirror(ticket).repo
    taken = [each for each in ticket.requests if each.taken == round_name(round_)]
    known = {task for _, task in list_task_phases(round_.text)}
    ends = [end for end in ticket.progress.tasks if end.id in known]
    done = [e for e in ends if e.commit and is_ancestor(repo, e.commit, ticket.remote.head)]
    failed = [end for end in ends if end.state == TaskState.BLOCKED]
    texts = [_tell_done(repo, ticket, end) for end in done]
    explain = (
        messages_review.wish_not_done
        if failed_where_asked(ticket)
        else messages_review.request_not_done
    )
    texts += [explain(end.why) for end in failed]
    for request in taken if texts else ():
        # One that blocks the job is tried again by `/retry`; any other is asked for anew.
        waits = failed and not failed_where_asked(ticket)
        tell = tell_request if waits else answer_request
        ticket = tell(ticket, request, "\n\n".join(texts))
    return ticket


def _answer_thread(services: Services, ticket: Ticket, thread: int) -> Ticket:
    repo = services.open_mirror(ticket).repo
    ends = {task.id: task for task in ticket.progress.tasks}
    ours = [ends[t] for t in (suggestion_task_id(thread), thread_task_id(thread)) if t in ends]
    done = [end for end in ours if end.commit and is_ancestor(repo, end.commit, ticket.remote.head)]
    failed = [end for end in ours if end.state == TaskState.BLOCKED]
    texts = [_tell_done(repo, ticket, end) for end in done]
    texts += [_tell_failed(end) for end in failed]
    if not texts:
        return ticket
    # The mark names the commit, so a thread is answered again for another one.
    last = done[-1].commit[:SHORT_HASH_CHARS] if done else ""
    mark = (
        UNSETTLED.format(id=thread, rows=len(ticket.progress.rows))
        if failed
        else REPLY.format(id=thread, commit=last)
    )
    ticket = reply_in_thread(ticket, thread, "\n\n".join(texts), mark)
    return ticket if failed else ticket.with_handled(thread_key(thread))


def _tell_done(repo: Repo, ticket: Ticket, end: EndedTask) -> str:
    checks = _checks_of(ticket, end.id)
    if ticket.progress.round and ticket.progress.round.kind == "review" and checks:
        return messages_findings.finding_settled(checks[0], end.commit)
    changes = dict(list_changed_lines(repo, f"{end.commit}^", end.commit))
    tell = (
        messages_review.suggestion_laid if is_suggestion(end.id) else messages_review.changes_made
    )
    return tell(changes, end.commit, checks)


def _tell_failed(end: EndedTask) -> str:
    if is_suggestion(end.id):
        return messages_review.suggestion_not_laid(end.why)
    return messages_review.wish_not_done(end.why)


def _checks_of(ticket: Ticket, task: str) -> tuple[str, ...]:
    """The checks that task had to pass, as its round names them."""
    try:
        tasks = peek_job(ticket.progress.round.text).tasks if ticket.progress.round else ()
    except PlanError:
        return ()
    return tuple(format_check(check) for each in tasks if each.id == task for check in each.checks)


def list_changed_lines(
    repo: Repo, old: str, new: str
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each changed file with the first and last line of each place, as `new` counts them.

    Where lines were only taken out, the last is one less than the first: that stands before it.
    """
    for path in count_changed_lines(repo, old, new):
        # No context, so that a hunk's header names just the lines that changed.
        argv = ("diff", "--no-ext-diff", "--no-textconv", "-U0", old, new, "--", path)
        out = repo.read_output("--literal-pathspecs", "-c", "color.ui=false", *argv)
        yield path, [_range(int(start), int(count or "1")) for start, count in _HUNK.findall(out)]


def _range(start: int, count: int) -> tuple[int, int]:
    return (start, start + count - 1) if count else (start, start - 1)


def reply_in_thread(ticket: Ticket, thread: int, text: str, mark: str) -> Ticket:
    """Posted once the ticket is stored, and once for each mark, after an outage too."""
    # A reply goes to the first comment of a thread, whose id is the thread's here:
    # https://docs.github.com/en/rest/pulls/comments#create-a-reply-for-a-review-comment
    answer = PendingAnswer(Place("thread", thread), text, mark)
    known = answer in ticket.outbox
    return ticket if known else replace(ticket, outbox=(*ticket.outbox, answer))
