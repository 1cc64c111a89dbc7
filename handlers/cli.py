"""The bricklayer command: its commands in the order of the help, each from a file of its own."""

from typing import Annotated, NoReturn

import typer

from handlers.commands import (
    action,
    apply,
    check,
    coaching,
    completion,
    context,
    dashboard,
    doctor,
    gc,
    halt,
    init,
    jobs,
    logs,
    notify,
    plan,
    promote,
    reconcile,
    report,
    run,
    schema,
    serve,
    show,
    spend,
    steer,
    watch,
    worker,
)
from handlers.commands import (
    app as github_app,
)
from handlers.commands import (
    eval as evaluation,
)
from handlers.commands import (
    map as repo_map,
)
from handlers.commands.options import EXIT_CODES
from handlers.process_exit import run_and_exit
from handlers.unknown_command import Commands

COMMANDS = (
    init,
    run,
    plan,
    check,
    repo_map,
    context,
    jobs,
    show,
    watch,
    logs,
    steer,
    spend,
    report,
    coaching,
    evaluation,
    promote,
    gc,
    serve,
    dashboard,
    worker,
    notify,
    github_app,
    doctor,
    halt,
    reconcile,
    action,
    apply,
    schema,
    completion,
)


def make_app() -> typer.Typer:
    # Typer's own traces may show local variables, secrets among them, and markup would eat
    # brackets: https://typer.tiangolo.com/tutorial/exceptions/
    app = typer.Typer(
        cls=Commands,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        # Inherited by every command:
        # https://click.palletsprojects.com/en/stable/documentation/#help-parameter-customization
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True, epilog=EXIT_CODES)(show_version_or_help)
    for command in COMMANDS:
        command.register(app)
    _tell_exit_codes(app)
    return app


def _tell_exit_codes(app: typer.Typer) -> None:
    """At the end of every command's help."""
    for command in app.registered_commands:
        command.epilog = EXIT_CODES
    for group in app.registered_groups:
        group.epilog = EXIT_CODES
        if group.typer_instance:
            _tell_exit_codes(group.typer_instance)


def show_version_or_help(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show it and end.")] = False,
) -> None:
    """Plans become checked commits: exit codes decide what is done, never a model's word."""
    if version:
        from importlib.metadata import version as of  # noqa: PLC0415  # only --version waits for it

        typer.echo(f"bricklayer {of('bricklayer-bot')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


app = make_app()


def main() -> NoReturn:
    run_and_exit(app)
