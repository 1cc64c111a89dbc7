"""Which plans no check proves: those need approval in every mode, since only a person can judge."""

import re
from collections.abc import Iterator

from bot.approval.test_paths import holds_expectations, is_test_path
from bot.config.repository import CheckCommand, RepoConfig
from bot.errors import list_names
from bot.plan import Job, Task, written_paths
from bot.plan.task_graph import find_ancestors

_TEST_NAME = re.compile(
    r"(?:^|[-_.])(?:e2e|integration|specs?|tests?|unit)(?:$|[-_.])|^tests?|tests?$", re.IGNORECASE
)
_RUNNERS = (
    r"py\.?test|unittest|tox|nox|nose2|trial|jest|vitest|mocha|ava|karma|cypress|playwright|rspec"
    r"|minitest|phpunit|pest|ctest|nextest|bats|busted|prove"
)
# A runner by its name, or a tool that is told to test: `go test`, `npm run test`, `make check`.
# Linters are given folders of tests, so the word alone says nothing.
_FLAGS = r"[ \t]+(?:-\S+[ \t]+){0,5}"
_RUNS_TESTS = re.compile(
    rf"(?:^|[\s;&|(/])(?:{_RUNNERS})(?=$|[\s;&|)])"
    r"|(?:^|[\s;&|(/])(?:go|cargo|npm|pnpm|yarn|bun|deno|dotnet|swift|mix|rake|bazel|meson|ninja"
    r"|sbt|lein|cabal|stack|zig|rails|flutter|dart|composer|just|make|mvnw?|gradlew?)"
    rf"{_FLAGS}(?:run[ \t]+|build[ \t]+)?:?(?:test|spec)[\w:-]*(?=$|[\s;&|)])"
    rf"|(?:^|[\s;&|(/])(?:(?:make|gradlew?){_FLAGS}check|mvnw?{_FLAGS}verify)(?=$|[\s;&|)])",
    re.MULTILINE,
)
# Of a shell line the last command's status counts, after `||` only where the first failed:
# https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_09_03
_ENDS_WELL = re.compile(r"(?:\|\||;|\n)[ \t]*(?:(?:/usr)?/bin/true|true|:|exit[ \t]+0)[ \t]*$")
_PARTS = re.compile(r"&&|\|\||[;|&\n]")
_DOES_NOTHING = re.compile(
    r"(?:(?:/usr)?/bin/true|true|:|exit[ \t]+0|(?:echo|printf|cd|set|export|pwd|date|sleep)\b.*)?"
)


def find_unproved_reasons(job: Job, config: RepoConfig) -> tuple[str, ...]:
    """Why the job's checks do not prove it; nothing for a job that writes no code."""
    if not any(task.kind == "code" for task in job.tasks):
        return ()
    return tuple(_reasons(job, config))


def _reasons(job: Job, config: RepoConfig) -> Iterator[str]:
    used = {*job.checks, *(c.name for task in job.tasks for c in task.checks if c.kind == "run")}
    proving = [name for name in used if name in config.checks]
    if all(always_passes(config.checks[name].run) for name in proving):
        named = f": {list_names(sorted(proving))} pass whatever the code does" if proving else ""
        yield f"no check proves it{named}"
    if not any(_must_turn_green(task) for task in job.tasks):
        yield "no task of it has a check that is red before: none shows that anything was done"
    left_out = [name for name in list_required_checks(config) if name not in job.checks]
    if left_out:
        names = list_names(left_out)
        yield f"its final gate leaves out {names}, which this repository is tested by"


def _must_turn_green(task: Task) -> bool:
    """Whether one of its checks runs, and is red on the code before it."""
    runs = any(check.kind == "run" for check in task.checks)
    return task.kind == "code" and runs and not (task.guard and not task.bites)


def list_required_checks(config: RepoConfig) -> tuple[str, ...]:
    """The checks that every plan's gate must have: as configured, else those that run tests.

    Where none is seen to run tests, all of them.
    """
    if config.approval.required_checks is not None:
        return config.approval.required_checks
    tests = tuple(name for name, check in config.checks.items() if runs_tests(name, check))
    return tests or tuple(config.checks)


def runs_tests(name: str, check: CheckCommand) -> bool:
    """Whether a check looks like one that runs tests, by its name and its command."""
    return bool(_TEST_NAME.search(name) or _RUNS_TESTS.search(check.run))


def always_passes(command: str) -> bool:
    """Whether a shell line exits with 0 whatever the code does, as `true` and `pytest || true`."""
    line = command.strip()
    parts = [part.strip() for part in _PARTS.split(line)]
    return bool(_ENDS_WELL.search(line)) or all(map(_DOES_NOTHING.fullmatch, parts))


def brings_own_proof(job: Job, task: Task) -> bool:
    """Whether exact blocks give tests and the code that they are about, or it tests earlier work.

    Its checks may pass before anything is done, as they do where a test is added to a file that is
    there: they have to fail on the tests without that code.
    """
    if task.guard or task.bites or task.waiver:
        return False
    paths = written_paths(task)
    both = bool(task.blocks) and not all(map(holds_expectations, paths))
    return any(map(is_test_path, paths)) and (both or tests_earlier_work(job, task))


def tests_earlier_work(job: Job, task: Task) -> bool:
    """Whether it writes tests alone, and comes after a task that writes code."""
    if not all(map(holds_expectations, written_paths(task))):
        return False
    over = find_ancestors(job).get(task.id, frozenset())
    earlier = (each for each in job.tasks if each.id in over and each.kind == "code")
    return any(not all(map(holds_expectations, written_paths(each))) for each in earlier)


def proves_itself(job: Job, task: Task, config: RepoConfig) -> bool:
    """Whether that proof counts: a check of the task runs tests."""
    runs = (check for check in task.checks if check.kind == "run" and check.name in config.checks)
    return brings_own_proof(job, task) and any(
        runs_tests(check.name, config.checks[check.name]) for check in runs
    )
