"""Writes a first `job.md`: small, harmless, of exact text only, so that it needs no model."""

from collections.abc import Sequence

from bot.config.repository import RepoConfig, Setup
from bot.text.invisible import make_printable
from runners.onboarding.source_tree import SourceTree

_NAMES = ("TESTING.md", "docs/TESTING.md", "docs/running-the-tests.md", "BRICKLAYER.md")
_PLAN = """\
---
title: Say how the tests are run
checks: [{checks}]
---
A first job, written by `bricklayer init`. All that it adds stands below, word for word, so no model
is asked. It is done when {path} is there and the checks pass on a clean checkout of the branch.

## Phase: Write it down

### Task: describe-tests
- file: {path}
- exists: {path}

{path} says with which commands this repository is installed and tested.

````markdown file={path}
{text}````
"""


def choose_path(tree: SourceTree) -> str:
    """A file that is not there yet, whatever letters are capital; empty where all are."""
    taken = {path.lower() for path in tree.paths}
    return next((path for path in _NAMES if path.lower() not in taken), "")


def write_job(path: str, config: RepoConfig, gate: Sequence[str]) -> str:
    """The plan that adds `path`. `gate`: the checks that must pass at its end."""
    return _PLAN.format(checks=", ".join(gate), path=path, text=_describe(config))


def _describe(config: RepoConfig) -> str:
    lines = ["# How this repository is tested", ""]
    if config.setup:
        lines += ["What the tests need is installed by:", ""]
        lines += [_code(line) for line in _list_setup_commands(config.setup)] + [""]
        if "BRICKLAYER_SETUP" in config.setup.command:
            where = "`BRICKLAYER_SETUP` is any folder: `export BRICKLAYER_SETUP=$PWD/.setup`, say."
            lines += [where, ""]
    for name, check in config.checks.items():
        where = f", in `{make_printable(check.dir)}`" if check.dir else ""
        lines += [f"The check `{name}`{where}:", "", *map(_code, check.run.splitlines()), ""]
    lines += ["Bricklayer runs the same commands: see `.bricklayer.toml`.", ""]
    return "\n".join(lines)


def _list_setup_commands(setup: Setup) -> list[str]:
    fetched = ["git submodule update --init"] if setup.submodules else []
    commands = setup.command.strip()
    return [*fetched, *(commands.splitlines() if commands != "true" else ())]


def _code(line: str) -> str:
    """An indented line of code, which no fence of the plan can end."""
    return f"    {make_printable(line, 500)}"
