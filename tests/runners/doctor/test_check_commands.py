"""Checks of which the program, folder, target or script is not there are told without running one."""

import pytest

from bot.config.repository import CheckCommand, RepoConfig, Setup
from runners.doctor.check_commands import examine_checks, list_commands
from runners.doctor.finding import Finding

MAKEFILE = ".PHONY: unit lint\nunit lint: deps\n\tpytest\ndeps:\n\techo\nX := 1\n"
FILES = {
    "Makefile": MAKEFILE,
    "api/package.json": '{"scripts": {"test": "vitest run", "test:unit": "x"}}',
    "bad/package.json": "{",
    "any/Makefile": "include rules.mk\n",
    "run.sh": "",
}
HERE = {"make", "npm", "sh", "python3", "pnpm"}


def examine(run: str, folder: str = "", *, setup: bool = False) -> list[Finding]:
    setup_table = Setup(command="true") if setup else None
    config = RepoConfig(checks={"it": CheckCommand(run=run, dir=folder)}, setup=setup_table)
    folders = frozenset({"api", "bad", "any", "src"})
    missing = lambda program: "" if program in HERE else f"no {program} on this machine"  # noqa: E731
    return list(examine_checks(config, folders, FILES.get, missing))


@pytest.mark.parametrize(
    ("run", "folder", "what", "fix"),
    [
        ("make test", "", "make knows no target test", "deps, lint, unit"),
        ("make unti", "", "make knows no target unti", "Did you mean unit?"),
        ("CI=1 make deps && make test", "", "no target test", ""),
        ("make all", "src", "no makefile in src/", "`dir`"),
        ("npm run tset", "api", "no script tset", "Did you mean test?"),
        ("npm test", "bad", "bad/package.json cannot be read", ""),
        ("pnpm run lint", "api", "no script lint", "test, test:unit"),
        ("cargo test", "", "checks find no cargo", "No cargo on this machine."),
        ("RUST_LOG=1 cargo test | tee x", "", "checks find no cargo", ""),
        ("npm test; git diff --exit-code", "api", "it runs git", "git = true under [checks.it]"),
        ("true", "apii", "there is no folder apii", "Did you mean api?"),
    ],
)
def test_what_is_not_there(run: str, folder: str, what: str, fix: str) -> None:
    """Told with what may have been meant."""
    (found,) = examine(run, folder)
    assert found.good is False
    assert found.what.startswith("[checks.it]: ")
    assert what in found.what
    assert fix in found.hint


@pytest.mark.parametrize(
    ("run", "folder"),
    [
        ("make unit", ""),
        ("make -j4 $(TARGET)", ""),
        ("make anything", "any"),
        ("make run.sh", ""),
        ("npm test", "api"),
        ("npm ci", "api"),
        ("cd elsewhere && make test", ""),
        ("./run.sh", ""),
        ("$PYTHON -m pytest", ""),
        ("if true; then cargo; fi", "any"),
        ("sh -c 'cargo test'", ""),
        ("python3 -c 'print(1)'", ""),
        ("echo 'unclosed", ""),
    ],
)
def test_nothing_is_said_of_what_may_be_there(run: str, folder: str) -> None:
    assert examine(run, folder) == []


def test_setup_may_bring_any_program() -> None:
    """Then only running it tells."""
    assert examine("cargo test", setup=True) == []
    assert examine("make test", setup=True)


def test_a_long_line_is_read_in_bounded_time() -> None:
    """Of a hostile file at most so many commands are looked at."""
    assert len(list(list_commands("a;" * 100_000))) <= 51
    assert not examine("make " + "a" * 60_000 + "(")
