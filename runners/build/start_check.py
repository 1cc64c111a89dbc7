"""Running a task's checks where it would start, to preview what its first attempt is told."""

import tempfile
from pathlib import Path

from bot.config.machine import Settings
from bot.errors import UserError
from bot.git.checkout import checkout_tree
from bot.plan import Task, written_paths
from runners.build.load_plan import CheckedPlan
from runners.build.preflight import describe_base
from runners.build.task_run import TaskBase
from runners.checks.check import run_check
from runners.checks.git_source import GitSource
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.sandbox import open_sandbox


def run_start_check(plan: CheckedPlan, task: Task, start: str, settings: Settings) -> TaskBase:
    """How the task's checks end on the commit `start`, in the sandbox. Nothing else is changed.

    Raises UserError for a check that cannot run, and for a sandbox or setup that cannot be used.
    """
    repo, config, own = plan.repo, plan.config, written_paths(task)
    sandbox = open_sandbox(settings, config)
    with tempfile.TemporaryDirectory() as name:
        tree, index = Path(name) / "tree", Path(name) / "index"
        prepared = prepare_setup(TrustedTree(repo, plan.rules, config), sandbox, settings)
        checkout_tree(repo, repo.resolve_rev(start, "tree"), tree, index)
        source = GitSource(repo, repo.resolve_rev(start), index, Path(name))
        verdicts = [
            run_check(check, config, tree, sandbox, prepared=prepared, makes=own, source=source)
            for check in task.checks
        ]
    for verdict in verdicts:
        if not verdict.ran:
            what = f"a check of {task.id} cannot run: {verdict.why}"
            raise UserError(what, where="--run-check", hint="See `bricklayer check` and [checks].")
    return describe_base(start, [each for each in verdicts if not each.passed])
