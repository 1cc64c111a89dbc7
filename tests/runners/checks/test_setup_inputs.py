"""What a cache of `[setup]` is named after: all that decides what is installed, nothing else."""

from collections.abc import Mapping

import pytest

from bot.config.repository import Setup
from bot.git.commits import commit_tree
from bot.git.repo import Repo, make_bare
from bot.git.write_tree import write_tree
from runners.checks import setup_inputs
from runners.checks.setup_inputs import find_inputs, name_cache

FILES = {
    "package.json": '{"main": "src/a.js", "scripts": {"postinstall": "node tools/after.js", "test": "node t.js"}}',
    "src/a.js": "a",
    "t.js": "t",
    "tools/after.js": "require('./inner.js')",
    "tools/inner.js": "1",
    "tools/deps.sh": '. "$(dirname "$0")/lib.sh"\npip install -r ../reqs/dev.txt',
    "tools/lib.sh": "echo",
    "reqs/dev.txt": "-r base.txt\nx==1",
    "reqs/base.txt": "y==1",
    "deps.txt": "a",
    "web/package-lock.json": "{}",
    "web/src/b.js": "b",
    "libs/foo/setup.py": "1",
    "libs/foo/foo.py": "1",
    "Makefile": "deps:\n\tsh tools/lib.sh\ntest: src README.md\n",
    "README.md": "see src/a.js",
}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return make_bare(tmp_path_factory.mktemp("repo") / "x.git")


@pytest.fixture(scope="module")
def commit(repo: Repo) -> str:
    return make_commit(repo, FILES)


def make_commit(repo: Repo, files: Mapping[str, str]) -> str:
    empty = repo.read_output("hash-object", "-w", "-t", "tree", "--stdin")
    root = repo.read_output("commit-tree", empty, stdin=b"Begin\n")
    tree = write_tree(repo, root, {path: text.encode() for path, text in files.items()})
    return commit_tree(repo, tree, root, "Change\n")


@pytest.mark.parametrize(
    ("command", "locks", "read"),
    [
        ("npm ci", (), {"package.json", "tools/after.js", "tools/inner.js"}),
        ("sh tools/deps.sh", ("deps.txt",), {"deps.txt", "tools/deps.sh", "tools/lib.sh", "reqs/dev.txt", "reqs/base.txt"}),
        ("pip install -rreqs/base.txt", ("x",), {"reqs/base.txt"}),
        ("pip install --requirement=./reqs/base.txt", ("x",), {"reqs/base.txt"}),
        ("cd web && npm ci", ("x",), set()),
        ("cd web && npm ci", ("web/package-lock.json",), {"web/package-lock.json"}),
        ("cd web && npm ci", (), {"web/package-lock.json", "package.json", "tools/after.js", "tools/inner.js"}),
        ("pip install ./libs/foo", ("x",), {"libs/foo"}),
        ("make deps", ("x",), {"Makefile", "tools/lib.sh"}),
        ("cat ../../etc/passwd /etc/passwd . ..", ("x",), set()),
    ],
)  # fmt: skip
def test_lock_files_count_and_what_the_command_names_and_what_that_names(
    repo: Repo, commit: str, command: str, locks: tuple[str, ...], read: set[str]
) -> None:
    """Scripts are followed, life-cycle scripts too; a readme, tests and sources are not."""
    assert set(find_inputs(repo, commit, Setup(command=command, lock_files=locks))) == read


def test_a_link_counts_with_what_it_leads_to(repo: Repo, commit: str) -> None:
    """A script behind a link may change while the link stays as it is."""
    link = repo.read_output("hash-object", "-w", "--stdin", stdin=b"tools/lib.sh")
    listed = repo.run("ls-tree", "-z", commit)[1] + f"120000 blob {link}\tgo.sh\0".encode()
    tree = repo.read_output("mktree", "-z", stdin=listed)
    assert set(find_inputs(repo, tree, Setup(command="sh go.sh", lock_files=("x",)))) == {
        "go.sh",
        "tools/lib.sh",
    }


def test_what_is_read_is_bounded(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that names every file of a large repository ends soon."""
    monkeypatch.setattr(setup_inputs, "MAX_FILES", 5)
    files = {f"d/{n}.sh": "x" for n in range(10)}
    script = " ".join(files)
    commit = make_commit(repo, files | {"go.sh": script})
    assert len(find_inputs(repo, commit, Setup(command="sh go.sh"))) == 5


def test_the_name_follows_all_that_the_result_depends_on() -> None:
    """Another command, image, kind of sandbox or content of a file: another cache."""
    setup = Setup(command="npm ci")
    names = [
        name_cache(setup, "", "bwrap", {"a": "1"}),
        name_cache(Setup(command="npm i"), "", "bwrap", {"a": "1"}),
        name_cache(setup, "node:22", "bwrap", {"a": "1"}),
        name_cache(setup, "", "none", {"a": "1"}),
        name_cache(setup, "", "bwrap", {"a": "2"}),
        name_cache(setup, "", "bwrap", {"a": "1", "b": "1"}),
    ]
    assert len(set(names)) == len(names)
    assert names[0] == name_cache(setup, "", "bwrap", {"a": "1"})
