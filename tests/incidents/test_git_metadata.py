"""Published attacks in which what git keeps beside the files, or their names, ran a program.

The defences, each of which was taken away once to see its test fail: `open_clean_dir` in
`bot/git/repo.py`, so that git reads no configuration; `_PLAIN_VALUE` in `bot/git/clean_dir.py`;
`_NOBODYS_SETTINGS` and `HTTP_ALONE` in `bot/git/command.py`; that no `safe.directory` is set there;
`core.protectHFS`, which is; `open_remote` refusing what is no http address; `is_git_directory`,
`O_NOFOLLOW` and control characters in `runners/edits/openat.py`; `_mode_risk` in
`bot/approval/diff_risks.py` and `GIT` in `bot/approval/protected_paths.py`, which have a person
asked; `signature_environment`, by which a commit never has the repository's own identity.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.planted import LINK, SUBMODULE, Other, git, plant

from bot.approval.diff_risks import find_open_risks
from bot.config.repository import RepoConfig
from bot.errors import UserError
from bot.git.checkout import checkout_tree
from bot.git.commits import commit_tree
from bot.git.diff import diff_commits
from bot.git.find_repo import describe_uncommitted, open_repo
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.errors import UnavailableError
from bot.github.mirror import Remote, open_remote
from runners.edits.model import EditError, Edits
from runners.edits.openat import safe_path
from runners.edits.write import write_edits

NOBODY = b"1" * 40


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout as it comes out of somebody's archive, `.git` and all."""
    folder = tmp_path / "clone"
    git(tmp_path, "init", "-q", "-b", "main", "--template=", str(folder))
    (folder / "bank.py").write_text("x = 1\n")
    (folder / ".gitattributes").write_text("* filter=x\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    (folder / "bank.py").write_text("x = 2\n")
    return folder


def work_in(folder: Path) -> Repo:
    """What a job does with the repository it is started in: look, write a commit, move a branch."""
    describe_uncommitted(folder)
    repo = open_repo(folder)
    head = repo.resolve_rev("HEAD")
    made = commit_tree(repo, write_tree(repo, head, {"bank.py": b"x = 3\n"}), head, "third\n")
    diff_commits(repo, head, made)
    checkout_tree(repo, made, folder.parent / "out", folder.parent / "index")
    assert move_branch(repo, "made", made, repo.branch_head("made"))
    return repo


def test_ghsa_j4h9_wv2m_wrf7_the_repositorys_git_email_was_run(clone: Path, mark: Path) -> None:
    """Claude Code put `user.email` of the repository it was started in into a shell's command.

    https://github.com/advisories/GHSA-j4h9-wv2m-wrf7
    """
    git(clone, "config", "user.email", f"$({mark})`{mark}`; {mark} #")
    repo = work_in(clone)
    assert not mark.with_name("ran").exists()
    assert repo.read_output("log", "-1", "--format=%ae%ce", "made") == 2 * (
        "bricklayer@bricklayer.invalid"
    )


@pytest.mark.parametrize("how", ["commondir", "link"])
def test_ghsa_7835_87q9_rgvv_another_folder_stands_in_for_git(
    clone: Path, mark: Path, how: str
) -> None:
    """A work tree called `.git`, or a `commondir` in it, had git read a planted `core.fsmonitor`.

    CVE-2026-55607, https://github.com/anthropics/claude-code/security/advisories/GHSA-7835-87q9-rgvv
    """
    planted = clone / "assets"
    shutil.copytree(clone / ".git", planted)
    for key in ("core.fsmonitor", "filter.x.clean", "filter.x.smudge"):
        git(planted, "config", key, str(mark))
    git(planted, "config", "core.bare", "false")
    if how == "commondir":
        (clone / ".git" / "commondir").write_text("../assets\n")
    else:
        (clone / ".git").rename(clone / "old")
        (clone / ".git").symlink_to("assets")
    subprocess.run(["git", "status"], cwd=clone, capture_output=True, timeout=20, check=False)
    assert mark.with_name("ran").exists()
    mark.with_name("ran").unlink()
    work_in(clone)
    assert not mark.with_name("ran").exists()


def test_cve_2022_24765_a_repository_above_belongs_to_somebody_else(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who made `C:\\.git` had everybody's git read its configuration, below any folder.

    https://nvd.nist.gov/vuln/detail/CVE-2022-24765
    """
    # Git's own way to have every owner be another:
    # https://github.com/git/git/blob/master/t/t0033-safe-directory.sh
    programs = tmp_path / "programs"
    programs.mkdir()
    real = shutil.which("git")
    (programs / "git").write_text(
        f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {real} "$@"\n'
    )
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    inside = clone / "mine" / "below"
    inside.mkdir(parents=True)
    with pytest.raises(UserError, match="belongs to another account"):
        open_repo(inside)


def test_buried_bare_repositories_2022_03_a_folder_of_the_tree_is_a_repository(
    clone: Path, mark: Path
) -> None:
    """A clone has a folder with `HEAD`, `objects` and a `config`, whose program git runs in there.

    https://github.com/justinsteven/advisories/blob/main/2022_git_buried_bare_repos_and_fsmonitor_various_abuses.md
    """
    buried = clone / "docs"
    shutil.copytree(clone / ".git", buried)
    for key in ("core.fsmonitor", "filter.x.clean", "filter.x.smudge"):
        git(buried, "config", key, str(mark))
    git(buried, "config", "core.bare", "false")
    git(buried, "config", "core.worktree", "../docs")
    subprocess.run(["git", "status"], cwd=buried, capture_output=True, timeout=20, check=False)
    assert mark.with_name("ran").exists()
    mark.with_name("ran").unlink()
    work_in(buried)
    assert not mark.with_name("ran").exists()


def test_ghsa_v87r_6q3f_2j67_a_value_with_a_line_end_is_a_setting_of_its_own(
    clone: Path, mark: Path
) -> None:
    """GitPython wrote values as they were, and what followed a line end in one was configuration.

    https://github.com/gitpython-developers/GitPython/security/advisories/GHSA-v87r-6q3f-2j67
    """
    value = rf"x\n[filter \"x\"]\n\tsmudge = {mark}"
    with (clone / ".git" / "config").open("a") as file:
        file.write(f'[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tnoop = "{value}"\n')
    work_in(clone)
    assert not mark.with_name("ran").exists()


def test_cve_2025_48384_a_path_that_ends_with_a_carriage_return(tmp_path: Path) -> None:
    """Git wrote a submodule's path without its last `\\r`, where a link led to the hooks.

    https://nvd.nist.gov/vuln/detail/CVE-2025-48384
    """
    folder = tmp_path / "r.git"
    base = plant(folder, {"bank.py": "x = 1\n"}).resolve_rev("main")
    attack = {"sub": Other(LINK, b".git/hooks"), "sub\r": Other(SUBMODULE, NOBODY)}
    repo = plant(folder, attack, "topic", "main")
    told = find_open_risks(repo, base, repo.resolve_rev("topic"), RepoConfig())
    assert {"sub", "sub\r"} == {risk.path for risk in told}
    assert not any("\r" in risk.reason for risk in told)
    out = tmp_path / "out"
    checkout_tree(repo, "topic", out, tmp_path / "index")
    assert {each.name for each in out.iterdir()} == {"bank.py", "sub", "sub\r"}
    for path in ("sub\r/post-checkout", "sub/post-checkout", ".gitmodules\r"):
        with pytest.raises(EditError):
            write_edits(out, Edits({path: b"#!/bin/sh\n"}))


GIT_FOLDERS = (".git", ".GiT", ".Git", "git~1", ".g\u200cit", ".git\u200d", ".git ", ".git::$x")


@pytest.mark.parametrize("name", GIT_FOLDERS)
def test_cve_2014_9390_what_another_file_system_takes_for_git(tmp_path: Path, name: str) -> None:
    """A tree with `.GiT/config` became the configuration of the clone, where case is no matter.

    https://nvd.nist.gov/vuln/detail/CVE-2014-9390
    """
    for path in (f"{name}/config", f"lib/{name}/hooks/post-checkout"):
        with pytest.raises(EditError, match="git's own directory"):
            safe_path(path)
    folder = tmp_path / "r.git"
    plant(folder, {"a": "x\n"})
    blob = git(folder, "rev-parse", "main:a")
    below = git(folder, "mktree", given=f"100644 blob {blob}\tconfig\n".encode())
    raw = b"40000 " + name.encode() + b"\0" + bytes.fromhex(below)
    tree = git(folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=raw)
    repo, out = Repo(folder), tmp_path / "out"
    with pytest.raises(UserError, match="commit"):
        checkout_tree(repo, tree, out, tmp_path / "index")
    assert not any(out.glob("*/config"))


def test_cve_2021_21300_a_filter_of_the_persons_runs_in_the_middle_of_a_checkout(
    tmp_path: Path, mark: Path, home: Path
) -> None:
    """The person's git-lfs delayed a file, meanwhile its folder had become a link to the hooks.

    https://nvd.nist.gov/vuln/detail/CVE-2021-21300
    """
    lines = (f"{name} = {mark}\n" for name in ("process", "smudge", "clean"))
    (home / ".gitconfig").write_text(f'[filter "lfs"]\n{"".join(lines)}required = true\n')
    files = {".gitattributes": "A/* filter=lfs\n", "A/post-checkout": "x\n"}
    repo = plant(tmp_path / "r.git", {**files, "a": Other(LINK, b".git/hooks")})
    checkout_tree(repo, "main", tmp_path / "out", tmp_path / "index")
    assert not mark.with_name("ran").exists()
    assert (tmp_path / "out" / "A" / "post-checkout").read_text() == "x\n"


def test_cve_2024_32002_a_submodule_of_one_letters_other_case_is_a_link_to_git(
    tmp_path: Path,
) -> None:
    """A clone wrote the submodule `A/modules/x` through the link `a` into `.git`, hooks and all.

    https://nvd.nist.gov/vuln/detail/CVE-2024-32002
    """
    modules = '[submodule "x"]\n\tpath = A/modules/x\n\turl = -u./hook\n'
    repo = plant(tmp_path / "r.git", {"bank.py": "x = 1\n"})
    base = repo.resolve_rev("main")
    attack = {".gitmodules": modules, "a": Other(LINK, b".git")}
    plant(tmp_path / "r.git", {**attack, "A/modules/x": Other(SUBMODULE, NOBODY)}, "topic", "main")
    told = find_open_risks(repo, base, repo.resolve_rev("topic"), RepoConfig())
    reasons = " ".join(risk.reason for risk in told)
    for why in (
        "a: it becomes a symbolic link",
        "A/modules/x: it becomes a submodule",
        "takes files",
    ):
        assert why in reasons
    out = tmp_path / "out"
    checkout_tree(repo, "topic", out, tmp_path / "index")
    (out / ".git").mkdir()
    for path in ("a/hooks/post-checkout", "A/modules/x/y"):
        with pytest.raises(EditError):
            write_edits(out, Edits({path: b"#!/bin/sh\n"}))
    assert not any((out / ".git").iterdir())


@pytest.mark.parametrize("form", ["{}", "file://{}", "ext::git -C {} %S", "-u{}", "ssh://-oX={}/"])
def test_cve_2022_39253_a_clone_of_a_folder_of_this_machine(tmp_path: Path, form: str) -> None:
    """The objects of a submodule's address were links, and clone copied what they lead to.

    An address was also a command of its own: `-u./program`, `ssh://-oProxyCommand=...`, `ext::`.
    https://nvd.nist.gov/vuln/detail/CVE-2022-39253 https://nvd.nist.gov/vuln/detail/CVE-2018-17456
    https://nvd.nist.gov/vuln/detail/CVE-2017-1000117
    """
    plant(tmp_path / "private.git", {"key": "swordfish\n"})
    url = form.format(tmp_path / "private.git")
    with pytest.raises(UserError, match="no address to clone from"):
        open_remote(tmp_path / "mirror.git", url, str, list)
    mirror = plant(tmp_path / "mirror.git", {"a": "x\n"})
    with pytest.raises(
        UnavailableError, match=r"not allowed|not an absolute|no such|not appear|blocked"
    ):
        Remote(mirror, url, str, list).fetch()
    assert mirror.resolve_rev("refs/remotes/origin/main") == ""
