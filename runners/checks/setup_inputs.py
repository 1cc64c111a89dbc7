"""What `[setup]` depends on of the tree it is run on: the name of a cache follows from it."""

import hashlib
import json
import platform
import posixpath
import sys
from collections.abc import Iterator

from bot.approval.setup_paths import list_entered_folders, list_named_paths
from bot.config.repository import Setup
from bot.git.repo import Repo

LOCK_FILES = (
    ".node-version", ".npmrc", ".nvmrc", ".pnpmfile.cjs", ".python-version", ".tool-versions",
    ".yarnrc.yml", "Cargo.lock", "Cargo.toml", "Gemfile", "Gemfile.lock", "Pipfile", "Pipfile.lock",
    "bun.lock", "composer.json", "composer.lock", "go.mod", "go.sum", "go.work", "go.work.sum",
    "mix.exs", "mix.lock", "npm-shrinkwrap.json", "package-lock.json", "package.json", "pdm.lock",
    "pnpm-lock.yaml", "pnpm-workspace.yaml", "poetry.lock", "pylock.toml", "pyproject.toml",
    "requirements-dev.txt", "requirements.lock", "requirements.txt", "rust-toolchain",
    "rust-toolchain.toml", "setup.cfg", "setup.py", "uv.lock", "yarn.lock",
)  # fmt: skip
# make takes the first of these: https://www.gnu.org/software/make/manual/html_node/Makefile-Names.html
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
# npm runs these of a project's own on `npm install` and `npm ci`:
# https://docs.npmjs.com/cli/v10/using-npm/scripts#npm-install
_LIFE_CYCLE = (
    "preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare",
)  # fmt: skip
# What is run, or lists further files: a readme or a settings file would name half the repository.
_READ_ENDS = frozenset(
    {"", ".bash", ".cjs", ".in", ".js", ".mjs", ".mk", ".pl", ".py", ".rb", ".sh", ".ts", ".txt"}
)
_PROSE = (".md", ".rst", ".adoc")
_NOT_READ = frozenset({"setup.py", "go.work"})
MAX_FILES = 200
MAX_READ_BYTES = 256 * 1024
"""Of one file, in which the names of further ones are looked for."""


def name_cache(setup: Setup, image: str, sandbox: str, inputs: dict[str, str]) -> str:
    """Another name for another command, system, interpreter or content of what setup reads."""
    # A virtual environment points to the base interpreter, so another one needs another cache:
    # https://docs.python.org/3.11/library/sys.html#sys.base_prefix
    machine = [sys.base_prefix, platform.python_version(), platform.machine()]
    more = [word for word in ("git", "submodules") if getattr(setup, word)]
    text = json.dumps([setup.command, *more, image, sandbox, *machine, sorted(inputs.items())])
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:24]


def find_inputs(repo: Repo, commit: str, setup: Setup) -> dict[str, str]:
    """Path -> mode and object of each lock file, and of what the command names, and what that does.

    Files that are named by no word (a script puts their name together) cannot be found: they belong
    into `lock_files`. Of a folder that is only entered its lock files count, else all of it does.
    """
    entered = ("", *list_entered_folders(setup.command))
    locks = setup.lock_files or [posixpath.join(at, name) for at in entered for name in LOCK_FILES]
    inputs: dict[str, str] = {}
    files = repo.list_entries(commit)
    if setup.submodules:
        locks = [*locks, ".gitmodules"]
        inputs |= {p: f"{e.mode} {e.sha}" for p, e in files.items() if e.kind == "submodule"}
    to_visit = [*locks, *_names_in(setup.command, "", entered)]
    for path in to_visit:
        entry = (
            repo.find_entry(commit, path) if path not in inputs and path not in entered else None
        )
        if entry is None or len(inputs) >= MAX_FILES:
            continue
        inputs[path] = f"{entry.mode} {entry.sha}"
        folder = posixpath.dirname(path)
        if entry.kind == "symlink":
            found = repo.read_blobs([entry.sha]).get(entry.sha, b"")
            to_visit += list_named_paths(found.decode(errors="replace"), folder)
        elif entry.kind == "file":
            # Further folders are not taken in whole: a Makefile names every one there is.
            text = _commands_in(path, repo.read_file(commit, path) or b"")
            named = (name for name in _names_in(text, folder, entered) if name in files)
            to_visit += [name for name in named if not name.endswith(_PROSE)]
    return inputs


def _names_in(text: str, folder: str, entered: tuple[str, ...]) -> Iterator[str]:
    yield from list_named_paths(text, folder)
    if "make" in text:
        yield from (posixpath.join(at, name) for at in entered for name in MAKEFILES)


def _commands_in(path: str, content: bytes) -> str:
    """The part of a file that may name further files which are read when packages are installed."""
    name = posixpath.basename(path)
    text = content[:MAX_READ_BYTES].decode(errors="replace")
    if name != "package.json":
        read = posixpath.splitext(name)[1] in _READ_ENDS and name not in _NOT_READ
        return text if read and b"\0" not in content else ""
    try:
        scripts = json.loads(text)["scripts"]
        return "\n".join(str(scripts[name]) for name in _LIFE_CYCLE if name in scripts)
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
