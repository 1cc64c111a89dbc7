"""What a reviewer is shown of a commit's files."""

from pathlib import Path

from support.project import Project

from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents, commit_tree
from bot.git.find_repo import open_repo
from bot.git.write_tree import write_tree
from bot.review.choose_parts import choose_parts
from bot.review.model import UnseenParts
from bot.review.prompt import render_part
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


def test_what_there_was_no_room_for_is_no_evidence_and_is_read_next(tmp_path: Path) -> None:
    """A base merged in changes nothing of a file that was read in part: its other parts are new."""
    project = Project(tmp_path)
    project.begin()
    repo = open_repo(project.repo)
    base = repo.resolve_rev("HEAD")
    long = "".join(f"x{number} = 1\n" for number in range(400)).encode()
    head = commit_tree(repo, write_tree(repo, base, {"long.py": long}), base, "Add\n")
    (file,), _, _ = read_changes(repo, head, ReviewRequest(base))
    first = choose_parts([file], len(render_part(file.parts[0])) + 10, len)
    assert [part.number for part in first.parts] == [1]
    assert first.unread == ("long.py: read in part, 2 of its 3 parts had no room in the window",)
    tip = commit_tree(repo, write_tree(repo, base, {"other.txt": b"1\n"}), base, "Theirs\n")
    merged = write_tree(repo, head, {"other.txt": b"1\n"})
    later = commit_parents(repo, merged, (head, tip), "Merge\n", BRICKLAYER)
    known = ReviewRequest(tip, read_base=base, read_head=head, unseen=first.unseen)
    (again,), unchanged, _ = read_changes(repo, later, known)
    assert ([part.number for part in again.parts], unchanged) == ([2, 3], 0)
    second = choose_parts([again], len(render_part(file.parts[1])) + 10, len)
    assert second.unseen == (UnseenParts("long.py", (3,), 3),)
    whole = ReviewRequest(tip, read_base=base, read_head=head)
    assert read_changes(repo, later, whole)[:2] == ((), 1)
