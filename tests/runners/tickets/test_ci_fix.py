"""A red CI becomes a build round once its failure can be shown to a model, and never before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.ci import Annotation
from fake_github.job_logs import SET_UP, served_log
from fake_github.world import GitHub
from support.in_process import Inside, built, inside
from support.machine import GOOD, MENDED, MODELS, pull_of, said, status, whole

from bot.ticket.ci_verdict import LOG_WAIT_SECONDS
from bot.ticket.stages import Stage

# Whole jobs, several in a test: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "data" / "failures"
LOCAL = said(whole("bank.py", GOOD), "fix-withdraw") + said(whole("bank.py", MENDED), "mend-1")


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models={**MODELS, "local": LOCAL}) as made:
        yield made


def prompts(room: Path) -> list[str]:
    """All that a model was asked to do because of CI."""
    texts = (one.read_text() for one in (room / "state").rglob("*.txt"))
    return [text for text in texts if "CI fails on this branch" in text]


def test_the_failures_of_several_jobs_reach_the_prompt(
    github: GitHub, bot: Inside, tmp_path: Path
) -> None:
    """Each in the words of its tool, from logs as GitHub serves them, late and stamped."""
    issue = built(github, bot)
    head = pull_of(issue).head_sha
    for sample in ("pytest_auto", "jest", "go", "cargo", "mvn"):
        github.ci(head, "red", log=(SAMPLES / f"{sample}.txt").read_text(), name=sample)
    github.ci(head, "green")
    stop_clock(bot)
    assert "does not have its log yet" in bot.advance().why
    assert pull_of(issue).head_sha == head
    assert bot.advance().stage is Stage.CI, status(issue)
    assert issue.repo.git.read(pull_of(issue).head_sha, "bank.py") == MENDED.encode()
    seen = "".join(prompts(tmp_path))
    for words in (
        "test_multiplies", "assert 3 == 12", "multiplies the price by the quantity", "Expected: 12",
        "TestTotal/price_by_quantity", "Total() = 3, want 12", "tests::multiplies", "left: 3",
        "expected: <12> but was: <3>",
    ):  # fmt: skip
        assert words in seen, seen
    assert "Hosted Compute Agent" not in seen
    assert "1234567Z" not in seen


def stop_clock(bot: Inside, after: float = 0.0) -> None:
    """So that what waits for seconds is looked at once by each `advance`."""
    at = bot.services.now() + after
    bot.services.now = lambda: at


def no_log(github: GitHub, head: str) -> None:
    github.ci(head, "red", log="E   assert 1 == 2").looks_without_log = 10**6


def expired(github: GitHub, head: str) -> None:
    github.ci(head, "red", log="E   assert 1 == 2").expired = True


def forbidden(github: GitHub, head: str) -> None:
    github.ci(head, "red", log="E   assert 1 == 2")
    github.fail("GET", "/logs", 403, times=10)


def silent(github: GitHub, head: str) -> None:
    github.ci(head, "red", log="")


def not_begun(github: GitHub, head: str) -> None:
    text = SET_UP.format(name="test").partition("##[group]Run")[0]
    lines = f"{text}##[error]Unable to resolve action `acme/gone@v1`".split("\n")
    github.ci(
        head, "red", log="\n".join(f"2026-11-27T10:00:00.1234567Z {x}" for x in lines).encode()
    )


@pytest.mark.parametrize(
    ("happen", "told"),
    [
        (no_log, "`test`: GitHub has not given its log"),
        (expired, "`test`: its log has expired"),
        (forbidden, "`actions: read`"),
        (silent, "`test`: its log says nothing but that it failed"),
        (not_begun, "Unable to resolve action `acme/gone@v1`"),
    ],
)
def test_nothing_is_built_where_there_is_no_failure_to_show(
    github: GitHub, bot: Inside, happen: object, told: str
) -> None:
    """It is said what is missing and what to do; a log that is late is waited for, not for ever."""
    issue = built(github, bot)
    head = pull_of(issue).head_sha
    happen(github, head)  # type: ignore[operator]
    stop_clock(bot)
    bot.advance()
    stop_clock(bot, LOG_WAIT_SECONDS + 1)
    ticket = bot.advance()
    assert ticket.stage is Stage.BLOCKED, status(issue)
    assert told in ticket.why
    assert "comment `/retry`" in ticket.why
    assert pull_of(issue).head_sha == head
    assert ticket.progress.ci_rounds == 0


def test_an_annotation_is_shown_where_there_is_no_log(
    github: GitHub, bot: Inside, tmp_path: Path
) -> None:
    issue = built(github, bot)
    head = pull_of(issue).head_sha
    job = github.ci(head, "red", log=served_log("test", []))
    job.check.annotations.append(Annotation("bank.py", 2, "balance may be negative"))
    bot.advance()  # its log is not there yet
    assert bot.advance().stage is Stage.CI, status(issue)
    assert pull_of(issue).head_sha != head
    assert any("bank.py:2: balance may be negative" in text for text in prompts(tmp_path))
