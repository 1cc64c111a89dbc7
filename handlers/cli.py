"""The bricklayer command: each command parses its options, calls a runner and gives an exit code.

Imports that take long wait until a command needs them: `--help` and `check` are quick.
"""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.errors import UserError
from handlers.process_exit import BLOCKED, MUST_FIX, exit_on_interrupt, run_and_exit

# Typer's own traces may show local variables, secrets among them, and markup would eat brackets:
# https://typer.tiangolo.com/tutorial/exceptions/
app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

github_app = typer.Typer(no_args_is_help=True, help="The GitHub App by which the bot speaks.")
app.add_typer(github_app, name="app")

_SIGNS = {True: "ok  ", False: "BAD ", None: "look"}
Plan = Annotated[Path, typer.Argument(help="The plan, a job.md.", show_default=False)]
RepoFolder = Annotated[Path, typer.Option("--repo", help="A git repository.")]


@app.callback(invoke_without_command=True)
def show_version_or_help(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show it and end.")] = False,
) -> None:
    """Plans become checked commits: exit codes decide what is done, never a model's word."""
    if version:
        from importlib.metadata import version as of

        typer.echo(f"bricklayer {of('bricklayer-bot')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(MUST_FIX)


@app.command("run")
def build_plan(  # noqa: PLR0913, PLR0917  # each is an option of the command
    plan: Plan,
    repo: RepoFolder = Path(),
    branch: Annotated[str, typer.Option(help="Branch to leave. Default: from the title.")] = "",
    only: Annotated[str, typer.Option(help="One task, with what it waits for.")] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew; the branch is kept under another name.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done.")] = False,
) -> None:
    """Build a plan on a branch. Started again after a kill, it goes on where it was."""
    from bot.config.machine import read_settings
    from handlers.console import BuildView, show_preview
    from runners.build.load_plan import RunRequest, load_plan, require_models
    from runners.project import read_plan

    request = RunRequest(read_plan(plan), repo, path=plan, branch=branch, only=only, fresh=fresh)
    settings = read_settings()
    if dry_run:
        checked = load_plan(request)
        show_preview(checked, settings)
        require_models(checked.job, settings, only)
        return
    from runners.build.run import run_job as build_job

    exit_on_interrupt()
    with BuildView() as view:
        result = build_job(request, settings, view.show_progress)
    view.show_result(result)
    raise typer.Exit(0 if result.passed else BLOCKED)


@app.command("plan")
def write_plan(
    issue: Annotated[str, typer.Argument(help="The issue, a text file; - for standard input.")],
    repo: RepoFolder = Path(),
    out: Annotated[Path, typer.Option(help="Where the plan is written.")] = Path("job.md"),
    force: Annotated[bool, typer.Option("--force", help="Write over that file.")] = False,
) -> None:
    """Have the planner write a plan for an issue, or answer it where it is a question."""
    from handlers.plan import plan_issue

    plan_issue(issue, repo, out, force=force)


@app.command("check")
def check_plan(plan: Plan, repo: RepoFolder = Path()) -> None:
    """Validate a plan: every fault at once, with its line and the fix. Changes nothing."""
    from handlers.console import format_count
    from runners.build.load_plan import RunRequest, load_plan
    from runners.planning.warnings import find_warnings
    from runners.project import read_plan

    checked = load_plan(RunRequest(read_plan(plan), repo, path=plan))
    tasks = sum(len(phase.tasks) for phase in checked.job.phases)
    for warning in find_warnings(checked.repo, checked.base, checked.job, checked.config.setup):
        typer.echo(f"{plan}:{warning.line}: warning: {warning.what}\n  {warning.hint}")
    phases = format_count(len(checked.job.phases), "phase")
    typer.echo(f"{plan}: good: {phases}, {format_count(tasks, 'task')}")


@app.command("map")
def show_repo_map(  # noqa: PLR0913, PLR0917  # each is an option of the command
    repo: RepoFolder = Path(),
    query: Annotated[str, typer.Option(help="What it is about; - reads standard input.")] = "",
    tokens: Annotated[int, typer.Option(min=1, max=1_000_000, help="The most it may have.")] = 2000,
    rev: Annotated[str, typer.Option(help="Branch or commit. Default: what is checked out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="With scores and reasons.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="Draw files and imports instead.")] = False,
    out: Annotated[Path | None, typer.Option(help="File for the picture.")] = None,
) -> None:
    """Show the files and definitions a text is about, as the planner would see them."""
    from handlers.map import show_graph, show_map

    if svg:
        show_graph(repo, query, rev, out)
        return
    show_map(repo, query, tokens, rev, as_json=as_json)


@app.command("context")
def show_prompt(  # noqa: PLR0913, PLR0917  # each is an option of the command
    plan: Plan,
    task: Annotated[str, typer.Argument(help="The task's id.", show_default=False)],
    repo: RepoFolder = Path(),
    attempt: Annotated[int, typer.Option(min=0, help="0: the first that asks a model.")] = 0,
    check_first: Annotated[
        bool, typer.Option("--run-check", help="Run the task's check first, in the sandbox.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as data.")] = False,
) -> None:
    """Show what a model would get for a task, part by part. Asks none, and changes nothing."""
    import json

    from bot.config.machine import read_settings
    from handlers.console import prompt_lines
    from runners.build.load_plan import RunRequest
    from runners.build.prompt_preview import as_data, preview_prompt
    from runners.project import read_plan

    request = RunRequest(read_plan(plan), repo, path=plan)
    preview = preview_prompt(request, task, attempt, read_settings(), check_first=check_first)
    data = json.dumps(as_data(preview), indent=2) if as_json else "\n".join(prompt_lines(preview))
    typer.echo(data)


@app.command("serve")
def run_server() -> None:
    """Answer GitHub's webhooks and do the work, until stopped. The sweep needs no webhook."""
    from bot.config.machine import read_settings
    from handlers.serve import serve

    serve(read_settings())


@github_app.command("create")
def create_github_app(
    name: Annotated[str, typer.Option(help="The App's name.")] = "bricklayer",
    org: Annotated[str, typer.Option("--org", help="An organization that is to own it.")] = "",
    hook: Annotated[str, typer.Option(help="Your server's address, ending in /webhook.")] = "",
    port: Annotated[int, typer.Option(min=1024, max=65535, help="On loopback.")] = 8081,
) -> None:
    """Make a GitHub App in your browser; its key and secret are kept here, mode 0600."""
    import re

    from bot.config.machine import read_settings
    from handlers.app_create import create_app

    # https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,33}", name):
        hint = "At most 34 of them, the first no dash: --name bricklayer-ann."
        what = "letters, digits and dashes make an App's name"
        raise UserError(what, where=f"--name {name!r}", hint=hint)
    if hook and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[^\s?#]*)?/webhook", hook):
        hint = "Where GitHub reaches your server: --hook https://bot.example.com/webhook."
        raise UserError("not the address of a webhook", where=f"--hook {hook!r}", hint=hint)
    create_app(read_settings(), name, org, hook, port)


@app.command("doctor")
def examine(
    models: Annotated[
        bool, typer.Option("--models", help="Load each model and ask it a word: it may cost.")
    ] = False,
) -> None:
    """Look at this machine, its models and its way to GitHub; exit 1 where something is wrong."""
    from bot.config.machine import read_settings
    from handlers.console import replace_unprintable
    from runners.doctor import examine_all

    good = True
    for finding in examine_all(read_settings(), ask=models):
        hint = f"\n       {finding.hint}" if finding.hint else ""
        typer.echo(replace_unprintable(f"{_SIGNS[finding.good]}  {finding.what}{hint}"))
        good = good and finding.good is not False
    raise typer.Exit(0 if good else BLOCKED)


@app.command("halt")
def halt_or_resume(
    off: Annotated[bool, typer.Option("--off", help="Go on again.")] = False,
) -> None:
    """Throw the kill switch: nothing new is started for GitHub, until `halt --off`."""
    from bot.config.halt import halt_file
    from bot.config.machine import read_settings
    from bot.config.private_dir import open_state_dir

    settings = read_settings()
    open_state_dir(settings)
    file = halt_file(settings)
    if off:
        file.unlink(missing_ok=True)
    else:
        file.touch()
    typer.echo("goes on" if off else f"halted, until `bricklayer halt --off`: {file}")


@app.command("reconcile")
def rebuild_database() -> None:
    """Make the database again from GitHub and git; exit 1 where a repository cannot be read."""
    from bot.config.machine import read_settings
    from handlers.console import replace_unprintable
    from handlers.reconcile import reconcile

    good = True
    for line, looked in reconcile(read_settings()):
        typer.echo(replace_unprintable(line))
        good = good and looked
    raise typer.Exit(0 if good else BLOCKED)


@app.command("action")
def handle_action_event(
    hours: Annotated[float, typer.Option(min=0.01, max=24, help="When to stop working.")] = 5.5,
) -> None:
    """Do what this GitHub Actions run's event asks for; exit 1 where GitHub could not be asked."""
    from bot.config.machine import read_settings
    from handlers.action import run_action

    raise typer.Exit(0 if run_action(read_settings(), hours, typer.echo) else BLOCKED)


@app.command("apply")
def apply_edits(
    root: Annotated[Path, typer.Option(help="Folder the paths are relative to.")] = Path(),
    file: Annotated[str, typer.Option(help="The file meant where the reply names none.")] = "",
    task: Annotated[
        str,
        typer.Option(
            help="What the reply was asked to do: then it may give single functions, and lose what"
            " that asks to go."
        ),
    ] = "",
    whole: Annotated[
        bool, typer.Option("--whole", help="A file that the reply gives whole may lose anything.")
    ] = False,
) -> None:
    """Apply the edits in a model's reply, read from standard input: all of them or none."""
    from runners.edits import EditError, apply_reply

    if not root.is_dir():
        hint = "Name the one the paths are in: --root DIR."
        raise UserError("no such folder", where=str(root), hint=hint)
    try:
        reply = sys.stdin.buffer.read().decode()
        paths = apply_reply(root, file, reply, task_text=task or None, whole=whole)
    except UnicodeDecodeError as exc:
        typer.echo(f"the reply is not UTF-8 (byte {exc.start}); nothing was changed", err=True)
        raise typer.Exit(BLOCKED) from exc
    except EditError as exc:
        typer.echo(f"{exc.reason}\n  {exc.hint}".rstrip(), err=True)
        raise typer.Exit(BLOCKED) from exc
    typer.echo("\n".join(paths))


def main() -> NoReturn:
    run_and_exit(app)
