"""One git that is kept running reads what many would: after a kill, a push, a fork, by many threads."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from support.processes import is_running

from bot.errors import GitError
from bot.git.cat_file import MAX_READERS, ObjectReader
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.git.write_tree import write_tree


def sh(folder: Path, line: str) -> str:
    argv = ["sh", "-ec", line]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


@pytest.fixture(params=["sha1", "sha256"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    sh(folder, f"git init -q -b main --object-format={request.param} . && mkdir -p src/deep")
    sh(folder, "echo a > src/deep/a && echo b > 'b c' && chmod +x 'b c' && ln -s src link")
    sh(folder, "git add -A && git commit -qm first")
    return folder


@pytest.fixture
def repo(folder: Path) -> Repo:
    return open_repo(folder)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "cat-file" in child.cmdline()]


def test_entries_are_those_that_ls_tree_lists(repo: Repo) -> None:
    """Files, folders and links, wherever they stand; nothing below a file or a link."""
    listed = sh(repo.git_dir.parent, "git ls-tree -r -t -z HEAD").split("\0")
    for line in filter(None, listed):
        meta, path = line.split("\t")
        entry = repo.find_entry("HEAD", path)
        assert entry
        assert meta.split()[::2] == [entry.mode, entry.sha]
    kinds = {path: repo.find_entry("HEAD", path) for path in ("src", "link", "b c")}
    assert [entry.kind for entry in kinds.values() if entry] == ["dir", "symlink", "file"]
    for path in ("none", "src/none", "link/deep/a", "b c/a", "src/", "/src", "../repo", "a\nb"):
        assert repo.find_entry("HEAD", path) is None


def test_many_reads_are_one_process(repo: Repo) -> None:
    before = len(children())
    for _ in range(5):
        assert repo.read_file("HEAD", "src/deep/a") == b"a\n"
        assert repo.resolve_rev("main")
    assert len(children()) <= before + 1


def test_many_threads_each_get_their_own_answer(repo: Repo) -> None:
    tree = write_tree(repo, "HEAD", {f"n{n}": b"%d" % n * (n * 5000) for n in range(20)})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: repo.read_file(tree, f"n{n % 20}"), range(200)))
    assert found == [b"%d" % (n % 20) * ((n % 20) * 5000) for n in range(200)]


def test_what_was_written_and_moved_since_is_seen(repo: Repo, folder: Path) -> None:
    """Objects in new files and new packs, and branches, wherever git keeps them."""
    first = repo.resolve_rev("main")
    sh(folder, "echo c > c && git add c && git commit -qm second")
    second = repo.resolve_rev("main")
    assert second not in {"", first}
    assert repo.read_file("main", "c") == b"c\n"
    sh(folder, "git gc -q --prune=now && git pack-refs --all")
    assert repo.read_file("main", "c") == b"c\n"
    sh(folder, "git reset -q --hard HEAD^ && git pack-refs --all")
    assert repo.resolve_rev("main") == first


def test_killed_it_is_started_again(repo: Repo) -> None:
    assert repo.read_file("HEAD", "b c") == b"b\n"
    for child in children():
        child.kill()
        child.wait(30)
    assert repo.read_file("HEAD", "b c") == b"b\n"


def test_what_git_cannot_read_is_an_error_and_the_rest_is_still_read(
    repo: Repo, folder: Path
) -> None:
    tree = write_tree(repo, "HEAD", {"damaged": b"damaged"})
    entry = repo.find_entry(tree, "damaged")
    assert entry
    path = folder / ".git" / "objects" / entry.sha[:2] / entry.sha[2:]
    path.chmod(0o644)
    path.write_bytes(b"no zlib stream")
    with pytest.raises(GitError):
        repo.read_file(tree, "damaged")
    assert repo.read_file("HEAD", "b c") == b"b\n"


def test_a_tree_that_is_not_there_is_an_error(repo: Repo) -> None:
    with pytest.raises(GitError, match="Not a valid object name"):
        repo.find_entry("0" * 40, "b c")


@pytest.mark.parametrize(
    "rev", ["", "none", "-", "--all", "main..main", "^main", "a\nmain", "a\0b", "ma in", "\udcff"]
)
def test_what_names_no_commit_resolves_to_nothing(repo: Repo, rev: str) -> None:
    assert repo.resolve_rev(rev) == ""


def test_a_fork_reads_by_a_git_of_its_own(repo: Repo) -> None:
    assert repo.read_file("HEAD", "b c") == b"b\n"
    pid = os.fork()
    if not pid:
        own = not children() and repo.read_file("HEAD", "src/deep/a") == b"a\n"
        os._exit(0 if own and len(children()) == 1 else 1)
    assert repo.read_file("HEAD", "b c") == b"b\n"
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_no_more_than_some_repositories_have_one(tmp_path: Path) -> None:
    for n in range(MAX_READERS + 3):
        folder = tmp_path / str(n)
        folder.mkdir()
        sh(folder, "git init -q -b main . && git commit -q --allow-empty -m first")
        assert open_repo(folder).resolve_rev("main")
    assert len(children()) <= MAX_READERS


def test_closed_it_is_gone_and_it_can_be_asked_again(repo: Repo) -> None:
    reader = ObjectReader(repo.git_dir)
    before = {child.pid for child in children()}
    assert reader.read_object("HEAD")
    [pid] = {child.pid for child in children()} - before
    reader.close()
    assert not psutil.pid_exists(pid)
    assert reader.read_object("HEAD")
    reader.close()


def test_none_is_left_when_its_owner_is_killed(repo: Repo) -> None:
    """`kill -9` closes its input, and that is its end."""
    code = (
        "import sys, time, psutil; from pathlib import Path; from bot.git.repo import Repo;"
        "Repo(Path(sys.argv[1])).resolve_rev('HEAD');"
        "print(psutil.Process().children()[0].pid, flush=True); time.sleep(600)"
    )
    argv = [sys.executable, "-c", code, str(repo.git_dir)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        assert is_running(pid)
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(pid)


def test_what_a_removed_repository_had_is_not_found_in_the_one_made_in_its_place(
    repo: Repo,
) -> None:
    """Though all of it is in a pack, which the git that runs has open."""
    sha, git_dir = repo.resolve_rev("HEAD"), repo.git_dir
    sh(git_dir, "git repack -q -a -d")
    reader = ObjectReader(git_dir)
    assert reader.read_object(sha)
    git_dir.rename(git_dir.with_suffix(".away"))
    with pytest.raises(GitError):
        reader.read_object(sha)
    sh(git_dir.parent, f"git init -q --object-format={'sha1' if len(sha) == 40 else 'sha256'} .")
    assert reader.read_object(sha) is None
    reader.close()
