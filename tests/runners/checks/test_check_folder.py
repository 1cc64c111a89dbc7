"""A check of a monorepo runs in its own folder, and a plan's paths stay those of the repository."""

from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import CheckCommand, RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.plan import Check
from runners.checks.check import run_check
from runners.checks.verdict import Verdict
from runners.sandbox import Prepared, open_sandbox

CHECK = CheckCommand(run='pwd; printf "%s|"', dir="api")


def judge(
    checkout: Path,
    *words: str,
    check: CheckCommand = CHECK,
    makes: tuple[str, ...] = (),
    prepared: Prepared | None = None,
) -> Verdict:
    config = RepoConfig(checks={"api": check})
    sandbox = open_sandbox(Settings(), config)
    named = Check("run", "api", words)
    return run_check(named, config, checkout, sandbox, prepared=prepared, makes=makes)


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    for path in ("api/test_app.py", "api/it's odd/x.py", "shared/x.py"):
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text("")
    return tmp_path / "tree"


def test_the_command_runs_there_and_gets_paths_from_there(monorepo: Path) -> None:
    """Paths outside the folder lead out of it; what is no path is left alone."""
    verdict = judge(monorepo, "api/test_app.py::test_a", "shared/x.py", "words")
    assert verdict.output == "/box/repo/api\ntest_app.py::test_a|../shared/x.py|words|"


def test_a_folder_of_any_name_is_only_a_folder(monorepo: Path) -> None:
    odd = CheckCommand(run="pwd", dir="./api/it's odd/")
    assert judge(monorepo, check=odd).output == "/box/repo/api/it's odd\n"


def test_a_folder_that_is_not_there_cannot_be_checked_unless_the_plan_makes_it(
    monorepo: Path,
) -> None:
    """Before a model is asked it is the configuration's fault, and said with its key."""
    check = CheckCommand(run="true", dir="apy")
    refused, to_be_made = (
        judge(monorepo, check=check),
        judge(monorepo, check=check, makes=("apy/x",)),
    )
    assert (refused.passed, refused.ran) == (False, False)
    assert "no folder apy, which [checks.api] names as `dir`" in refused.why
    assert (to_be_made.passed, to_be_made.ran) == (False, True)


def test_commands_that_setup_installed_there_are_found_and_no_others(
    monorepo: Path, tmp_path: Path
) -> None:
    """A folder of commands that the checkout brings itself does not get onto PATH."""
    kept = tmp_path / "kept"
    for path in ("repo/api/node_modules/.bin", "repo/api/venv/bin", "setup", "home"):
        (kept / path).mkdir(parents=True)
    for path, word in (("node_modules/.bin/tool", "mine"), ("venv/bin/other", "theirs")):
        (kept / "repo/api" / path).write_text(f"#!/bin/sh\necho {word}\n")
        (kept / "repo/api" / path).chmod(0o755)
    (monorepo / "api/venv/bin").mkdir(parents=True)
    prepared = Prepared(kept, ("api/node_modules", "api/venv"))
    assert judge(monorepo, check=CheckCommand(run="tool", dir="api"), prepared=prepared).passed
    other = judge(monorepo, check=CheckCommand(run="other", dir="api"), prepared=prepared)
    assert other.exit_code == 127


@pytest.mark.parametrize("folder", ["/etc", "../x", "a/../../x"])
def test_a_folder_outside_the_repository_is_refused(folder: str) -> None:
    with pytest.raises(UserError):
        parse_repo_config(f'[checks.api]\nrun = "true"\ndir = "{folder}"\n')


def test_the_root_may_be_named() -> None:
    """As `.`, or not at all."""
    config = parse_repo_config('[checks.a]\nrun = "true"\ndir = "./"\n')
    assert config.checks["a"].dir == ""
