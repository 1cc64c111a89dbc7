"""Runs a check and judges how it ended: passed, red, or not run at all.

A check that could not run is a fault of the plan or the machine, and no model gets to see it. So
the rule is narrow: only what code under change cannot bring about counts as "not run". That is
a shell that finds no command (126, 127), a test tool Python has no module of, and a run that
selected no test. A SyntaxError or ImportError in the repository, a hang, memory eaten up: red.
What the plan is about to write, `makes`, may be missing or empty still: also red.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bot.approval.test_paths import is_test_path
from bot.config.repository import CheckCommand, RepoConfig
from bot.errors import UserError
from bot.failures import read_failures
from bot.plan import Check, list_check_paths
from runners.checks.check_command import is_there, shell_command
from runners.checks.git_source import GitSource, open_git_copy
from runners.checks.passed_tests import PassedTests, read_passed_tests
from runners.checks.sandbox_hints import Surroundings, find_hint
from runners.checks.services import (
    ServiceFailure,
    choose_services,
    find_service_failure,
    list_images,
    start_services,
    strip_mark,
)
from runners.checks.test_counts import Tally, count_tests
from runners.sandbox import Ended, Outcome, Prepared, Sandbox
from runners.sandbox.service_containers import ServiceUnavailableError, join_services

TOOLS = (
    "behave", "black", "coverage", "django", "flake8", "isort", "mypy", "nose", "nose2", "nox",
    "pre_commit", "pylint", "pyright", "pytest", "ruff", "tox", "trial", "twisted", "xdist",
)  # fmt: skip
# Of pytest, and of unittest since Python 3.12:
# https://docs.pytest.org/en/stable/reference/exit-codes.html
# https://docs.python.org/3.11/library/unittest.html
NO_TESTS_EXIT = 5
MISSING = re.compile(r"^(?:E +)?ModuleNotFoundError: No module named '([\w.]+)'", re.MULTILINE)
FRAME = re.compile(r'^[ \t]*File "([^"\n]+)", line \d+|^([^\s:]+\.py):\d+: in ', re.MULTILINE)
"""A frame of a traceback, as Python and as pytest write it."""
# https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html
CANNOT_RUN = {126: "found its command not executable", 127: "did not find its command"}
_NO_TESTS = re.compile(r"^(?:=+ )?(?:no tests ran in [\d.]+s|Ran 0 tests in )", re.MULTILINE)
# Settings and hooks by which any file may hold tests:
# https://docs.pytest.org/en/stable/example/pythoncollection.html
# https://docs.python.org/3.11/library/unittest.html#load-tests-protocol
_CUSTOM_COLLECTION = re.compile(r"python_files|python_functions|doctest|load_tests|--pattern|-p\b")
# https://docs.pytest.org/en/stable/reference/customize.html
TEST_CONFIG_FILES = ("pyproject.toml", "pytest.ini", ".pytest.ini", "setup.cfg", "tox.ini")
"""Where pytest is told which files are tests."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ran` is False when the check says nothing about the code. `passed` implies `ran`.

    `failing`: how many tests failed, None when the output does not tell; `passed_tests` are the
    others, as far as they ran and are not expected to fail. `missing`: the Python
    module whose absence ended the run, if it is no file of the checkout: on the untouched base
    that is a dependency `[setup]` did not install, after an edit it is the edit's doing.
    `importer` is the file that asked for it, as the traceback names it. `awaits` is a path that the
    check names and that is not there yet: it ran nothing. `hint`: what of the sandbox may explain
    it, and what a person can do.
    """

    check: Check
    passed: bool
    ran: bool
    why: str
    exit_code: int = 0
    output: str = ""
    seconds: float = 0.0
    failing: int | None = None
    tests: int | None = None
    passed_tests: PassedTests | None = None
    missing: str = ""
    importer: str = ""
    ended: Ended = "exit"
    hint: str = ""
    awaits: str = ""


def run_check(  # noqa: PLR0913 - what is checked, where, in what, and after what
    check: Check,
    config: RepoConfig,
    checkout: Path,
    sandbox: Sandbox,
    *,
    prepared: Prepared | None = None,
    makes: Collection[str] = (),
    source: GitSource | None = None,
) -> Verdict:
    """`prepared` is what `run_setup` gave; `makes` are the paths the task may write.

    `source` is for a check that asks for `git`.

    Raises `UserError` for a check the configuration does not name, or a sandbox that fails.
    """
    if check.kind != "run":
        return _path_check(check, checkout)
    if check.name not in config.checks:
        known = ", ".join(config.checks) or "none"
        raise UserError(
            f"no check is called {check.name!r}",
            where=".bricklayer.toml",
            hint=f"Add [checks.{check.name}], or use one of: {known}.",
        )
    command_config = config.checks[check.name]
    if (folder := command_config.dir) and not (
        is_there(checkout, folder) and (checkout / folder).is_dir()
    ):
        return _no_folder(check, command_config, makes)
    services = choose_services(config, command_config)
    started = start_services(services, is_alone=sandbox.name != "none")
    command = shell_command(command_config, check.paths, checkout, prepared, started.lines)
    timeout = command_config.timeout + started.seconds
    try:
        with (
            open_git_copy(source if command_config.git else None) as git,
            join_services(sandbox, list_images(services)) as joined,
        ):
            outcome = joined.run(
                command, checkout=checkout, timeout=timeout, prepared=prepared, git=git
            )
    except ServiceUnavailableError as exc:
        return _no_container(check, exc)
    if failure := find_service_failure(outcome.output, started, services):
        return _no_service(check, strip_mark(outcome, started), failure)
    verdict = judge_outcome(check, command_config, outcome, checkout, makes)
    has_git = source is not None and command_config.git
    where = Surroundings(check.name, sandbox.name, config.image, prepared, has_git=has_git)
    return _add_hint(verdict, find_hint(outcome.output, outcome.exit_code, where))


def _add_hint(verdict: Verdict, hint: str) -> Verdict:
    """Where it could not run, the hint is the reason that counts."""
    if verdict.ran or not hint:
        return replace(verdict, hint=hint)
    return replace(verdict, hint=hint, why=f"{verdict.why}: {hint}")


def _no_container(check: Check, failure: ServiceUnavailableError) -> Verdict:
    """An image is nothing that code under change could have broken."""
    hint = f"see [services.{failure.name}]"
    return Verdict(check, passed=False, ran=False, why=str(failure), output=failure.log, hint=hint)


def _no_service(check: Check, outcome: Outcome, failure: ServiceFailure) -> Verdict:
    """Red where the repository has a command for it, which code under change may have broken."""
    return Verdict(
        check,
        passed=False,
        ran=not failure.is_known,
        why=f"the service {failure.name} {failure.why}",
        exit_code=outcome.exit_code,
        output=outcome.output,
        seconds=outcome.seconds,
        hint=f"see [services.{failure.name}]",
    )


def _no_folder(check: Check, command_config: CheckCommand, makes: Collection[str]) -> Verdict:
    """Red where the plan is about to make that folder; else it cannot run."""
    folder = command_config.dir
    ran = any(path.startswith(f"{folder}/") for path in makes)
    why = f"there is no folder {folder}, which [checks.{check.name}] names as `dir`"
    return Verdict(check, passed=False, ran=ran, why=why)


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


def explain_limit(verdict: Verdict) -> str:
    """Why it is red, and what a person can do: give it more time, or what it lacks in there."""
    if verdict.ended != "timeout":
        return f"{verdict.why}: {verdict.hint}" if verdict.ran and verdict.hint else verdict.why
    return f"{verdict.why}; if it needs longer, raise timeout in [checks.{verdict.check.name}]"


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


def _path_check(check: Check, checkout: Path) -> Verdict:
    path = check.paths[0]
    exists = is_there(checkout, path)
    passed = exists == (check.kind == "exists")
    return Verdict(
        check, passed, ran=True, why=f"{path} {'exists' if exists else 'does not exist'}"
    )


def found_no_test(verdict: Verdict) -> bool:
    """Whether it ran to its end and had nothing to run; a skipped test is one.

    Only what pytest and unittest print is taken for that: other runners print the same where a
    file of tests cannot be loaded yet.
    """
    if verdict.ended != "exit" or verdict.exit_code not in {0, NO_TESTS_EXIT}:
        return False
    tests = count_tests(verdict.output)
    none = tests is not None and not tests.total and not tests.failed
    return none and _NO_TESTS.search(verdict.output) is not None


def may_bring_tests(paths: Iterable[str], command_config: CheckCommand, configs: str) -> bool:
    """Whether writing `paths` can give the check a test. `configs` is the text of CONFIGS' files.

    A file that is no Python may be what chooses the tests. In doubt the answer is yes: a plan
    that is refused wrongly costs more than an attempt.
    """
    if _CUSTOM_COLLECTION.search(f"{command_config.run}\n{configs}"):
        return True
    return any(_may_hold(PurePosixPath(path), command_config.run) for path in paths)


def _may_hold(path: PurePosixPath, run: str) -> bool:
    if path.suffix != ".py" or path.name == "__init__.py" or is_test_path(str(path)):
        return True
    return re.search(rf"\b{re.escape(path.stem)}\b", run) is not None
