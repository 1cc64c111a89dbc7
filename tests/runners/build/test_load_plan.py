"""What a run is named after."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.git.find_repo import open_repo
from bot.github.mirror import open_remote
from bot.plan import peek_job
from runners.build.load_plan import RunRequest, name_former_job, name_job
from runners.tickets.plan_branch import free_branch

PLAN = """\
---
title: {title}
issue: octocat/bank#12
checks: [test]
---

## Phase: Implement

### Task: fix
- file: bank.py
- check: test

Subtract.
"""


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Withdraw must subtract", "bricklayer/12-withdraw-must-subtract"),
        ("Ärger: 'a' & ../b.lock", "bricklayer/12-rger-a-b-lock"),
        ("x" * 39 + " end that is cut", f"bricklayer/12-{'x' * 39}"),
        ("a title of exactly as many characters as one more", None),
        ("日本語", "bricklayer/12-job"),
    ],
)
def test_an_issue_has_one_branch_name_however_it_is_built(
    title: str, name: str | None, tmp_path: Path
) -> None:
    """`run` names the branch of an issue's plan as `serve` does, and git takes the name."""
    text = PLAN.format(title=title)
    subprocess.run(("git", "init", "-q", str(tmp_path / "repo")), check=True, timeout=60)
    by_run, _ = name_job(RunRequest(text, tmp_path / "repo"))
    remote = open_remote(tmp_path / "mirror.git", "https://unused.invalid", str, tuple)
    by_serve = free_branch(remote, 12, peek_job(text).title)
    assert by_run == by_serve == (name or by_run)
    assert re.fullmatch(r"bricklayer/12-[a-z0-9-]{1,40}", by_run)


def make_repo(folder: Path) -> Path:
    subprocess.run(("git", "init", "-q", "--bare", str(folder)), check=True, timeout=60)
    return folder


def test_a_tickets_job_is_the_same_on_every_machine(tmp_path: Path) -> None:
    """By its ticket, branch, plan and base, wherever the mirror lies; and no other ticket's."""
    here, there = make_repo(tmp_path / "here"), make_repo(tmp_path / "there")
    asked = RunRequest(PLAN.format(title="Mend"), here, base="1" * 40, ticket="5/12")
    ids = {
        name_job(each)[1]
        for each in (asked, replace(asked, repo=there), replace(asked, repo=there, senior=True))
    }
    assert len(ids) == 1
    others = (
        replace(asked, ticket="5/13"),
        replace(asked, ticket="6/12"),
        replace(asked, base="2" * 40),
        replace(asked, branch="other"),
        replace(asked, plan=PLAN.format(title="Mend it")),
        replace(asked, ticket=""),
        replace(asked, ticket="", repo=there),
    )
    assert len({*ids, *(name_job(each)[1] for each in others)}) == len(others) + 1


def test_what_an_older_release_built_for_a_ticket_is_still_its_own(tmp_path: Path) -> None:
    """That release named the job by the folder of the mirror, as for a person's repository."""
    repo = open_repo(make_repo(tmp_path / "mirror"))
    asked = RunRequest(PLAN.format(title="Mend"), repo.git_dir, base="1" * 40, ticket="5/12")
    branch, own = name_job(asked)
    former = name_former_job(asked, repo, branch)
    assert former == name_job(replace(asked, ticket=""))[1] != own
    assert not name_former_job(replace(asked, ticket=""), repo, branch)
