"""What an attempt's prompt is made of: gathered here from git, composed in `bot.context.prompt`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from bot.context.angles import Angle, angle
from bot.context.prompt import build
from bot.job import Task, writes
from bot.ledger import one_line
from bot.tiers import Prompt
from runners import stall
from runners.attempt import Attempt
from runners.coached import lessons
from runners.ends import Try, Turn

MOST_TESTS = 3
PATH = re.compile(r"(?<![\w./-])[\w-][\w./-]*\.\w{1,5}\b")
TEST = re.compile(r"test|spec|check", re.IGNORECASE)
"""A word that may be a file, and what files of tests are called."""
OWN_VERSION = "The plan's own version, which failed:"


def angle_of(one: Attempt) -> Angle:
    return angle("senior" if one.tier == "senior" else "local", one.nth)


def prompt_for(turn: Turn, one: Attempt, tree: str) -> Prompt:
    """Ask for the task as `tree` has it. Raises TaskTooLarge where the window is too small."""
    how = angle_of(one)
    task, tier = turn.task, turn.lane.settings.tiers[one.tier]  # type: ignore[index]  # no manifest
    last = turn.tries[-1] if turn.tries else None
    draft = best(turn.tries)
    digest = _digest(turn, draft if how.draft != "nowhere" else None)
    return build(
        task,
        _text(turn, tree, task.file),
        angle=how,
        window=tier.context,
        reply=tier.reply,
        seed=one.number,
        digest=digest,
        tests=list(islice(_texts(turn, tree, _test_paths(turn, digest)), MOST_TESTS)),
        reads=[*_texts(turn, tree, task.reads), *_proposals(task)],
        found=[(name, text) for name, _, text in (note.partition(": ") for note in turn.notes)],
        notes=lessons(turn.site.repo, turn.site.base, {*writes(task), *task.reads}),
        stalls=[stall.sentence(name) for name in last.laid.stalls] if last else (),
        draft=_text(turn, draft.laid.tree, task.file) or "" if draft else "",
        attempt=one.nth + 1,
    )


def _test_paths(turn: Turn, digest: str) -> Iterator[str]:
    """What the check runs: the paths it names, those in its command, and what the failure names."""
    task, known = turn.task, turn.site.config.checks
    named = [path for check in task.checks for path in check.paths]
    for check in task.checks:
        if check.kind == "run" and check.name in known:
            named += PATH.findall(known[check.name].run)
    named += [path for path in PATH.findall(digest) if TEST.search(path)]
    return (path for path in dict.fromkeys(named) if path not in writes(task))


def draft_of(turn: Turn, one: Attempt) -> str:
    """The tree whose file the prompt shows in the place of the task's base; empty for none."""
    nearest = best(turn.tries) if angle_of(one).draft == "instead" else None
    return nearest.laid.tree if nearest else ""


def best(tries: Sequence[Try]) -> Try | None:
    """The try that came nearest: fewest failing tests, then the latest; None where none was laid.

    One whose tests could not even be counted comes after any other.
    """
    laid = [one for one in tries if one.laid.tree and one.laid.key]
    return min(laid, key=_distance, default=None)


def _distance(one: Try) -> tuple[bool, int, int]:
    return (one.laid.failing is None, one.laid.failing or 0, -one.attempt.number)


def _digest(turn: Turn, draft: Try | None) -> str:
    """How the draft fails, else what failed last; before any try, how the task's base does."""
    if draft:
        return draft.laid.digest
    said = next((t.laid.digest for t in reversed(turn.tries) if t.laid.digest), "")
    return said or turn.start.digest


def _proposals(task: Task) -> Iterator[tuple[str, str]]:
    """The plan's exact blocks: by the time a model is asked they have failed, mostly by little."""
    for block in task.blocks:
        if block.kind != "delete":
            yield f"{OWN_VERSION} {one_line(block.path) or 'a patch'}", block.text


def _texts(turn: Turn, tree: str, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if text := _text(turn, tree, path):
            yield path, text


def _text(turn: Turn, tree: str, path: str) -> str | None:
    found = turn.site.repo.read(tree, path) if path else None
    return None if found is None else found.decode(errors="replace")
