"""A check that ends so on the base tells of how it is run, and of nothing in the code."""

import pytest

from bot.plan import Check
from runners.checks.setup_doubts import find_doubt
from runners.checks.verdict import Verdict


def red(output: str, code: int = 1, **more: object) -> Verdict:
    return Verdict(
        Check("run", "test"), passed=False, ran=True, why="", exit_code=code, output=output, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("output", "what", "mends"),
    [
        ("make: *** No rule to make target 'test'.  Stop.\n", "make has no target test", "Makefile"),
        ("make[1]: *** No rule to make target `test'.  Stop.\n", "no target test", "rules/own.mk"),
        ("make: *** No targets specified and no makefile found.  Stop.\n", "makefile", "GNUmakefile"),
        ('npm error Missing script: "test"\nnpm error\n', "no script test", "package.json"),
        ('npm ERR! Missing script: "test:unit"\n', "no script test:unit", "package.json"),
        (" ERR_PNPM_NO_SCRIPT\u2009 Missing script: test\n", "no script test", "package.json"),
        ('error Command "test" not found.\n', "no script test", "package.json"),
        ("Error: Cannot find module 'tape'\nRequire stack:\n", "no package tape", "package.json"),
        ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@a/b' imported", "@a/b", "package.json"),
        ("ERROR: file or directory not found: tests/x.py\n\n", "no file tests/x.py", "tests/x.py"),
        ("ERROR: file or directory not found: tests/new\n", "tests/new", "tests/new/test_x.py"),
        (("ERROR: usage: pytest [options] [file_or_dir] [file_or_dir] [...]\npytest: error: unrecognized"
         " arguments: --cov=src\n"), "option --cov", "pyproject.toml"),
        ("python3: can't open file '/box/repo/run.py': [Errno 2] No such", "file run.py", "run.py"),
        ("error: no such command: `nextest`\n\nhelp: see `cargo --list`\n", "cargo has no command nextest", "Cargo.toml"),
        ("go: go.mod file not found in current directory\n", "no go.mod", "go.mod"),
        ("Task 'chekc' not found in root project 'x'.\n", "Gradle has no task chekc", "build.gradle"),
        ("rake aborted!\nDon't know how to build task 'spec'", "rake has no task spec", "Rakefile"),
        ("error: Justfile does not contain recipe `test`\n", "just has no recipe test", "justfile"),
        ("error: Failed to spawn: `pytest`\n", "uv finds no command pytest", "pyproject.toml"),
    ],
)  # fmt: skip
def test_what_a_command_asks_for_and_does_not_find_is_named(
    output: str, what: str, mends: str
) -> None:
    """It is sure where no task writes a file that would mend it."""
    doubt = find_doubt(red(f"some line\n{output}"), {"src/bank.py"})
    assert doubt
    assert what in doubt.what
    assert doubt.sure
    planned = find_doubt(red(output), {"src/bank.py", mends})
    assert planned
    assert not planned.sure


@pytest.mark.parametrize(
    "output",
    [
        "make: *** No rule to make target 'x.o', needed by 'prog'.  Stop.\n",
        "make: *** [Makefile:2: test] Error 1\n",
        "Error: Cannot find module './bank'\n",
        "Error: Cannot find module '../src/bank'\n",
        "AssertionError: 9 != 3\n",
        "TypeError: x is not a function\n",
        "usage: bank [-h]\nbank: error: unrecognized arguments: --new\n",
        "error: no such command: `new`\n",
        '  Command "app:new" is not defined.\n',
        "",
    ],
)
def test_red_code_is_red_code(output: str) -> None:
    """What an edit may well mend is never called the setup's."""
    assert find_doubt(red(output), ()) is None


def test_a_run_that_came_as_far_as_a_failing_test_is_set_up_well() -> None:
    """Whatever else it printed; nor does one that was ended say anything."""
    said = "make: *** No rule to make target 'test'.  Stop.\n"
    assert find_doubt(red(said, failing=1), ()) is None
    assert find_doubt(red(said, ended="timeout"), ()) is None
