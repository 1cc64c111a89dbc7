"""The files that `bricklayer init` writes: new ones alone, after a yes, and through no link."""

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.bounded_read import decode_utf8, read_bounded
from bot.config.machine import find_settings_file, parse_settings
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.text.invisible import replace_unprintable
from handlers.schema_files import NAMES, find_schema_file, render_schema
from handlers.whole_file import replace_file, write_new_file
from runners.onboarding.propose import Machine
from runners.onboarding.write_config import quote_toml
from runners.onboarding.write_settings import write_settings

MAX_CONFIG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A repository's `.bricklayer.toml`: its text, and what that means."""

    path: Path
    text: str
    config: RepoConfig


def read_config(path: Path) -> ConfigFile | None:
    """None where there is none. Raises UserError for a link, which may lead to anything."""
    if not os.path.lexists(path):
        return None
    if not stat.S_ISREG(path.lstat().st_mode):
        hint = "Put a file of its own there."
        raise UserError("not a regular file", where=str(path), hint=hint)
    hints = {"absent_hint": "It was there.", "large_hint": "Settings are far smaller."}
    raw = read_bounded(path, "the settings", MAX_CONFIG_BYTES, **hints)
    text = decode_utf8(raw, "the settings", where=str(path))
    return ConfigFile(path, text, parse_repo_config(text))


def list_machine_files(machine: Machine) -> Iterator[tuple[Path, str]]:
    """Those that are not there yet, with what would stand in them."""
    settings = find_settings_file()
    if os.path.lexists(settings):
        return
    yield settings, write_settings(machine)
    for kind in NAMES:
        schema = find_schema_file(kind)
        if not os.path.lexists(schema):
            yield schema, render_schema(kind)


def is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def require_consent(*, yes: bool, may_ask: bool = True) -> None:
    if yes:
        return
    if not may_ask:
        raise UserError("nothing was written: --json asks nobody", hint="Add --yes to write them.")
    if not is_terminal():
        hint = "Add --yes to write them."
        raise UserError("nothing was written: there is no terminal to ask", hint=hint)
    if not typer.confirm("\nWrite these files?", default=True):
        raise UserError("nothing was written")


def write_files(files: Mapping[Path, str], root: Path) -> None:
    """`root` is the checkout: no link in it leads a file elsewhere."""
    for path, text in files.items():
        inside = path.is_relative_to(root)
        if inside and not path.parent.resolve().is_relative_to(root.resolve()):
            hint = "Put a folder of its own there."
            raise UserError("its folder is a link out of the checkout", where=str(path), hint=hint)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_new_file(path, text)
        except OSError as exc:
            raise _explain_write(path, exc) from exc
        typer.echo(replace_unprintable(f"wrote  {path}"))


def _explain_write(path: Path, exc: OSError) -> UserError:
    hint = "Nothing of it was written. Mend that, then run `bricklayer init` again."
    return UserError(f"cannot be written: {exc.strerror}", where=str(path), hint=hint)


def append_text(path: Path, text: str) -> None:
    """A table at the end of a person's settings; what stands there stays as it is."""
    before = path.read_text("utf-8")
    blank = "\n" if before.endswith("\n") or not before else "\n\n"
    parse_settings(f"{before}{blank}{text}", where=str(path))
    try:
        replace_file(path.resolve(), f"{before}{blank}{text}")
    except OSError as exc:
        raise _explain_write(path, exc) from exc
    typer.echo(replace_unprintable(f"wrote  {path}: added at its end"))


def replace_command(file: ConfigFile, check: str, run: str) -> ConfigFile:
    """The file that was just written, with another command for one of its checks."""
    before = f"run = {quote_toml(file.config.checks[check].run)}"
    text = file.text.replace(before, f"run = {quote_toml(run)}", 1)
    config = parse_repo_config(text)
    there = read_config(file.path)
    if there is None or there.text != file.text:
        hint = "Run `bricklayer init` again: it tries what is there."
        raise UserError("was changed while it was tried", where=str(file.path), hint=hint)
    try:
        replace_file(file.path, text)
    except OSError as exc:
        raise _explain_write(file.path, exc) from exc
    return ConfigFile(file.path, text, config)
