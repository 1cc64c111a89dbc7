"""How attempts at one task differ: no attempt repeats the call before it.

`SIZES` is the one table of what a model of which size is asked, how often and how.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from bot.config.tiers import Mode, Size, StrategyName

Form = Literal["file", "rewrite", "fix", "definitions", "edit", "sections", "answer", "tools"]
DigestDetail = Literal["brief", "all"]
Tests = Literal["none", "one", "failing", "all"]
Draft = Literal["nowhere", "beside", "instead"]

FORMS: dict[Form, str] = {
    "file": "Reply with the complete new {path} in one {fence} block.",
    "rewrite": "Write the functions that are left out (...), and whatever else the task asks for."
    " Reply with the complete new {path} in one {fence} block.",
    "fix": "Reply with the complete fixed {path} in one {fence} block.",
    "definitions": "Reply with the functions, methods or classes that you change, each of them"
    " complete, in one {fence} block, with new ones beside them. Leave out everything that stays"
    " as it is.",
    "edit": "Reply with blocks of this shape, SEARCH copied exactly from the file:\n"
    "{path}\n<<<<<<< SEARCH\nold lines\n=======\nnew lines\n>>>>>>> REPLACE",
    "sections": "Reply with blocks of this shape. The first line of each is the one above the"
    " section it changes, SEARCH is copied exactly from that section:\n"
    "lines FIRST-LAST of {path}:\n<<<<<<< SEARCH\nold lines\n=======\nnew lines\n>>>>>>> REPLACE",
    "answer": "Answer in at most five plain sentences. Name files and functions. Write no code.",
}
"""What a reply is to look like. Whatever it looks like then, the edits engine reads it."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way of asking. `hint` is its own advice.

    `form`: "rewrite" shows the file without the bodies of the functions that the task, or else the
    failing test, speaks of: a small model copies the faults it sees. Of a draft those are left out
    that the failing test speaks of. "fix" without a draft shows the file.
    `tests`: what of the check's own files is in view: none, one failing test, every failing one,
    or all there is; where no failing test can be found, all. `digest`: how much is said of the
    failure.
    `draft`: where the best code that failed so far stands: nowhere, beside the file, or in its
    place; the reply is applied to the task's clean base all the same, unless it is an edit of what
    was shown. `blocks`: of a file too large to be written whole, search/replace blocks are asked
    for even where its definitions would do.
    """

    name: str
    form: Form = "file"
    temperature: float = 0.2
    tests: Tests = "none"
    digest: DigestDetail = "brief"
    draft: Draft = "nowhere"
    hint: str = ""
    blocks: bool = False


SMALLEST_HINT = "Change as few lines as you can."
ANOTHER_WAY_HINT = "Earlier attempts failed: solve it in another way."

# A small model that is shown its own failing code repeats it: of six attempts two or three came
# back unchanged. So a draft is shown only where it fails fewer tests than the file did
# (`runners.build.drafts`). At two attempts the faulty functions are written anew, but never at two
# in a row: what only their bodies say would be lost. Blocks come last: small models seldom copy old
# lines exactly.
LOCAL_STRATEGIES: tuple[Strategy, ...] = (
    Strategy("failing tests in view", "file", 0.3, tests="failing"),
    Strategy("bodies rewritten", "rewrite", 0.6, tests="failing"),
    Strategy("fix one failure", "fix", 0.7, tests="one", draft="instead"),
    Strategy("one failing function rewritten", "rewrite", 0.9, tests="one", draft="instead"),
    Strategy("fix what is left", "fix", 0.8, tests="failing", draft="instead"),
    Strategy(
        "smallest edit",
        "fix",
        0.9,
        tests="failing",
        draft="instead",
        hint=SMALLEST_HINT,
        blocks=True,
    ),
)

# Asked side by side, these differ in what is left out, which test is in view and what is asked for.
# What is the same in all of them stands at the prompt's beginning, so that a server reads it once.
# Of a small model several answers by different strategies, judged by the checks, solve 8 to 12
# points more than one.
CANDIDATES: tuple[Strategy, ...] = (
    LOCAL_STRATEGIES[1],
    Strategy("one failing test in view", "file", 0.7, tests="one"),
    Strategy("smallest change", "file", 0.8, tests="failing", hint=SMALLEST_HINT, blocks=True),
    Strategy("another way", "file", 0.9, tests="failing", hint=ANOTHER_WAY_HINT),
)
# From the best answer so far. A small model often gives back what it is shown, so repairs are asked
# for side by side as well. Two rounds of them gain 7 to 16 points, a third nothing.
REPAIRS: tuple[Strategy, ...] = LOCAL_STRATEGIES[2:]

SENIOR_STRATEGIES: tuple[Strategy, ...] = (
    Strategy(
        "everything in view", "edit", 0.2, tests="all", digest="all", draft="beside", blocks=True
    ),
    Strategy(
        "another way",
        "edit",
        0.6,
        blocks=True,
        tests="all",
        digest="all",
        hint=ANOTHER_WAY_HINT,
    ),
)


@dataclass(frozen=True, slots=True)
class SizeRow:
    """What a model of one size is asked for a task, as the local tier.

    `in_a_row` are its attempts where one is made at a time. With room for several at once, the
    first is made alone; then `count` of the `candidates` are asked side by side; what comes
    nearest is repaired, by `count` of the `repairs` at once and at most `repair_rounds` times.
    The order of each is that in which the first good answer wins. `mode`: how it does a task.
    """

    in_a_row: tuple[Strategy, ...] = LOCAL_STRATEGIES
    candidates: tuple[Strategy, ...] = CANDIDATES
    repairs: tuple[Strategy, ...] = REPAIRS
    count: int = 3
    repair_rounds: int = 2
    mode: Mode = "one-file"


SIZES: Mapping[Size, SizeRow] = MappingProxyType(
    {
        "small": SizeRow(),
        # The larger the model, the more alike are its answers, and the dearer is each.
        "medium": SizeRow(count=2),
        "large": SizeRow(count=1),
    }
)


def name_strategies(row: SizeRow) -> dict[str, Strategy]:
    """All that a size is asked by, by their names."""
    return {each.name: each for each in (*row.in_a_row, *row.candidates, *row.repairs)}


def choose_row(size: Size, names: Sequence[StrategyName]) -> SizeRow:
    """What a model of this size is asked, by the strategies of these names where there are any."""
    row = SIZES[size]
    if not (chosen := tuple(filter(None, map(find_strategy, names)))):
        return row
    return replace(row, in_a_row=chosen, candidates=chosen)


def find_strategy(name: str) -> Strategy | None:
    """By its name, of whatever size; None where there is none of that name."""
    return next((each[name] for each in map(name_strategies, SIZES.values()) if name in each), None)


def choose_together(strategies: Sequence[Strategy], count: int, nth: int) -> tuple[Strategy, ...]:
    """So many of them for round `nth`, from 0, each round going on where the one before ended.

    They recur, with other seeds, where there are fewer than are asked for.
    """
    return tuple(strategies[(nth * count + at) % len(strategies)] for at in range(count))


def show_bodies_again(strategy: Strategy) -> Strategy:
    """The same one, but for the file being shown whole."""
    return replace(strategy, form="file") if strategy.form == "rewrite" else strategy


def write_bodies_anew(strategy: Strategy) -> Strategy:
    """The same one, but with the bodies left out that the failing test speaks of."""
    return replace(strategy, form="rewrite", hint="")


def choose_strategy(tier: Literal["local", "senior"], turn: int) -> Strategy:
    """The strategy of a tier's attempt `turn`, from 0; they recur, with other seeds."""
    angles = LOCAL_STRATEGIES if tier == "local" else SENIOR_STRATEGIES
    return angles[turn % len(angles)]
