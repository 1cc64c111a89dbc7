"""The files that `bricklayer init` writes: new ones alone, after a yes, and through no link."""

import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.bounded_read import decode_utf8, read_bounded
from bot.config.machine import Settings, find_settings_file, parse_settings
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.text.invisible import replace_unprintable
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
    schema = settings.parent / "bricklayer.schema.json"
    if not os.path.lexists(schema):
        yield schema, f"{json.dumps(Settings.model_json_schema(), indent=2)}\n"


def is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def require_consent(*, yes: bool) -> None:
    if yes:
        return
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
        path.parent.mkdir(parents=True, exist_ok=True)
        # A new file or an error, never through a link: https://man7.org/linux/man-pages/man2/open.2.html
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "w") as out:
            out.write(text)
        typer.echo(replace_unprintable(f"wrote  {path}"))


def append_text(path: Path, text: str) -> None:
    """A table at the end of a person's settings; what stands there stays as it is."""
    before = path.read_text("utf-8")
    blank = "\n" if before.endswith("\n") or not before else "\n\n"
    parse_settings(f"{before}{blank}{text}", where=str(path))
    with path.open("a", encoding="utf-8") as out:
        out.write(f"{blank}{text}")
    typer.echo(replace_unprintable(f"wrote  {path}: added at its end"))


def replace_command(file: ConfigFile, check: str, run: str) -> ConfigFile:
    """The file that was just written, with another command for one of its checks."""
    before = f"run = {quote_toml(file.config.checks[check].run)}"
    text = file.text.replace(before, f"run = {quote_toml(run)}", 1)
    config = parse_repo_config(text)
    with os.fdopen(os.open(file.path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW), "w") as out:
        out.write(text)
    return ConfigFile(file.path, text, config)
