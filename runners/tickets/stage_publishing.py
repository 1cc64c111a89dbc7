"""The stage that pushes what was built, once its risks are approved, and answers threads."""

from dataclasses import replace
from functools import partial

from bot.approval.diff_risks import find_diff_risks
from bot.git.repo import Repo
from bot.job_states import TaskState
from bot.plan.followup_plans import thread_task_id
from bot.ticket import messages
from bot.ticket.authorship import BOT_MARK
from bot.ticket.keys import thread_key
from bot.ticket.model import FOREVER, SHORT_HASH_CHARS, Ticket
from bot.ticket.stages import Stage
from runners.project import load_repo_config
from runners.tickets.github_failures import best_effort
from runners.tickets.services import Services

REPLY = BOT_MARK + "settled {id} {commit} -->"
UNSETTLED = BOT_MARK + "unsettled {id} {rows} -->"


def publish_round(services: Services, ticket: Ticket) -> Ticket:
    remote = services.open_mirror(ticket)
    repo, head = remote.repo, remote.repo.branch_head(ticket.remote.branch)
    risks = find_unaccepted_risks(repo, ticket, head)
    mark = f"{ticket.progress.round_hash}:{head[:SHORT_HASH_CHARS]}"
    # In every approval mode: the mode is about plans, and a diff may do more than its plan said.
    if risks and ticket.approval.granted_key != mark:
        asked = replace(ticket.approval, key=mark, risks=risks)
        why = messages.approval_required(asked.code, risks)
        return replace(ticket, approval=asked, why=why, wake_at=FOREVER)
    if head != ticket.remote.head and not remote.push(ticket.remote.branch, head):
        remote.fetch()
        return replace(ticket, paused=True, why=messages.PUSHED_BY_A_PERSON)
    pushed = replace(ticket.remote, head=head, pushed_at=services.now())
    ticket = replace(ticket, remote=pushed, approval=replace(ticket.approval, risks=()))
    return answer_threads(services, ticket).move_to(Stage.CI)


def find_unaccepted_risks(repo: Repo, ticket: Ticket, head: str) -> tuple[str, ...]:
    """What the branch does, as it stands at `head`, that needs approval and has none."""
    config = load_repo_config(repo, repo.git_dir, ticket.remote.base)
    plan = ticket.remote.plan_commit
    # A person may have rebased the branch: then the plan's commit is not on it.
    start = plan if repo.is_ancestor(plan, head) else ticket.remote.base
    accepted = ticket.approval.accepted_risks
    return tuple(r for r in find_diff_risks(repo, start, head, config) if r not in accepted)


def answer_threads(services: Services, ticket: Ticket) -> Ticket:
    """Tell each thread of this round which commit on the branch settles it, or why none does."""
    round_, repo = ticket.progress.round, services.open_mirror(ticket).repo
    ends = {task.id: task for task in ticket.progress.tasks}
    for thread in round_.threads if round_ else ():
        ended = ends.get(thread_task_id(thread))
        if ended and ended.commit and repo.is_ancestor(ended.commit, ticket.remote.head):
            # The mark names the commit, so a thread is answered again for another one.
            mark = REPLY.format(id=thread, commit=ended.commit[:SHORT_HASH_CHARS])
            _reply(
                services, ticket, thread, messages.thread_addressed(ended.commit, ended.id), mark
            )
            ticket = ticket.with_handled(thread_key(thread))
        elif ended and ended.state == TaskState.BLOCKED:
            mark = UNSETTLED.format(id=thread, rows=len(ticket.progress.rows))
            _reply(services, ticket, thread, messages.thread_not_addressed(ended.why), mark)
    return ticket


def _reply(services: Services, ticket: Ticket, thread: int, text: str, mark: str) -> None:
    """Best effort: the thread may be deleted by now."""
    # A reply goes to the first comment of a thread, whose id is the thread's here:
    # https://docs.github.com/en/rest/pulls/comments#create-a-reply-for-a-review-comment
    reply = partial(
        services.repository(ticket).post_reply, ticket.remote.pull, thread, f"{text}\n{mark}", mark
    )
    best_effort(f"{ticket.key}: answer in thread {thread}", reply)
