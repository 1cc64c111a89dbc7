"""Submodules are fetched where setup runs, by https addresses of the trusted commit alone."""

import functools
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config.machine import Settings, parse_settings
from bot.config.repository import RepoConfig, Setup
from bot.errors import UserError
from bot.git.checkout import checkout_tree
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.plan import parse_job
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.checks.submodules import MAX_SUBMODULES, Submodule, fetch_lines, list_submodules
from runners.planning.warnings import find_warnings
from runners.sandbox import open_sandbox

MADE = """
mkdir served && cd served
git init -q -b main lib && cd lib && echo one > lib.txt && mkdir deep && echo two > deep/x
printf '[alias]\\nx = !touch /tmp/pwned\\n' > .gitconfig
git add -A && git commit -qm lib && echo newer > lib.txt && git commit -qam newer
git clone -q --bare . ../lib.git && cd .. && git -C lib.git update-server-info
cd .. && git init -q -b main main && cd main
git remote add origin git@example.com:team/main.git
git update-index --add --cacheinfo 160000,$(git -C ../served/lib rev-parse HEAD~1),vendored/lib
printf '[submodule "lib"]\\n\\tpath = vendored/lib\\n\\turl = ../lib.git\\n\\tupdate = !touch /tmp/pwned\\n' > .gitmodules
echo code > code && git add .gitmodules code && git commit -qm first
"""
PLAN = """---
title: Fix
checks: [test]
---
## Phase: Fix
### Task: fix
- file: code
- check: test

Fix it.
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    subprocess.run(["sh", "-ec", MADE], cwd=tmp_path, check=True, timeout=30)
    return open_repo(tmp_path / "main")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A machine on which the host's name leads to a server here, over the oldest protocol."""
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served")
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield parse_settings(f"""
state_dir = "{tmp_path}/state"
setup_network = "host"
[setup_env]
GIT_CONFIG_COUNT = "1"
GIT_CONFIG_KEY_0 = "url.http://127.0.0.1:{server.server_port}/.insteadOf"
GIT_CONFIG_VALUE_0 = "https://example.com/team/"
""")
    server.shutdown()
    server.server_close()


def look(repo: Repo, settings: Settings, tmp_path: Path, line: str, **setup: object) -> str:
    config = RepoConfig(setup=Setup.model_validate({"command": "true", **setup}))
    sandbox = open_sandbox(settings, config)
    prepared = prepare_setup(TrustedTree(repo, "main", config), sandbox, settings)
    checkout_tree(repo, "main", tmp_path / "tree", tmp_path / "index")
    argv = ["sh", "-c", line]
    return sandbox.run(argv, checkout=tmp_path / "tree", timeout=20, prepared=prepared).output


def test_they_are_there_at_the_commit_that_is_pinned(
    repo: Repo, settings: Settings, tmp_path: Path
) -> None:
    """A relative address starts at the repository's own, whatever protocol a person uses for it."""
    line = "cat vendored/lib/lib.txt vendored/lib/deep/x; find . -name .git; ls /tmp"
    assert look(repo, settings, tmp_path, line, submodules=True) == "one\ntwo\n"


def test_without_being_asked_for_they_are_empty_and_told_of(
    repo: Repo, settings: Settings, tmp_path: Path
) -> None:
    """Before a model is paid for code that is not there; `false` says that it is meant."""
    assert look(repo, settings, tmp_path, "ls vendored/lib") == ""
    job, base = parse_job(PLAN), repo.resolve_rev("main")
    told = {
        value: [
            each.what
            for each in find_warnings(
                repo, base, job, RepoConfig(setup=Setup(command="true", submodules=value))
            )
        ]
        for value in (None, True, False)
    }
    assert told == {
        None: ["submodules are empty folders in checks: vendored/lib"],
        True: [],
        False: [],
    }
    assert len(find_warnings(repo, base, job, RepoConfig())) == 1


@pytest.mark.slow
def test_another_pinned_commit_is_another_cache(
    repo: Repo, settings: Settings, tmp_path: Path
) -> None:
    """No check sees what an older commit had pinned."""
    line = "cat vendored/lib/lib.txt"
    assert look(repo, settings, tmp_path, line, submodules=True) == "one\n"
    bump = (
        "git update-index --cacheinfo 160000,$(git -C ../served/lib rev-parse HEAD),vendored/lib"
        " && git commit -qm bump"
    )
    subprocess.run(["sh", "-ec", bump], cwd=tmp_path / "main", check=True, timeout=30)
    assert look(repo, settings, tmp_path, line, submodules=True) == "newer\n"


@pytest.mark.parametrize(
    ("url", "origin", "fetched"),
    [
        ("https://example.com/lib.git", "", "https://example.com/lib.git"),
        ("git@example.com:team/lib.git", "", "https://example.com/team/lib.git"),
        ("ssh://git@example.com:22/team/lib.git", "", "https://example.com/team/lib.git"),
        ("../lib.git", "https://user:pw@example.com/team/main", "https://example.com/team/lib.git"),
        ("./lib.git", "https://example.com/team/main", "https://example.com/team/main/lib.git"),
        ("https://user:pw@example.com/lib.git", "", "https://example.com/lib.git"),
    ],
)
def test_each_form_of_an_address_is_fetched_by_https(url: str, origin: str, fetched: str) -> None:
    """Without the credentials that it may hold."""
    lines = fetch_lines([Submodule("lib", url, "c" * 40)], origin)
    assert f"fetch_submodule lib {fetched} {'c' * 40}\n" in lines


@pytest.mark.parametrize(
    "url",
    ["", "/srv/secret.git", "file:///srv/secret.git", "ext::sh -c x", "../lib.git", "http://x/y",
     "--upload-pack=x", "https://example.com/../../x", "git://example.com/x", "-x@y:z\n"],
)  # fmt: skip
def test_other_addresses_are_refused_before_anything_runs(url: str) -> None:
    """Folders of this machine and commands among them."""
    with pytest.raises(UserError, match="cannot be fetched"):
        fetch_lines([Submodule("lib", url, "c" * 40)], "")


def test_more_than_are_fetched_are_refused_in_words() -> None:
    """None is left empty without a word."""
    many = [Submodule(f"m{i}", f"https://x.example/{i}", "0" * 40) for i in range(MAX_SUBMODULES)]
    assert fetch_lines(many, "")
    with pytest.raises(UserError, match=f"more than {MAX_SUBMODULES} submodules"):
        fetch_lines([*many, Submodule("one", "https://x.example/one", "0" * 40)], "")


def test_a_path_is_a_word_whatever_it_is(repo: Repo) -> None:
    lines = fetch_lines([Submodule("a'; touch x; '", "https://e.com/x", "c" * 40)], "")
    assert "fetch_submodule 'a'\"'\"'; touch x; '\"'\"'' https://e.com/x" in lines
    assert [each.path for each in list_submodules(repo, "main")] == ["vendored/lib"]
