"""Finding the repository that a folder is in, and what is checked out there."""

import os
from pathlib import Path

from bot.errors import GitError, UserError
from bot.git.checkout import WORK_TREE
from bot.git.clean_dir import open_clean_dir
from bot.git.command import LOOK_SECONDS, PLAIN_DIFF, TIMED_OUT, persons_settings, run_git
from bot.git.odd_files import require_usual_files
from bot.git.repo import Repo
from bot.text.listed import join_first

MIRROR_ORIGIN = "mirror-of"
"""A file in the folder of a mirror."""
# https://github.com/git/git/blob/v2.39.5/setup.c#L1410
_NOT_TRUSTED = "detected dubious ownership in repository"


def open_repo(folder: Path) -> Repo:
    """Find the repository that `folder` is in."""
    if not folder.is_dir():
        hint = "Name a git repository: --repo DIR."
        raise UserError("no such folder", where=str(folder), hint=hint)
    try:
        found = Repo(_ask_where(folder, "--git-common-dir"))
    except GitError as exc:
        if any(form.startswith(_NOT_TRUSTED) for form in exc.forms):
            hint = f"If you trust it: git config --global --add safe.directory {folder.resolve()}"
            what = "git does not trust this repository: it belongs to another account"
            raise UserError(what, where=str(folder), hint=hint) from exc
        if exc.code == TIMED_OUT:
            hint = "A pipe or a device in place of one of its files, or in an `include`, keeps it."
            raise UserError("git did not answer there", where=str(folder), hint=hint) from exc
        hint = "Run `git init` there and commit, or name another folder with --repo DIR."
        raise UserError("not a git repository", where=str(folder), hint=hint) from exc
    require_usual_files(found.git_dir)
    return found


def _ask_where(folder: Path, what: str) -> Path:
    """What git finds; this reads the person's settings, for only they name whom else they trust.

    It starts no program. https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
    """
    argv = ("-C", str(folder.resolve()), "rev-parse", "--path-format=absolute", what)
    _, out = run_git(argv, b"", persons_settings(), (0,), LOOK_SECONDS)
    return Path(os.fsdecode(out).rstrip("\n"))


def read_origin(git_dir: Path) -> str:
    """The address that the repository calls `origin`, with what it holds of credentials.

    Only read: nothing is fetched. Empty where there is none. A mirror has no such setting.
    """
    told = git_dir / MIRROR_ORIGIN
    if told.is_file():
        return told.read_text("utf-8").strip()
    argv = ("config", "--file", str(git_dir / "config"), "--no-includes", "--get")
    code, out = run_git((*argv, "remote.origin.url"), b"", {}, (0, 1, 128), LOOK_SECONDS)
    return out.decode(errors="replace").strip() if code == 0 else ""


def write_origin(mirror: Path, url: str) -> None:
    """Have a mirror know where it is from, without a setting that git would act on."""
    told = mirror / MIRROR_ORIGIN
    if not told.is_file() or told.read_text("utf-8") != url:
        told.write_text(url, "utf-8")


def find_work_tree(folder: Path) -> Path | None:
    """The checkout that `folder` is in; the settings of the repository may say anything of it."""
    return next((f for f in (folder, *folder.parents) if (f / ".git").exists()), None)


def checked_out_commit(folder: Path) -> str:
    """The commit checked out in `folder`, which may be a linked work tree; empty for none yet."""
    # Not `HEAD^{commit}`: to look into it, git might fetch it.
    argv = ("-C", str(folder.resolve()), "rev-parse", "-q", "--verify", "HEAD")
    code, out = run_git(argv, b"", persons_settings(), (0, 1, 128), LOOK_SECONDS)
    return open_repo(folder).resolve_rev(out.decode().strip()) if code == 0 else ""


def describe_uncommitted(folder: Path, most: int = 3, *, but: Path | None = None) -> str:
    """Tracked files of a checkout that differ from its HEAD, in words; empty for none, or bare.

    `but` is a file that is not told of: it counts as it lies there.
    No filter runs, so one that git would filter may be named once it was touched.
    """
    top = find_work_tree(folder.resolve())
    head = checked_out_commit(folder) if top else ""
    if top is None or not head:
        return ""
    index = _ask_where(folder, "--absolute-git-dir") / "index"
    at = (f"--work-tree={top}", *WORK_TREE, "--no-optional-locks")
    argv = (*at, "diff", *PLAIN_DIFF, "--name-only", "-z", "--ignore-submodules=all", head, "--")
    where = open_clean_dir(open_repo(folder).git_dir).path
    seen = {"GIT_INDEX_FILE": str(index)}
    try:
        code, out = run_git((f"--git-dir={where}", *argv), b"", seen, (0, 128), LOOK_SECONDS)
    except GitError:
        return ""  # to know it is not worth more time
    names = [name for name in os.fsdecode(out).split("\0") if name]
    if but is not None:
        names = [name for name in names if (top / name).resolve() != but.resolve()]
    return join_first(names, most) if code == 0 else ""
