"""A page for one file of settings: its tables, with kinds, defaults and meanings of all keys."""

import json
from collections.abc import Iterator
from typing import Any

from bot.config.toml import Table

Schema = dict[str, Any]
"""A JSON schema, or a part of one: https://json-schema.org/draft/2020-12"""


def render_settings(kind: type[Table], introduction: str) -> str:
    """The page: what stands above all tables first, then a section a table."""
    whole = kind.model_json_schema()
    sections = [introduction, *_render_tables(whole, whole, "")]
    return "\n".join(sections)


def _render_tables(whole: Schema, table: Schema, name: str) -> Iterator[str]:
    yield _render_table(whole, table, name)
    for key, value in table["properties"].items():
        inner, heading = _find_inner(whole, value, f"{name}.{key}" if name else key)
        if inner:
            yield from _render_tables(whole, inner, heading)


def _find_inner(whole: Schema, value: Schema, name: str) -> tuple[Schema | None, str]:
    """The table that a key holds, one or many of, and how its heading names it in TOML."""
    if inner := _resolve_table(whole, value):
        return inner, name
    if inner := _resolve_table(whole, value.get("items", {})):
        return inner, f"[{name}]"
    if inner := _resolve_table(whole, _find_values(value)):
        return inner, f"{name}.NAME"
    return None, ""


def _find_values(value: Schema) -> object:
    """What each entry of a table with free keys holds."""
    # pydantic writes the second where keys have a pattern.
    return value.get("additionalProperties") or next(
        iter(value.get("patternProperties", {}).values()), None
    )


def _resolve_table(whole: Schema, value: object) -> Schema | None:
    if not isinstance(value, dict):
        return None
    references = [value, *value.get("anyOf", ())]
    for reference in references:
        if path := reference.get("$ref"):
            found: Schema = whole["$defs"][path.rpartition("/")[2]]
            return found if "properties" in found else None
    return None


def _render_table(whole: Schema, table: Schema, name: str) -> str:
    about = table.get("description", "").strip()
    rows = [
        f"| `{key}` | {_describe_kind(whole, value)} | {_describe_default(table, key, value)} "
        f"| {_one_line(value['description'])} |"
        for key, value in table["properties"].items()
        if name or not _find_inner(whole, value, key)[0]
    ]
    head = ["| key | kind | default | meaning |", "| --- | --- | --- | --- |"]
    title = f"## `[{name}]`" if name else "## Above all tables"
    return "\n".join([title, "", about, "", *head, *rows, ""])


def _describe_kind(whole: Schema, value: Schema) -> str:
    if _find_inner(whole, value, "")[0]:
        return "table"
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "enum" in value:
        return ", ".join(f"`{json.dumps(one)}`" for one in value["enum"])
    if alternatives := value.get("anyOf"):
        kinds = (_describe_kind(whole, one) for one in alternatives if one.get("type") != "null")
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind != '`""`'))
    return _describe_type(whole, value)


def _describe_type(whole: Schema, value: Schema) -> str:
    match value.get("type"):
        case "array":
            return f"list of: {_describe_kind(whole, value['items'])}"
        case "object":
            inner = _find_values(value)
            return f"table of: {_describe_kind(whole, inner) if isinstance(inner, dict) else 'any'}"
        case "integer" | "number" as kind:
            name = {"integer": "whole number", "number": "number"}[kind]
            return f"{name}{_describe_bounds(value)}"
        case "boolean":
            return "`true`, `false`"
        case "string":
            return "text"
    return "any"


def _describe_bounds(value: Schema) -> str:
    least, above, most = (value.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if least is not None and most is not None:
        return f", {least:,} to {most:,}"
    bounds = (("at least", least), ("above", above), ("at most", most))
    said = " and ".join(f"{word} {bound:,}" for word, bound in bounds if bound is not None)
    return f", {said}" if said else ""


def _describe_default(table: Schema, key: str, value: Schema) -> str:
    if key in table.get("required", ()):
        return "required"
    default = value.get("default")
    if default in (None, "", [], {}) or isinstance(default, dict):
        return ""
    if isinstance(default, int | float) and not isinstance(default, bool):
        return f"`{default:_}`".replace(".0`", "`")
    return f"`{json.dumps(default)}`"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
