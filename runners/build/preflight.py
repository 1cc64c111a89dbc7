"""Preflight: a check that cannot run, or is green before anything was done, is the plan's fault."""

from collections.abc import Collection
from pathlib import PurePosixPath

from bot.plan import Check, format_check, written_paths
from runners.build.attempt import landed
from runners.build.branch import require_ours
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.results import BaseCheck, TaskBase, TaskRun
from runners.checks.check import CONFIGS, Verdict, may_bring_tests, no_test
from runners.checks.failure_digest import digest
from runners.progress import ProgressEvent

MANIFESTS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"})


def job_base(site: JobContext, lane: OpenLane) -> BaseCheck:
    """Run the job's checks on the base: any colour will do, but each must be able to run."""
    folder, counted = site.checkout(lane, site.base), {}
    for name in site.job.checks:
        check = Check("run", name)
        verdict = site.check(check, folder, makes=_all_writes(site))
        unable = _unable(site, verdict)
        if not unable and not _grows(site):
            unable = _empty(site, site.base, verdict, _all_writes(site))
        colour = "green there" if verdict.passed else "cannot run" if unable else "red there"
        site.report(ProgressEvent("check", f"{name} runs on the base: {colour}", good=not unable))
        if unable:
            return BaseCheck(_cannot(f"the job's check {name}", unable, verdict))
        counted[format_check(check)] = verdict.tests or 0
    return BaseCheck(counted=counted)


def start(turn: TaskRun) -> TaskBase:
    """Pin the task's base and run its checks there, before any attempt."""
    site, task = turn.site, turn.task
    site.report(ProgressEvent("task", task.file or task.kind, task.id))
    if sha := landed(site).get(task.id):
        return TaskBase(sha, landed=sha)
    base = require_ours(site)
    folder = site.checkout(turn.lane, base)
    red, said, counted = task.guard or task.bites or task.kind == "query", "", {}
    for check in task.checks:
        verdict = site.check(check, folder, makes=written_paths(task))
        if unable := _unable(site, verdict) or _empty(site, base, verdict, written_paths(task)):
            return TaskBase(base, fault=_cannot(f"the check of {task.id}", unable, verdict))
        counted[format_check(check)] = verdict.tests or 0
        if not verdict.passed:
            red, said = True, said or digest(verdict.output)
    if not red:
        why = f"plan fault: every check of {task.id} passes before anything is done"
        return TaskBase(base, fault=f"{why}; give it a check that is red, or `guard: yes`")
    return TaskBase(base, digest=said, counted=counted)


def _unable(site: JobContext, verdict: Verdict) -> str:
    """Why the check says nothing about the code; empty where it does."""
    if not verdict.ran:
        return verdict.why
    if verdict.missing and not _planned(site, verdict):
        return f"Python has no module {verdict.missing}: [setup] must install it"
    return ""


def _empty(site: JobContext, base: str, verdict: Verdict, makes: Collection[str]) -> str:
    """Why it will prove nothing: it has no test, and none of what is written can bring one."""
    check = verdict.check
    if check.kind != "run" or not makes or not no_test(verdict):
        return ""
    paths = {path for path in check.paths if path in makes}
    found = (site.repo.read(base, name) or b"" for name in CONFIGS)
    configs = "\n".join(raw.decode(errors="replace") for raw in found)
    if paths or may_bring_tests(makes, site.config.checks[check.name], configs):
        return ""
    hint = "write the tests in the task, or in one that it comes `after`"
    return f"no test was collected, and {', '.join(sorted(makes))} will bring none: {hint}"


def _grows(site: JobContext) -> bool:
    """Whether tasks may come that nobody has written yet."""
    return any(phase.epochs > 1 for phase in site.job.phases)


def _planned(site: JobContext, verdict: Verdict) -> bool:
    """Whether the plan itself may end the absence: by the module, its import, or the packages."""
    setup = site.config.setup
    packages = MANIFESTS | set(setup.lock_files if setup else ())
    for path in map(PurePosixPath, _all_writes(site)):
        if verdict.missing in (*path.parts, path.stem) or str(path) in packages:
            return True
        if f"/{verdict.importer}".endswith(f"/{path}"):
            return True
    return False


def _all_writes(site: JobContext) -> frozenset[str]:
    return frozenset[str]().union(*map(written_paths, site.job.tasks))


def _cannot(what: str, why: str, verdict: Verdict) -> str:
    tail = digest(verdict.output, tokens=200)
    return f"plan fault: {what} cannot run: {why}" + (f"\n{tail}" if tail else "")
