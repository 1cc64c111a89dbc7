"""The stage that pushes what was built, once its risks are approved, and answers threads."""

from dataclasses import replace

from bot.approval.diff_risks import Risk, find_open_risks
from bot.git.merge import find_merge_base
from bot.git.repo import Repo
from bot.ticket import messages
from bot.ticket.model import FOREVER, SHORT_HASH_CHARS, Ticket
from bot.ticket.stages import Stage
from runners.project import load_repo_config
from runners.tickets.merge_rounds import find_one_sided
from runners.tickets.services import Services
from runners.tickets.stage_planning import plan_path
from runners.tickets.thread_answers import answer_threads


def publish_round(services: Services, ticket: Ticket) -> Ticket:
    remote = services.open_mirror(ticket)
    repo, head = remote.repo, remote.repo.branch_head(ticket.remote.branch)
    risks = (*find_unaccepted_risks(repo, ticket, head), *find_one_sided(repo, ticket, head))
    mark = f"{ticket.progress.round_hash}:{head[:SHORT_HASH_CHARS]}"
    # In every approval mode: the mode is about plans, and a diff may do more than its plan said.
    if risks and ticket.approval.granted_key != mark:
        asked = replace(ticket.approval, key=mark, risks=tuple(risk.reason for risk in risks))
        why = messages.approval_required(asked.code, asked.risks)
        return replace(ticket, approval=asked, why=why, wake_at=FOREVER)
    content = (mark for risk in risks for mark in risk.content)
    ticket = replace(ticket, approval=ticket.approval.accept_content(content))
    if head != ticket.remote.head and not remote.push(ticket.remote.branch, head):
        remote.fetch()
        return replace(ticket, paused=True, why=messages.PUSHED_BY_A_PERSON)
    pushed = replace(ticket.remote, head=head, pushed_at=services.now())
    ticket = replace(ticket, remote=pushed, approval=replace(ticket.approval, risks=()))
    return answer_threads(services, ticket).move_to(Stage.CI)


def find_diff_start(repo: Repo, ticket: Ticket, head: str) -> str:
    """A tree to which the bot's own changes are told: the base that `head` has, with its plan.

    What came into the branch with the base, by a merge of anybody's, is not the bot's. A person may
    have rebased the branch: then it is the base that both have.
    """
    base = find_merge_base(repo, ticket.remote.base, head) or ticket.remote.base
    return repo.overlay_paths(base, head, [plan_path(ticket.remote.branch)])


def find_unaccepted_risks(repo: Repo, ticket: Ticket, head: str) -> tuple[Risk, ...]:
    """What the branch does, as it stands at `head`, that needs approval and has none.

    What was approved is content: a later change of the same path needs approval again.
    """
    config = load_repo_config(repo, repo.git_dir, ticket.remote.base)
    start = find_diff_start(repo, ticket, head)
    return find_open_risks(repo, start, head, config, ticket.approval.accepted_content)
