"""A red CI becomes a build round, once there is a failure to show to a model."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.config.repository import CiConfig
from bot.plan import peek_job
from bot.plan.followup_plans import MAX_LOG_CHARACTERS, plan_ci_fix
from bot.plan.paths import path_fault
from bot.ticket import messages, messages_ci
from bot.ticket.ci_verdict import Verdict
from bot.ticket.model import Round, Ticket
from bot.ticket.stages import Stage
from runners.tickets.ci_failures import JobFailure, describe_failures, read_job_failures
from runners.tickets.services import Services

LOG_WAIT_SECONDS, MAX_POLL_SECONDS = 180.0, 10.0
"""Seconds for which a log that is not there yet is waited for, and between two looks."""
MAX_FILES = 3
"""Files that one red CI may have fixed at once."""
_PATH = re.compile(r"[\w./-]+\.\w+")
# A log is no Markdown, so it is not read as such: 4 MiB of it would take minutes.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRAME = 200
"""Characters of the quotation's fence, and of lines that are wrapped in it."""


def begin_fix(
    services: Services, ticket: Ticket, result: Verdict, config: CiConfig, red_for: float
) -> Ticket:
    """A build round by the local tier, later ones by the senior; at most `[ci] rounds` of them.

    `red_for`: seconds since CI was first seen as it is now.
    """
    number, max_rounds = ticket.progress.ci_rounds + 1, config.rounds
    if number > max_rounds or not ticket.progress.round:
        return ticket.move_to(Stage.BLOCKED, messages.ci_given_up(result.names, max_rounds))
    failures = read_job_failures(services, ticket, result.failed)
    late = [each.name for each in failures if each.missing == "not yet"]
    if late and red_for < LOG_WAIT_SECONDS:
        why = messages_ci.log_awaited(late)
        return replace(
            ticket, why=why, wake_at=services.now() + min(MAX_POLL_SECONDS, config.settle)
        )
    if not any(each.is_shown for each in failures):
        return ticket.move_to(Stage.BLOCKED, _explain_nothing(result.names, failures))
    log = _COMMENT.sub("", describe_failures(failures, MAX_LOG_CHARACTERS - _FRAME))
    job = peek_job(ticket.progress.round.text)
    files = _files_to_fix(services, ticket, log)
    if not files:
        return ticket.move_to(Stage.BLOCKED, messages.ci_given_up(result.names, 0))
    text = plan_ci_fix(job, files, log, number)
    round_ = Round("ci", text, ticket.remote.head, number, senior=number > 1)
    why = messages.ci_red(result.names, number, max_rounds)
    progress = replace(ticket.progress, round=round_, ci_rounds=number)
    return replace(ticket, progress=progress).move_to(Stage.BUILDING, why)


def _explain_nothing(names: Sequence[str], failures: Sequence[JobFailure]) -> str:
    known = {each.name: each.missing for each in failures}
    said = next((each.said for each in failures if each.said), "")
    return messages_ci.nothing_to_show([(name, known.get(name, "no log")) for name in names], said)


def _files_to_fix(services: Services, ticket: Ticket, log: str) -> list[str]:
    """Of the files this job changed those that the log names, else the one it changed most."""
    repo = services.open_mirror(ticket).repo
    changed = repo.count_changed_lines(ticket.remote.plan_commit, ticket.remote.head)
    fit = [path for path in changed if not path_fault(path)]
    there = [path for path in fit if repo.read_file(ticket.remote.head, path) is not None]
    named = set(_PATH.findall(log))
    # A log names a file by the runner's absolute path, or relative to the folder a tool ran in.
    hit = [
        p
        for p in there
        if any(f"/{word}".endswith(f"/{p}") or p.endswith(f"/{word}") for word in named)
    ]
    by_change = sorted(there, key=lambda path: (-sum(changed[path]), path))
    return (hit or by_change)[: MAX_FILES if hit else 1]
