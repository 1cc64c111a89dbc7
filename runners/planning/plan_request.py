"""What a planner is told of the repository and of who does the tasks, beside what is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.coaching.read_coaching import list_warnings, select_lessons
from bot.coaching.read_guidance import PLANNER_TOKENS, select_guidance
from bot.config.machine import Settings
from bot.config.repository import CheckCommand, RepoConfig
from bot.config.tiers import TierSettings
from bot.errors import Fault
from bot.git.repo import Repo
from bot.plan import Job
from bot.plan.issue import Issue
from bot.prompts.path_mentions import Mentions, find_mentions
from bot.prompts.planner_prompt import PlanRequest
from bot.text.escape import fence_section
from bot.text.invisible import make_printable
from runners.activities import Activities
from runners.planning.check_results import (
    CheckResult,
    CheckState,
    describe_results,
    summarize_result,
)
from runners.planning.planner_map import render_planner_map
from runners.planning.planner_rules import PlanRules, gather_rules, suggest_paths
from runners.planning.repo_lookup import RepoLookup, count_map_tokens, open_repo_lookup
from runners.planning.run_checks import PlanChecks
from runners.progress import ProgressEvent, Report

ISSUE_INSTRUCTIONS = (
    "Plan the changes that the issue asks for; where it only asks a question, answer it."
)
"""The last sentence of the prompt."""
MAY_ASK = (
    " Where you cannot plan because one thing only people know is open, reply with `QUESTION:` and"
    " that one short question in place of a plan. You may do so once; do not ask what you can read"
    " or decide yourself."
)
MAY_SETTLE = (
    " Where it is solved already, reply with `SOLVED:` and why, then for each test that shows it a"
    " line `- check: NAME PATH`; where what it is about is gone, with `STALE:`, why, and a line"
    " `- gone: PATH_OR_NAME` each. All is run and looked up; what is not shown counts for nothing."
)
_GOOD: dict[CheckState, bool | None] = {"green": True, "red": None, "unable": False}
TOLD_LINES, TOLD_CHARACTERS = 5, 240
"""Of how a check fails, to a person: the evidence has all of it."""


@dataclass(frozen=True, slots=True)
class PlanWork:
    """What is planned, on which commit, by whose rules, and who is told.

    `lessons` are what went wrong with earlier plans.
    """

    issue: Issue
    repo: Repo
    base: str
    rules_commit: str
    config: RepoConfig
    settings: Settings
    checks: PlanChecks
    report: Report
    lessons: tuple[str, ...] = ()


def compose_request(
    work: PlanWork, tier: TierSettings, told: Activities
) -> tuple[RepoLookup, PlanRequest, PlanRules]:
    """All that the planner is shown, where it looks things up, and what its plan must hold."""
    repo, base, config, issue = work.repo, work.base, work.config, work.issue
    with told.begin("read", f"files of the repository, at {base[:12]}"):
        lookup = open_repo_lookup(repo, base, config.map)
        named = find_mentions(issue.text, lookup.paths)
        missing = describe_missing(named)
        for text in (*missing, *list_warnings(repo, base)):
            work.report(ProgressEvent("job", text))
        tokens = count_map_tokens(work.settings.planner.map, tier.context)
        shown = render_planner_map(lookup, issue.text, tokens, tier.models)
    results = work.checks.run_on_base(repo.resolve_rev(base, "tree"))
    report_results(results, work.report)
    # The paths the issue names are known to the rules: one that is missing must be made on purpose.
    rules = gather_rules(repo, base, config, work.settings, lookup.paths)
    mapped = {*named.there, *shown.paths}
    request = PlanRequest(
        "plan",
        "\n\n".join(filter(None, (fence_section("The issue:", issue.text), issue.background))),
        ISSUE_INSTRUCTIONS
        + (MAY_ASK if issue.may_ask else "")
        + (MAY_SETTLE if issue.may_settle else ""),
        checks=list_checks(config),
        results=describe_results(results),
        executor=describe_executor(rules.executor),
        coaching=select_lessons(repo, base, mapped),
        guidance=select_guidance(repo, work.rules_commit, named.there, PLANNER_TOKENS),
        map_text=shown.text,
        warnings=missing,
        lessons=work.lessons,
        may_ask=issue.may_ask,
    )
    return lookup, request, replace(rules, mentions=named)


def list_checks(config: RepoConfig) -> tuple[tuple[str, str], ...]:
    """Name and command of each."""
    return tuple((_name_check(name, each), each.run) for name, each in config.checks.items())


def _name_check(name: str, check: CheckCommand) -> str:
    where = f" (in {check.dir}/; its paths are written from the repository's root all the same)"
    return name + (where if check.dir else "")


def describe_executor(tier: TierSettings | None) -> str:
    """What the model that attempts a task first has room for; empty where none is configured."""
    if tier is None:
        return ""
    return (
        f"The model that does a task sees at most {tier.context:,} tokens in all, of which its"
        f" answer may take {tier.answer:,}."
    )


def describe_missing(named: Mentions) -> tuple[str, ...]:
    absent = "which is not in the repository"
    return tuple(
        f"The issue names {make_printable(path)}, {absent}. {suggest_paths(paths)}"
        for path, paths in named.missing
    )


def report_results(results: Sequence[CheckResult], report: Report) -> None:
    """To a person: a check that cannot run here proves no plan."""
    for result in results:
        text = f"{result.label} on the base: {summarize_result(result)}"
        lines = [line for line in result.digest.splitlines() if line.strip()][:TOLD_LINES]
        detail = "\n".join(make_printable(line, TOLD_CHARACTERS) for line in lines)
        report(ProgressEvent("check", text, good=_GOOD.get(result.state), detail=detail))


def warn_of_unable(job: Job, results: Sequence[CheckResult]) -> list[Fault]:
    """Checks of the plan that cannot run here: its build would be blocked, and not by its fault."""
    used = [check for task in job.tasks for check in task.checks]
    used += [check for phase in job.phases for check in phase.done]
    names = {*job.checks, *(check.name for check in used if check.kind == "run")}
    return [
        Fault(
            job.line_of("checks"),
            f"the check {result.label} cannot run on this machine: {result.why}",
            "Put that right before the build: `bricklayer check` without a plan tries it.",
        )
        for result in results
        if result.state == "unable" and result.label in names
    ]
