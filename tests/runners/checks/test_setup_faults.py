"""A red check whose output says that its command or what it needs is wrong: in whose words, and how to mend it."""

import pytest

from runners.checks.setup_faults import SEARCHED_CHARS, explain_ending, find_setup_fault

TABLE = "[checks.it]"
SAID = {
    "make: *** No rule to make target 'test'.  Stop.": ("no target test", TABLE),
    "make[1]: *** No rule to make target `check'.  Stop.": ("no target check", TABLE),
    "make: *** No targets specified and no makefile found.  Stop.": ("no makefile", "`dir`"),
    'npm error Missing script: "test"\nnpm error\nnpm error To see': ("no script test", TABLE),
    'npm ERR! Missing script: "tset:unit"': ("no script tset:unit", TABLE),
    "> echo x && exit 1\n\nError: no test specified": ("no tests yet", TABLE),
    " ERR_PNPM_NO_SCRIPT  Missing script: test": ("no script test", TABLE),
    'error Command "test" not found.': ("no script test", TABLE),
    'Usage Error: Couldn\'t find a script named "test".': ("no script test", TABLE),
    "npm error enoent Could not read package.json: Error": ("no package.json", "`dir`"),
    "error: could not find `Cargo.toml` in `/box/repo` or any parent": ("Cargo.toml", "`dir`"),
    "error: no such command: `nextest`\n\nhelp: view all installed commands with `cargo --list`": ("no command nextest", TABLE),
    "error: no test target named `api`.": ("no target api", TABLE),
    "go: cannot find main module, but found .git/config": ("no go.mod", "`dir`"),
    "error: Justfile does not contain recipe `test`.": ("no recipe test", TABLE),
    "ERROR: file or directory not found: tests/unit": ("finds no file tests/unit", TABLE),
    "python3: can't open file '/box/repo/run.py': [Errno 2]": ("no file run.py", TABLE),
    "============= no tests ran in 0.01s =============": ("pytest finds no tests", TABLE),
    "Ran 0 tests in 0.000s\n\nNO TESTS RAN": ("unittest finds no tests", TABLE),
    "No tests found, exiting with code 1": ("Jest finds no tests", TABLE),
    "No test files found, exiting with code 1": ("Vitest finds no tests", TABLE),
    'Error: No test files found: "./test"': ("Mocha finds no tests", TABLE),
    "No tests were found!!!": ("CTest finds no tests", TABLE),
    "Error: Cannot find module '@borderless/ts-scripts/x'": ("@borderless/ts-scripts", "[setup]"),
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'chalk' imported": ("chalk", "[setup]"),
    "error TS6053: File '@tsconfig/node20/tsconfig.json' not found.": ("@tsconfig", "[setup]"),
    "bundler: command not found: rspec": ("rspec", "bundle install"),
    "main.go:4:2: no required module provides package golang.org/x/net": ("x/net", "go mod"),
    "error: no matching package named `serde` found": ("package serde", "cargo fetch"),
    "a.c:1:10: fatal error: zlib.h: No such file or directory": ("no zlib.h", "[setup]"),
    'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No': (
        "PostgreSQL",
        "[services.postgres]",
    ),
    "Error: connect ECONNREFUSED 127.0.0.1:6379": ("Redis", "[services.redis]"),
    "qt.qpa.xcb: could not connect to display": ("display", "xvfb-run"),
}  # fmt: skip


@pytest.mark.parametrize(("output", "words"), SAID.items(), ids=lambda one: str(one)[:40])
def test_a_runners_own_words_for_a_set_up_that_is_wrong(
    output: str, words: tuple[str, str]
) -> None:
    """What is wrong is named, and what mends it; also in the midst of other output."""
    for text in (output, f"building\n{output}\nend\n"):
        found = find_setup_fault(text, TABLE)
        assert found, text
        assert words[0] in found.what
        assert words[1] in found.hint


@pytest.mark.parametrize(
    "output",
    [
        "FAILED test_a.py::test_b - assert 1 == 2\n1 failed in 0.01s",
        "make: *** No rule to make target 'parser.h', needed by 'parser.o'.  Stop.",
        "make: *** [Makefile:3: test] Error 1",
        "Error: Cannot find module './lib/parse'",
        "Error: Cannot find module '../index.js'",
        "Error: Cannot find module '/box/repo/lib/x.js'",
        "src/a.ts(1,20): error TS2307: Cannot find module './b' or its corresponding types",
        "AssertionError: expected 'not found' to equal 'found'",
        "1..0\n# tests 3\n# pass 2\n# fail 1",
        "",
    ],
)
def test_what_the_code_itself_may_have_brought_about_is_no_fault_of_the_set_up(output: str) -> None:
    assert find_setup_fault(output, TABLE) is None


def test_only_the_end_of_a_long_output_is_read() -> None:
    """What a check printed before its last 64 KiB is not searched."""
    said = next(iter(SAID))
    assert find_setup_fault(f"{said}\n" + "x" * SEARCHED_CHARS, TABLE) is None
    assert find_setup_fault("x" * SEARCHED_CHARS + f"\n{said}\n", TABLE)


@pytest.mark.parametrize("ended", ["timeout", "output", "memory", "processes", "disk"])
def test_each_limit_names_the_setting_that_gives_more(ended: str) -> None:
    assert "raise " in explain_ending(ended, TABLE)
    assert not explain_ending("exit", TABLE)
