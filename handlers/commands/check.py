"""Validate a plan, or try setup and the checks themselves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import PlanError, UserError
from bot.text.invisible import replace_unprintable
from handlers.commands.options import AsJson, Quiet, RepoFolder, Verbose, print_json
from handlers.process_exit import BLOCKED, MUST_FIX

if TYPE_CHECKING:
    from runners.build.load_plan import CheckedPlan
    from runners.checks.try_checks import Trial
    from runners.find_config import FoundConfig

JSON_VERSION = 1
_PLAN_HELP = "The plan, a job.md. Without one, [setup] and each check run once on HEAD."
OptionalPlan = Annotated[
    Path | None, typer.Argument(metavar="PLAN", help=_PLAN_HELP, show_default=False)
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="CHECK", help="Without a plan: this check, not all of them."),
]


def register(app: typer.Typer) -> None:
    app.command("check")(check)


def check(  # noqa: PLR0913, PLR0917  # each is an option of the command
    plan: OptionalPlan = None,
    repo: RepoFolder = Path(),
    only: Only = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Validate a plan, or without one try [setup] and each check on HEAD. No model is asked.

    A plan: every fault at once, with its line and the fix. Checks: what each printed where it is
    red, and what of the configuration is to be mended: exit 1 where a check is red, 2 where one
    could not say anything about the code. The configuration is the checkout's, committed or not.
    """
    if plan is None:
        _try_checks(repo, only or [], as_json=as_json, quiet=quiet, verbose=verbose)
    elif only:
        hint = "Leave it out, or leave the plan out to try that check alone."
        raise UserError("a plan is validated as a whole", where="--only", hint=hint)
    else:
        _check_plan(plan, repo, as_json=as_json)


def _check_plan(plan: Path, repo: Path, *, as_json: bool) -> None:
    from bot.config.machine import read_settings
    from runners.build.load_plan import RunRequest, load_plan, require_usable
    from runners.project import read_plan

    try:
        checked = load_plan(RunRequest(read_plan(plan), repo, path=plan))
    except PlanError as exc:
        if as_json:
            faults = [
                {"line": each.line, "what": each.what, "hint": each.hint} for each in exc.faults
            ]
            print_json({"v": JSON_VERSION, "plan": str(plan), "good": False, "faults": faults})
            raise typer.Exit(MUST_FIX) from None
        raise
    require_usable(checked.job, read_settings())
    _show_plan(plan, checked, as_json=as_json)


def _show_plan(plan: Path, checked: "CheckedPlan", *, as_json: bool) -> None:
    from handlers.console import format_count
    from handlers.preview import describe_order
    from runners.build.shared_checks import list_possible_orders
    from runners.planning.warnings import find_warnings

    warnings = find_warnings(checked.repo, checked.base, checked.job, checked.config)
    orders = list_possible_orders(checked.job, checked.config.checks)
    tasks = [task.id for phase in checked.job.phases for task in phase.tasks]
    phases = len(checked.job.phases)
    if as_json:
        told = [{"line": each.line, "what": each.what, "hint": each.hint} for each in warnings]
        red = {name: list(order.before) for name, order in orders.items()}
        facts = {
            "phases": phases,
            "tasks": tasks,
            "after_if_red": red,
            "warnings": told,
            "faults": [],
        }
        print_json({"v": JSON_VERSION, "plan": str(plan), "good": True, **facts})
        return
    for warning in warnings:
        said = f"{plan}:{warning.line}: warning: {warning.what}\n  {warning.hint}"
        typer.echo(replace_unprintable(said))
    for task in checked.job.tasks:
        if order := orders.get(task.id):
            said = f"{plan}:{task.line}: note: {task.id} is built {describe_order(order)}"
            typer.echo(replace_unprintable(said))
    count = format_count(len(tasks), "task")
    # What stands above may still end its build: only people know whether it is meant so.
    doubts = f"can be built, with {format_count(len(warnings), 'warning')}" if warnings else "good"
    said = f"{plan}: {doubts}: {format_count(phases, 'phase')}, {count}"
    typer.echo(replace_unprintable(said))


def _try_checks(repo: Path, only: list[str], *, as_json: bool, quiet: bool, verbose: bool) -> None:
    from bot.config.machine import read_settings
    from handlers.show_trials import TrialView
    from runners.checks.try_checks import try_checks
    from runners.find_config import find_config

    found, settings = find_config(repo), read_settings()
    _require_known(only, found)
    with TrialView(quiet=quiet, verbose=verbose) as view:
        trials = []
        for trial in try_checks(found.trusted, settings, view.tell, only, view.activities):
            trials.append(trial)
            if not as_json:
                view.show(trial)
    if as_json:
        _print_trials(found, trials)
    else:
        for what, hint in found.notes:
            view.note(what, hint)
    raise typer.Exit(_choose_exit_code(trials))


def _require_known(only: list[str], found: "FoundConfig") -> None:
    from bot.errors import suggest_name

    for name in only:
        if name not in found.trusted.config.checks:
            hint = suggest_name(name, found.trusted.config.checks)
            raise UserError(f"no check is called {name!r}", where="--only", hint=hint)


def _print_trials(found: "FoundConfig", trials: list["Trial"]) -> None:
    from handlers.show_trials import trial_data

    checks = [trial_data(trial) for trial in trials]
    warnings = [{"what": what, "hint": hint} for what, hint in found.notes]
    facts = {"commit": found.trusted.commit, "is_committed": found.is_committed}
    print_json({"v": JSON_VERSION, **facts, "checks": checks, "warnings": warnings})


def _choose_exit_code(trials: list["Trial"]) -> int:
    from handlers.show_trials import name_state

    states = {name_state(trial) for trial in trials}
    return MUST_FIX if "error" in states else BLOCKED if "red" in states else 0
