"""What a job's attempts made, held by references until it has landed or the job is over.

Git removes objects that no reference leads to, and the recorded steps of an interrupted job name
such: https://git-scm.com/docs/git-gc#_notes
What somebody's `git gc --prune=now` took between being written and being held is written again.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from bot.commit_trailers import made_by_job, parse_trailers
from bot.errors import GitError
from bot.git.commits import read_commit
from bot.git.objects import CommitObject
from bot.git.references import delete_refs, list_refs, set_refs
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.plan import Task
from runners.build.attempt import find_landed_commits
from runners.build.context import JobContext
from runners.build.task_keys import KEY_TRAILER

TRIES = "refs/bricklayer/tries"
_PASSED, _JUDGED = "passed", "judged"
PAID_FOR = (f"/{_PASSED}", f"/{_JUDGED}")
"""How references to commits of tasks that passed end."""
_TASK_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
"""Of those that the plan's rules let through, so that it is part of a reference's name."""
MAX_WRITES = 5


class PassedTask(NamedTuple):
    """`commit` is what passed for the task, landed or not, as the references of the job have it."""

    job_id: str
    task: str
    commit: str


def tries_prefix(job_id: str) -> str:
    return f"{TRIES}/{job_id}/"


def list_passed(repo: Repo, job_id: str = "") -> list[PassedTask]:
    """What is held of a job, or of every job; by the names of their references."""
    refs = list_refs(repo, tries_prefix(job_id) if job_id else f"{TRIES}/")
    named = ((ref.removeprefix(f"{TRIES}/").split("/"), sha) for ref, sha in refs.items())
    return [PassedTask(parts[0], parts[1], sha) for parts, sha in named if parts[2:] == [_PASSED]]


def hold_written(write: Callable[[], str], hold: Callable[[str], None]) -> str:
    """The name of what was written and is held; `hold` raises GitError where it is gone."""
    for _ in range(MAX_WRITES - 1):
        try:
            hold(name := write())
        except GitError:
            continue  # what is wrong with git otherwise is so the last time, too
        return name
    hold(name := write())
    return name


def write_try(
    context: JobContext,
    task_id: str,
    number: int | str,
    base_tree: str,
    files: Mapping[str, bytes | None],
) -> str:
    """The tree that an attempt made of the task's base, held.

    `number` is the attempt's; a turn of one has another name.
    """

    def hold(tree: str) -> None:
        _set(context, task_id, f"tree-{number}", tree)
        # A reference is refused where the tree is gone, not where a file of it is.
        for path, content in files.items():
            if context.repo.read_file(tree, path) != content:
                raise GitError(("cat-file", "blob", f"{tree}:{path}"), 128, "it is missing")

    return hold_written(lambda: write_tree(context.repo, base_tree, files), hold)


def anchor_again(context: JobContext, task_id: str, number: int, tree: str) -> None:
    """Hold what an attempt made, on what other tasks made."""
    _set(context, task_id, f"again-{number}", tree)


def anchor_start(context: JobContext, task_id: str, commit: str) -> None:
    """Hold a commit that was made for the task to start from."""
    _set(context, task_id, f"start-{commit}", commit)


def anchor_landing(context: JobContext, commit: str) -> None:
    """Hold what is to land while its checks run."""
    _set(context, "landing", "head", commit)


def anchor_passed(context: JobContext, task_id: str, commit: str) -> None:
    """Hold the commit of a task that passed here, until it stands on the job's branch."""
    at = f"{tries_prefix(context.job_id)}{task_id}/"
    set_refs(context.repo, {f"{at}{_PASSED}": commit, f"{at}{_JUDGED}": commit})


def find_passed(context: JobContext, task: Task) -> CommitObject | None:
    """The commit of a task of the plan that passed in this job, landed or not."""
    found = read_commit(context.repo, f"{tries_prefix(context.job_id)}{task.id}/{_PASSED}")
    if found is None or task not in context.plan.job.tasks or len(found.parents) != 1:
        return None
    trailers = parse_trailers(found.message)
    # On another base the same plan may ask for something else, and the key tells.
    key = trailers.get(KEY_TRAILER, "") == context.find_key(task)
    own = context.is_ours(found.message) and trailers.get("Bricklayer-Task") == task.id
    return found if own and key else None


def was_judged_here(context: JobContext, task_id: str, commit: str) -> bool:
    """Whether this machine saw its checks pass; what another one tells is judged anew."""
    return context.repo.resolve_rev(f"{tries_prefix(context.job_id)}{task_id}/{_JUDGED}") == commit


def take_up_passed(repo: Repo, job_id: str, commits: Iterable[str]) -> tuple[str, ...]:
    """Hold what passed elsewhere, so that a run here takes it up where its checks pass; the tasks.

    Anybody who may push can have written these: what is not of this job is left out, and what is
    here already stays.
    """
    taken = {}
    for sha in commits:
        found = read_commit(repo, sha)
        task = parse_trailers(found.message).get("Bricklayer-Task", "") if found else ""
        if not (found and made_by_job(found.message, job_id) and _TASK_ID.fullmatch(task)):
            continue
        ref = f"{tries_prefix(job_id)}{task}/{_PASSED}"
        if not repo.resolve_rev(ref):
            taken[task] = (ref, found.sha)
    set_refs(repo, dict(taken.values()))
    return tuple(taken)


def take_up_earlier(context: JobContext) -> None:
    """Hold for this job what passed for an earlier form of its plan, and asks for the same still.

    Only of jobs on the same branch: on another one a person may want it done anew.
    """
    tasks = {context.find_key(task): task.id for task in context.job.tasks if task.kind == "code"}
    taken = {}
    for other in list_passed(context.repo):
        if other.job_id == context.job_id:
            continue
        found = read_commit(context.repo, other.commit)
        task_id = tasks.get(parse_trailers(found.message).get(KEY_TRAILER, "")) if found else None
        own = f"{tries_prefix(context.job_id)}{task_id}/{_PASSED}"
        is_new = task_id and not context.repo.resolve_rev(own)
        if is_new and context.record.is_on_branch(other.job_id):
            taken[own] = other.commit
    set_refs(context.repo, taken)


def has_waiting(repo: Repo, jobs: Iterable[str], keys: Collection[str]) -> bool:
    """Whether something passed in these jobs that asks for the same as one of the keys."""
    found = (read_commit(repo, each.commit) for job in jobs for each in list_passed(repo, job))
    trailers = (parse_trailers(commit.message) for commit in found if commit)
    return any(each.get(KEY_TRAILER) in keys for each in trailers)


def forget_tries(context: JobContext) -> None:
    """Let go of what no run needs any more: all but passed commits that have not landed."""
    landed = find_landed_commits(context)
    prefix = tries_prefix(context.job_id)
    refs = list_refs(context.repo, prefix)
    kept = {ref for ref in refs if _is_waiting(ref.removeprefix(prefix), landed)}
    delete_refs(context.repo, sorted(refs.keys() - kept))


def forget_all_tries(context: JobContext) -> None:
    """For a job that begins anew, or has passed."""
    delete_refs(context.repo, list_refs(context.repo, tries_prefix(context.job_id)))


def _is_waiting(name: str, landed: dict[str, str]) -> bool:
    task_id, _, what = name.partition("/")
    return what in {_PASSED, _JUDGED} and task_id not in landed


def _set(context: JobContext, task_id: str, what: str, name: str) -> None:
    set_refs(context.repo, {f"{tries_prefix(context.job_id)}{task_id}/{what}": name})
