"""The plan of a round that settles conflicts with the base: a task for each file, no planner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.plan import Job, Task
from bot.plan.followup_plans import choose_checks, quote_block, render_round
from bot.text.conflict_markers import Place

MAX_PIECE_CHARACTERS = 6000
"""Of one side of one place; a file with a longer one is left to a person."""
MAX_WORDS_CHARACTERS = 1500


@dataclass(frozen=True, slots=True)
class FileConflict:
    """`words` are those of the plan's own task for the file; empty for none."""

    path: str
    places: tuple[Place, ...]
    words: str = ""


def plan_conflict(job: Job, files: Sequence[FileConflict], base: str, number: int) -> str:
    """`base` is the branch that is merged in. In the file itself stands this branch's side."""
    tasks = [
        Task(
            conflict_task_id(number, at if len(files) > 1 else 0),
            file=each.path,
            checks=choose_checks(job, each.path),
            guard=True,
            text="\n\n".join(_write_text(each, base)),
        )
        for at, each in enumerate(files, 1)
    ]
    return render_round(job, f"conflict {number}", tasks)


def plan_repair(  # noqa: PLR0913, PLR0917  # what both sides did, and what came of it
    job: Job, files: Sequence[str], failure: str, diffs: tuple[str, str], base: str, number: int
) -> str:
    """For a merge without a conflict whose checks fail.

    `diffs` are what this branch has changed, then what `base` has.
    """
    text = "\n\n".join(_write_repair(failure, diffs, base))
    tasks = [
        Task(
            conflict_task_id(number, at if len(files) > 1 else 0),
            file=path,
            checks=choose_checks(job, path),
            guard=True,
            text=text,
        )
        for at, path in enumerate(files, 1)
    ]
    return render_round(job, f"conflict {number}", tasks)


def _write_repair(failure: str, diffs: tuple[str, str], base: str) -> Iterator[str]:
    yield (
        f"This branch and `{base}` were merged, and git met no conflict. Together a check fails in"
        f" a way in which it does not fail on `{base}` alone:"
    )
    yield _piece(failure)
    yield "Since they parted, this branch has changed:"
    yield _piece(diffs[0])
    yield f"And `{base}` has changed:"
    yield _piece(diffs[1])
    yield (
        "Change this file so that the checks pass, and both changes go on doing what they were made"
        " for."
    )


def conflict_task_id(number: int, at: int = 0) -> str:
    return f"conflict-{number}-{at}" if at else f"conflict-{number}"


def _write_text(conflict: FileConflict, base: str) -> Iterator[str]:
    yield (
        f"This branch and `{base}` both changed this file, and git cannot merge them. The file"
        " as it is shown has this branch's side of each place below."
    )
    for number, place in enumerate(conflict.places, 1):
        yield f"Place {number}, from line {place.line}. Before both changes it was:"
        yield _piece(place.base)
        yield "This branch has there now:"
        yield _piece(place.ours)
        yield f"`{base}` has there now:"
        yield _piece(place.theirs)
    if conflict.words:
        words = quote_block(conflict.words, MAX_WORDS_CHARACTERS)
        yield f"What this branch changed the file for:\n\n{words}"
    yield (
        f"Change the file so that at each place both changes hold: what `{base}` changed there"
        " must be in it as well. Leave no line of `<<<<<<<`, `=======` or `>>>>>>>` in it."
    )


def _piece(text: str) -> str:
    return quote_block(text, MAX_PIECE_CHARACTERS + 100) if text.strip() else "(nothing)"
