"""Who is at fault where tasks that pass alone are red together, found by as few checks as can be."""

import math
import random
from collections.abc import Sequence

from bot.plan import Check, Task
from runners.build.union import Member, choose_union_checks, find_culprit

SUITE = Check("run", "test")


def member(
    name: str,
    *checks: Check,
    later: Sequence[str] = (),
    before: Sequence[str] = (),
    landed: bool = False,
) -> Member:
    task = Task(name, checks=checks or (SUITE,))
    return Member(task, (name,), landed, frozenset({*later, *before}), frozenset(later))


class Runs:
    """Checks that are counted. `is_red` says by the names of those whose work is there."""

    def __init__(self, is_red) -> None:  # noqa: ANN001
        self._is_red = is_red
        self.seen: dict[tuple[str, ...], bool] = {}

    def __call__(self, members: Sequence[Member]) -> bool:
        names = tuple(each.id for each in members)
        if not any(SUITE in each.task.checks for each in members):
            return False
        return self.seen.setdefault(names, self._is_red(set(names)))


def test_a_check_is_run_again_only_where_strangers_meet() -> None:
    """One task, or a chain, was judged as it lands; what has landed was judged together."""
    own = Check("run", "test", ("b.py",))
    chain = [member("a", later=["b"]), member("b", own, before=["a"])]
    assert choose_union_checks([member("a")]) == ()
    assert choose_union_checks(chain) == ()
    assert choose_union_checks([member("a"), member("b", own)]) == (SUITE, own)
    assert choose_union_checks([member("a", landed=True), member("b", landed=True)]) == ()
    joined = [member("a", later="c"), member("b", own, later="c"), member("c", before="ab")]
    assert choose_union_checks(joined) == (SUITE, own)


def test_one_culprit_is_found_by_the_logarithm_of_the_tasks() -> None:
    """Whichever it is, and one check more to know that the others are fit without it."""
    for count in (2, 3, 8, 13, 80):
        for bad in range(1, count):
            names = [f"t{n}" for n in range(count)]
            runs = Runs(lambda there, bad=bad: f"t{bad}" in there and "t0" in there)
            found = find_culprit([member(name) for name in names], SUITE, runs)
            assert found
            assert found.member.id == f"t{bad}"
            assert len(runs.seen) <= math.ceil(math.log2(count)) + 1


def test_without_the_culprit_the_check_is_green_before_it() -> None:
    """Seeded pairs of tasks that do not go together: blamed is the later one of a pair, always one
    whose coming turns the check red, however many there are.
    """
    rng = random.Random(14)  # noqa: S311  # a seed, no secret
    for _ in range(300):
        count = rng.randrange(2, 12)
        names = [f"t{n}" for n in range(count)]
        pairs = [set(rng.sample(names, 2)) for _ in range(rng.randrange(1, 4))]
        landed = rng.randrange(count)
        pairs = [p for p in pairs if not p <= set(names[:landed])]
        if not pairs:
            continue
        runs = Runs(lambda there, pairs=pairs: any(pair <= there for pair in pairs))
        members = [member(name, landed=n < landed) for n, name in enumerate(names)]
        found = find_culprit(members, SUITE, runs)
        assert found
        assert not found.member.is_landed
        at = names.index(found.member.id)
        assert runs(members[: at + 1])
        assert not runs(members[:at])
        assert not runs(found.others)


def test_what_is_red_until_a_later_task_comes_is_held_against_nobody() -> None:
    """The check waits for a file of `impl` by plan; `bad` is what breaks it in the end."""
    names = ["tests", "other", "impl", "x", "y", "bad"]

    def is_red(there: set[str]) -> bool:
        return ("impl" not in there and "other" in there) or "bad" in there

    checks = {"tests": Check("exists", "", ("t.py",)), "x": Check("exists", "", ("x",))}
    members = [member(name, checks.get(name, SUITE)) for name in names]
    found = find_culprit(members, SUITE, Runs(is_red))
    assert found
    assert found.member.id == "bad"


def test_a_check_is_not_held_against_what_comes_after_its_task() -> None:
    """`a` writes a file that `drop`, after it, removes: then only a stranger can be at fault."""
    there = Check("exists", "", ("a",))
    a, drop = member("a", SUITE, later=["drop"]), member("drop", there, before=["a"])
    stranger = member("b", there)
    assert find_culprit([a, stranger, drop], SUITE, Runs(lambda names: "drop" in names)) is None
    both = Runs(lambda names: bool({"drop", "b"} & names))
    found = find_culprit([a, drop, stranger], SUITE, both)
    assert found
    assert found.member.id == "b"
