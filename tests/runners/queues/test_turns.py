"""Whose turn it is: rework before new jobs wherever they are, and repositories one after another."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from runners.queues.turns import TURNS, Place, find_number, find_rank
from runners.queues.work_item import PRIORITIES

NEW, REWORK = PRIORITIES["new"], PRIORITIES["rework"]


class Line:
    """A queue as DBOS takes from it: the lowest number first, then who came first."""

    def __init__(self) -> None:
        self.places: list[Place] = []

    def add(self, repo: str, rank: int = NEW) -> None:
        self.places.append(Place(repo, find_number(self.places, repo, rank)))

    def take(self) -> str:
        """One at a time: what ran before has ended."""
        waiting = [each for each in self.places if not each.is_running]
        first = min(waiting, key=lambda each: each.number)
        waiting.remove(first)
        self.places = [*waiting, Place(first.repo, first.number, is_running=True)]
        return first.repo

    def take_all(self) -> str:
        return "".join(self.take() for each in self.places if not each.is_running)


def test_repositories_take_turns_whatever_each_has_waiting() -> None:
    line = Line()
    for repo in "AAAAABBC":
        line.add(repo)
    assert line.take_all() == "ABCABAAA"


def test_who_comes_late_waits_for_one_turn_and_owes_none() -> None:
    line = Line()
    for _ in range(50):
        line.add("A")
    taken = "".join(line.take() for _ in range(20))
    line.add("B")
    assert taken + line.take_all() == "A" * 20 + "AB" + "A" * 29


def test_who_asks_again_after_each_end_takes_no_more_than_its_turns() -> None:
    line = Line()
    for _ in range(4):
        line.add("A")
    line.add("B")
    taken = ""
    while len(taken) < 8:
        taken += line.take()
        if taken[-1] == "B":
            line.add("B")
    assert taken == "ABABABAB"


def test_rework_of_any_repository_comes_before_new_jobs_of_all() -> None:
    line = Line()
    for repo in "AB":
        line.add(repo)
    line.add("C", REWORK)
    line.add("A", REWORK)
    assert line.take_all() == "CAAB"


def test_what_a_release_before_queued_by_its_rank_alone_comes_first() -> None:
    line = Line()
    line.places = [Place("A", NEW), Place("A", REWORK)]
    line.add("B", REWORK)
    assert line.take_all() == "AAB"
    assert find_rank(NEW) == find_rank(NEW * TURNS + 7) == NEW


@given(st.lists(st.sampled_from("ABC"), max_size=12), st.sampled_from(sorted(PRIORITIES.values())))
def test_every_number_is_one_that_dbos_takes_and_of_its_rank(repos: list[str], rank: int) -> None:
    last = Place("Z", (rank + 1) * TURNS - 1)
    for places in ([], [last]):
        line = Line()
        line.places = list(places)
        for repo in itertools.chain(repos, "Z"):
            line.add(repo, rank)
        numbers = [each.number for each in line.places]
        assert all(0 < number < 1 << 31 for number in numbers)
        assert {find_rank(number) for number in numbers} == {rank}
