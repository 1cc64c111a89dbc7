"""Runs a plan's final checks on one commit where there is nothing to build, as on a merge."""

import tempfile
from pathlib import Path

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.git.find_repo import open_repo
from bot.plan import Check, peek_job
from runners.build.load_plan import RunRequest
from runners.build.results import JobResult
from runners.checks.check import run_check
from runners.checks.failure_digest import digest_failure
from runners.checks.git_source import GitSource
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.progress import ProgressEvent, Report
from runners.project import load_repo_config
from runners.sandbox import open_sandbox


def check_commit(request: RunRequest, settings: Settings, report: Report) -> JobResult:
    """Whether `request.base` passes what the plan names as its gate, in a clean checkout.

    Nothing is recorded: a run that is killed begins anew. Raises UserError for a check that the
    configuration does not name, and for a sandbox or a setup that cannot be used.
    """
    repo, commit = open_repo(request.repo), request.base
    config = load_repo_config(repo, request.repo, request.rules or commit)
    sandbox = open_sandbox(settings, config)
    root = open_state_dir(settings) / "jobs"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gate-", dir=root) as room:
        folder = Path(room) / "tree"
        trusted = TrustedTree(repo, request.rules or commit, config)
        setup = prepare_setup(
            trusted, sandbox, settings, lambda text: report(ProgressEvent("job", text))
        )
        index = Path(room) / "index"
        repo.checkout_tree(commit, folder, index)
        source = GitSource(repo, repo.resolve_rev(commit), index, Path(room))
        for name in peek_job(request.plan).checks:
            check = Check("run", name)
            verdict = run_check(check, config, folder, sandbox, prepared=setup, source=source)
            text = f"{name}: the merge with the base"
            report(ProgressEvent("check", text, good=verdict.passed))
            if not verdict.passed:
                digest = digest_failure(verdict.output, tokens=300)
                return JobResult(passed=False, why=f"{name}: {verdict.why}\n{digest}", head=commit)
    return JobResult(passed=True, why="", head=commit)
