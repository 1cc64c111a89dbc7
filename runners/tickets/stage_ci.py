"""The stage that waits for CI: green goes on to the review, red becomes a build round."""

import re
from dataclasses import replace
from functools import partial

from bot.github.checks import OUR_WORKFLOW
from bot.plan import peek_job
from bot.plan.followup_plans import plan_ci_fix
from bot.plan.paths import path_fault
from bot.text.secrets import redact
from bot.ticket import messages
from bot.ticket.ci_verdict import Verdict, verdict
from bot.ticket.keys import REVIEW_REQUESTED, ci_mark, dispatched_key, reviewed_key
from bot.ticket.model import Round, Ticket
from bot.ticket.stages import Stage
from runners.checks.failure_digest import digest_failure
from runners.project import load_repo_config
from runners.tickets.github_failures import best_effort
from runners.tickets.model_questions import review_diff
from runners.tickets.services import Services

# Workflows are the YAML files of this folder itself, not of folders below it:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
# A log is no Markdown, so it is not read as such: 4 MiB of it would take minutes.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PATH = re.compile(r"[\w./-]+\.\w+")
MAX_FILES = 3
"""Files that one red CI may have fixed at once."""


def watch_ci(services: Services, ticket: Ticket) -> Ticket:
    remote, repository = services.open_mirror(ticket), services.repository(ticket)
    config = load_repo_config(remote.repo, remote.repo.git_dir, ticket.remote.base).ci
    checks = repository.read_checks(ticket.remote.head)
    reported = repr((checks.runs, checks.statuses))
    since = _unchanged_since(services, ticket, reported)
    result = verdict(
        checks,
        config,
        waited=services.now() - ticket.remote.pushed_at,
        quiet=services.now() - since,
        workflows=_has_workflows(services, ticket),
    )
    if result.colour == "red":
        return _begin_fix(services, ticket, result, config.rounds)
    if result.colour == "late":
        return ticket.move_to(Stage.BLOCKED, messages.ci_too_late(result.names, config.wait))
    if result.colour in {"waiting", "approval"}:
        waits = messages.ci_waiting(result.done, result.total)
        why = messages.CI_WANTS_APPROVAL if result.colour == "approval" else waits
        return replace(ticket, why=why, wake_at=services.now() + result.recheck_seconds)
    if result.colour == "unbegun" and _dispatch_workflows(services, ticket):
        # CI begins only now, so the time that it may take is counted from now.
        started = replace(ticket.remote, pushed_at=services.now())
        return replace(ticket, remote=started).with_handled(dispatched_key(started.head))
    why = {"none": messages.NO_CI, "unbegun": messages.CI_NEVER_BEGAN}.get(result.colour, "")
    return _request_review(services, ticket, why)


def _request_review(services: Services, ticket: Ticket, why: str) -> Ticket:
    """Mark it ready and request a review from whoever set the label."""
    repository = services.repository(ticket)
    unread = not ticket.was_handled(reviewed_key(ticket.remote.head))
    if "reviewer" in services.settings.tiers and unread:
        ticket = review_diff(services, ticket)
    ready = best_effort(f"{ticket.key}: ready", lambda: repository.mark_ready(ticket.remote.pull))
    if not ticket.was_handled(REVIEW_REQUESTED):
        # GitHub refuses to request a review of whoever opened the pull request:
        # https://docs.github.com/en/rest/pulls/review-requests
        request = partial(repository.request_review, ticket.remote.pull, ticket.asker.login)
        best_effort(f"{ticket.key}: review request", request)
    text = " ".join(filter(None, (why, messages.REVIEW, "" if ready else messages.STILL_DRAFT)))
    return ticket.with_handled(REVIEW_REQUESTED).move_to(Stage.REVIEW, text)


def _dispatch_workflows(services: Services, ticket: Ticket) -> bool:
    """Start the workflows by hand that a push with Actions' own token did not start.

    Events of that token start none but for `workflow_dispatch` and `repository_dispatch`:
    https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
    """
    if ticket.was_handled(dispatched_key(ticket.remote.head)):
        return False
    repo, repository = services.open_mirror(ticket).repo, services.repository(ticket)
    # Only a workflow that is on the default branch can be dispatched:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch
    listed = repo.list_folder(ticket.remote.base, ".github/workflows")
    found = [path for path in listed if _WORKFLOW.fullmatch(path) and path != OUR_WORKFLOW]
    able = [
        p for p in found if b"workflow_dispatch" in (repo.read_file(ticket.remote.base, p) or b"")
    ]
    start, branch = repository.dispatch_workflow, ticket.remote.branch
    # The API takes a workflow's file name for its id:
    # https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
    names = [path.rpartition("/")[2] for path in able]
    started = [best_effort(f"{ticket.key}: {n}", partial(start, n, branch)) for n in names]
    return any(started)


def _unchanged_since(services: Services, ticket: Ticket, reported: str) -> float:
    """When the checks were first read to report this, in seconds since 1970."""
    key = ci_mark(ticket.key)
    at, _, before = services.tickets.read_mark(key).partition(" ")
    if before == f"{ticket.remote.head} {reported}":
        return float(at)
    services.tickets.write_mark(key, f"{services.now()} {ticket.remote.head} {reported}")
    return services.now()


def _has_workflows(services: Services, ticket: Ticket) -> bool:
    listed = services.open_mirror(ticket).repo.list_folder(ticket.remote.head, ".github/workflows")
    return any(map(_WORKFLOW.fullmatch, listed))


def _begin_fix(services: Services, ticket: Ticket, result: Verdict, max_rounds: int) -> Ticket:
    """A build round by the local tier, later ones by the senior; at most `max_rounds` of them."""
    number = ticket.progress.ci_rounds + 1
    if number > max_rounds or not ticket.progress.round:
        return ticket.move_to(Stage.BLOCKED, messages.ci_given_up(result.names, max_rounds))
    log = "\n".join(_job_logs(services, ticket, result)) or f"failed: {', '.join(result.names)}"
    job = peek_job(ticket.progress.round.text)
    files = _files_to_fix(services, ticket, log)
    if not files:
        return ticket.move_to(Stage.BLOCKED, messages.ci_given_up(result.names, 0))
    text = plan_ci_fix(job, files, log, number)
    round_ = Round("ci", text, ticket.remote.head, number, senior=number > 1)
    why = messages.ci_red(result.names, number, max_rounds)
    progress = replace(ticket.progress, round=round_, ci_rounds=number)
    return replace(ticket, progress=progress).move_to(Stage.BUILDING, why)


def _job_logs(services: Services, ticket: Ticket, result: Verdict) -> list[str]:
    """What each failing job printed, digested. To a model it is material, not instructions."""
    repository, secrets = services.repository(ticket), services.account.known_secrets()
    # Only a job of GitHub Actions has a log to read; of another check there is the name:
    # https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
    return [
        redact(
            _COMMENT.sub("", digest_failure(repository.read_job_log(run.job), tokens=250)), secrets
        )
        if run.job
        else run.name
        for run in result.failed[:3]
    ]


def _files_to_fix(services: Services, ticket: Ticket, log: str) -> list[str]:
    """Of the files this job changed those that the log names, else the one it changed most."""
    repo = services.open_mirror(ticket).repo
    changed = repo.count_changed_lines(ticket.remote.plan_commit, ticket.remote.head)
    fit = [path for path in changed if not path_fault(path)]
    there = [path for path in fit if repo.read_file(ticket.remote.head, path) is not None]
    named = set(_PATH.findall(log))
    # A log names a file by the runner's absolute path, or relative to the folder a tool ran in.
    hit = [p for p in there if any(word.endswith(p) or p.endswith(f"/{word}") for word in named)]
    by_change = sorted(there, key=lambda path: (-sum(changed[path]), path))
    return (hit or by_change)[: MAX_FILES if hit else 1]
