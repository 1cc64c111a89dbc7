"""The JSON schemas of both files of settings, and where editors find them on this machine."""

import json
import os
from pathlib import Path

from pydantic import JsonValue

from bot.config.machine import Settings, find_settings_file
from bot.config.repository import RepoConfig
from bot.config.toml import Table
from bot.errors import UserError
from bot.text.invisible import replace_unprintable
from handlers.whole_file import replace_file, write_new_file

NAMES = {"machine": "bricklayer.schema.json", "repository": "repository.schema.json"}
_KINDS: dict[str, type[Table]] = {"machine": Settings, "repository": RepoConfig}


def schema_of(kind: str) -> dict[str, JsonValue]:
    return _KINDS[kind].model_json_schema()


def render_schema(kind: str) -> str:
    return f"{json.dumps(schema_of(kind), indent=2)}\n"


def find_schema_file(kind: str) -> Path:
    """Beside this machine's settings."""
    return find_settings_file().parent / NAMES[kind]


def write_schema(kind: str) -> str:
    """Write it over an earlier version's; give what to say."""
    path = find_schema_file(kind)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write = replace_file if os.path.lexists(path) else write_new_file
        write(path, render_schema(kind))
    except OSError as exc:
        hint = "Or print it: without --write it goes to standard output."
        what = f"cannot be written: {exc.strerror}"
        raise UserError(what, where=str(path), hint=hint) from exc
    how = "`#:schema ./bricklayer.schema.json` as the first line of bricklayer.toml names it"
    if kind == "repository":
        how = "your editor's settings name it for .bricklayer.toml (docs/reference/editors.md)"
    return replace_unprintable(f"wrote  {path}\n       {how}")
