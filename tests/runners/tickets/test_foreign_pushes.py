"""Commits on the bot's branch that somebody else pushed: gone on from, or a reason to stop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import BRANCH, Inside, inside, placed
from support.machine import CONFIG, PLAN, pull_of, status

from bot.ticket.stages import Stage
from runners.tickets.plan_file import plan_path

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

LISTED = f'{CONFIG}\n[github]\nadopt_pushes_from = ["pre-commit-ci[bot]"]\n'
MORE = {"x.py": "x = 1\n"}


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


@pytest.mark.parametrize("how", ["suggestion", "update", "push", "app"])
def test_what_githubs_buttons_writers_and_listed_apps_push_is_gone_on_from(
    github: GitHub, bot: Inside, how: str
) -> None:
    """A sentence says so, CI decides about the new head, and nobody has to say `/resume`."""
    issue = placed(github, bot, Stage.REVIEW, {".bricklayer.toml": LISTED})
    github.ci_on("octocat/bank")
    mona, pull, repo = github.person("mona"), pull_of(issue), issue.repo
    if how == "suggestion":
        text = "```suggestion\n    return balance - amount  # cents\n```"
        pull.review("comment", mona, threads=[("bank.py", 2, text)])
        pull.threads[0].resolve(mona)
        pull.commit_suggestion(pull.threads[0].first, mona)
    elif how == "update":
        repo.push("main", MORE, by=mona)
        pull.update_branch(mona)
    else:
        by = github.bot("pre-commit-ci", permission="write") if how == "app" else mona
        repo.push(BRANCH, MORE, by=by)
    ticket = bot.advance()
    assert (ticket.stage, ticket.paused) == (Stage.CI, False), status(issue)
    assert ticket.remote.head == pull.head_sha
    assert f"the job continues from `{pull.head_sha[:12]}`" in status(issue)
    if how == "update":
        assert ticket.remote.base == repo.git.sha("main")


@pytest.mark.parametrize("how", ["reader", "other app", "forced", "unknown"])
def test_any_other_push_stops_it_in_words(github: GitHub, bot: Inside, how: str) -> None:
    """Whoever is the commit's author: GitHub says who pushed, and may they write now."""
    issue = placed(github, bot, Stage.REVIEW, {".bricklayer.toml": LISTED})
    mona, pull, repo = github.person("mona"), pull_of(issue), issue.repo
    ex = github.person("ex", permission="write")
    head = pull.head_sha
    if how == "forced":
        repo.push(BRANCH, MORE, by=mona, parent=repo.git.sha("main"))
    else:
        app = github.bot("autofix", permission="write")
        repo.push(BRANCH, MORE, by={"reader": ex, "other app": app}.get(how, mona))
    ex.role = "read"
    if how == "unknown":
        repo.activities.clear()
        assert not bot.advance().paused
        later = bot.services.now() + 100
        bot.services.now = lambda: later
    ticket = bot.advance()
    assert (ticket.paused, ticket.remote.head) == (True, head)
    words = {
        "reader": "@ex pushed",
        "other app": "@autofix[bot] pushed",
        "forced": "force-pushed",
        "unknown": "does not say who pushed",
    }
    assert words[how] in status(issue)
    assert "`/resume`" in status(issue)


def test_a_push_while_something_is_built_stops_it(github: GitHub, bot: Inside) -> None:
    issue = placed(github, bot, Stage.BUILDING)
    issue.repo.push(BRANCH, MORE, by=github.person("mona"))
    assert bot.advance().paused
    assert "Somebody else pushed" in status(issue)


def test_a_plan_that_a_writer_edits_at_its_gate_is_read_and_asked_for_anew(
    github: GitHub, bot: Inside
) -> None:
    """With its own code; one that is none is told by its lines, and mended by the next push."""
    issue = placed(github, bot, Stage.APPROVAL, tasks=())
    mona, path = github.person("mona"), plan_path(BRANCH)
    before = bot.advance().approval.code
    issue.repo.push(BRANCH, {path: PLAN.replace("- check: test", "- check: tset")}, by=mona)
    refused = bot.advance()
    assert (refused.paused, refused.approval.key) == (True, "")
    assert f"{path}:11: unknown check `tset`" in status(issue)
    assert not any(word in status(issue) for word in ("--fresh", "--branch"))
    issue.comment("/resume", by=mona)
    assert bot.advance().paused

    edited = PLAN.replace("must subtract the amount.", "must subtract, in cents.")
    head = issue.repo.push(BRANCH, {path: edited}, by=mona)
    asked = bot.advance()
    assert (asked.stage, asked.paused, asked.remote.plan_commit) == (Stage.APPROVAL, False, head)
    assert asked.approval.code not in {"", before}
    assert asked.progress.round
    assert (asked.progress.round.text, asked.progress.round.base) == (edited, head)
    assert f"/blob/{head}/{path}" in status(issue)


def test_a_blocked_job_goes_on_saying_what_it_waits_for_while_nobody_knows_who_pushed(
    github: GitHub, bot: Inside
) -> None:
    issue = placed(github, bot, Stage.BLOCKED, why="`test` asks for a sign-off.")
    github.fail("GET", "/activity", 404, times=9)
    issue.repo.push(BRANCH, MORE, by=github.person("mona"))
    for _ in range(2):
        bot.advance()
    assert "asks for a sign-off" in status(issue)
