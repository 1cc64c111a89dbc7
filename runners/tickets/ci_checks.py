"""Reads what the verdict on the head needs: its checks, the rules, what failed, the base."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

from bot.config.repository import CiConfig
from bot.github.ci_logs import JobOutput
from bot.github.repository import Repository
from bot.github.types import BranchRules, CheckRun, Checks, RequiredCheck
from bot.ticket.ci_findings import Evidence, pair_with_base
from bot.ticket.ci_verdict import Moment, Verdict, judge_checks
from bot.ticket.job_report import JobReport, read_job_report
from bot.ticket.keys import ci_mark, refused_runs, rerun_runs, rules_mark
from bot.ticket.model import Ticket
from runners.project import load_repo_config
from runners.tickets.services import Services
from runners.tickets.status_sync import CHECK_NAME

# Workflows are the YAML files of this folder itself, not of folders below it:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
WORKFLOW_FILE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
MAX_READ_JOBS = 20
"""Failing jobs of one commit whose logs are read."""


def _read_config(services: Services, ticket: Ticket) -> CiConfig:
    repo = services.open_mirror(ticket).repo
    return load_repo_config(repo, repo.git_dir, ticket.remote.base).ci


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what it was made of; `outputs` are of failing jobs, by check run."""

    verdict: Verdict
    checks: Checks
    config: CiConfig
    moment: Moment
    outputs: Mapping[int, JobOutput] = field(default_factory=dict)


def judge_head(services: Services, ticket: Ticket, checks: Checks | None = None) -> Judged:
    """`checks` where they were read just now."""
    repository, config = services.repository(ticket), _read_config(services, ticket)
    checks = checks or repository.read_checks(ticket.remote.head)
    moment = Moment(
        waited=services.now() - ticket.remote.pushed_at,
        quiet=services.now() - _unchanged_since(services, ticket, _reported(checks)),
        workflows=_has_workflows(services, ticket),
        rules=BranchRules() if config.require else _read_rules(services, ticket),
        rerun=rerun_runs(ticket.handled),
        refused=refused_runs(ticket.handled),
        may_fix=_may_fix(ticket, config),
    )
    verdict = judge_checks(checks, config, moment)
    if verdict.colour != "unread":
        return Judged(verdict, checks, config, moment)
    before = repository.read_checks(ticket.remote.base)
    outputs = _read_outputs(repository, checks, before, verdict.failed)
    reports = {run: _make_report(output) for run, output in outputs.items()}
    moment = replace(moment, evidence=Evidence(before, reports))
    return Judged(judge_checks(checks, config, moment), checks, config, moment, outputs)


def has_late_failure(services: Services, ticket: Ticket) -> bool:
    """Whether checks that came after the verdict want more than a word."""
    # Anything with access to the Checks API may report on a commit at any later time:
    # https://docs.github.com/en/rest/checks/runs
    checks = _read_changed(services, ticket)
    if checks is None:
        return False
    verdict = judge_head(services, ticket, checks).verdict
    return verdict.colour in {"red", "rerun", "blocked"} or bool(verdict.failed)


def is_still_blocked(services: Services, ticket: Ticket) -> bool:
    """Whether a job that its checks have blocked has nothing to go on with yet."""
    checks = _read_changed(services, ticket)
    if checks is None:
        return True
    judged = judge_head(services, ticket, checks)
    given_up = judged.verdict.colour == "red" and not judged.moment.may_fix
    return judged.verdict.colour == "blocked" or given_up


def _may_fix(ticket: Ticket, config: CiConfig) -> bool:
    return bool(ticket.progress.round) and ticket.progress.ci_rounds < config.rounds


def _read_changed(services: Services, ticket: Ticket) -> Checks | None:
    """None where they say what they said when they were judged last."""
    checks = services.repository(ticket).read_checks(ticket.remote.head)
    _, _, before = services.tickets.read_mark(ci_mark(ticket.key)).partition(" ")
    return None if before == f"{ticket.remote.head} {_reported(checks)}" else checks


def _reported(checks: Checks) -> str:
    ways = [(one.id, one.status, one.conclusion, one.attempt) for one in checks.workflows]
    return repr((checks.runs, checks.statuses, ways))


def _unchanged_since(services: Services, ticket: Ticket, reported: str) -> float:
    """When the checks were first read to report this, in seconds since 1970."""
    key = ci_mark(ticket.key)
    at, _, before = services.tickets.read_mark(key).partition(" ")
    # A time that is still to come was noted before this machine's clock was set back.
    if before == f"{ticket.remote.head} {reported}" and float(at) <= services.now():
        return float(at)
    services.tickets.write_mark(key, f"{services.now()} {ticket.remote.head} {reported}")
    return services.now()


def _has_workflows(services: Services, ticket: Ticket) -> bool:
    listed = services.open_mirror(ticket).repo.list_folder(ticket.remote.head, ".github/workflows")
    return any(map(WORKFLOW_FILE.fullmatch, listed))


def _read_rules(services: Services, ticket: Ticket) -> BranchRules:
    """Asked for once for each push and each retry. Our own check is none that we wait for."""
    key, pushed = rules_mark(ticket.key), f"{ticket.remote.head} {ticket.remote.pushed_at}"
    before, _, text = services.tickets.read_mark(key).partition("\n")
    if before == pushed:
        return BranchRules(tuple(RequiredCheck(**one) for one in json.loads(text)))
    rules = services.repository(ticket).read_branch_rules(ticket.where.default_branch)
    others = tuple(one for one in rules.required if one.name != CHECK_NAME)
    text = json.dumps([asdict(one) for one in others])
    services.tickets.write_mark(key, f"{pushed}\n{text}")
    return BranchRules(others)


def _read_outputs(
    repository: Repository, checks: Checks, before: Checks, failed: Iterable[CheckRun]
) -> dict[int, JobOutput]:
    """Of the base only those jobs are read that fail there too."""
    runs = tuple(failed)[:MAX_READ_JOBS]
    both = (*runs, *pair_with_base(checks, before, runs))
    return {run.id: read_job_output(repository, run) for run in both}


def read_job_output(repository: Repository, run: CheckRun) -> JobOutput:
    annotations = repository.read_annotations(run.id)
    # Only a job of GitHub Actions has a log to read:
    # https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
    if not run.job:
        return JobOutput(annotations)
    return JobOutput(annotations, repository.read_job_log(run.job))


def _make_report(output: JobOutput) -> JobReport:
    said = tuple(note.message for note in output.annotations if note.level == "failure")
    report = read_job_report(output.log.text, said)
    return replace(report, awaited=output.log.missing == "not yet")
