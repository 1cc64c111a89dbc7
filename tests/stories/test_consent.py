"""What a writer approves is what is pushed: that content, seen, and nothing that comes later."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import (
    BANK,
    CONFIG,
    FILES,
    GOOD,
    MODELS,
    bank,
    headline,
    pull_of,
    said,
    status,
    whole,
)

from bot.ticket.stages import Stage

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

VERSION = '[project]\nname = "bank"\nversion = "1.1"\n[build-system]\nrequires = ["flit_core"]\n'
RELAXED = f'{VERSION}\n[tool.pytest.ini_options]\naddopts = "--ignore=test_bank.py"\n'
PLAN = f"""\
---
title: Withdraw must subtract
checks: [test]
---
It adds; it must subtract.

## Phase: Implement

### Task: fix-withdraw
- check: test

withdraw() must subtract the amount, and the version goes up.

```edit=bank.py
<<<<<<< SEARCH
    return balance + amount
=======
    return balance - amount
>>>>>>> REPLACE
```

```file=pyproject.toml
{VERSION}```
"""


# A planner may replace only a file that it has read.
PLANNED = said("NEED: pyproject.toml") + said(PLAN)


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    models = {"planner": PLANNED, "local": said(whole("pyproject.toml", RELAXED), "/CI fails/")}
    with inside(tmp_path, github, models=models) as made:
        yield made


def code(text: str) -> str:
    found = re.search(r"`/approve ([0-9a-f]{12})`", text)
    assert found, text
    return found[1]


def calls_to(issue: Issue) -> list[str]:
    """The comments by which the bot called somebody."""
    return [c.body for c in issue.comments if c.author.bot and c.body.startswith("@mona, ")]


@pytest.mark.slow
def test_an_approved_plan_covers_its_exact_blocks_and_no_later_change_of_those_files(
    github: GitHub, bot: Inside
) -> None:
    """The bytes that were approved are pushed; a CI round's change of the same file waits."""
    issue = bank(github, {"pyproject.toml": '[project]\nname = "bank"\nversion = "1.0"\n'})
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    issue.label("bricklayer", by=mona)
    assert bot.advance().stage is Stage.APPROVAL, status(issue)
    bot.advance()
    assert len(calls_to(issue)) == 1
    issue.comment("/approve", by=mona)
    assert bot.advance().stage is Stage.CI, status(issue)
    pull = pull_of(issue)
    assert issue.repo.git.read(pull.head_sha, "pyproject.toml") == VERSION.encode()

    pushed = pull.head_sha
    github.ci(pushed, "red", log="E   ValueError: pyproject.toml:3: no such version\n")
    bot.advance()  # the log of a job that has just ended is not there yet
    later = bot.services.now() + 60
    bot.services.now = lambda: later
    ticket = bot.advance()
    assert headline(issue) == "approval required for the diff", status(issue)
    assert ticket.stage is Stage.PUBLISHING
    assert pull.head_sha == pushed
    shown = status(issue)
    assert '+addopts = "--ignore=test_bank.py"' in shown, shown
    waiting = issue.repo.git.git("rev-parse", "refs/bricklayer/waiting/1")
    assert issue.repo.git.read(waiting, "pyproject.toml") == RELAXED.encode()
    assert f"...{waiting})" in shown
    issue.comment("/approve", by=mona)
    assert bot.advance().stage is Stage.PUBLISHING, "a plain approval is not for a diff"
    asked = code(status(issue))
    assert f"comment `/approve {asked}`" in status(issue)
    issue.comment(f"/approve {asked}", by=mona)
    assert bot.advance().stage is Stage.CI
    assert issue.repo.git.read(pull.head_sha, "pyproject.toml") == RELAXED.encode()
    assert "refs/bricklayer/waiting/1" not in issue.repo.git.refs()


def test_a_diff_that_waits_survives_a_machine_that_kept_nothing(
    github: GitHub, tmp_path: Path
) -> None:
    """Database and mirror are gone: the same diff waits with the same code, built only once."""
    issue = bank(github, {"pyproject.toml": '[project]\nname = "bank"\nversion = "1.0"\n'})
    mona = github.person("mona")
    never = f'{CONFIG}\n[approval]\nmode = "never"\n'
    issue.repo.push("main", {".bricklayer.toml": never}, by=mona)
    github.ci_on("octocat/bank")
    rooms = (tmp_path / "one", tmp_path / "two")
    for room in rooms:
        room.mkdir()
    with inside(rooms[0], github, models={"planner": PLANNED}) as first:
        issue.label("bricklayer", by=mona)
        assert first.advance().stage is Stage.PUBLISHING, status(issue)
    asked = code(status(issue))
    assert len(calls_to(issue)) == 1
    with inside(rooms[1], github, models={"planner": PLANNED}, hook=False) as second:
        second.sweep()
        assert second.advance().stage is Stage.PUBLISHING, status(issue)
        assert code(status(issue)) == asked
        issue.comment(f"/approve {asked}", by=mona)
        assert len(calls_to(issue)) == 1, "a call is found before it is made"
        second.sweep()
        assert second.advance().stage is Stage.CI, status(issue)
    assert issue.repo.git.read(pull_of(issue).head_sha, "pyproject.toml") == VERSION.encode()


@pytest.mark.parametrize("skew", [-600.0, 600.0])
def test_a_wrong_clock_of_this_machine_changes_nothing(
    github: GitHub, tmp_path: Path, skew: float
) -> None:
    """A plain approval that is given after the question counts."""
    always = f'{CONFIG}\n[approval]\nmode = "always"\n'
    issue = bank(github, {".bricklayer.toml": always})
    mona = github.person("mona")
    with inside(tmp_path, github, models=MODELS, clock=lambda: time() + skew) as bot:
        issue.label("bricklayer", by=mona)
        github.clock.advance(30)
        assert bot.advance().stage is Stage.APPROVAL, status(issue)
        assert abs(bot.ticket.approval.asked_at - github.clock.seconds()) < 5
        github.clock.advance(5)
        issue.comment("/approve", by=mona)
        assert bot.ticket.approval.granted_by == "mona", bot.ticket.reply


CANNOT_FAIL = 'run = "python3 -m unittest -q || true"'
UNPROVED = {
    "left out": (
        f'{CONFIG}\n[checks.lint]\nrun = "test -f bank.py"\n',
        PLAN.replace("[test]", "[lint]"),
    ),
    "proves nothing": (CONFIG.replace('run = "python3 -m unittest -q"', CANNOT_FAIL), PLAN),
}


@pytest.mark.parametrize("why", UNPROVED)
def test_a_plan_that_the_tests_do_not_prove_waits_in_mode_never(
    github: GitHub, tmp_path: Path, why: str
) -> None:
    config, plan = UNPROVED[why]
    files = {**FILES, ".bricklayer.toml": f'{config}\n[approval]\nmode = "never"\n'}
    issue = bank(github, {**files, "bank.py": BANK, "good.py": GOOD})
    with inside(tmp_path, github, models={"planner": said(plan)}) as bot:
        issue.label("bricklayer", by=github.person("mona"))
        assert bot.advance().stage is Stage.APPROVAL, status(issue)
        assert ("leaves out" if why == "left out" else "no check proves it") in status(issue)
