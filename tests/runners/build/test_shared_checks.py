"""Tasks that a red check puts in order."""

from dataclasses import replace
from itertools import permutations

import pytest

from bot.config.repository import CheckCommand
from bot.plan import Check, Job, Phase, Task
from runners.build.second_turn import find_named
from runners.build.shared_checks import (
    RedOrder,
    covers,
    find_shared_checks,
    list_orders,
    list_possible_orders,
    order_by_red_checks,
    sort_behind,
)

COMMANDS = {
    "test": CheckCommand(run="pytest -q"),
    "all": CheckCommand(run="pytest -q"),
    "lint": CheckCommand(run="ruff check"),
}


def check(text: str) -> Check:
    name, *paths = text.split()
    kind = "exists" if name == "exists" else "run"
    return Check(kind, "" if kind == "exists" else name, tuple(paths))


def task(
    name: str, *checks: str, after: str = "", guard: bool = False, bites: bool = False
) -> Task:
    return Task(
        name,
        file=f"{name}.py",
        after=tuple(after.split()),
        checks=tuple(map(check, checks)),
        guard=guard,
        bites=bites,
    )


def order(*tasks: Task, green: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    over = {each.id: frozenset(each.after) for each in tasks}
    shared = find_shared_checks(tasks, over, COMMANDS)
    return order_by_red_checks(tasks, shared, lambda each: each.label not in green)


@pytest.mark.parametrize(
    ("wide", "narrow", "is_wider"),
    [
        ("test", "test tests/a.py", True),
        ("test", "test", True),
        ("test", "all", True),
        ("test", "lint", False),
        ("test tests", "test tests/a.py", True),
        ("test tests/", "test tests/a.py::test_b", True),
        ("test ./bank/...", "test ./bank/sub", True),
        ("test tests/a.py", "test", False),
        ("test tests/a.py", "test tests/a.py tests/b.py", False),
        ("test tests/a.py tests/b.py", "test tests/b.py", True),
        ("test tests/a.py::test_b", "test tests/a.py", False),
        ("test tests/a", "test tests/ab.py", False),
        ("exists a.py", "exists a.py", False),
    ],
)
def test_a_check_covers_what_it_runs_too(wide: str, narrow: str, *, is_wider: bool) -> None:
    """The same command on paths that hold the other's; nothing is said of files that are there."""
    assert covers(check(wide), check(narrow), COMMANDS) == is_wider


def test_of_two_with_one_red_check_the_plan_says_who_is_first() -> None:
    """By whatever name the command goes."""
    assert order(task("b", "test"), task("a", "all")) == {"a": ("b",)}


def test_who_is_judged_by_more_comes_later() -> None:
    """Wherever it stands: its check cannot be green before the other's."""
    wide, narrow = task("w", "test"), task("n", "test tests/n.py")
    assert order(wide, narrow) == order(narrow, wide) == {"w": ("n",)}


def test_a_test_for_work_before_it_stays_behind_that() -> None:
    """Its check is narrower, and red for what the other has to mend."""
    tests = replace(task("t", "test tests/test_bank.py"), file="tests/test_bank.py")
    assert order(task("fix", "test"), tests) == {"t": ("fix",)}
    assert order(tests, task("fix", "test")) == {"fix": ("t",)}


@pytest.mark.parametrize("keeps", [task("k", "test", guard=True), task("k", "test", bites=True)])
def test_who_only_keeps_a_check_green_comes_after_who_makes_it_so(keeps: Task) -> None:
    assert order(keeps, task("m", "test")) == {"k": ("m",)}
    assert order(keeps, task("m", "test tests/m.py")) == {"k": ("m",)}


def test_a_green_check_and_one_of_another_command_leave_tasks_side_by_side() -> None:
    assert order(task("a", "test"), task("b", "test"), green=("test",)) == {}
    assert order(task("a", "test"), task("b", "lint")) == {}
    narrow = task("n", "test tests/n.py")
    assert order(task("w", "test"), narrow, green=("test tests/n.py",)) == {}
    assert order(*[task(name, "test", guard=True) for name in "ab"]) == {}


def test_who_waits_already_is_left_alone() -> None:
    assert order(task("a", "test"), task("b", "test", after="a")) == {}


def test_no_check_is_run_that_judges_one_task_alone() -> None:
    asked = []
    tasks = task("a", "test tests/a.py"), task("b", "test tests/b.py"), task("c", "lint")
    over = {each.id: frozenset[str]() for each in tasks}
    shared = find_shared_checks(tasks, over, COMMANDS)
    order_by_red_checks(tasks, shared, lambda each: bool(asked.append(each)))
    assert asked == []


def test_there_is_never_a_circle() -> None:
    """Of any order of tasks that keep, make, wait and are judged by more or less."""
    tasks = [
        task("g", "test", guard=True),
        task("m", "test", after="g"),
        task("n", "test tests/n.py"),
        task("w", "test", after="n"),
        task("h", "test tests/n.py", guard=True),
    ]
    for each in permutations(tasks):
        behind = order(*each)
        ids = sort_behind(each, behind)
        assert sorted(ids) == sorted(one.id for one in tasks)
        for one in tasks:
            earlier = ids[: ids.index(one.id)]
            assert {*one.after, *behind.get(one.id, ())} <= {*earlier}


def test_the_order_is_told_once_for_each_task() -> None:
    tasks = [task("a", "test"), task("b", "test"), task("c", "test")]
    over = {each.id: frozenset[str]() for each in tasks}
    shared = find_shared_checks(tasks, over, COMMANDS)
    behind = order_by_red_checks(tasks, shared, lambda _each: True)
    told = [RedOrder("b", ("a",), "`test`"), RedOrder("c", ("a", "b"), "`test`")]
    assert list(list_orders(shared, behind)) == told
    job = Job("Mend it", (Phase("Do", tuple(tasks)), Phase("More", (task("d", "test"),))))
    assert list(list_possible_orders(job, COMMANDS).values()) == told


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("ModuleNotFoundError: No module named 'bank'", "bank.py"),
        ("ModuleNotFoundError: No module named 'shop.bank'", "shop/bank.py"),
        ("Error: Cannot find module './bank'", "bank.js"),
        ("Error: Cannot find module '../shop/bank'", "shop/bank.ts"),
        ("unresolved import `crate::bank`", "bank.rs"),
        ("ModuleNotFoundError: No module named 'shop'", "shop/__init__.py"),
        ("grep: lib.txt: No such file or directory", "lib.txt"),
    ],
)
def test_a_failure_names_a_file_as_its_language_does(told: str, path: str) -> None:
    assert find_named(told, ["other.py", path]) == path


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("the bank is closed", "bank.py"),
        ("tests/bank.py:3: AssertionError", "bank.py"),
        ("No module named 'bankrupt'", "bank.py"),
        ("my-bank.pyc", "bank.py"),
        ("", "bank.py"),
    ],
)
def test_a_word_alone_names_no_file(told: str, path: str) -> None:
    assert find_named(told, [path]) == ""
