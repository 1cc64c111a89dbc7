"""What has the network is what a person checked out: a plan's `base` leads to no other `[setup]`."""

import pytest
from support.project import CONFIG, Project

FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
SETUP = '\n[setup]\ncommand = "touch $BRICKLAYER_SETUP/ran"\n'


@pytest.fixture
def fetched(project: Project) -> Project:
    """A commit that somebody asks to have merged; it is here, and not checked out."""
    project.git("checkout", "-q", "-b", "theirs")
    project.write(".bricklayer.toml", CONFIG + SETUP)
    project.commit()
    project.git("update-ref", "refs/remotes/origin/pr-7", "HEAD")
    project.git("checkout", "-q", "main")
    project.git("branch", "-qD", "theirs")
    return project


@pytest.mark.parametrize("command", ["run", "check", "context"])
def test_a_plan_that_names_an_unmerged_commit_runs_no_setup_of_it(
    fetched: Project, command: str
) -> None:
    plan = fetched.plan(FIX, head="base: origin/pr-7\nchecks: [test]")
    argv = ("context", plan, "fix", "--run-check") if command == "context" else (command, plan)
    code, out = fetched.bricklayer(*argv)
    assert code == 2, out
    assert "`base: origin/pr-7` is not part of what is checked out" in out
    assert not list(fetched.room.rglob("ran"))


def test_a_commit_that_was_merged_is_built_on(fetched: Project) -> None:
    """With its [setup], as its person has it checked out."""
    fetched.git("merge", "-q", "--ff-only", "origin/pr-7")
    plan = fetched.plan(FIX, head="base: origin/pr-7\nchecks: [test]")
    code, out = fetched.bricklayer("check", plan)
    assert code == 0, out
