"""What an attempt's prompt is made of: gathered from git, composed by `bot.prompts`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.coaching.at_commit import select_lessons
from bot.coaching.notes import Note
from bot.config.machine import TierSettings
from bot.config.repository import RepoConfig
from bot.errors import UserError
from bot.git.repo import Repo
from bot.ledger import one_line
from bot.models.token_count import TokenCount
from bot.models.token_estimate import estimate_tokens
from bot.plan import Task, written_paths
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.strategies import Strategy, choose_strategy
from bot.prompts.task_prompt import Context, compose
from bot.text.invisible import make_printable
from runners import stalls
from runners.build.attempt import Attempt
from runners.build.file_context import gather_file_context, read_text, recall_landed_tasks
from runners.build.results import AttemptRecord, TaskRun

MAX_TEST_FILES = 3
PATH = re.compile(r"(?<![\w./-])[\w-][\w./-]*\.\w{1,5}\b")
TEST = re.compile(r"test|spec|check", re.IGNORECASE)
"""A word that may be a file, and what files of tests are called."""
MISSING_FILE = "(not there any more, or no text)"
OWN_VERSION = "The plan's own version, which failed:"


@dataclass(frozen=True, slots=True)
class PromptSources:
    """Where an attempt is asked: what it starts from, what was tried and found out before.

    `job` names it in its commits, `base` is the commit the job started from, `start` the one the
    task does, `tree` the one the attempt does. `notes` are answers of queries, `count`
    the tier's own way of counting tokens; `more` are lessons that are in no commit yet.
    """

    repo: Repo
    config: RepoConfig
    tier: TierSettings
    task: Task
    job: str
    base: str
    start: str
    tree: str
    notes: tuple[str, ...] = ()
    tries: tuple[AttemptRecord, ...] = ()
    digest: str = ""
    count: TokenCount = estimate_tokens
    more: tuple[Note, ...] = ()


def prompt_sources(run: TaskRun, one: Attempt, tree: str) -> PromptSources:
    context = run.context
    return PromptSources(
        context.repo,
        context.config,
        run.lane.settings.tiers[one.tier],  # type: ignore[index]  # never the manifest
        run.task,
        context.id,
        context.base,
        run.base.commit,
        tree,
        run.notes,
        run.attempts,
        run.base.digest,
        run.lane.open_chain(one.tier).counter(),
        context.notes,
    )


def strategy_of(one: Attempt) -> Strategy:
    return choose_strategy("senior" if one.tier == "senior" else "local", one.nth)


def build_prompt(scene: PromptSources, one: Attempt) -> Context:
    """What the attempt asks. Raises TaskTooLarge where the window is too small."""
    how, task = strategy_of(one), scene.task
    last = scene.tries[-1] if scene.tries else None
    draft = find_best_attempt(scene.tries)
    digest = _last_failure(scene, draft if how.draft != "nowhere" else None)
    done = recall_landed_tasks(scene.repo, scene.job, scene.base, scene.start)
    tests = _existing_texts(scene, _test_paths(scene, digest))
    return compose(
        TaskPromptInput(
            task=task,
            content=read_task_file(scene.repo, scene.tree, task.file),
            strategy=how,
            window=scene.tier.context,
            reply=scene.tier.reply,
            seed=one.number,
            digest=digest,
            tests=tuple(islice(tests, MAX_TEST_FILES)),
            reads=(*_read_files(scene), *_failed_blocks(task)),
            found=tuple((name, text) for name, _, text in (n.partition(": ") for n in scene.notes)),
            notes=select_lessons(
                scene.repo, scene.base, {*written_paths(task), *task.reads}, scene.more
            ),
            stalls=tuple(stalls.describe_stall(name) for name in last.result.stalls)
            if last
            else (),
            draft=read_text(scene.repo, draft.result.tree, task.file) or "" if draft else "",
            attempt=one.nth + 1,
            count=scene.count,
            file_context=gather_file_context(
                scene.repo, scene.tree, task, window=scene.tier.context, done=done
            ),
        )
    )


def _test_paths(scene: PromptSources, digest: str) -> Iterator[str]:
    """What the check runs: the paths it names, those in its command, and what the failure names."""
    task, checks = scene.task, scene.config.checks
    named = [path for check in task.checks for path in check.paths]
    for check in task.checks:
        if check.kind == "run" and check.name in checks:
            named += PATH.findall(checks[check.name].run)
    named += [path for path in PATH.findall(digest) if TEST.search(path)]
    return (path for path in dict.fromkeys(named) if path not in written_paths(task))


def find_draft(run: TaskRun, one: Attempt) -> str:
    """The tree whose file the prompt shows in the place of the task's base; empty for none."""
    nearest = find_best_attempt(run.attempts) if strategy_of(one).draft == "instead" else None
    return nearest.result.tree if nearest else ""


def find_best_attempt(tries: Sequence[AttemptRecord]) -> AttemptRecord | None:
    """The try that came nearest: fewest failing tests, then the latest; None where none was laid.

    One whose tests could not even be counted comes after any other.
    """
    result = [one for one in tries if one.result.tree and one.result.failure_key]
    return min(result, key=_distance, default=None)


def _distance(one: AttemptRecord) -> tuple[bool, int, int]:
    return (one.result.failing is None, one.result.failing or 0, -one.attempt.number)


def _last_failure(scene: PromptSources, draft: AttemptRecord | None) -> str:
    """How the draft fails, else what failed last; before any try, how the task's base does."""
    if draft:
        return draft.result.digest
    said = next((t.result.digest for t in reversed(scene.tries) if t.result.digest), "")
    return said or scene.digest


def _failed_blocks(task: Task) -> Iterator[tuple[str, str]]:
    """The plan's exact blocks: by the time a model is asked they have failed, mostly by little."""
    for block in task.blocks:
        if block.kind != "delete":
            yield f"{OWN_VERSION} {one_line(block.path) or 'a patch'}", block.text


def _read_files(scene: PromptSources) -> Iterator[tuple[str, str]]:
    """What the plan says to read. What is gone meanwhile, or is no text, is said to be so."""
    for path in scene.task.reads:
        yield path, read_text(scene.repo, scene.tree, path) or MISSING_FILE


def _existing_texts(scene: PromptSources, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if text := read_text(scene.repo, scene.tree, path):
            yield path, text


def read_task_file(repo: Repo, tree: str, path: str) -> str | None:
    """The task's file; None where there is none yet. Raises UserError where it is no text."""
    entry = repo.entry(tree, path) if path else None
    if entry is None:
        return None
    found = read_text(repo, tree, path)
    if found is None:
        what = (
            f"{make_printable(path)} is {entry.kind if entry.kind != 'file' else 'no UTF-8 text'}"
        )
        raise UserError(what, where="job.md", hint="A task writes a plain text file.")
    return found
