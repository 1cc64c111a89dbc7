"""The way of one issue, as the people on GitHub live it."""

from pathlib import Path

from github_server import GitHub
from loop import GOOD, PLAN, bank, headline, machine_for, pull_of, said, status, until, whole


def test_a_label_becomes_a_pull_request_that_is_ready_for_review(
    github: GitHub, tmp_path: Path
) -> None:
    """Label, plan, draft, build, green CI, ready: nobody but the labeller had to do anything."""
    issue = bank(github)
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    models = {"planner": said(PLAN), "local": said(whole("bank.py", GOOD), "fix-withdraw")}
    with machine_for(tmp_path, github, models=models) as machine:
        machine.start()
        issue.label("bricklayer", by=mona)
        until(
            lambda: headline(issue) == "waiting for CI",
            lambda: f"{status(issue)}\n{machine.told()}",
        )
        pull = pull_of(issue)
        assert pull.draft
        assert "Closes #1" in (pull.body or "")
        github.ci(pull.head_sha, "green")
        until(
            lambda: headline(issue) == "ready for review",
            lambda: f"{status(issue)}\n{machine.told()}",
        )
        assert not pull.draft
        assert issue.repo.git.read(pull.head_sha, "bank.py") == GOOD
