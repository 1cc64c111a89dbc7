"""Judges how a check's command ended: passed, red, or not run at all.

A check that could not run is a fault of the plan or the machine, and no model gets to see it. So
the rule is narrow: only what code under change cannot bring about counts as "not run". That is
a shell that finds no command (126, 127), a test tool Python has no module of, and a run that
selected no test. A SyntaxError or ImportError in the repository, a hang, memory eaten up: red.
What the plan is about to write, `makes`, may be missing or empty still: also red.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from bot.config.repository import CheckCommand
from bot.failures import read_failures
from bot.plan import Check, list_check_paths
from runners.checks.check_command import is_there
from runners.checks.passed_tests import read_passed_tests
from runners.checks.test_counts import Tally, count_tests
from runners.checks.verdict import Verdict
from runners.sandbox import Outcome

TOOLS = (
    "behave", "black", "coverage", "django", "flake8", "isort", "mypy", "nose", "nose2", "nox",
    "pre_commit", "pylint", "pyright", "pytest", "ruff", "tox", "trial", "twisted", "xdist",
)  # fmt: skip
MISSING = re.compile(r"^(?:E +)?ModuleNotFoundError: No module named '([\w.]+)'", re.MULTILINE)
FRAME = re.compile(r'^[ \t]*File "([^"\n]+)", line \d+|^([^\s:]+\.py):\d+: in ', re.MULTILINE)
"""A frame of a traceback, as Python and as pytest write it."""
# https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html
CANNOT_RUN = {126: "found its command not executable", 127: "did not find its command"}


def judge_outcome(
    check: Check,
    command_config: CheckCommand,
    outcome: Outcome,
    checkout: Path,
    makes: Collection[str] = (),
) -> Verdict:
    tests = count_tests(outcome.output)
    cannot_run_reason = _cannot_run(outcome, tests)
    why = cannot_run_reason or _red(outcome, tests, command_config)
    named = [each.path for each in list_check_paths(check.paths) if each.path]
    to_be_written = [p for p in (*named, *makes) if p in makes or not is_there(checkout, p)]
    ran = not cannot_run_reason or (bool(to_be_written) and outcome.exit_code not in CANNOT_RUN)
    awaits = (
        to_be_written[0] if cannot_run_reason and ran else _find_awaited(outcome, named, checkout)
    )
    if cannot_run_reason and ran:
        why = f"{why}; {awaits} is still to be written"
    missing, importer = _missing_module(outcome, checkout / command_config.dir)
    return Verdict(
        check=check,
        passed=not why,
        ran=ran,
        why=why or "exit 0",
        exit_code=outcome.exit_code,
        output=outcome.output,
        seconds=outcome.seconds,
        failing=tests.failed if tests else _count_failing(outcome),
        tests=tests.ran if tests else None,
        passed_tests=read_passed_tests(outcome.output) if outcome.ended == "exit" else None,
        missing=missing,
        importer=importer,
        ended=outcome.ended,
        awaits=awaits,
    )


def _find_awaited(outcome: Outcome, named: Iterable[str], checkout: Path) -> str:
    """The path of the check that unittest took for a module, which is not there."""
    for path in named:
        module = path.removesuffix(".py")
        told = (f"No module named '{name}'" for name in (module, module.replace("/", ".")))
        if (
            path.endswith(".py")
            and any(words in outcome.output for words in told)
            and not is_there(checkout, path)
        ):
            return path
    return ""


def _count_failing(outcome: Outcome) -> int | None:
    """Of a runner whose count nobody reads here: the failing tests that it names."""
    red = outcome.ended == "exit" and outcome.exit_code != 0
    named = [each for each in read_failures(outcome.output) if each.titles] if red else []
    return len(named) or None


def _cannot_run(outcome: Outcome, tests: Tally | None) -> str:
    if outcome.ended != "exit":
        return ""
    if outcome.exit_code in CANNOT_RUN:
        return f"the check {CANNOT_RUN[outcome.exit_code]} (exit {outcome.exit_code})"
    if tool := _missing_tool(outcome):
        return f"Python has no module {tool}: [setup] must install it"
    if tests and tests.total == 0 and not tests.failed:
        return "no test was collected, so nothing was proven"
    if tests and tests.ran == 0 and not tests.failed and outcome.exit_code == 0:
        return f"all {tests.skipped} tests were skipped, so nothing was proven"
    return ""


def _red(outcome: Outcome, tests: Tally | None, command_config: CheckCommand) -> str:
    limits = {
        "timeout": f"still running after {command_config.timeout:g} s",
        "output": "wrote more output than its limit allows",
        "memory": "used more memory than its limit allows",
        "processes": "started more processes than its limit allows",
        "disk": "filled the disk space its limit allows",
    }
    if outcome.ended != "exit":
        return limits[outcome.ended]
    failed = f"{tests.failed} of {tests.ran} tests failed, " if tests and tests.failed else ""
    if outcome.exit_code == 0:
        return f"{failed}though it ended with exit 0" if failed else ""
    return f"{failed}exit {outcome.exit_code}"


def _missing_tool(outcome: Outcome) -> str:
    """What `python -m TOOL` says. The repository's own module is no tool: missing it is red."""
    # `python -m NAME` ends so for a module that is not there, with status 1:
    # https://docs.python.org/3.11/using/cmdline.html#cmdoption-m
    found = re.search(
        r"^\S*python[\d.]*: No module named ['\"]?(\w+)", outcome.output, re.MULTILINE
    )
    return found[1] if outcome.exit_code and found and found[1] in TOOLS else ""


def _missing_module(outcome: Outcome, checkout: Path) -> tuple[str, str]:
    """The first absent module that is no file of the checkout, and the file that imports it."""
    for found in MISSING.finditer(outcome.output if outcome.exit_code else ""):
        top = found[1].partition(".")[0]
        candidates = (f"{top}.py", top, f"src/{top}.py", f"src/{top}", f"lib/{top}")
        if not any(is_there(checkout, home) for home in candidates):
            frames = [
                frame[1] or frame[2] for frame in FRAME.finditer(outcome.output[: found.start()])
            ]
            return top, frames[-1] if frames else ""
    return "", ""
