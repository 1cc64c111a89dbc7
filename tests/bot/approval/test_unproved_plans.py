"""A plan that the repository's tests do not prove needs approval in every mode."""

import pytest

from bot.approval.unproved_plans import (
    always_passes,
    find_unproved_reasons,
    list_required_checks,
)
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.plan import Job, parse_job


def config(required: str = "", **checks: str) -> RepoConfig:
    tables = "".join(f"[checks.{name}]\nrun = '''{run}'''\n" for name, run in checks.items())
    return parse_repo_config(f"{tables}\n[approval]\n{required}\n")


def job(gate: str, check: str = "test", query: str = "") -> Job:
    keys = "- query: yes\n- reads: a.py\n" if query else f"- file: a.py\n- check: {check}\n"
    task = f"### Task: t\n{keys}\nChange it.\n"
    return parse_job(f"---\ntitle: T\nchecks: [{gate}]\n---\nWhy.\n\n## Phase: P\n\n{task}")


@pytest.mark.parametrize(
    "run",
    [
        *("python3 -m pytest -q", "python3 -m unittest", "cd app && pytest", "tox -e py311"),
        *("npm test", "npm run test:unit", "yarn test", "cargo test --all", "go test ./..."),
        *("make test", "make -s check", "./gradlew test", "mvn -q verify", "npx vitest run"),
        *("dotnet test", "bundle exec rspec", "cargo nextest run", "ctest --output-on-failure"),
    ],
)
def test_a_gate_without_the_check_that_runs_tests_is_told(run: str) -> None:
    """By its command, whatever its name is."""
    rules = config(ci=run, lint="ruff check .")
    assert list_required_checks(rules) == ("ci",)
    (why,) = find_unproved_reasons(job("lint", "lint"), rules)
    assert "`ci`" in why
    assert find_unproved_reasons(job("ci", "lint"), rules) == ()


@pytest.mark.parametrize(
    "run",
    [
        *("ruff check src tests", "mypy src test", "cargo check", "cargo clippy --tests"),
        *("npm run lint", "eslint test/", "black --check tests", "go vet ./...", "npm run latest"),
    ],
)
def test_a_linter_that_reads_tests_runs_none(run: str) -> None:
    assert list_required_checks(config(style=run, unit="./run.sh")) == ("unit",)


def test_where_no_check_is_seen_to_run_tests_all_are_required() -> None:
    rules = config(quick="./a.sh", full="./b.sh")
    (why,) = find_unproved_reasons(job("quick", "quick"), rules)
    assert "`full`" in why


def test_a_repository_may_name_the_required_checks_itself() -> None:
    checks = {"test": "pytest", "e2e-test": "pytest e2e"}
    assert find_unproved_reasons(job("test"), config(**checks))
    assert find_unproved_reasons(job("test"), config("required_checks = ['test']", **checks)) == ()
    assert find_unproved_reasons(job("test"), config("required_checks = []", **checks)) == ()
    with pytest.raises(UserError, match="tests"):
        config("required_checks = ['tests']", **checks)


@pytest.mark.parametrize(
    ("run", "passes"),
    [
        *(
            (run, True)
            for run in ("true", ":", " exit 0 ", "echo ok", "cd x && true", "pytest || true")
        ),
        *((run, True) for run in ("pytest; exit 0", "/bin/true", "pytest\ntrue", "printf ok")),
        *((run, False) for run in ("pytest", "false", "echo a | grep b", "test -f a", "exit 1")),
        *((run, False) for run in ("true && pytest", "pytest || exit 1", "set -e; pytest")),
    ],
)
def test_a_command_that_cannot_fail_is_known(run: str, passes: bool) -> None:
    assert always_passes(run) == passes


def test_a_plan_whose_checks_cannot_fail_proves_nothing() -> None:
    (why,) = find_unproved_reasons(job("test"), config(test="pytest || true"))
    assert why.startswith("no check proves it")
    assert find_unproved_reasons(job("test"), config(test="true", lint="ruff check"))
    assert find_unproved_reasons(job("test", "lint"), config(test="true", lint="ruff check")) == ()


def test_a_plan_without_any_check_proves_nothing_and_one_that_asks_only_needs_none() -> None:
    none = parse_job("---\ntitle: T\n---\nW.\n\n## Phase: P\n\n### Task: t\n- file: a\n\nDo.\n")
    assert len(find_unproved_reasons(none, config(test="pytest"))) == 3
    assert find_unproved_reasons(none, RepoConfig())[0] == "no check proves it"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("- check: test", False),
        ("- check: test\n- guard: yes", True),
        ("- check: exists: a.py", True),
        ("- check: exists: a.py\n- guard: yes", True),
        ("- check: exists: a.py\n- check: test", False),
    ],
)
def test_a_plan_of_which_nothing_need_be_red_before_is_told(keys: str, told: bool) -> None:
    """A guard is green before and after, and a file that exists may hold anything."""
    task = f"### Task: t\n- file: a.py\n{keys}\n\nChange it.\n"
    plan = parse_job(f"---\ntitle: T\nchecks: [test]\n---\nW.\n\n## Phase: P\n\n{task}")
    reasons = find_unproved_reasons(plan, config(test="pytest"))
    assert any("red before" in why for why in reasons) == told
