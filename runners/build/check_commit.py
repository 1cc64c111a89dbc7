"""Runs a plan's final checks on one commit where there is nothing to build, as on a merge."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.approval.changed_tests import list_removed_tests
from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.git.checkout import checkout_tree
from bot.git.find_repo import open_repo
from bot.plan import Check, peek_job
from runners.build.load_plan import RunRequest
from runners.build.results import JobResult
from runners.checks.check import run_check
from runners.checks.failure_digest import digest_failure
from runners.checks.git_source import GitSource
from runners.checks.passed_tests import PassedTests, explain_lost_tests
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.checks.verdict import Verdict
from runners.progress import ProgressEvent, Report
from runners.project import load_repo_config
from runners.sandbox import open_sandbox


def check_commit(
    request: RunRequest, settings: Settings, report: Report, compared_with: str = ""
) -> JobResult:
    """Whether `request.base` passes what the plan names as its gate, in a clean checkout.

    Where it does, the tests that pass are compared with those of the commit `compared_with`.
    Nothing is recorded: a run that is killed begins anew. Raises UserError for a check that the
    configuration does not name, and for a sandbox or a setup that cannot be used.
    """
    repo, commit = open_repo(request.repo), request.base
    config = load_repo_config(repo, request.repo, request.rules or commit)
    sandbox = open_sandbox(settings, config)
    root = open_state_dir(settings) / "jobs"
    root.mkdir(parents=True, exist_ok=True)
    trusted = TrustedTree(repo, request.rules or commit, config)
    setup = prepare_setup(
        trusted, sandbox, settings, lambda text: report(ProgressEvent("job", text))
    )
    names = peek_job(request.plan).checks

    def run_checks(tree: str) -> Iterator[tuple[str, Verdict]]:
        with tempfile.TemporaryDirectory(prefix="gate-", dir=root) as room:
            folder, index = Path(room) / "tree", Path(room) / "index"
            checkout_tree(repo, tree, folder, index)
            source = GitSource(repo, repo.resolve_rev(tree), index, Path(room))
            for name in names:
                check = Check("run", name)
                verdict = run_check(check, config, folder, sandbox, prepared=setup, source=source)
                yield name, verdict

    passed: dict[str, PassedTests | None] = {}
    for name, verdict in run_checks(commit):
        text = f"{name}: the merge with the base"
        report(ProgressEvent("check", text, good=verdict.passed))
        if not verdict.passed:
            digest = digest_failure(verdict.output, tokens=300)
            return JobResult(passed=False, why=f"{name}: {verdict.why}\n{digest}", head=commit)
        passed[name] = verdict.passed_tests
    lost: tuple[str, ...] = ()
    if compared_with and any(passed.values()):
        removed = list_removed_tests(repo, compared_with, commit)
        lost = tuple(
            f"{name}: {why}"
            for name, verdict in run_checks(compared_with)
            if (why := explain_lost_tests(verdict.passed_tests, passed[name], removed))
        )
    return JobResult(passed=True, why="", head=commit, lost_tests=lost)
