"""The stage that pushes what was built, once its risks are approved, and answers threads."""

from dataclasses import replace

from bot.ticket import messages
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.stages import Stage
from runners.tickets.diff_approval import diff_key, find_unaccepted_risks
from runners.tickets.newer_comment import follow_newer
from runners.tickets.plan_file import commit_removal
from runners.tickets.services import Services
from runners.tickets.take_up_progress import follow_progress
from runners.tickets.thread_answers import answer_threads
from runners.tickets.waiting_diff import drop_waiting, share_waiting


def publish_round(services: Services, ticket: Ticket) -> Ticket:
    remote = services.open_mirror(ticket)
    repo = remote.repo
    if services.queue and services.queue.is_shared:
        follow_progress(remote, ticket)  # another machine may have built it since this one led last
    head = commit_removal(services, ticket, repo.branch_head(ticket.remote.branch))
    risks = find_unaccepted_risks(repo, ticket, head)
    mark = diff_key(head)
    # In every approval mode: the mode is about plans, and a diff may do more than its plan said.
    if risks and ticket.approval.granted_key != mark:
        asked = replace(ticket.approval, key=mark, risks=tuple(risk.reason for risk in risks))
        ticket = share_waiting(services, ticket, head)
        why = messages.diff_approval_required(asked.risks)
        return replace(ticket, approval=asked, why=why, wake_at=FOREVER)
    content = (mark for risk in risks for mark in risk.content)
    ticket = replace(ticket, approval=ticket.approval.accept_content(content))
    if head != ticket.remote.head and not remote.push(ticket.remote.branch, head):
        remote.fetch()
        if follow_newer(services, ticket):
            return ticket  # it was our own account's, from another machine
        return replace(ticket, paused=True, why=messages.PUSHED_BY_A_PERSON)
    drop_waiting(services, ticket, head)
    pushed = replace(ticket.remote, head=head, pushed_at=services.now())
    ticket = replace(ticket, remote=pushed, approval=replace(ticket.approval, risks=()))
    return answer_threads(services, ticket).move_to(Stage.CI)
