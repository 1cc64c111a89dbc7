"""The page of all commands, from the help that each of them prints."""

from collections.abc import Iterator

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from handlers.cli import app

_HEAD = """\
# Commands

`bricklayer COMMAND -h` says the same. Exit codes of all: 0 done; 1 ended without it; 2 something for you to mend; 70 the
machine or Bricklayer itself failed; 130 interrupted.
"""
Command = TyperCommand | TyperGroup

ROOT = "bricklayer"


def render_commands() -> str:
    """First what each is for, in the order of the help; then each, by its name."""
    commands = list(_walk(ROOT, typer.main.get_group(app)))
    return "\n".join(
        [
            _HEAD,
            "| command | does |",
            "| --- | --- |",
            *(_render_row(name, command) for name, command in commands),
            "",
            *(_render_command(name, command) for name, command in sorted(commands)),
        ]
    )


def _render_row(name: str, command: Command) -> str:
    first = (command.help or "").strip().split("\n\n", maxsplit=1)[0]
    return f"| [`{name}`](#{name.replace(' ', '-')}) | {_cell(first)} |"


def _walk(name: str, command: Command) -> Iterator[tuple[str, Command]]:
    if not isinstance(command, TyperGroup):
        yield name, command
        return
    if command.invoke_without_command and name != ROOT:
        yield name, command
    for child_name, child in command.commands.items():
        if isinstance(child, Command) and not child.hidden:
            yield from _walk(f"{name} {child_name}", child)


def _render_command(name: str, command: Command) -> str:
    context = typer.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [f"| `{_cell(record[0])}` | {_cell(record[1])} |" for record in records if record]
    about = "\n\n".join(map(_render_paragraph, (command.help or "").strip().split("\n\n")))
    return "\n".join(
        [
            f"## `{name}`",
            "",
            "```",
            usage,
            "```",
            "",
            about,
            "",
            "| argument or option | meaning |",
            "| --- | --- |",
            *rows,
            "",
        ]
    )


def _render_paragraph(text: str) -> str:
    r"""One that begins with `\b` has its lines as they are."""
    return f"```\n{text[2:].strip()}\n```" if text.startswith("\b\n") else text


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
