"""Tasks of jobs that have ended, as they stood when they were begun: all of it is in git.

Passed and blocked ones alike: only what passed once would flatter whoever does it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.approval.test_paths import is_test_path
from bot.commit_trailers import parse_trailers
from bot.config.repository import RepoConfig
from bot.errors import GitError, PlanError, UserError
from bot.evaluation.task_class import find_task_class
from bot.git.commits import list_commits, read_commit
from bot.git.diff import list_changes
from bot.git.repo import Repo
from bot.job_states import JobState
from bot.plan import Block, Job, Task, peek_job, written_paths
from bot.plan.keys import MAX_TEXT_CHARACTERS
from bot.storage.jobs import JobRow
from bot.text.plain_text import decode_text, is_binary
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay_task import (
    FoundTasks,
    LeftOut,
    ReplayTask,
    adapt_config,
    write_plan,
)
from runners.project import load_repo_config

ENDED = frozenset({JobState.PASSED, JobState.BLOCKED})
MAX_BLOCKS, MAX_BLOCK_BYTES = 50, 400_000
"""Of what came before a test: a plan has room for no more than 1 MiB."""


class UnfitError(Exception):
    """Why a task cannot be done again."""


@dataclass(frozen=True, slots=True)
class _EndedJob:
    """`head` is what is left of its branch; `commits` are those of tasks that passed."""

    row: JobRow
    job: Job
    repo: Repo
    rules: str
    config: RepoConfig
    head: str
    commits: Mapping[str, str]


def collect_tasks(
    place: OwnPlace,
    rows: Sequence[JobRow],
    attempted: Mapping[str, frozenset[str]],
    merged: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[FoundTasks]:
    """Job by job; `rows` have their plans, `attempted` are ids of tasks that models were asked.

    `merged` is, by ticket, the commit of the default branch whose configuration counts.
    """
    for row in rows:
        if JobState(row.state) not in ENDED:
            continue
        try:
            job = _open_job(place, row, merged.get(row.ticket, ""))
        except (UserError, GitError, PlanError, UnfitError) as exc:
            yield FoundTasks((), (LeftOut(row.id, str(exc).splitlines()[0]),))
            continue
        yield _collect_job(job, attempted.get(row.id, frozenset()))


def _collect_job(ended: _EndedJob, attempted: frozenset[str]) -> FoundTasks:
    tasks, left_out = [], []
    for task in ended.job.tasks:
        name = f"{ended.row.id}/{task.id}"
        if task.id not in ended.commits and task.id not in attempted:
            continue  # it was never begun
        try:
            tasks.append(_read_task(ended, task, name))
        except (UnfitError, GitError) as exc:
            left_out.append(LeftOut(name, str(exc)))
    return FoundTasks(tuple(tasks), tuple(left_out))


def _open_job(place: OwnPlace, row: JobRow, merged: str) -> _EndedJob:
    source = Path(row.repo)
    if not source.is_dir():
        raise UnfitError(f"its repository is gone: {source}")
    repo = place.open_copy(source)
    # What a person began on the command line stands on what is checked out there.
    rules = merged if row.ticket else row.base
    if not rules:
        raise UnfitError("its issue is known no more, and so is the commit whose rules count")
    if absent := next((sha for sha in (row.base, rules) if not repo.resolve_rev(sha)), ""):
        raise UnfitError(f"git has its base {absent[:12]} no more")
    head = Repo(source).branch_head(row.branch)
    commits = list_commits(repo, row.base, head) if head else []
    done = {parse_trailers(commit.message).get("Bricklayer-Task", ""): commit for commit in commits}
    return _EndedJob(
        row,
        peek_job(row.plan),
        repo,
        rules,
        load_repo_config(repo, repo.git_dir, rules),
        head,
        {name: commit.sha for name, commit in done.items() if name},
    )


def _read_task(ended: _EndedJob, task: Task, name: str) -> ReplayTask:
    if why := _find_unfit(task):
        raise UnfitError(why)
    repo, row = ended.repo, ended.row
    start = _find_start(ended, task)
    before = _list_before(repo, row.base, start) if _brings_tests(task) else ()
    # Only of the last commit it is known that tests of the job's end pass on what it leaves.
    is_last = row.state == JobState.PASSED and ended.commits.get(task.id) == ended.head
    hidden = ended.job.hidden if is_last else ()
    try:
        plan = write_plan(
            task, ended.job.title, intro=ended.job.intro, before=before, hidden=hidden
        )
    except ValueError as exc:
        raise UnfitError(str(exc)) from exc
    return ReplayTask(
        name=name,
        repo=repo.git_dir,
        base=row.base if before else start,
        rules=ended.rules,
        plan=plan,
        task=task.id,
        config=adapt_config(ended.config),
        task_class=find_task_class(task, repo.read_file(start, task.file)),
        is_foreign=len(task.text) > MAX_TEXT_CHARACTERS,
        has_hidden=bool(hidden),
    )


def _find_unfit(task: Task) -> str:
    if task.kind == "query":
        return "a question: no check judges its answer"
    if task.blocks:
        return "its content is given exactly: no model is asked"
    if not any(check.kind == "run" for check in task.checks):
        return "no command judges it"
    return "a guard: its check may pass before anything is done" if task.guard else ""


def _find_start(ended: _EndedJob, task: Task) -> str:
    """The commit on which it was done, or would be by now."""
    if made := ended.commits.get(task.id):
        found = read_commit(ended.repo, made)
        if found and len(found.parents) == 1:
            return found.parents[0]
        raise UnfitError(f"its commit {made[:12]} stands on no single other")
    known = {each.id for each in ended.job.tasks if each.kind == "code"}
    if missing := [name for name in task.after if name in known and name not in ended.commits]:
        raise UnfitError(f"it comes after {', '.join(missing)}, whose commit is not on the branch")
    return ended.head or ended.row.base


def _brings_tests(task: Task) -> bool:
    return task.bites or any(map(is_test_path, written_paths(task)))


def _list_before(repo: Repo, base: str, start: str) -> tuple[Block, ...]:
    """What was changed between the two, as exact content."""
    blocks, size = [], 0
    for change in list_changes(repo, base, start):
        if change.after is None:
            blocks.append(Block("delete", change.path, ""))
            continue
        body = repo.read_file(start, change.path)
        text = None if body is None or is_binary(body) else decode_text(body)
        if text is None:
            raise UnfitError(f"what came before it is no text: {change.path}")
        size += len(body or b"")
        blocks.append(Block("file", change.path, text))
    if len(blocks) > MAX_BLOCKS or size > MAX_BLOCK_BYTES:
        raise UnfitError(f"what came before it is too much: {len(blocks)} files, {size:,} bytes")
    return tuple(blocks)
