"""What is not green for reasons outside the code is said, waited for or run again; no code changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.ci import Annotation
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, built, inside
from support.machine import MODELS, pull_of, status

from bot.ticket.stages import Stage

# Whole jobs, several in a test: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

LOST = "The hosted runner lost communication with the server."


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


def later(bot: Inside, seconds: float) -> Inside:
    """The bot's clock, so many seconds ahead of what it shows now."""
    now = bot.services.now() + seconds
    bot.services.now = lambda: now
    return bot


def lose_runner(github: GitHub, issue: Issue) -> int:
    """The job's runner is gone: no log, an annotation about the job. Its run's id."""
    job = github.ci(pull_of(issue).head_sha, "red")
    job.looks_without_log = 10**6
    job.check.annotations.append(Annotation(".github", 1, LOST))
    return job.run.id


def test_what_asks_a_person_blocks_at_once_and_goes_on_once_it_is_done(
    github: GitHub, bot: Inside
) -> None:
    """A run that a newer one has replaced does not count; a red status without a log is said."""
    issue = built(github, bot)
    head, checks = pull_of(issue).head_sha, issue.repo.checks
    checks.cancel(checks.runs[-1])
    checks.start(checks.workflows[0], head, pull_of(issue).head_ref, checks.runs[-1].actor, "push")
    dco = checks.outside(head, "DCO", "action_required", slug="dco")
    assert bot.advance().stage is Stage.BLOCKED, status(issue)
    assert "`DCO`" in status(issue)
    assert "asks for something that only a person can do" in status(issue)

    github.ci(head, "green")
    assert bot.advance().stage is Stage.BLOCKED
    checks.change_run(dco, dco.suite.app.bot, conclusion="success")
    checks.set_status(head, github.person("mona"), "failure", "codecov/patch")
    checks.set_status(head, github.person("mona"), "pending", "tide")
    bot.advance()
    assert later(bot, 1).advance().stage is Stage.REVIEW, status(issue)
    assert "`codecov/patch` is red" in status(issue)
    assert "`tide` is pending" in status(issue)
    assert pull_of(issue).head_sha == head


def test_a_lost_runner_s_jobs_run_once_more_and_then_it_is_said(
    github: GitHub, bot: Inside
) -> None:
    """GitHub itself says how often a run was tried; a person's third try lets the job go on."""
    issue = built(github, bot)
    head, checks = pull_of(issue).head_sha, issue.repo.checks
    run = lose_runner(github, issue)
    bot.advance()
    assert (
        github.count("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs") == 1
    )
    assert "run once more" in status(issue)
    assert lose_runner(github, issue) == run
    assert later(bot, 31).advance().stage is Stage.BLOCKED, status(issue)
    assert "failed for its runner or the network" in status(issue)
    assert (
        github.count("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs") == 1
    )

    checks.rerun_failed(checks.runs[-1], github.person("mona"))
    github.ci(head, "green")
    bot.advance()
    assert later(bot, 1).advance().stage is Stage.REVIEW, status(issue)
    assert pull_of(issue).head_sha == head


def test_a_failure_of_the_base_is_said_and_what_the_rules_require_is_waited_for(
    github: GitHub, bot: Inside
) -> None:
    issue = built(github, bot)
    head, checks = pull_of(issue).head_sha, issue.repo.checks
    issue.repo.require_checks("test", "deploy / preview")
    log = "FAILED docs.py::test_links - 404\n"
    github.ci(issue.repo.git.sha("main"), "red", name="docs", log=log)
    github.ci(head, "red", name="docs", log=log)
    github.ci(head, "green")
    for _ in range(3):  # the logs are not there at once
        later(bot, 1).advance()
    github.ci(head, "red", name="docs", log=log)
    for _ in range(3):
        later(bot, 31).advance()
    assert bot.ticket.stage is Stage.CI, status(issue)
    assert "`deploy / preview`" in status(issue)
    assert "has not reported on this commit" in status(issue)

    checks.outside(head, "deploy / preview", "success")
    bot.advance()
    assert later(bot, 1).advance().stage is Stage.REVIEW, status(issue)
    assert "is red on the base commit too" in status(issue)
    assert pull_of(issue).head_sha == head
