"""Several answers asked for side by side: the first good one in their order wins, and no clock."""

import itertools
import re
import sys
import time
from pathlib import Path

import pytest
from support.project import Project

AT_BOUNDARIES = Path(__file__).parent.parent / "support" / "at_boundaries.py"
PLAN = """### Task: fix
- file: bank.py
- check: test

Mend withdraw.
"""
WRONG, MORE, RIGHT, ALSO_RIGHT = (
    "balance + 1 + amount",
    "balance * 2",
    "balance - amount",
    "-amount + balance",
)
THREE_TESTS = """\
import unittest

from bank import withdraw


class Withdraw(unittest.TestCase):
    def test_one(self):
        self.assertEqual(withdraw(5, 2), 3)

    def test_two(self):
        self.assertEqual(withdraw(9, 2), 7)

    def test_nothing(self):
        self.assertEqual(withdraw(4, 0), 4)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.begin()
    return project


def answer(body: str) -> str:
    return f"```python\ndef withdraw(balance, amount):\n    return {body}\n```\n"


def script(project: Project, *replies: tuple[str, str], settings: str = "candidates = 3") -> None:
    """Replies as (directives, body), in the order of the attempts' numbers."""
    texts = [f"## reply: fix{said}\n\n{answer(body)}\n" for said, body in replies]
    (project.room / "local.md").write_text("".join(texts))
    models = f'models = ["script:{project.room}/local.md"]'
    (project.room / "bricklayer.toml").write_text(
        f"[tiers.local]\n{models}\nretries = 0\n{settings}\n"
    )


def slow(seconds: float) -> str:
    return f", slow {seconds}"


def message(project: Project) -> str:
    return project.git("log", "-1", "--format=%T%n%B", "bricklayer/mend-it")


def attempts(out: str) -> list[str]:
    """What was told of each attempt, by its number."""
    return sorted(re.findall(r"attempt fix: (\d+ .*)", out))


@pytest.mark.slow
def test_whatever_comes_first_the_same_is_committed(tmp_path: Path) -> None:
    """Two of three candidates are good: the first in their order is taken in every order of time."""
    made = set()
    for place, waits in enumerate(itertools.permutations((0.0, 0.6, 1.2))):
        project = Project(tmp_path / str(place))
        project.begin()
        bodies = zip(waits, (MORE, RIGHT, ALSO_RIGHT), strict=True)
        script(project, ("", WRONG), *((slow(wait), body) for wait, body in bodies))
        code, out = project.bricklayer("run", project.plan(PLAN))
        assert code == 0, out
        said = message(project)
        assert "Bricklayer-Attempt: 3\nBricklayer-Candidate: 2 of 3\n" in said
        made.add(re.sub(r"(Job|Key): \w+", "", said))
    assert len(made) == 1


@pytest.mark.slow
def test_a_good_first_candidate_ends_the_slow_ones(project: Project) -> None:
    """They could not win any more: their requests end within seconds, and their cost is entered."""
    script(project, ("", WRONG), ("", RIGHT), (slow(300), ALSO_RIGHT), (slow(300), MORE))
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    told = attempts(out)
    assert [line.partition(": ")[2] for line in told[2:]] == [
        "stopped: candidate 1, which goes before it, has passed"
    ] * 2
    assert "passed" in told[1]
    spent = re.search(r"local +script:local.md +(\d)", out)
    assert spent
    assert spent[1] == "4"


@pytest.mark.slow
def test_a_good_first_candidate_ends_the_checks_of_the_others(project: Project) -> None:
    """Code that keeps its check busy for minutes holds nobody up once another has won."""
    busy = "__import__('time').sleep({}) or balance - amount"
    script(
        project, ("", WRONG), ("", busy.format(1)), ("", busy.format(290)), ("", busy.format(291))
    )
    begun = time.monotonic()
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert time.monotonic() - begun < 200
    assert "candidate 1 of 3: passed" in out
    assert out.count("stopped: candidate 1, which goes before it, has passed") == 2


@pytest.mark.slow
def test_equal_candidates_are_checked_once(project: Project) -> None:
    """Of equal trees the first in the order is judged; the others are told, and no failure."""
    script(project, ("", WRONG), (slow(1), MORE), ("", MORE), ("", RIGHT))
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    told = attempts(out)
    assert "candidate 1 of 3: check failed" in told[1]
    assert (
        "candidate 2 of 3: same as another candidate: it made just what candidate 1 did" in told[2]
    )
    assert "candidate 3 of 3: passed" in told[3]


@pytest.mark.slow
def test_where_all_fail_what_comes_nearest_is_repaired(project: Project) -> None:
    """The base of the repairs is the candidate with the fewest failing tests, not the last."""
    project.write("tests/test_bank.py", THREE_TESTS)
    project.commit()
    near = "balance - amount if balance == 5 else balance"
    script(
        project,
        *(("", WRONG), ("", MORE), ("", near), ("", f"{MORE} + 1")),
        *(("", f"{MORE} + 2"), ("", RIGHT), ("", MORE)),
    )
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert "Bricklayer-Attempt: 6\nBricklayer-Candidate: 2 of 3\n" in message(project)
    shown = project.bricklayer("show", "fix", "--attempt", "5")[1]
    assert near in shown.partition("===== reply")[0]


@pytest.mark.slow
def test_a_round_of_candidates_is_one_attempt_of_the_limits(project: Project) -> None:
    """As it takes the time of one: two local attempts are one alone and three side by side."""
    project.write(
        ".bricklayer.toml",
        (project.repo / ".bricklayer.toml").read_text() + "\n[limits]\nlocal_attempts = 2\n",
    )
    project.commit()
    script(project, ("", WRONG), ("", MORE), ("", f"{MORE} + 1"), ("", f"{MORE} + 2"), ("", RIGHT))
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 1, out
    assert len(attempts(out)) == 4
    assert "4 attempts (3 of them as candidates side by side) by local" in out


@pytest.mark.slow
def test_a_candidate_whose_model_is_down_is_no_failure(project: Project) -> None:
    """The others go on without it, and it is not waited for once they have ended."""
    script(
        project,
        *((", attempt 1", WRONG), (", attempt 2", MORE)),
        *((", attempt 3, crash", ""), (", attempt 4", RIGHT)),
    )
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert "candidate 2 of 3: stopped: its model did not answer, and that of the others did" in out


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["", "candidates = 1"])
def test_without_slots_attempts_are_made_one_after_another(project: Project, settings: str) -> None:
    """A model that answers one request at a time is asked as ever."""
    script(project, ("", WRONG), ("", MORE), ("", RIGHT), settings=settings)
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert "candidate" not in out
    assert "Bricklayer-Attempt: 3\nBricklayer-Tier" in message(project)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_each_boundary_nothing_is_asked_for_twice(project: Project) -> None:
    """Whatever was recorded when it was killed, the same is committed, each reply paid for once."""
    script(project, ("", WRONG), (slow(0.4), MORE), ("", RIGHT), (slow(0.2), ALSO_RIGHT))
    plan, met = project.plan(PLAN), project.room / "met"
    argv = (AT_BOUNDARIES, met, "kill", "run", plan)
    for _ in range(120):
        code, out = project.finish(project.start(*argv, program=sys.executable))
        if code >= 0:
            break
    assert code == 0, out
    names = [each.name for each in met.iterdir()]
    assert sum("ask_candidate.done" in name for name in names) == 3, names
    assert "Bricklayer-Candidate: 2 of 3" in message(project)


@pytest.mark.slow
def test_what_all_candidates_cost_counts_towards_the_limits(project: Project) -> None:
    """The job pauses at its limit of tokens whichever of them used it up, and goes on from there."""
    config = project.repo / ".bricklayer.toml"
    project.write(".bricklayer.toml", f"{config.read_text()}\n[limits]\ntokens = 800\n")
    project.commit()
    script(project, ("", WRONG), ("", MORE), ("", f"{MORE} + 1"), ("", RIGHT))
    plan = project.plan(PLAN)
    code, out = project.bricklayer("run", plan)
    assert code != 0, out
    assert "limit of 800 tokens" in out
    for _ in range(3):
        if code:
            job = project.bricklayer("jobs", "--json")[1]
            found = re.search(r'"id": ?"([0-9a-f]{12})"', job)
            assert found
            code, out = project.bricklayer("resume", found[1])
    assert code == 0, out
    assert "Bricklayer-Attempt: 4\nBricklayer-Candidate: 3 of 3\n" in message(project)
