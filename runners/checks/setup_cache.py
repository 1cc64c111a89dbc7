"""`[setup]` runs once for each content of what it reads; checks see what it left, read-only.

It has the network, so it runs on the tree of a commit that a person has made part of the default
branch, never on what a model or a pull request wrote. What it left is used for that commit and
those that come after it: what an unmerged branch installed is nothing to any other.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.repository import RepoConfig, Setup
from bot.errors import UserError
from bot.git.checkout import checkout_tree
from bot.git.commits import is_ancestor
from bot.git.find_repo import read_origin
from bot.git.repo import Repo
from bot.locks import hold_lock, lock_shared
from runners.checks.failure_digest import shorten_output
from runners.checks.git_source import GitSource, open_git_copy
from runners.checks.sandbox_hints import Surroundings, find_hint
from runners.checks.setup_folders import drop_copied, find_new_paths
from runners.checks.setup_inputs import find_inputs, name_cache
from runners.checks.setup_prepared import make_nested, measure_prepared, read_prepared
from runners.checks.setup_sweep import DONE_FILE, LEASE_FILE, remove_tree, sweep_caches
from runners.checks.submodules import fetch_lines, list_submodules
from runners.sandbox import Outcome, Prepared, Sandbox
from runners.sandbox.folder_usage import measure_folders
from runners.sandbox.model import PREPARED_FOLDERS, GitCopy
from runners.sandbox.shown_tools import choose_shown_tools

COMMIT_CHARS = 12


@dataclass(frozen=True, slots=True)
class SetupInput:
    """What the command is run on: a checkout of `commit`, and `lines` ahead of it."""

    checkout: Path
    commit: str
    git: GitCopy | None
    lines: str


@dataclass(frozen=True, slots=True)
class TrustedTree:
    """The commit whose tree setup is run on: one of the default branch, or a person's own."""

    repo: Repo
    commit: str
    config: RepoConfig


def prepare_setup(
    trusted: TrustedTree,
    sandbox: Sandbox,
    settings: Settings,
    tell: Callable[[str], None] = lambda _text: None,
) -> Prepared | None:
    """What `[setup]` left for this commit or one before it, made now if it is not there yet.

    None without `[setup]`. Raises `UserError` when the command fails. After one was made, caches
    that nobody uses any more are removed, and `tell` is given a line for each.
    """
    setup = trusted.config.setup
    if setup is None:
        return None
    repo, commit = trusted.repo, trusted.repo.resolve_rev(trusted.commit)
    folder = find_setup_folder(repo.git_dir, settings)
    folder.mkdir(parents=True, exist_ok=True)
    inputs = find_inputs(repo, commit, setup)
    # What was built by one version of a toolchain need not fit another.
    shown = choose_shown_tools(settings.toolchains).mounts if settings.toolchains else ()
    system = " ".join((sandbox.name, *map(str, shown)))
    key = name_cache(setup, trusted.config.image, system, inputs)
    with hold_lock(folder / f"{key}.lock"):
        found = next(_find_trusted(folder, key, repo, commit), None)
        root = found or folder / f"{key}-{commit[:COMMIT_CHARS]}"
        if found is None:
            with tempfile.TemporaryDirectory(prefix="tree-", dir=folder) as room:
                checkout, index = Path(room) / "tree", Path(room) / "index"
                checkout_tree(repo, commit, checkout, index)
                source = GitSource(repo, commit, index, Path(room)) if setup.git else None
                with open_git_copy(source) as git:
                    given = SetupInput(checkout, commit, git, _fetch_lines(repo, commit, setup))
                    _build_cache(root, setup, sandbox, given)
        lease = _take_lease(root)
    if found is None:
        sweep_caches(settings, tell)
    limit = trusted.config.sandbox.disk << 20
    return replace(read_prepared(root, setup.writable, limit), lease=lease)


def find_setup_folder(git_dir: Path, settings: Settings) -> Path:
    """Where this machine keeps what one repository's setup left."""
    name = hashlib.sha256(str(git_dir.resolve()).encode()).hexdigest()[:12]
    return open_state_dir(settings) / "repos" / name / "setup"


def _find_trusted(folder: Path, key: str, repo: Repo, commit: str) -> Iterator[Path]:
    """Complete caches of that name which were made on this commit, or on one that it builds on."""
    for done in sorted(folder.glob(f"{key}-*/{DONE_FILE}")):
        made_on = str(json.loads(done.read_text())["commit"])
        known = made_on == commit or repo.resolve_rev(made_on)
        if known and (made_on == commit or is_ancestor(repo, made_on, commit)):
            yield done.parent


def _take_lease(root: Path) -> IO[str]:
    """Held as long as the file is open: what is in use is not swept. Its time is the last use."""
    lease = (root / LEASE_FILE).open("w")
    lock_shared(lease)
    return lease


def _fetch_lines(repo: Repo, commit: str, setup: Setup) -> str:
    if not setup.submodules:
        return ""
    return fetch_lines(list_submodules(repo, commit), read_origin(repo.git_dir))


def _build_cache(root: Path, setup: Setup, sandbox: Sandbox, given: SetupInput) -> None:
    """Made in place, as installers write their own path into what they install, venv for one.

    https://docs.python.org/3.11/library/venv.html

    The file `complete.json` comes last and in one step: a folder without it was cut off.
    """
    remove_tree(root)
    for name in PREPARED_FOLDERS:
        (root / name).mkdir(parents=True)
    outcome = sandbox.run(
        ["/bin/sh", "-ec", f"{given.lines}{setup.command}"],
        checkout=given.checkout,
        timeout=setup.timeout,
        network=True,
        prepared=Prepared(root, writable=True, disk=setup.disk),
        git=given.git,
    )
    if outcome.exit_code or outcome.ended != "exit":
        remove_tree(root)
        raise _failed(setup, outcome, sandbox)
    remove_tree(root / "repo" / ".git")
    drop_copied(root / "repo", given.checkout)
    fresh = find_new_paths(root / "repo", given.checkout)
    make_nested(root, fresh, setup.writable)
    _write_done(root, fresh, given.commit)


def _failed(setup: Setup, outcome: Outcome, sandbox: Sandbox) -> UserError:
    ended = f"ended by {outcome.ended}" if outcome.ended != "exit" else "failed"
    what = f"`{setup.command}` {ended} (exit {outcome.exit_code})"
    hint = (
        "Mend the command or the lock files, then run again. It has the network and "
        "nothing of your environment or home: `[setup_env]` and `setup_ca_file` in the "
        "machine's file give it private indexes and certificates."
    )
    where = Surroundings("setup", sandbox.name, has_git=setup.git, has_network=True)
    if told := find_hint(outcome.output, outcome.exit_code, where):
        hint = f"{told}."
    if outcome.ended == "disk":
        hint = (
            f"It may write {setup.disk} MiB, and the machine's disk must not run full: let it"
            " install less, or give more as `disk` under [setup]; for /tmp, under [sandbox]."
        )
    return UserError(f"{what}\n{shorten_output(outcome.output)}", where="[setup]", hint=hint)


def _write_done(root: Path, fresh: list[str], commit: str) -> None:
    draft = root / f"{DONE_FILE}.new"
    *_, used = measure_folders([root])
    with draft.open("w") as out:
        sizes = measure_prepared(root, fresh)
        json.dump({"commit": commit, "fresh": fresh, "size": used.size, "sizes": sizes}, out)
        out.flush()
        # The content first: rename(2) alone may survive a loss of power without it.
        # https://man7.org/linux/man-pages/man2/fsync.2.html
        os.fsync(out.fileno())
    draft.replace(root / DONE_FILE)
