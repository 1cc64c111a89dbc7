"""A round that works in what the reviewer tier found, where a test is red for it.

The tests are on the commit that the round begins on, which is pushed only with what makes them
green. Where no model manages that, the branch is as it was, and the pull request goes on to people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.errors import GitError
from bot.git.commits import commit_tree
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.types import Thread
from bot.job_states import TaskState
from bot.plan import Check, peek_job
from bot.plan.review_plan import ReviewTask, plan_review_tasks
from bot.plan.rework_plan import thread_task_id
from bot.ticket import messages_findings
from bot.ticket.authorship import BOT_MARK
from bot.ticket.findings import MAX_FOLLOW_UPS, Finding, list_due, mark_followed
from bot.ticket.model import Ticket
from bot.ticket.progress import EndedTask, Round
from bot.ticket.stages import Stage
from runners.tickets.read_verdicts import read_verdicts
from runners.tickets.services import Services
from runners.tickets.thread_answers import reply_in_thread
from runners.worker_process.main import WorkResult

_TRAILER = "Bricklayer-Review"


def begin_follow_up(services: Services, ticket: Ticket) -> Ticket | None:
    """The ticket with a round for what is due; None where nothing is, or enough rounds were."""
    due = list_due(ticket.findings, ticket.remote.head)
    if not due or not ticket.progress.round or ticket.progress.review_rounds >= MAX_FOLLOW_UPS:
        return None
    number = ticket.progress.review_rounds + 1
    base = _commit_tests(services, ticket, due)
    job = peek_job(ticket.progress.round.text)
    text = plan_review_tasks(job, [_make_task(each) for each in due], number)
    ids = tuple(each.comment for each in due)
    round_ = Round("review", text, base, number, threads=ids)
    progress = replace(ticket.progress, round=round_, review_rounds=number)
    findings = mark_followed(ticket.findings, ids, "begun")
    why = messages_findings.follow_up_started(len(due), number)
    begun = replace(ticket, progress=progress, findings=findings)
    return begun.move_to(Stage.BUILDING, why)


def _make_task(finding: Finding) -> ReviewTask:
    assert finding.test  # noqa: S101  # only those are due
    return ReviewTask(
        thread_task_id(finding.comment),
        finding.path,
        finding.line,
        finding.said,
        finding.test.path,
        Check("run", finding.check, finding.check_paths),
    )


def _commit_tests(services: Services, ticket: Ticket, due: Sequence[Finding]) -> str:
    repo, head = services.open_mirror(ticket).repo, ticket.remote.head
    files = {each.test.path: each.test.text.encode(errors="replace") for each in due if each.test}
    tree = write_tree(repo, repo.resolve_rev(head, "tree"), dict(files))
    subject = services.format_subject(ticket, f"Test what a reviewer found in #{ticket.issue}")
    message = f"{subject}\n\n{_TRAILER}: {' '.join(each.id for each in due)}\n"
    return commit_tree(repo, tree, head, message, services.commit_signature(ticket))


def begin_lost_anew(services: Services, ticket: Ticket) -> Ticket:
    """After the mirror with its tests was lost: they are committed anew."""
    return _begin_anew(services, ticket, set())


def is_follow_up(ticket: Ticket) -> bool:
    return ticket.progress.round is not None and ticket.progress.round.kind == "review"


def drop_refused(services: Services, ticket: Ticket) -> Ticket:
    """Where a person has dismissed a finding meanwhile, or resolved its thread: without it.

    Nothing of the round was pushed, so it begins anew with what is left of it.
    """
    round_ = ticket.progress.round
    assert round_  # noqa: S101  # `is_follow_up` has seen it
    threads = services.repository(ticket).list_threads(ticket.remote.pull)
    judged = read_verdicts(services, ticket, threads)
    gone = set(_list_gone(judged, threads)) & set(round_.threads)
    return _begin_anew(services, judged, gone) if gone else judged


def _list_gone(ticket: Ticket, threads: Sequence[Thread]) -> Iterator[int]:
    yield from (each.comment for each in ticket.findings if each.verdict == "dismissed")
    # That it is resolved is no verdict, but nobody waits for it any more.
    yield from (one.comments[0].id for one in threads if one.comments and one.resolved)


def _begin_anew(services: Services, ticket: Ticket, gone: set[int]) -> Ticket:
    round_ = ticket.progress.round
    assert round_  # noqa: S101  # the caller has looked
    left = [thread for thread in round_.threads if thread not in gone]
    findings = mark_followed(ticket.findings, gone, "not settled")
    ended = replace(ticket, findings=mark_followed(findings, left, ""))
    _reset_branch(services, ended)
    # The same round again: fewer findings are no reason to count another.
    fewer = replace(ended.progress, review_rounds=ended.progress.review_rounds - 1)
    if again := begin_follow_up(services, replace(ended, progress=fewer, stage=Stage.CI)):
        return again
    closed = replace(round_, base=ended.remote.head, threads=())
    progress = replace(ended.progress, round=closed)
    return replace(ended, progress=progress).move_to(Stage.PUBLISHING)


def end_follow_up(services: Services, ticket: Ticket, outcome: WorkResult) -> Ticket:
    """On to its publishing where all of it passed; else the branch is as it was before."""
    round_ = ticket.progress.round
    assert round_  # noqa: S101  # `is_follow_up` has seen it
    if outcome.passed:
        settled = mark_followed(ticket.findings, round_.threads, "settled")
        return replace(ticket, findings=settled).move_to(Stage.PUBLISHING)
    ends = {task.id: task for task in ticket.progress.tasks}
    failed = [t for t in round_.threads if not _passed(ends.get(thread_task_id(t)))]
    if not failed or outcome.is_system_error:  # each passed alone, and not with the others
        failed = list(round_.threads)
    for thread in failed:
        ticket = _tell_failed(ticket, thread, ends.get(thread_task_id(thread)), outcome)
    ticket = replace(ticket, findings=mark_followed(ticket.findings, failed, "not settled"))
    return _begin_anew(services, ticket, set(failed))


def _passed(end: EndedTask | None) -> bool:
    return end is not None and end.state == TaskState.PASSED


def _tell_failed(ticket: Ticket, thread: int, end: EndedTask | None, outcome: WorkResult) -> Ticket:
    mark = f"{BOT_MARK}not settled {thread} {ticket.progress.review_rounds} -->"
    own = outcome.is_system_error
    why = end.why if end and end.why and not own else outcome.why.partition("\n")[0]
    told = messages_findings.not_settled(why, is_own_fault=own)
    return reply_in_thread(ticket, thread, told, mark)


def _reset_branch(services: Services, ticket: Ticket) -> None:
    """Nothing of the round was pushed: here the branch is again what is on GitHub."""
    repo: Repo = services.open_mirror(ticket).repo
    branch, head = ticket.remote.branch, ticket.remote.head
    local = repo.branch_head(branch)
    if local and local != head and not move_branch(repo, branch, head, local):
        raise GitError(("update-ref", branch), 1, "the branch moved meanwhile")
