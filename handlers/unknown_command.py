"""A command that is not there: how it is called now, or which one is meant."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

FORMER: Mapping[str, str] = {"morning": "report"}
"""What commands were called once, as typed after `bricklayer`, and how they are called now."""
MAX_COMPARED = 60
"""The time difflib takes grows with the square of the length."""


class Commands(TyperGroup):
    """A group of commands that answers to a name it does not have."""

    # Typer's own type of a context is in a module that it keeps to itself.
    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]  # noqa: ANN401
        name = args[0] if args else ""
        is_name = name and not name.startswith("-") and not ctx.resilient_parsing
        if is_name and self.get_command(ctx, name) is None:
            root = ctx.find_root().command
            known = dict(list_commands(root)) if isinstance(root, TyperGroup) else {}
            own = next((path for path, command in known.items() if command is self), "")
            ctx.fail(f"No such command {name!r}. {suggest_command(name, own, tuple(known))}")
        return super().resolve_command(ctx, args)


def list_commands(group: TyperGroup, within: str = "") -> Iterator[tuple[str, object]]:
    """Each as it is typed after `bricklayer`: `app`, `app create`."""
    for name, command in group.commands.items():
        if isinstance(command, TyperCommand) and command.hidden:
            continue
        path = f"{within} {name}".strip()
        yield path, command
        if isinstance(command, TyperGroup):
            yield from list_commands(command, path)


def suggest_command(name: str, group: str, known: tuple[str, ...]) -> str:
    """`known` are all commands; `group` is the one in which the name was looked for, or empty."""
    if now := FORMER.get(f"{group} {name}".strip()):
        return f"It is called `bricklayer {now}` now."
    by_end: dict[str, list[str]] = {}
    for path in known:
        by_end.setdefault(path.rsplit(" ", 1)[-1], []).append(path)
    typed = name[:MAX_COMPARED].casefold()
    ends = [typed] if typed in by_end else get_close_matches(typed, by_end)
    meant = [path for end in ends for path in by_end[end]]
    near = [path for path in meant if path.rpartition(" ")[0] == group] or meant
    if near:
        return f"Did you mean {' or '.join(f'`bricklayer {path}`' for path in near)}?"
    return f"`{' '.join(('bricklayer', *group.split(), '-h'))}` lists those there are."
