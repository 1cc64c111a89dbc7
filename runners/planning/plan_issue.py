"""Writing the plan for an issue: composing the planner's request, and keeping its answer."""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.config.machine import Settings, find_settings_file, state_dir
from bot.config.private_dir import open_state_dir
from bot.config.tiers import TierSettings
from bot.errors import Fault, PlanError, UserError
from bot.git.checkout import require_usual_tree
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.ledger import LedgerRow
from bot.models.chain import open_tier
from bot.models.llama_server.place import find_server_place
from bot.plan import add_bite_dependencies, peek_job
from bot.plan.issue import Issue
from bot.plan.settled import Settled
from bot.prompts.planner_prompt import PlanRequest
from bot.spending import Payer
from runners.activities import Activities
from runners.checks.setup_cache import TrustedTree
from runners.disk_floor import require_free_disk
from runners.model_outages import ModelOutages
from runners.planning.answer_queries import answer_queries, only_asks
from runners.planning.conversation import (
    Conversation,
    FindFaults,
    PlannerContext,
    ask_planner,
    report_last_call,
)
from runners.planning.draft_checks import DraftStart, find_check_faults
from runners.planning.plan_quality import note_quality, recall_lessons
from runners.planning.plan_request import PlanWork, compose_request, warn_of_unable
from runners.planning.planner_rules import PlanRules, find_plan_faults
from runners.planning.run_checks import open_plan_checks
from runners.planning.shown_lines import ShownLines, find_whole_paths
from runners.planning.verify_settled import verify_settled
from runners.planning.warnings import find_warnings
from runners.progress import Report
from runners.project import load_repo_config, resolve_base
from runners.spending import open_meter

PLAN_FILE = "plan.md"
"""Where a run keeps its plan, beside the evidence of its calls."""


class PlanRefusedError(PlanError):
    """No plan passed after the repairs. `rows` is what that cost, `draft` where the last one is."""

    def __init__(self, faults: list[Fault], *, draft: Path, rows: tuple[LedgerRow, ...]) -> None:
        super().__init__(faults, where=str(draft))
        self.rows = rows

    def __str__(self) -> str:
        hint = "Fix that draft by hand, or say more in the issue."
        return f"the planner's last draft still has faults\n{super().__str__()}\n  {hint}"


class NoPlannerError(UserError):
    """No model could write the plan. `rows` are the calls that were paid for all the same."""

    def __init__(self, what: str, hint: str, rows: tuple[LedgerRow, ...]) -> None:
        super().__init__(what, where="planner", hint=hint)
        self.rows = rows


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """A plan's text, or the answer to a question. `evidence`: the folder with each call's texts.

    `settled`: nothing is left to do, as was shown.

    `warnings` are what a person should know of a plan before it is run.
    """

    plan: str
    answer: str
    rows: tuple[LedgerRow, ...]
    evidence: Path
    warnings: tuple[Fault, ...] = ()
    question: str = ""
    settled: Settled | None = None


def write_plan(  # noqa: PLR0913  # what is planned where, by whom, and by whose words
    issue: Issue,
    folder: Path,
    settings: Settings,
    report: Report,
    *,
    at: str = "",
    guidance_from: str = "",
    payer: Payer | None = None,
    activities: Activities | None = None,
) -> PlannedIssue:
    """Ask the planner. Changes nothing in the repository. `at`: the commit, else HEAD's.

    `guidance_from` is the commit whose guidance counts, where `at` is on a branch that nobody has
    merged. `payer` pays for the calls; without one, this issue itself. `activities` are filled
    with what takes long.
    Raises UserError for what a person can fix, PlanRefusedError where no plan came of it.
    """
    told = activities or Activities()
    watched = told.watch(report)
    with told.told_to(watched):
        return _write_plan(issue, folder, settings, watched, told, at, guidance_from, payer)


def _write_plan(  # noqa: PLR0913, PLR0917  # as `write_plan`
    issue: Issue,
    folder: Path,
    settings: Settings,
    report: Report,
    told: Activities,
    at: str,
    guidance_from: str,
    payer: Payer | None,
) -> PlannedIssue:
    tier = _planner_tier(settings)
    repo = open_repo(folder)
    base = at or resolve_base(repo, folder, "")
    require_usual_tree(repo, base)
    rules_commit = guidance_from or base
    config = load_repo_config(repo, folder, rules_commit)
    require_free_disk(settings)
    evidence = _new_folder(settings, repo.git_dir, issue)
    loading = functools.partial(told.begin, "load")
    with open_tier(tier, loading=loading, servers=find_server_place(settings)) as chain:
        meter = open_meter(settings, payer or _issue_payer(repo, evidence))
        trusted = TrustedTree(repo, rules_commit, config)
        with open_plan_checks(
            trusted, base, settings, told=told, meter=meter, evidence=evidence
        ) as checks:
            lessons = recall_lessons(meter)
            work = PlanWork(
                issue, repo, base, rules_commit, config, settings, checks, report, lessons
            )
            lookup, request, rules = compose_request(work, tier, told)
            outages = ModelOutages(report, activities=told)
            verify = functools.partial(verify_settled, work) if issue.may_settle else None
            planner = PlannerContext(
                chain, tier, settings.planner, lookup, evidence, meter, outages, verify
            )
            find_faults = functools.partial(_find_faults, work, rules)
            conversation = _lead_conversation(planner, request, find_faults, report)
        note_quality(meter, conversation)
        if not payer:  # whoever else pays keeps the result before its answers are forgotten
            meter.forget_answers()
    planned = _keep_plan(conversation, evidence)
    if not planned.plan:
        return planned
    job = peek_job(planned.plan)
    warnings = [*find_warnings(repo, base, job, config), *warn_of_unable(job, checks.on_base)]
    return replace(planned, warnings=tuple(warnings))


def _find_faults(
    work: PlanWork, rules: PlanRules, text: str, read: Sequence[ShownLines]
) -> list[Fault]:
    """What is wrong with it as it stands, and what its checks say where its tasks would start."""
    start = DraftStart(
        work.repo, work.base, work.config, lays_blocks=work.settings.sandbox != "none"
    )
    job = add_bite_dependencies(peek_job(text))
    tried = find_check_faults(start, job, work.checks.run) if work.checks.seconds else []
    return [*find_plan_faults(text, replace(rules, seen=find_whole_paths(read))), *tried]


def _issue_payer(repo: Repo, evidence: Path) -> Payer:
    """On the command line: planning one issue text again and again is one job."""
    return Payer(job=f"plan {evidence.parent.name}", repo=str(repo.git_dir), asking="plan")


def _lead_conversation(
    planner: PlannerContext, request: PlanRequest, find_faults: FindFaults, report: Report
) -> Conversation:
    """Ask until the conversation is over; the questions of a plan that only asks are answered."""
    conversation = Conversation()
    while not conversation.is_over:
        before = conversation
        conversation = ask_planner(planner, request, conversation, find_faults)
        report_last_call(conversation, before, report)
    if conversation.plan and only_asks(job := peek_job(conversation.plan)):
        before = conversation
        conversation = answer_queries(planner, job, conversation)
        report_last_call(conversation, before, report)
    return conversation


def _keep_plan(conversation: Conversation, evidence: Path) -> PlannedIssue:
    """Raises NoPlannerError or PlanRefusedError where there is neither plan nor answer."""
    if conversation.failure:
        hint = (
            f"Run it again; the planner is named in {find_settings_file()} or BRICKLAYER_PLANNER."
        )
        raise NoPlannerError(conversation.failure, hint, conversation.rows)
    given = conversation.plan or conversation.answer or conversation.question
    if not (given or conversation.settled):
        draft = evidence / "draft.md"
        draft.write_text(conversation.draft, encoding="utf-8", errors="replace")
        raise PlanRefusedError(list(conversation.faults), draft=draft, rows=conversation.rows)
    if conversation.plan:
        (evidence / PLAN_FILE).write_text(conversation.plan, encoding="utf-8")
    planned = PlannedIssue(conversation.plan, conversation.answer, conversation.rows, evidence)
    return replace(planned, question=conversation.question, settled=conversation.settled)


def _planner_tier(settings: Settings) -> TierSettings:
    if tier := settings.tiers.get("planner"):
        return tier
    hint = "Name one under [tiers.planner], or for once: BRICKLAYER_PLANNER=cli:claude"
    raise UserError("no planner is configured", where=str(find_settings_file()), hint=hint)


def _new_folder(settings: Settings, git_dir: Path, issue: Issue) -> Path:
    # A NUL parts the two, since no path can hold one.
    name = hashlib.sha256(f"{git_dir.resolve()}\0{issue.text}".encode()).hexdigest()[:12]
    try:
        return _make_next_folder(open_state_dir(settings) / "plans" / name)
    except OSError as exc:
        what = f"what the planner says cannot be kept: {exc.strerror}"
        hint = "Free some room there, or make it writable."
        raise UserError(what, where=str(state_dir(settings)), hint=hint) from exc


def _make_next_folder(folder: Path) -> Path:
    """A run's own folder: what an earlier one left may have been changed by hand since."""
    folder.mkdir(parents=True, exist_ok=True)
    number = max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)
    while True:
        number += 1
        try:
            # mkdir makes the folder or fails, in one step, so two runs never share a number:
            # https://man7.org/linux/man-pages/man2/mkdir.2.html
            (folder / str(number)).mkdir()
        except FileExistsError:
            continue
        return folder / str(number)
