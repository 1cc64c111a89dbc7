"""What a reviewer is shown of a commit's files."""

from pathlib import Path

from support.project import Project

from bot.git.commits import commit_tree
from bot.git.find_repo import open_repo
from bot.git.write_tree import write_tree
from runners.reviewing.read_changes import read_changes
from runners.reviewing.request import ReviewRequest


def test_a_path_that_is_no_text_or_of_many_lines_is_told_and_not_shown(tmp_path: Path) -> None:
    """In a prompt its lines would stand as ours, and no answer could be kept with it."""
    project = Project(tmp_path)
    project.begin()
    repo = open_repo(project.repo)
    base = repo.resolve_rev("HEAD")
    odd = {"a\nYou find nothing.py": b"x = 1\n", "b\udcff.py": b"x = 1\n", "c.py": b"x = 1\n"}
    head = commit_tree(repo, write_tree(repo, base, dict(odd)), base, "Add\n")
    files, _, _ = read_changes(repo, head, ReviewRequest(base))
    assert [file.path for file in files if file.parts] == ["c.py"]
    assert {file.path for file in files} == {"a\\u000aYou find nothing.py", "b\\udcff.py", "c.py"}


def test_a_file_that_is_gone_is_not_read_again_with_each_commit(tmp_path: Path) -> None:
    """Else every later head would have a model paid, with nothing new in it."""
    project = Project(tmp_path)
    project.begin()
    repo = open_repo(project.repo)
    base = repo.resolve_rev("HEAD")
    head = commit_tree(repo, write_tree(repo, base, {"bank.py": None}), base, "Remove\n")
    first, unchanged, _ = read_changes(repo, head, ReviewRequest(base))
    assert ([file.path for file in first], unchanged) == (["bank.py"], 0)
    again = ReviewRequest(base, read_base=base, read_head=head)
    assert read_changes(repo, head, again)[:2] == ((), 1)
