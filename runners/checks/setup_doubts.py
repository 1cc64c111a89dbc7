"""Ends of a check that no change of the code explains: its command asks for what is not there.

A runner that knows no such target, script or recipe, is given a file or an option that it does not
have, or lacks a package, says so in words of its own. They are read on the untouched base, where
nothing of a model's can stand in them, and each names the files by which a plan could mend it.
"""

import fnmatch
import re
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import NamedTuple

from runners.checks.verdict import Verdict

SEARCHED_CHARS = 64 * 1024
"""Of an output's end."""
_NAME = r"[`'\"\u2018\u2019]?([\w@./:+-]{1,120})[`'\"\u2018\u2019]?"
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile", "*.mk")
_NODE = ("package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock")
_PYTEST = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "conftest.py", "requirements*")
_CARGO = ("Cargo.toml", "config.toml")
_PYTHON = ("pyproject.toml", "uv.lock", "poetry.lock")
_GRADLE = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
NAMED = "{}"
"""In a form's files: the one that the output names."""


class Form(NamedTuple):
    """`pattern` finds one name, `what` tells of it, `files` are what would mend it, as patterns."""

    pattern: re.Pattern[str]
    what: str
    files: tuple[str, ...]


def _form(pattern: str, what: str, *files: str) -> Form:
    return Form(re.compile(pattern.replace("NAME", _NAME), re.MULTILINE), what, files)


# What each says, in its own sources and manuals:
# https://www.gnu.org/software/make/manual/html_node/Error-Messages.html
# https://docs.npmjs.com/cli/v10/commands/npm-run-script
# https://docs.pytest.org/en/stable/reference/exit-codes.html
# https://doc.rust-lang.org/cargo/commands/cargo-test.html
# https://go.dev/ref/mod#go-mod-file
FORMS = (
    _form(
        r"^make(?:\[\d+\])?: \*\*\* No rule to make target NAME\.\s+Stop\.",
        "make has no target {}",
        *_MAKEFILES,
    ),
    _form(
        r"^make(?:\[\d+\])?: \*\*\* (No targets) specified and no makefile found",
        "make finds no makefile",
        *_MAKEFILES,
    ),
    _form(r"^npm (?:ERR!|error) Missing script: NAME", "package.json has no script {}", *_NODE),
    _form(r"ERR_PNPM_NO_SCRIPT\W+Missing script: NAME", "package.json has no script {}", *_NODE),
    _form(r"^error Command NAME not found\.$", "package.json has no script {}", *_NODE),
    _form(r"^error: Script not found NAME", "package.json has no script {}", *_NODE),
    _form(
        # A path below a name without a scope may be the repository's own: `src/bank`.
        r"Cannot find (?:module|package) '(?:(@[\w.-]{1,80}/[\w.-]{1,80})(?:/[\w@./-]{0,200})?"
        r"|(?![./])([\w.-]{1,80}))'",
        "Node finds no package {}: [setup] must install it",
        *_NODE,
        NAMED,
    ),
    _form(r"^ERROR: file or directory not found: NAME", "pytest finds no file {}", NAMED),
    _form(
        r"usage: \S{1,80} \[options\] \[file_or_dir\][^\n]{0,200}\n\S{1,80}: error: unrecognized"
        r" arguments: NAME",
        "pytest knows no option {}: is a plugin missing that [setup] must install?",
        *_PYTEST,
    ),
    _form(
        r"can't open file '(?:/box/repo/)?([^'\n]{1,300})': \[Errno 2\]",
        "there is no file {}",
        NAMED,
    ),
    _form(
        r"^error: no such (?:sub)?command: NAME[\s\S]{0,300}?cargo --list",
        "cargo has no command {}",
        *_CARGO,
    ),
    _form(r"^error: could not find `(Cargo\.toml)` in", "there is no {}", *_CARGO),
    _form(
        r"^go: (?:cannot find main module|(go\.mod) file not found)",
        "there is no go.mod",
        "go.mod",
        "go.work",
    ),
    _form(r"^Task NAME not found in root project", "Gradle has no task {}", *_GRADLE),
    _form(r"Unknown lifecycle phase NAME", "Maven has no phase {}", "pom.xml"),
    _form(r"there is no (POM) in this directory", "there is no pom.xml", "pom.xml"),
    _form(r"^Don't know how to build task NAME", "rake has no task {}", "Rakefile", "*.rake"),
    _form(r"Could not locate (Gemfile)", "there is no {}", "Gemfile"),
    _form(r"Justfile does not contain recipe NAME", "just has no recipe {}", "[Jj]ustfile"),
    _form(r"^task: Task NAME does not exist", "task has no task {}", "Taskfile.*"),
    _form(r"^error: Task not found: NAME", "deno has no task {}", "deno.json*"),
    _form(r"\(Mix\) The task NAME could not be found", "mix has no task {}", "mix.exs"),
    _form(r"^error: Failed to spawn: NAME", "uv finds no command {}", *_PYTHON),
    _form(r"^Command not found: NAME$", "poetry finds no command {}", *_PYTHON),
    _form(r"does not appear to contain (CMakeLists\.txt)", "there is no {}", "CMakeLists.txt"),
)


class Doubt(NamedTuple):
    """`what` is wrong with how the check is run. `sure`: nothing that will be written mends it."""

    what: str
    sure: bool


def find_doubt(verdict: Verdict, makes: Collection[str]) -> Doubt | None:
    """`makes` are the paths that will be written. None where the code may well be what is red."""
    text = verdict.output[-SEARCHED_CHARS:]
    if verdict.passed or verdict.ended != "exit" or verdict.failing:
        return None
    for form in FORMS:
        if found := form.pattern.search(text):
            name = next(filter(None, found.groups()), "")
            return Doubt(form.what.format(name), not _mends(form, name, makes))
    return None


def _mends(form: Form, name: str, makes: Collection[str]) -> bool:
    for path in map(PurePosixPath, makes):
        if any(fnmatch.fnmatch(path.name, each) for each in form.files):
            return True
        asked = name.split("::", 1)[0].strip("/").removeprefix("./")
        if NAMED in form.files and asked in {
            str(path),
            *map(str, path.parents),
            path.stem,
            *path.parts,
        }:
            return True
    return False
