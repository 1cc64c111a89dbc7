"""What was built is pushed, unless it does something that wants a person's yes first."""

from dataclasses import replace
from functools import partial

from bot.approval.diff_risks import diff_risks
from bot.git.repo import Repo
from bot.job_states import TaskState
from bot.plan.followup_plans import thread_task_id
from bot.ticket import messages
from bot.ticket.authorship import SIGN
from bot.ticket.model import FOREVER, HASH, Ticket
from bot.ticket.stages import Stage
from runners.project import load_repo_config
from runners.tickets.github_failures import best_effort
from runners.tickets.services import Services

REPLY = SIGN + "settled {id} {commit} -->"
UNSETTLED = SIGN + "unsettled {id} {rows} -->"


def step(services: Services, ticket: Ticket) -> Ticket:
    remote = services.remote(ticket)
    repo, head = remote.repo, remote.repo.head(ticket.branch)
    risks = unaccepted(repo, ticket, head)
    mark = f"{ticket.hash}:{head[:HASH]}"
    if risks and ticket.approved != mark:  # whatever the mode: a gate must not be gamed
        asking = replace(ticket, asks=mark, risks=risks, until=FOREVER)
        return replace(asking, why=messages.waits_for_yes(asking.code, risks))
    if head != ticket.head and not remote.push(ticket.branch, head):
        remote.fetch()
        return replace(ticket, paused=True, why=messages.PUSHED_BY_A_PERSON)
    ticket = replace(ticket, head=head, risks=())
    return answered(services, ticket).to(Stage.CI, since=services.now())


def unaccepted(repo: Repo, ticket: Ticket, head: str) -> tuple[str, ...]:
    """What the branch does, as it stands at `head`, that wants a yes and has none."""
    config = load_repo_config(repo, repo.git_dir, ticket.base)
    start = ticket.planned if repo.is_ancestor(ticket.planned, head) else ticket.base
    return tuple(
        risk for risk in diff_risks(repo, start, head, config) if risk not in ticket.accepted
    )


def answered(services: Services, ticket: Ticket) -> Ticket:
    """Tell each thread of this round which commit on the branch settles it, or why none does."""
    round_, repo = ticket.round, services.remote(ticket).repo
    ends = {one.id: one for one in ticket.tasks}
    for thread in round_.threads if round_ else ():
        end = ends.get(thread_task_id(thread))
        if end and end.commit and repo.is_ancestor(end.commit, ticket.head):
            mark = REPLY.format(id=thread, commit=end.commit[:HASH])  # again, for another commit
            _reply(services, ticket, thread, messages.settled(end.commit, end.id), mark)
            ticket = ticket.with_done(f"thread:{thread}")
        elif end and end.state == TaskState.BLOCKED:
            mark = UNSETTLED.format(id=thread, rows=len(ticket.rows))
            _reply(services, ticket, thread, messages.not_settled(end.why), mark)
    return ticket


def _reply(services: Services, ticket: Ticket, thread: int, said: str, mark: str) -> None:
    """It may be deleted by now."""
    reply = partial(services.repository(ticket).reply, ticket.pull, thread, f"{said}\n{mark}", mark)
    best_effort(f"{ticket.key}: answer in thread {thread}", reply)
