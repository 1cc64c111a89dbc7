"""What git's error means is decided by git's own words; a path that reads like them changes nothing."""

import os
from pathlib import Path

import pytest
from support.git_template import init_bare

from bot.errors import GitError, GitMessage, UserError
from bot.git.find_repo import open_repo
from bot.git.messages import parse_trace
from bot.git.odd_trees import blaming_repository
from bot.git.repo import Repo
from bot.machine_faults import find_machine_fault
from bot.system_errors import explain_system_error

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
WORDS = (
    "No space left on device",
    "a\nfatal: write error: No space left on device\nb",
    "a\nerror: unable to read sha1 file of x\nb",
    "' : Read-only file system",
    "fatal: bad tree object: corrupt",
    "fork: Resource temporarily unavailable",
    "\u2028fatal: Out of memory, malloc failed",
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    init_bare(tmp_path / "r")
    return Repo(tmp_path / "r")


@pytest.mark.parametrize("name", WORDS)
def test_a_path_with_gits_words_is_neither_the_machines_nor_the_repositorys_fault(
    repo: Repo, name: str
) -> None:
    for argv in (("rev-parse", f"{EMPTY_TREE}:{name}"), ("log", "--", f":(bad magic){name}")):
        with pytest.raises(GitError) as caught, blaming_repository(repo.git_dir, is_partial=False):
            repo.run(*argv)
        assert name in caught.value.messages[0].text
        assert find_machine_fault(caught.value) is None
        assert not explain_system_error(caught.value)


def test_a_device_without_room_is_told_of_by_git_itself(repo: Repo) -> None:
    repo.run("hash-object", "-t", "tree", "-w", "--stdin")
    with pytest.raises(GitError) as caught:
        repo.run("archive", "--format=tar", "-o", "/dev/full", EMPTY_TREE)
    assert caught.value.forms == ("write error: No space left on device",)
    assert find_machine_fault(caught.value)


def test_a_git_file_that_names_words_of_gits_is_no_question_of_trust(tmp_path: Path) -> None:
    said = "detected dubious ownership in repository"
    (tmp_path / ".git").write_text(f"gitdir: {tmp_path}/{said}\n")
    with pytest.raises(UserError, match="not a git repository"):
        open_repo(tmp_path)


def test_a_sentence_that_is_handed_on_whole_counts_without_what_it_quotes() -> None:
    """As of a lock; what is no trace, or half a line of one, tells nothing."""
    full = "Unable to create '/x/'No space left on device'.lock': Read-only file system"
    lines = (
        '{"event":"start","argv":["error"]}',
        f'{{"event":"error","msg":"{full}","fmt":"%s"}}',
        '{"event":"error","msg":"a \\u2028 \\n","fmt":"a %s"}',
        '["error"]',
        "\udcff",
        '{"event":"error","ms',
    )
    told = parse_trace(os.fsencode("\n".join(lines)))
    assert told == (
        GitMessage("Unable to create '%s': Read-only file system", full),
        GitMessage("a %s", "a \u2028 \n"),
    )
