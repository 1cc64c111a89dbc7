"""Tries a configuration on one commit without a job: setup, then each check once."""

import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.repository import Setup
from bot.errors import UserError
from bot.git.checkout import checkout_tree
from bot.plan import Check
from runners.activities import Activities
from runners.checks.check import run_check
from runners.checks.failure_digest import digest_failure
from runners.checks.git_source import GitSource
from runners.checks.setup_activity import begin_setup
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.checks.setup_faults import (
    SetupFault,
    explain_ending,
    explain_missing_module,
    find_setup_fault,
)
from runners.checks.test_selection import found_no_test
from runners.checks.verdict import Verdict
from runners.sandbox import Prepared, Sandbox, open_sandbox
from runners.sandbox.thread_commands import hear_output

SETUP = "setup"
DIGEST_TOKENS = 500


@dataclass(frozen=True, slots=True)
class Trial:
    """How `[setup]`, or the check `name`, ended.

    `ran` is False where the check says nothing about the code: its command is not there, it had no
    test, lacks what it needs, or was ended at a limit. `why` is one sentence without an end, `hint`
    what a person can do, `digest` the lines of the output that tell most; empty where it passed.
    """

    name: str
    passed: bool
    ran: bool = True
    is_setup: bool = False
    why: str = ""
    hint: str = ""
    digest: str = ""
    seconds: float = 0.0
    tests: int | None = None
    output: str = ""


def try_checks(
    trusted: TrustedTree,
    settings: Settings,
    tell: Callable[[str], None] = lambda _text: None,
    names: Collection[str] = (),
    activities: Activities | None = None,
) -> Iterator[Trial]:
    """Run `[setup]` and each check of `trusted.config`, or those of `names`, in the sandbox.

    Each result is given as soon as it is there; where setup fails, it is the only one. `tell` is
    given what is about to run, and `activities` are filled with it. The configuration need not be
    committed. Raises UserError where the sandbox cannot be had.
    """
    sandbox = open_sandbox(settings, trusted.config)
    told = activities or Activities()
    prepared = None
    if trusted.config.setup:
        tell(f"setup: {'; '.join(trusted.config.setup.command.strip().splitlines())}")
        began = time.monotonic()
        with begin_setup(told, trusted.config):
            prepared, failed = _try_setup(trusted, sandbox, settings, tell)
        seconds = time.monotonic() - began
        yield _describe_setup(trusted.config.setup, failed, seconds)
        if failed:
            return
    root = open_state_dir(settings) / "jobs"
    root.mkdir(parents=True, exist_ok=True)
    for name in names or trusted.config.checks:
        tell(f"{name}: {trusted.config.checks[name].run}")
        with told.begin("check", name) as running, hear_output(running.hear_output):
            verdict = _run_once(name, trusted, sandbox, prepared, root)
        yield _describe_verdict(verdict)


def _try_setup(
    trusted: TrustedTree, sandbox: Sandbox, settings: Settings, tell: Callable[[str], None]
) -> tuple[Prepared | None, UserError | None]:
    """Where the command fails, the error that says why. Raises any other."""
    try:
        return prepare_setup(trusted, sandbox, settings, tell), None
    except UserError as exc:
        if exc.where != "[setup]":
            raise
        return None, exc


def _describe_setup(setup: Setup, failed: UserError | None, seconds: float) -> Trial:
    if failed is None:
        return Trial(SETUP, passed=True, is_setup=True, seconds=seconds)
    # The command was told before; it may have many lines.
    why, _, output = failed.what.removeprefix(f"`{setup.command}` ").partition("\n")
    digest = digest_failure(output, tokens=DIGEST_TOKENS)
    return Trial(
        SETUP,
        passed=False,
        is_setup=True,
        why=why,
        hint=failed.hint,
        digest=digest,
        seconds=seconds,
    )


def _run_once(
    name: str, trusted: TrustedTree, sandbox: Sandbox, prepared: Prepared | None, root: Path
) -> Verdict:
    """In a checkout of its own: what another check wrote is not there."""
    repo, config = trusted.repo, trusted.config
    with tempfile.TemporaryDirectory(prefix="try-", dir=root) as room:
        folder, index = Path(room) / "tree", Path(room) / "index"
        checkout_tree(repo, trusted.commit, folder, index)
        source = GitSource(repo, repo.resolve_rev(trusted.commit), index, Path(room))
        check = Check("run", name)
        return run_check(check, config, folder, sandbox, prepared=prepared, source=source)


def _describe_verdict(verdict: Verdict) -> Trial:
    # Where it could not run, the hint is part of the reason: here each has a line of its own.
    why = verdict.why.removesuffix(f": {verdict.hint}") if verdict.hint else verdict.why
    fault = None if verdict.passed else _find_fault(verdict, why)
    passed = verdict.passed and not fault
    if fault:
        why = fault.what
    return Trial(
        name=verdict.check.name,
        passed=passed,
        ran=verdict.ran and not fault,
        why="" if passed else why,
        hint=fault.hint if fault else "",
        digest="" if passed else digest_failure(verdict.output, tokens=DIGEST_TOKENS),
        seconds=verdict.seconds,
        tests=verdict.tests,
        output=verdict.output,
    )


def _find_fault(verdict: Verdict, why: str) -> SetupFault | None:
    """What must be mended before it can say anything about the code; None where it does."""
    table = f"[checks.{verdict.check.name}]"
    if hint := verdict.hint or explain_ending(verdict.ended, table):
        return SetupFault(why, hint)
    if verdict.missing:
        return explain_missing_module(verdict.missing)
    if fault := find_setup_fault(verdict.output, table):
        return fault
    if not verdict.ran or found_no_test(verdict):
        return SetupFault(why, f"correct `run` under {table}, or take this check out")
    return None
