"""One attempt: what a tier is asked, what its answer changes, and whether the checks agree."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from bot.config.repository import JobLimits
from bot.ledger import parse_trailers
from bot.plan import Task, format_check, written_paths
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.checks.check import Verdict
from runners.checks.failure_digest import digest, failure_key
from runners.edits import EditError, resolve_reply
from runners.edits.merge_lost import restore_lost
from runners.edits.merge_reply import merge_reply

TierName = Literal["manifest", "local", "senior"]
PASSED, RED, CANNOT_RUN = "passed", "check failed", "check could not run"
WHOLE = "whole file"
Counted = Mapping[str, int]
NO_COUNT: Counted = MappingProxyType({})
Spans = tuple[tuple[int, int], ...]
NO_EDIT, NO_BITE, PLAN_FAULT = "edit refused", "does not bite", "plan fault"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`number` counts all of a task's attempts from 1; `nth` counts those of its tier from 0."""

    number: int
    tier: TierName
    nth: int


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What became of an attempt. `tree` is empty where nothing could be applied.

    `digest` is what the next attempt is told; `key` is equal for equal failures.
    """

    outcome: str
    why: str = ""
    digest: str = ""
    key: str = ""
    failing: int | None = None
    tree: str = ""
    files: tuple[str, ...] = ()
    stalls: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.outcome == PASSED


def attempts(task: Task, limits: JobLimits) -> Iterator[Attempt]:
    """In order: the plan's exact blocks, then the free tier, then the dear one."""
    turns: tuple[tuple[TierName, int], ...] = (
        ("manifest", 1 if task.blocks else 0),
        ("local", limits.local_attempts),
        ("senior", limits.senior_attempts),
    )
    number = 0
    for tier, most in turns:
        for nth in range(most):
            number += 1
            yield Attempt(number, tier, nth)


def reply_edit(  # noqa: PLR0913, PLR0917  # what was made of which task, and what was seen of it
    site: JobContext, task: Task, base: str, start: str, text: str, spans: Spans = ()
) -> dict[str, bytes | None]:
    """Apply a reply to `start`, a tree that differs from `base` in the task's own files only.

    `spans` are the sections of the task's file that were shown. Raises EditError.
    """
    own = written_paths(task)
    default = task.file or (next(iter(own)) if len(own) == 1 else "")

    @functools.cache  # a reply may name the same path on every line
    def read(path: str) -> bytes | None:
        return site.repo.read(start, path)

    try:
        edits = resolve_reply(text, read, default=default, only=own, sections=spans)
        files = dict(edits.files)
        if any(name.startswith(WHOLE) for name in edits.formats):
            files = {path: _kept(read(path), new, path, task.text) for path, new in files.items()}
    except EditError as exc:
        files = _definitions(site, start, default, text, spans) if exc.partial else {}
        if not files:
            raise
    kept = {path: site.repo.read(start, path) for path in own} if start != base else {}
    return {**kept, **files}


def _kept(was: bytes | None, new: bytes | None, path: str, spoken_of: str) -> bytes | None:
    if was is None or new is None:
        return new
    before, answer = (content.decode(errors="surrogateescape") for content in (was, new))
    return restore_lost(before, answer, path, spoken_of).encode(errors="surrogateescape")


def _definitions(
    site: JobContext, start: str, path: str, text: str, spans: Spans
) -> dict[str, bytes | None]:
    """Read the reply as some of the file's definitions, where it is no edit of any format."""
    original = site.repo.read(start, path) if path else None
    if original is None:
        return {}
    merged = merge_reply(original.decode(errors="surrogateescape"), text, path, spans)
    return {} if merged is None else {path: merged.encode(errors="surrogateescape")}


def check_tree(
    site: JobContext, lane: OpenLane, task: Task, tree: str, counted: Counted = NO_COUNT
) -> Verdict | None:
    """Return the first of the task's checks that does not pass on `tree`, None where all do."""
    folder = site.checkout(lane, tree)
    for check in task.checks:
        verdict = believed(site.check(check, folder), counted)
        if not verdict.passed:
            return verdict
    return None


def believed(verdict: Verdict, counted: Counted) -> Verdict:
    """Exit 0 is not believed of a check that ran tests before and now does not say it ran any.

    Code under test can end its process with any exit code, before a single test has run.
    """
    before = counted.get(format_check(verdict.check), 0)
    if not (verdict.passed and before and verdict.tests is None):
        return verdict
    why = f"exit 0, but where it ran {before} tests before, it now reports none"
    return replace(verdict, passed=False, why=why)


def judge(  # noqa: PLR0913, PLR0917  # what was made of which task, and what it is held against
    site: JobContext,
    lane: OpenLane,
    task: Task,
    tree: str,
    files: tuple[str, ...],
    counted: Counted = NO_COUNT,
) -> AttemptResult:
    """Run the task's checks on `tree`, out of every model's reach. Their exit codes decide.

    `counted` is how many tests each check ran on the task's base, as `format_check` names it.
    """
    if red := check_tree(site, lane, task, tree, counted):
        outcome = RED if red.ran else CANNOT_RUN
        key = failure_key(red.output) or red.why
        told = digest(red.output) or red.why
        return AttemptResult(outcome, red.why, told, key, red.failing, tree, files)
    if task.bites and (toothless := _toothless(site, lane, task, tree)):
        return AttemptResult(NO_BITE, toothless, toothless, NO_BITE, tree=tree, files=files)
    return AttemptResult(PASSED, tree=tree, files=files)


def _toothless(site: JobContext, lane: OpenLane, task: Task, tree: str) -> str:
    """Why a `bites` task's test proves nothing; empty where it fails without the fix."""
    before = _without(site, task, tree)
    red = check_tree(site, lane, task, before)
    names = ", ".join(task.after)
    if red is None:
        return f"the check also passes on the code before {names}: a test must fail there"
    if not red.ran:
        return f"the check cannot run on the code before {names}: {red.why}"
    return ""


def _without(site: JobContext, task: Task, tree: str) -> str:
    """`tree` with the files of the tasks this one waits for as they were before those tasks."""
    paths = {p for name in task.after for p in written_paths(site.task(name))} - written_paths(task)
    made = {name: sha for name, sha in landed(site).items() if name in task.after}
    parents = [site.repo.resolve(f"{sha}^") for sha in made.values()]
    earliest = parents[0] if parents else site.base
    return site.repo.overlay(tree, earliest, sorted(paths))


def landed(site: JobContext) -> dict[str, str]:
    """Task id -> commit, oldest first, of what this job has on its branch: git is the record."""
    found = {}
    for commit in site.repo.commits(site.base, site.repo.head(site.branch) or site.base):
        said = parse_trailers(commit.message)
        if said.get("Bricklayer-Job") == site.id:
            found[said.get("Bricklayer-Task", "")] = commit.sha
    return found


def unapplied(wrong: EditError) -> AttemptResult:
    text = f"{wrong.reason}\n{wrong.hint}".strip()
    return AttemptResult(NO_EDIT, wrong.reason, digest(text), failure_key(wrong.reason))
