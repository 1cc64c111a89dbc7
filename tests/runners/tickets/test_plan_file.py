"""The plan's file: on the branch while it waits for approval, and never in the default branch."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import BRANCH, Inside, built, inside, placed
from support.machine import MODELS, PLAN, bank, pull_of, status, until

from bot.git.commits import commit_tree, list_commits
from bot.git.references import move_branch
from bot.git.write_tree import write_tree
from bot.ticket.stages import Stage
from runners.tickets.plan_file import PLANS_FOLDER, plan_path
from runners.tickets.stage_building import build_round
from runners.tickets.stage_planning import plan_issue

# Whole jobs, several in a test: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

PATH = plan_path(BRANCH)


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=dict(MODELS)) as made:
        yield made


def paths(issue: Issue, commit: str) -> list[str]:
    return issue.repo.git.git("ls-tree", "-r", "--name-only", commit).splitlines()


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_no_way_to_merge_brings_the_plan_into_the_default_branch(
    github: GitHub, bot: Inside, method: str
) -> None:
    """Nor has CI it, which begins with the first commits that were built."""
    issue = built(github, bot)
    pull, before = pull_of(issue), paths(issue, "main")
    assert not [path for path in paths(issue, pull.head_sha) if path.startswith(PLANS_FOLDER)]
    pull.ready(by=github.person("mona"))
    pull.merge(by=github.person("mona"), method=method)
    assert paths(issue, "main") == before
    assert f"/blob/{bot.ticket.remote.plan_commit}/{PATH})" in status(issue)


def test_a_plan_of_an_older_job_on_the_base_stays_as_it_is(github: GitHub, bot: Inside) -> None:
    """What stood at its path before stands there again: the pull request does not show it."""
    issue = bank(github, {PATH: "an older plan\n"})
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: bot.advance().stage is Stage.REVIEW, lambda: bot.ticket.why)
    head = bot.ticket.remote.head
    assert issue.repo.git.read(head, PATH) == b"an older plan\n"
    assert issue.repo.git.git("diff", "--name-only", "main", head).split() == ["bank.py"]


def test_a_build_that_began_with_the_plan_is_published_without_it(
    github: GitHub, bot: Inside
) -> None:
    """Begun by an earlier release, it goes on from its own commits."""
    issue = placed(github, bot, Stage.PUBLISHING)
    repo, head = bot.services.open_mirror(bot.ticket).repo, bot.ticket.remote.head
    built_on = commit_tree(repo, write_tree(repo, head, {PATH: PLAN.encode()}), head, "Built\n")
    assert move_branch(repo, BRANCH, built_on, head)
    bot.advance()
    assert PATH not in paths(issue, pull_of(issue).head_sha)


def test_killed_after_the_plan_was_removed_it_is_not_removed_twice(
    github: GitHub, bot: Inside
) -> None:
    """Nothing of a step was written down: the next one finds its commits and builds no more."""
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    ticket = plan_issue(bot.services, bot.ticket)
    first = build_round(bot.services, ticket)
    again = build_round(bot.services, ticket)
    assert first.progress.round == again.progress.round
    repo = bot.services.open_mirror(ticket).repo
    commits = list_commits(repo, ticket.remote.plan_commit, repo.branch_head(BRANCH))
    assert [c.message.partition("\n")[0] for c in commits] == [
        "Remove the plan of #1 from the branch",
        "fix-withdraw: withdraw() must subtract the amount.",
    ]


RULES = """\
[commits]
sign_off = true
title = "fix: {title} (#{issue})"

[github]
branch_prefix = "bot/"
"""


def test_commits_branch_and_title_are_as_the_repository_asks(github: GitHub, bot: Inside) -> None:
    """Each commit of a job, its pull request, and what is restored of a lost database."""
    issue = bank(github)
    config = issue.repo.git.read("main", ".bricklayer.toml").decode()
    mona = github.person("mona")
    issue.repo.push("main", {".bricklayer.toml": f"{config}\n{RULES}"}, by=mona)
    issue.label("bricklayer", by=mona)
    until(lambda: bot.advance().stage is Stage.REVIEW, lambda: bot.ticket.why)
    before = bot.ticket
    pull, git = pull_of(issue), issue.repo.git
    assert pull.head_ref.startswith("bot/1-")
    assert (pull.title or "").startswith("fix: ")
    shas = git.commits("main", pull.head_sha)
    assert len(shas) == 3
    for sha in shas:
        author, subject = git.git("log", "-1", "--format=%an <%ae>%n%s", sha).splitlines()
        assert f"Signed-off-by: {author}" in git.git("log", "-1", "--format=%B", sha).splitlines()
        assert subject.startswith("fix: ")
        assert subject.endswith(" (#1)")
    with bot.services.tickets.engine.begin() as db:
        db.exec_driver_sql("delete from bricklayer_tickets")
        db.exec_driver_sql("delete from bricklayer_marks")
    bot.sweep()
    assert bot.ticket.remote.branch == before.remote.branch
    assert [task.id for task in bot.ticket.progress.tasks] == ["fix-withdraw"]
