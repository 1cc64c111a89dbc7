"""Runs the tests that a reviewer brings, on the head, in the sandbox: red ones prove what it says.

A test is laid on a checkout of its own and committed nowhere. It runs twice, so that one that fails
now and then proves nothing, and by the repository's own checks alone.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bot.approval.protected_paths import reasons_in
from bot.approval.test_paths import is_test_path
from bot.approval.unproved_plans import runs_tests
from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.repository import RepoConfig
from bot.errors import PlanError, UserError
from bot.failures import read_failures
from bot.git.checkout import checkout_tree
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.machine_faults import find_machine_fault
from bot.plan import Check, peek_job
from bot.plan.paths import path_fault
from bot.review.judge_proof import explain_no_proof, find_proving
from bot.review.model import Fault, ProposedTest
from runners.checks.check import run_check
from runners.checks.git_source import GitSource
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.checks.verdict import Verdict
from runners.progress import ProgressEvent, Report
from runners.sandbox import Prepared, Sandbox, open_sandbox

MAX_CHECKS = 3
"""Of the repository, each of which may be the one that runs such a test."""
# Files that are loaded beside tests, whatever they hold.
_LOADED = frozenset({"conftest.py", "__init__.py", "sitecustomize.py", "usercustomize.py"})


@dataclass(frozen=True, slots=True)
class Proving:
    """`head` is the commit that is read, `rules` the one whose config and `[setup]` count."""

    repo: Repo
    head: str
    rules: str
    config: RepoConfig
    settings: Settings
    plan: str
    report: Report


def prove_faults(proving: Proving, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The faults with what came of their tests. A machine's fault is raised: it says nothing."""
    if not any(fault.test for fault in faults):
        return tuple(faults)
    try:
        sandbox = open_sandbox(proving.settings, proving.config)
        trusted = TrustedTree(proving.repo, proving.rules, proving.config)
        setup = prepare_setup(trusted, sandbox, proving.settings)
    except UserError as exc:
        if find_machine_fault(exc):
            raise
        why = f"its test was not run: {exc.what}"
        return tuple(replace(fault, why=why) if fault.test else fault for fault in faults)
    found: list[Fault] = []
    for fault in faults:
        others = [each.test.path for each in found if each.test]
        found.append(_prove(proving, fault, others, sandbox, setup))
    return tuple(found)


def _prove(
    proving: Proving,
    fault: Fault,
    others: Sequence[str],
    sandbox: Sandbox,
    setup: Prepared | None,
) -> Fault:
    if fault.test is None:
        return fault
    why = find_test_fault(proving.repo, proving.head, proving.config, fault.test, others)
    # One that is red whatever the code does would prove anything.
    if why := why or ("" if uses_file(fault) else f"it does not use {fault.path}"):
        return replace(fault, test=None, why=f"its test was not run: {why}")
    why = "no check of this repository runs such a test"
    for check in list_test_checks(proving, fault.test):
        first = _run(proving, fault.test, check, sandbox, setup)
        names, why = read_proof(first, fault.test)
        if names:
            again, _ = read_proof(_run(proving, fault.test, check, sandbox, setup), fault.test)
            why = explain_no_proof(names, again)
        if names and not why:
            told = f"{check.label} is red with its test, twice"
            proving.report(ProgressEvent("check", told, good=True))
            return replace(
                fault,
                proof_state="reproduced",
                why=told,
                check=check.name,
                check_paths=check.paths,
            )
        if first.passed:
            break  # it ran, and proves the contrary
    return replace(fault, proof_state="not reproduced", why=why)


def uses_file(fault: Fault) -> bool:
    """Whether its test names the file that the fault is in, as an import or a path does."""
    stem = PurePosixPath(fault.path).name.partition(".")[0]
    known = {stem, *PurePosixPath(fault.path).parts[-2:-1]} if stem == "__init__" else {stem}
    text = fault.test.text if fault.test else ""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in known)


def find_test_fault(
    repo: Repo, head: str, config: RepoConfig, test: ProposedTest, others: Sequence[str] = ()
) -> str:
    """Why such a file is not laid; empty where it may be: a new file of tests, and nothing else.

    `others` are those that the answer brought before: all that prove something stand side by side.
    """
    if fault := path_fault(test.path):
        return f"its path {fault}"
    name = PurePosixPath(test.path)
    if not is_test_path(test.path) or name.name.casefold() in _LOADED:
        return "its path is not that of a file of tests"
    taken = {path.casefold() for path in (*repo.list_entries(head), *others)}
    if test.path.casefold() in taken:
        return "a file of that name is there"
    if any(path.startswith(f"{test.path.casefold()}/") for path in taken):
        return "a folder of that name is there"
    if any(parent.as_posix().casefold() in taken for parent in list(name.parents)[:-1]):
        return "a file is where its folder would be"
    return "its path is protected" if any(reasons_in(config, test.path)) else ""


def list_test_checks(proving: Proving, test: ProposedTest) -> Iterator[Check]:
    """Those of the plan first; each with the file alone, and then whole: some take no paths."""
    config = proving.config
    try:
        planned = peek_job(proving.plan).checks if proving.plan else ()
    except PlanError:
        planned = ()
    names = [name for name in dict.fromkeys((*planned, *config.checks)) if name in config.checks]
    running = [name for name in names if runs_tests(name, config.checks[name])]
    for name in running[:MAX_CHECKS]:
        yield Check("run", name, (test.path,))
        yield Check("run", name)


def _run(
    proving: Proving, test: ProposedTest, check: Check, sandbox: Sandbox, setup: Prepared | None
) -> Verdict:
    repo = proving.repo
    root = open_state_dir(proving.settings) / "jobs"
    root.mkdir(parents=True, exist_ok=True)
    tree = write_tree(
        repo,
        repo.resolve_rev(proving.head, "tree"),
        {test.path: test.text.encode(errors="replace")},
    )
    with tempfile.TemporaryDirectory(prefix="review-", dir=root) as room:
        folder, index = Path(room) / "tree", Path(room) / "index"
        checkout_tree(repo, tree, folder, index)
        source = GitSource(repo, proving.head, index, Path(room))
        return run_check(check, proving.config, folder, sandbox, prepared=setup, source=source)


def read_proof(verdict: Verdict, test: ProposedTest) -> tuple[tuple[str, ...], str]:
    """The names of its tests that are red for what the code does; without one, why none is."""
    if verdict.passed:
        return (), "its test passes: what it says is not so, or not shown by it"
    if not verdict.ran or verdict.awaits or verdict.ended != "exit":
        return (), f"its test says nothing: {verdict.why}"
    if verdict.missing:
        return (), f"its test says nothing: there is no module {verdict.missing}"
    names = find_proving(read_failures(verdict.output), test.path)
    return names, explain_no_proof(names, names)
