"""Says, before anything runs, that a job goes on from a base that is not HEAD any more."""

from bot.errors import UserError
from bot.git.repo import Repo
from bot.job_states import JobState
from bot.plan import peek_job
from bot.text.listed import join_first
from runners.build.load_plan import CheckedPlan, RunRequest
from runners.checks.setup_inputs import find_inputs
from runners.progress import ProgressEvent, Report
from runners.project import CONFIG, resolve_base

MAX_NAMED_FILES = 5


def check_base(plan: CheckedPlan, request: RunRequest, state: str, report: Report) -> None:
    """Report it where HEAD is another commit; `state` is how the job stands, empty for a new one.

    Raises UserError where the job was blocked and the configuration, or what `[setup]` reads, is
    another by now: it would be blocked again by what a person has just mended.
    """
    if not state or request.fresh or request.base:
        return
    head = resolve_base(plan.repo, request.repo, peek_job(request.plan).base)
    if head == plan.base:
        return
    changed = list_changed_inputs(plan, head)
    where = f"this job builds on {plan.base[:12]}, where it began; HEAD is {head[:12]} by now"
    hint = (
        "--on-head goes on there: of what passed, all that is as it was is kept if its checks pass"
        " again. --fresh begins anew there."
    )
    names = join_first(changed, MAX_NAMED_FILES, str)
    also = f", with another {names}" if changed else ""
    if changed and state == JobState.BLOCKED:
        raise UserError(f"{where}{also}", where=str(request.path), hint=hint)
    report(ProgressEvent("job", f"{where}{also}. {hint}"))


def list_changed_inputs(plan: CheckedPlan, head: str) -> list[str]:
    """The configuration and what `[setup]` reads, as far as both commits do not have them alike."""
    before, now = (_read_inputs(plan.repo, commit, plan) for commit in (plan.base, head))
    return sorted(
        (path for path in before.keys() | now.keys() if before.get(path) != now.get(path)),
        key=lambda path: (path != CONFIG, path),
    )


def _read_inputs(repo: Repo, commit: str, plan: CheckedPlan) -> dict[str, str]:
    entry = repo.find_entry(commit, CONFIG)
    setup = plan.config.setup
    inputs = find_inputs(repo, commit, setup) if setup else {}
    return {**inputs, CONFIG: entry.sha if entry else ""}
