"""Whether the job's checks notice small changes to the lines it changed: `[gate] mutation`.

It tells how much the tests prove, after all of them passed, and never whether the job did.
"""

import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bot.approval.test_paths import holds_expectations
from bot.code.mutants import Mutant, is_sound, list_mutants
from bot.config.repository import Gate, RepoConfig
from bot.errors import GitError, UserError
from bot.git.diff import diff_file, list_changes
from bot.git.write_tree import write_tree
from bot.plan import Check
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.results import JobResult
from runners.progress import ProgressEvent

MAX_FILES = 200
"""Changed files of code that are looked at."""
MAX_FILE_BYTES = 300_000
TIMES_GREEN, LEAST_SECONDS = 3, 10
"""A check may take so many times what it took without a mutant: an endless loop is noticed."""
MAX_NAMED = 3
"""Mutants that are named where a person is asked; the notes name all."""
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class MutantEnd:
    """`noticed`: a check was red. `unknown`: it could not be run, for the reason in `why`."""

    mutant: Mutant
    outcome: Literal["noticed", "unnoticed", "unknown"]
    seconds: float = 0.0
    why: str = ""


def choose_mutants(context: JobContext, head: str) -> tuple[Mutant, ...]:
    """At most `[gate] mutation` of the changed lines' mutants: the same on every machine.

    In an order that follows from their content alone, each line's first before any line's second.
    """
    most, nth = context.config.gate.mutation, Counter[tuple[str, int]]()
    ranked: list[tuple[int, str, Mutant, bytes]] = []
    found = ((_digest(mutant), mutant, body) for mutant, body in _list_all(context, head))
    for digest, mutant, body in sorted(found, key=lambda each: each[0]):
        ranked.append((nth[mutant.path, mutant.line], digest, mutant, body))
        nth[mutant.path, mutant.line] += 1
    chosen: list[Mutant] = []
    for _, _, mutant, body in sorted(ranked, key=lambda each: each[:2]):
        if len(chosen) == most:
            break
        if is_sound(mutant, body):
            chosen.append(mutant)
    return tuple(chosen)


def _digest(mutant: Mutant) -> str:
    identity = f"{mutant.path}\0{mutant.start}\0{mutant.end}\0{mutant.new}"
    return hashlib.sha256(identity.encode()).hexdigest()


def _list_all(context: JobContext, head: str) -> Iterator[tuple[Mutant, bytes]]:
    repo = context.repo
    changes = [c for c in list_changes(repo, context.base, head) if not holds_expectations(c.path)]
    for change in changes[:MAX_FILES]:
        if change.after is None or change.after.kind != "file":
            continue
        body = repo.read_file(head, change.path) or b""
        if len(body) <= MAX_FILE_BYTES and b"\0" not in body:
            lines = find_new_lines(diff_file(repo, context.base, head, change.path))
            yield from ((mutant, body) for mutant in list_mutants(change.path, body, lines))


def find_new_lines(diff: str) -> frozenset[int]:
    """The numbers of the lines that a diff of one file adds."""
    found: set[int] = set()
    at = 0
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            at = int(hunk[1])
        elif at and line.startswith("+"):
            found.add(at)
            at += 1
        elif at and line.startswith(" "):
            at += 1
    return frozenset(found)


def try_mutant(
    context: JobContext, lane: OpenLane, head: str, mutant: Mutant, green_seconds: float
) -> MutantEnd:
    """Run the job's checks on `head` with the mutant in it, until one of them is red.

    Whatever keeps them from being run says nothing about the job, and is no error.
    """
    try:
        end = _try_mutant(_limit_time(context, green_seconds), lane, head, mutant)
    except (OSError, GitError, UserError) as exc:
        end = MutantEnd(mutant, "unknown", why=str(exc))
    text = f"mutant {mutant.label}: {end.outcome}{f': {end.why}' if end.why else ''}"
    context.report(ProgressEvent("check", text, good=None if end.outcome == "noticed" else False))
    return end


def _try_mutant(context: JobContext, lane: OpenLane, head: str, mutant: Mutant) -> MutantEnd:
    repo, seconds = context.repo, 0.0
    body = mutant.apply(repo.read_file(head, mutant.path) or b"")
    tree = write_tree(repo, repo.resolve_rev(head, "tree"), {mutant.path: body})
    # A new folder each time: Python takes bytecode for a source of the same time and size.
    # https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
    with tempfile.TemporaryDirectory(prefix="mutant-", dir=context.folder) as room:
        folder = context.checkout_tree(replace(lane, folder=Path(room)), tree)
        for name in context.job.checks:
            verdict = context.run_check(Check("run", name), folder)
            seconds += verdict.seconds
            if not verdict.ran:
                return MutantEnd(mutant, "unknown", seconds, verdict.why)
            if not verdict.passed:
                return MutantEnd(mutant, "noticed", seconds)
    return MutantEnd(mutant, "unnoticed", seconds)


def _limit_time(context: JobContext, green_seconds: float) -> JobContext:
    most = max(LEAST_SECONDS, TIMES_GREEN * green_seconds)
    checks = {
        name: check.model_copy(update={"timeout": min(check.timeout, most)})
        for name, check in context.config.checks.items()
    }
    config: RepoConfig = context.config.model_copy(update={"checks": checks})
    return replace(context, plan=replace(context.plan, config=config))


def tell_mutants(
    result: JobResult, chosen: Sequence[Mutant], ends: Sequence[MutantEnd], gate: Gate
) -> JobResult:
    """The result with what people should know; below `mutation_min` a person is asked."""
    decided = [end for end in ends if end.outcome != "unknown"]
    unnoticed = [end.mutant.label for end in decided if end.outcome == "unnoticed"]
    noticed = len(decided) - len(unnoticed)
    summary = f"mutation: {noticed} of {len(decided)} changes to the job's lines are noticed"
    notes = [summary, *(f"not noticed: {label}" for label in unnoticed)]
    unknown = [end for end in ends if end.outcome == "unknown"]
    if unknown:
        notes.append(f"{len(unknown)} could not be tried: {unknown[0].why}")
    if len(ends) < len(chosen):
        notes.append(f"there was time for {len(ends)} of {len(chosen)}")
    lost = result.lost_tests
    if decided and 100 * noticed < gate.mutation_min * len(decided):
        named = "; ".join(unnoticed[:MAX_NAMED])
        lost = (*lost, f"{summary}, below {gate.mutation_min} %, as {named}")
    return replace(result, notes=(*result.notes, *notes), lost_tests=lost)
