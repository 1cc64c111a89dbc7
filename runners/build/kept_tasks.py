"""What passed is kept when its plan is changed: commits of tasks that ask for the same as before.

The commits at the branch's beginning stay as they are, up to the first that the plan asks for in
another way. Later ones are put on top of what is built then, where their files stand there as they
stood before, and only if the task's checks pass there. The gate at the end judges all of it.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.commit_trailers import made_by_job, parse_row, parse_trailers
from bot.errors import UserError
from bot.git.commits import is_ancestor, list_commits, read_commit
from bot.git.diff import list_changes
from bot.git.objects import Commit
from bot.git.references import move_branch
from bot.git.write_tree import overlay_paths
from bot.ledger import LedgerRow
from bot.locks import find_holder, try_lock
from bot.plan import Task, written_paths
from runners.build.attempt import find_landed_commits, judge_tree
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult, TierName
from runners.build.branch import commit_attempt, require_free
from runners.build.context import JobContext
from runners.build.lay_commits import find_moved
from runners.build.load_plan import CheckedPlan, RunRequest, name_job
from runners.build.task_keys import KEY_TRAILER, compute_keys, is_ours
from runners.build.task_run import TaskBase, TaskRun
from runners.build.tries import find_passed, has_waiting, was_judged_here
from runners.progress import ProgressEvent

SOURCE_FILE = "kept-from"
"""In the job's folder: the head of the branch as an earlier form of the plan had left it."""


@dataclass(frozen=True, slots=True)
class EarlierBranch:
    """A branch as an earlier form of the plan left it: its commits, and those to keep of them.

    `first` are those that stay where they are, `same` all that ask for the same.
    """

    head: str
    commits: tuple[Commit, ...]
    same: tuple[Commit, ...]
    first: tuple[Commit, ...]


def find_earlier_branch(
    plan: CheckedPlan, branch: str, job_id: str, keys: Mapping[str, str]
) -> EarlierBranch | None:
    """None where the branch is this plan's own already, or nothing of its jobs can be kept.

    Nor where somebody else has commits on it: whoever opens it says so.
    """
    repo, base = plan.repo, plan.base
    head = repo.branch_head(branch)
    if not keys or not head or is_ancestor(repo, head, base):
        return None
    commits = tuple(list_commits(repo, base, head))
    ours = [commit for commit in commits if is_ours(commit.message, job_id, keys)]
    stands_on_base = is_ancestor(repo, base, head)
    if (stands_on_base and len(ours) == len(commits)) or not _all_by_jobs(commits):
        return None
    jobs = {parse_trailers(commit.message)["Bricklayer-Job"] for commit in commits}
    if not ours and not has_waiting(repo, jobs, keys.values()):
        return None
    # On another base the same plan may ask for something else: there the keys alone decide.
    same = tuple(c for c in ours if stands_on_base or is_ours(c.message, "", keys))
    first = itertools.takewhile(lambda commit: commit in same, commits) if stands_on_base else ()
    return EarlierBranch(head, commits, same, tuple(first))


def find_done(plan: CheckedPlan, request: RunRequest) -> dict[str, str]:
    """Task id -> commit, of what a run would find done; what has to pass again is not."""
    branch, job_id = name_job(request)
    keys, repo = compute_keys(plan.job, plan.config), plan.repo
    head = repo.branch_head(branch)
    if request.fresh or not head:
        return {}
    commits = list_commits(repo, plan.base, head)
    if not is_ancestor(repo, plan.base, head):
        # A job that goes on keeps its base; another form of the plan passes all of it again.
        commits = [c for c in commits if made_by_job(c.message, job_id) and not request.on_head]
    first = itertools.takewhile(lambda c: is_ours(c.message, job_id, keys), commits)
    return {parse_trailers(c.message).get("Bricklayer-Task", ""): c.sha for c in first}


def keep_passed(context: JobContext, earlier: EarlierBranch) -> None:
    """Take the branch over, with what stays where it is; the rest is kept under another name.

    Killed at any line, the next run does the rest. Raises UserError where somebody works on it.
    """
    repo, branch, head = context.repo, context.branch, earlier.head
    require_free(repo, branch)
    with _hold_other_jobs(context, earlier.commits):
        # Written first: with the branch moved, nothing else would lead to the commits.
        _write_whole(context.folder / SOURCE_FILE, head)
        copy = _keep_copy(context, head) if len(earlier.first) < len(earlier.commits) else ""
        to = earlier.first[-1].sha if earlier.first else context.base
        if to != head and not move_branch(repo, branch, to, head):
            return
    _tell(context, earlier, copy)


def tell_kept(context: JobContext) -> None:
    """Say which tasks the branch has already, of an earlier run or form of the plan."""
    if not context.request.base and (landed := find_landed_commits(context)):
        known = [task.id for task in context.job.tasks if task.id in landed]
        context.report(ProgressEvent("job", f"passed before, and kept: {', '.join(known)}"))


def forget_earlier(folder: Path) -> None:
    """A job that begins anew keeps nothing of what was built before."""
    (folder / SOURCE_FILE).unlink(missing_ok=True)


def find_passed_here(run: TaskRun, start: str) -> str:
    """The task's commit of an earlier run that has not landed, made on the same files as these."""
    context = run.context
    found = find_passed(context, run.task)
    if found is None or not was_judged_here(context, run.task.id, found.sha):
        return ""
    below, here = (read_commit(context.repo, name) for name in (found.parents[0], start))
    return found.sha if below and here and below.tree == here.tree else ""


def keep_commit(run: TaskRun, base: TaskBase) -> str:
    """The commit of an earlier form of the plan, or of an earlier run, put on the task's base.

    Empty where none is.

    Its files must stand there as they stood before it, and the task's checks must pass.
    """
    context, task = run.context, run.task
    commit = _find_earlier(context, task) or find_passed(context, task)
    row = parse_row(commit.message) if commit else None
    if commit is None or row is None or base.fault:
        return ""
    repo = context.repo
    changes = list_changes(repo, f"{commit.sha}^", commit.sha)
    paths = tuple(change.path for change in changes)
    if find_moved(repo, changes, base.commit) or not paths or not {*paths} <= written_paths(task):
        _say(context, task, f"not kept from {commit.sha[:12]}: its files are others by now")
        return ""
    tree = overlay_paths(repo, f"{base.commit}^{{tree}}", commit.sha, paths)
    run = replace(run, base=base)
    result = judge_tree(run, tree, paths)
    if not result.passed:
        _say(context, task, f"not kept from {commit.sha[:12]}: {result.why}")
        return ""
    kept = commit_attempt(replace(run, attempts=(as_attempt(row, result, tree),)))
    _say(context, task, f"kept from {commit.sha[:12]}: its checks pass here, too", good=True)
    return kept


def as_attempt(row: LedgerRow, result: AttemptResult, tree: str) -> AttemptRecord:
    """The attempt that made a commit, as its row tells of it, with how its files are judged now."""
    tiers: dict[str, TierName] = {"manifest": "manifest", "local": "local", "senior": "senior"}
    attempt = Attempt(row.number, tiers.get(row.tier, "manifest"), 0)
    return AttemptRecord(attempt, result, row, tree)


def _find_earlier(context: JobContext, task: Task) -> Commit | None:
    """The last commit with the task's key, of those that the branch had before."""
    key = context.find_key(task)
    source = context.folder / SOURCE_FILE
    head = source.read_text().strip() if key and source.exists() else ""
    if not head or not context.repo.resolve_rev(head):
        return None
    commits = list_commits(context.repo, context.base, head)
    found = (c for c in reversed(commits) if parse_trailers(c.message).get(KEY_TRAILER) == key)
    return next((c for c in found if context.is_ours(c.message)), None)


def _all_by_jobs(commits: Sequence[Commit]) -> bool:
    """Whether each was made by a job: what a person committed there is nobody's to move."""
    trailers = (parse_trailers(commit.message) for commit in commits)
    return all(each.get("Bricklayer-Job") and each.get("Bricklayer-Task") for each in trailers)


@contextmanager
def _hold_other_jobs(context: JobContext, commits: Sequence[Commit]) -> Iterator[None]:
    """Nobody builds the plan's earlier form meanwhile. Raises UserError where somebody does."""
    names = {parse_trailers(commit.message)["Bricklayer-Job"] for commit in commits}
    with ExitStack() as stack:
        for name in sorted(names - {context.job_id}):
            lock = context.folder.parent / Path(name).name / "lock"
            if lock.exists() and not stack.enter_context(try_lock(lock)):
                pid = find_holder(lock)
                who = f" (process {pid})" if pid else ""
                what = f"another bricklayer{who} builds an earlier form of this plan"
                raise UserError(what, where=context.branch, hint="Wait for it, or stop it.")
        yield


def _keep_copy(context: JobContext, head: str) -> str:
    """The name under which the branch is kept as it was."""
    repo, branch = context.repo, context.branch
    names = (f"{branch}.{number}" for number in itertools.count(1))
    # An empty old value: the branch must not exist yet. After a kill it is found by its commit.
    # https://git-scm.com/docs/git-update-ref
    return next(
        name
        for name in names
        if repo.branch_head(name) == head or move_branch(repo, name, head, "")
    )


def _write_whole(file: Path, text: str) -> None:
    half = file.with_suffix(".part")
    half.write_text(f"{text}\n")
    half.replace(file)


def _tell(context: JobContext, earlier: EarlierBranch, copy: str) -> None:
    kept, known = _name_tasks(earlier.first), _name_tasks(earlier.same)
    again = [name for name in known if name not in kept]
    new = [task.id for task in context.job.tasks if task.kind == "code" and task.id not in known]
    parts = [f"kept, as nothing changed for them: {', '.join(kept)}"] if kept else []
    parts += [f"kept if their checks pass again: {', '.join(again)}"] if again else []
    parts += [f"to be done: {', '.join(new)}"] if new else []
    where = f". The branch as it was is {copy}" if copy else ""
    text = f"the plan or its base was changed since; of its tasks are {'; '.join(parts)}{where}"
    context.report(ProgressEvent("job", text))


def _name_tasks(commits: Sequence[Commit]) -> list[str]:
    return [parse_trailers(commit.message)["Bricklayer-Task"] for commit in commits]


def _say(context: JobContext, task: Task, text: str, *, good: bool | None = None) -> None:
    context.report(ProgressEvent("job", text, task.id, good=good))
