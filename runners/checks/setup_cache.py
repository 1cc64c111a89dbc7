"""`[setup]` runs once for each content of the lock files; checks see what it left, read-only."""

import hashlib
import json
import os
import platform
import shutil
import sys
from pathlib import Path

from bot.config.machine import Settings, state_dir
from bot.config.repository import RepoConfig, Setup
from bot.errors import UserError
from bot.locks import hold_lock
from runners.checks.failure_digest import shorten_output
from runners.sandbox import Prepared, Sandbox

LOCK_FILES = (
    "Cargo.lock", "Gemfile.lock", "Pipfile.lock", "bun.lock", "composer.lock", "go.mod", "go.sum",
    "mix.lock", "npm-shrinkwrap.json", "package-lock.json", "package.json", "pdm.lock",
    "pnpm-lock.yaml", "poetry.lock", "pyproject.toml", "requirements-dev.txt", "requirements.lock",
    "requirements.txt", "setup.cfg", "setup.py", "uv.lock", "yarn.lock",
)  # fmt: skip
FOLDERS = ("setup", "home", "repo")
DONE_FILE = "complete.json"


def run_setup(config: RepoConfig, checkout: Path, sandbox: Sandbox, state: Path) -> Prepared | None:
    """What `[setup]` left for this content of the lock files, made now if it is not there yet.

    Give the checkout of the base, not of an attempt: the command has the network, so nothing a
    model wrote may run in it. None without `[setup]`. Raises `UserError` when the command fails.
    """
    if config.setup is None:
        return None
    root = state / "setup" / setup_key(config.setup, config.image, sandbox.name, checkout)
    root.parent.mkdir(parents=True, exist_ok=True)
    with hold_lock(root.with_suffix(".lock")):
        if not (root / DONE_FILE).is_file():
            _build_cache(root, config.setup, checkout, sandbox)
    fresh = json.loads((root / DONE_FILE).read_text())
    return Prepared(root, tuple(fresh))


def find_setup_folder(git_dir: Path, settings: Settings) -> Path:
    """Where this machine keeps what one repository's setup left."""
    name = hashlib.sha256(str(git_dir.resolve()).encode()).hexdigest()[:12]
    return state_dir(settings) / "repos" / name


def setup_key(setup: Setup, image: str, sandbox: str, checkout: Path) -> str:
    """Names what the result depends on, the interpreter too: its folders end up in the cache."""
    # A virtual environment points to the base interpreter, so another one needs another cache:
    # https://docs.python.org/3.11/library/sys.html#sys.base_prefix
    inputs = [setup.command, image, sandbox, sys.base_prefix, platform.python_version()]
    sha = hashlib.sha256(json.dumps([*inputs, platform.machine()]).encode())
    for name in setup.lock_files or LOCK_FILES:
        path = checkout / name
        if path.is_file() and not path.is_symlink():
            sha.update(json.dumps([name, hashlib.sha256(path.read_bytes()).hexdigest()]).encode())
    return sha.hexdigest()[:24]


def _build_cache(root: Path, setup: Setup, checkout: Path, sandbox: Sandbox) -> None:
    """Made in place, as installers write their own path into what they install, venv for one.

    https://docs.python.org/3.11/library/venv.html

    The file `complete.json` comes last and in one step: a folder without it was cut off.
    """
    shutil.rmtree(root, ignore_errors=True)
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    outcome = sandbox.run(
        ["/bin/sh", "-c", setup.command],
        checkout=checkout,
        timeout=setup.timeout,
        network=True,
        prepared=Prepared(root, writable=True),
    )
    if outcome.exit_code or outcome.ended != "exit":
        shutil.rmtree(root, ignore_errors=True)
        ended = f"ended by {outcome.ended}" if outcome.ended != "exit" else "failed"
        what = f"`{setup.command}` {ended} (exit {outcome.exit_code})"
        raise UserError(
            f"{what}\n{shorten_output(outcome.output)}",
            where="[setup]",
            hint="Fix the command or the lock files, then run again. It has the network and "
            "nothing of your environment or home: give mirrors and certificates in the command.",
        )
    _drop_copied(root / "repo", checkout)
    _write_done(root, find_new_paths(root / "repo", checkout))


def _drop_copied(made: Path, checkout: Path) -> None:
    """Only what setup made stays: a stale copy of the code must never be what a check imports.

    Goes from the top down and into no link, so nothing outside `made` is ever touched.
    """
    for folder, folders, files in os.walk(checkout):
        relative = Path(folder).relative_to(checkout)
        if (made / relative).is_symlink():  # setup put it there: whatever it leads to is not ours
            folders.clear()
            continue
        # os.walk lists a link to a folder among the folders, and does not go into it:
        # https://docs.python.org/3.11/library/os.html#os.walk
        for name in files + [f for f in folders if (Path(folder) / f).is_symlink()]:
            (made / relative / name).unlink(missing_ok=True)


def find_new_paths(made: Path, checkout: Path) -> list[str]:
    """The paths below `made` that the checkout does not have, without those below them."""
    found: list[str] = []
    for folder, folders, files in os.walk(made):
        relative = Path(folder).relative_to(made)
        new = [n for n in folders + files if not os.path.lexists(checkout / relative / n)]
        found += [str(relative / name) for name in new]
        folders[:] = [n for n in folders if n not in new and not (Path(folder) / n).is_symlink()]
    return sorted(found)


def _write_done(root: Path, fresh: list[str]) -> None:
    draft = root / f"{DONE_FILE}.new"
    with draft.open("w") as out:
        json.dump(fresh, out)
        out.flush()
        # The content first: rename(2) alone may survive a loss of power without it.
        # https://man7.org/linux/man-pages/man2/fsync.2.html
        os.fsync(out.fileno())
    draft.replace(root / DONE_FILE)
