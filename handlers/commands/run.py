"""Build a plan, or show what would be done."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from handlers.commands.options import Plan, Quiet, RepoFolder, Verbose, print_json
from handlers.process_exit import BLOCKED, MUST_FIX, exit_on_interrupt

if TYPE_CHECKING:
    from runners.build.load_plan import RunRequest
    from runners.build.results import JobResult


PREVIEW_VERSION = 1


def register(app: typer.Typer) -> None:
    app.command("run")(build_plan)


def build_plan(  # noqa: PLR0913, PLR0917  # each is an option of the command
    plan: Plan,
    repo: RepoFolder = Path(),
    branch: Annotated[str, typer.Option(help="Branch to leave. Default: from the title.")] = "",
    only: Annotated[str, typer.Option(help="One task, with what it waits for.")] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew; the branch is kept under another name.")
    ] = False,
    on_head: Annotated[
        bool,
        typer.Option("--on-head", help="Go on on what HEAD is now; what is as it was is kept."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print events as lines of JSON, the result as the last.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Build a plan on a branch. Started again after a kill, it goes on where it was.

    With --json each line of the output is an event, with its type and `v`, the version of its form:
    `begin`, then `progress`, and as the last one `result`. docs/json.md describes them; with
    --dry-run it is one object.
    """

    def request() -> "RunRequest":
        from runners.build.load_plan import RunRequest
        from runners.project import read_plan

        text = read_plan(plan)
        return RunRequest(
            text, repo, path=plan, branch=branch, only=only, fresh=fresh, on_head=on_head
        )

    if dry_run:
        _show_preview(request(), as_json=as_json)
        return
    run_plan(request, as_json=as_json, quiet=quiet, verbose=verbose)


def run_plan(
    read_request: Callable[[], "RunRequest"],
    *,
    as_json: bool,
    quiet: bool = False,
    verbose: bool = False,
) -> NoReturn:
    """Build it, and end the command with its exit code."""
    from runners.stop_request import JobStoppedError

    try:
        if as_json:
            result = _build_in_json(read_request)
        else:
            result = _build_and_show(read_request, quiet=quiet, verbose=verbose)
    except JobStoppedError as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(BLOCKED) from exc
    raise typer.Exit(0 if result.passed else MUST_FIX if result.must_fix else BLOCKED)


def _show_preview(request: "RunRequest", *, as_json: bool) -> None:
    from bot.config.machine import read_settings
    from handlers.preview import preview_data, show_preview
    from runners.build.load_plan import load_plan, require_models

    settings, checked = read_settings(), load_plan(request)
    if as_json:
        print_json({"v": PREVIEW_VERSION, **preview_data(checked, settings, request)})
    else:
        show_preview(checked, settings, request)
    require_models(checked.job, settings, request.only)


def _build_and_show(
    read_request: Callable[[], "RunRequest"], *, quiet: bool, verbose: bool
) -> "JobResult":
    from bot.config.machine import read_settings
    from handlers.console import BuildView
    from runners.build.run import run_job

    request, settings = read_request(), read_settings()
    exit_on_interrupt()
    with BuildView(quiet=quiet, verbose=verbose) as view:
        result = run_job(request, settings, view.show_progress, view.activities)
    view.show_result(result)
    return result


def _build_in_json(read_request: Callable[[], "RunRequest"]) -> "JobResult":
    """An error is the last line as well, and raised on for standard error."""
    from bot.config.machine import read_settings
    from handlers.json_events import print_error, print_event, print_result
    from runners.build.run import run_job

    try:
        request, settings = read_request(), read_settings()
        exit_on_interrupt()
        result = run_job(request, settings, print_event)
    except Exception as exc:
        print_error(exc)
        raise
    print_result(result)
    return result
