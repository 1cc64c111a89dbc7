"""Preflight: a check that cannot run, or is green before anything was done, is the plan's fault."""

from bot.job import Check, writes
from runners.attempt import landed
from runners.checks import Verdict
from runners.digest import digest
from runners.ends import Start, Turn
from runners.lanes import OpenLane
from runners.site import Site, Told


def job_fault(site: Site, lane: OpenLane) -> str:
    """Run the job's checks on the base: any colour will do, but each must be able to run."""
    folder = site.checkout(lane, site.base)
    everything = frozenset[str]().union(*map(writes, site.job.tasks))
    for name in site.job.checks:
        check = Check("run", name)
        verdict = site.check(check, folder, makes=everything)
        colour = "green" if verdict.passed else "red" if verdict.ran else "cannot run"
        site.tell(Told("check", f"{name} on the base: {colour}", good=verdict.ran))
        if not verdict.ran:
            return _cannot(f"the job's check {name}", verdict)
    return ""


def start(turn: Turn) -> Start:
    """Pin the task's base and run its checks there, before any attempt."""
    site, task = turn.site, turn.task
    site.tell(Told("task", task.file or task.kind, task.id))
    if sha := landed(site).get(task.id):
        return Start(sha, landed=sha)
    base = site.repo.head(site.branch)
    folder = site.checkout(turn.lane, base)
    red, said = task.guard or task.bites or task.kind == "query", ""
    for check in task.checks:
        verdict = site.check(check, folder, makes=writes(task))
        if not verdict.ran:
            return Start(base, fault=_cannot(f"the check of {task.id}", verdict))
        if not verdict.passed:
            red, said = True, said or digest(verdict.output)
    if not red:
        why = f"plan fault: every check of {task.id} passes before anything is done"
        return Start(base, fault=f"{why}; give it a check that is red, or `guard: yes`")
    return Start(base, digest=said)


def _cannot(what: str, verdict: Verdict) -> str:
    tail = digest(verdict.output, tokens=200)
    return f"plan fault: {what} cannot run: {verdict.why}" + (f"\n{tail}" if tail else "")
