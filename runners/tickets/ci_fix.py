"""A red CI becomes a build round, once there is a failure to show to a model."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.failures.named_files import make_tree
from bot.git.diff import count_changed_lines
from bot.plan import peek_job
from bot.plan.followup_plans import plan_ci_fix
from bot.plan.paths import path_fault
from bot.ticket import messages_ci
from bot.ticket.choose_files import choose_files
from bot.ticket.model import Ticket
from bot.ticket.progress import Round
from bot.ticket.stages import Stage
from runners.tickets.ci_checks import Judged
from runners.tickets.ci_failures import (
    JobFailure,
    describe_failures,
    list_job_failures,
    name_unread,
)
from runners.tickets.diff_approval import find_diff_start
from runners.tickets.find_room import find_log_room
from runners.tickets.services import Services

# A log is no Markdown, so it is not read as such: 4 MiB of it would take minutes.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def begin_fix(services: Services, ticket: Ticket, judged: Judged) -> Ticket:
    """A build round by the local tier, later ones by the senior; at most `[ci] rounds` of them."""
    result, max_rounds = judged.verdict, judged.config.rounds
    number = ticket.progress.ci_rounds + 1
    if number > max_rounds or not ticket.progress.round:
        return ticket.move_to(Stage.BLOCKED, messages_ci.ci_given_up(result.names, max_rounds))
    secrets = services.account.known_secrets()
    failures = list_job_failures(result.failed, judged.outputs, secrets)
    if not any(each.is_shown for each in failures):
        return ticket.move_to(Stage.BLOCKED, _explain_nothing(result.names, failures))
    unread = name_unread(result.failed)
    room = find_log_room(services.settings) - len(unread.encode())
    log = _COMMENT.sub("", describe_failures(failures, room)) + unread
    job = peek_job(ticket.progress.round.text)
    files = _files_to_fix(services, ticket, failures)
    if not files:
        return ticket.move_to(Stage.BLOCKED, messages_ci.ci_given_up(result.names, 0))
    text = plan_ci_fix(job, files, log, number)
    round_ = Round("ci", text, ticket.remote.head, number, senior=number > 1)
    why = messages_ci.ci_red(result.names, number, max_rounds)
    progress = replace(ticket.progress, round=round_, ci_rounds=number)
    return replace(ticket, progress=progress).move_to(Stage.BUILDING, why)


def _explain_nothing(names: Sequence[str], failures: Sequence[JobFailure]) -> str:
    known = {each.name: each.missing for each in failures}
    said = next((each.said for each in failures if each.said), "")
    return messages_ci.nothing_to_show([(name, known.get(name, "no log")) for name in names], said)


def _files_to_fix(services: Services, ticket: Ticket, failures: Sequence[JobFailure]) -> list[str]:
    repo, head = services.open_mirror(ticket).repo, ticket.remote.head
    tree = make_tree(repo.list_entries(head))
    counted = count_changed_lines(repo, find_diff_start(repo, ticket, head), head)
    changed = {
        path: sum(lines)
        for path, lines in counted.items()
        if path in tree.paths and not path_fault(path)
    }
    outputs = [text for failure in failures for _, text in failure.parts()]
    return choose_files(outputs, tree, changed)
