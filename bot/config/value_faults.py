"""What is wrong with a value of a settings file, in plain words, and what to write instead."""

import re
from typing import TYPE_CHECKING

from bot.errors import find_nearest
from bot.text.invisible import make_printable

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KEY = "[key]"
"""How pydantic marks that the name of an entry is meant, not its value."""
_QUOTED = re.compile(r"'([^']*)'")
_MAX_SHOWN = 60
_TYPES = {
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false, without quotes",
    **dict.fromkeys(("int_type", "int_parsing"), "must be a whole number, without quotes"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number, without quotes"),
    "int_from_float": "must be a whole number",
    "missing": "is missing",
}
_PATTERNS = {
    r"\.ya?ml$": "must be the name of a workflow's file, like ci.yml",
    "[A-Za-z0-9_.-]{1,100}/": "must be written OWNER/NAME",
    "^[A-Za-z_][A-Za-z0-9_]*$": "must be a variable's name: letters, digits and _",
    "^[a-z0-9][a-z0-9_-]{0,39}$": "must be a name of a to z, 0 to 9, - and _, at most 40 of them",
    "idle|off": 'must be "idle", "off" or a time like "07:30"',
    "^[^/": "must be a path inside the repository, without a / at its beginning",
}
"""A piece of each pattern of ours, and what it asks for."""
_TABLES = frozenset({"model_type", "model_attributes_type", "dict_type", "dataclass_type"})
_LISTS = frozenset({"tuple_type", "list_type", "set_type", "frozen_set_type"})


def explain_value(error: "ErrorDetails") -> tuple[str, str]:  # noqa: PLR0911  # one for each kind
    """The fault with its key in front, and the hint.

    The kinds are pydantic's: https://docs.pydantic.dev/latest/errors/validation_errors/
    """
    parts = [str(part) for part in error["loc"]]
    kind, value = error["type"], error["input"]
    if parts and parts[-1] == KEY:
        return _explain_name(parts[:-1], error)
    key, name = ".".join(parts), parts[-1] if parts else ""
    if kind in _TABLES:
        hint = f"Write [{key}], and its keys below."
        return f"{key}: is a table, not a single value", hint
    if kind in _LISTS:
        shown = f'"{make_printable(value, _MAX_SHOWN)}"' if isinstance(value, str) else "..."
        return f"{key}: must be a list", f"Write {name} = [{shown}]."
    if kind == "too_short":
        return f"{key}: must not be empty", ""
    if kind == "literal_error":
        known = _QUOTED.findall(str(error.get("ctx", {}).get("expected", "")))
        return f"{key}: must be one of {', '.join(known)}", _suggest(value, known)
    if kind == "missing":
        table = ".".join(parts[:-1])
        return f"{key}: is missing", f"Add `{name} = ...` under [{table}]." if table else ""
    if kind == "string_pattern_mismatch":
        return (
            f"{key}: {_explain_pattern(str(value), str(error.get('ctx', {}).get('pattern')))}",
            "",
        )
    return f"{key}: {_TYPES.get(kind) or _reword(error['msg'])}", ""


def _explain_pattern(value: str, pattern: str) -> str:
    if not value.strip():
        return "must not be empty"
    if "\0" in value:
        return "must not hold a NUL character"
    known = (words for part, words in _PATTERNS.items() if part in pattern)
    return next(known, f"must match {pattern}")


def _explain_name(parts: list[str], error: "ErrorDetails") -> tuple[str, str]:
    table, name = ".".join(parts[:-1]), make_printable(parts[-1] if parts else "", _MAX_SHOWN)
    known = _QUOTED.findall(str(error.get("ctx", {}).get("expected", "")))
    if error["type"] == "literal_error":
        known_names = f"Known here: {', '.join(known)}."
        return f"{table}.{name}: no such name in [{table}]", _suggest(name, known) or known_names
    rule = (
        "a name has a to z, 0 to 9, - and _, begins with a letter or number, and at most 40 of them"
    )
    return f"{table}.{name}: {rule if 'a-z0-9' in error['msg'] else _reword(error['msg'])}", ""


def _suggest(value: object, known: list[str]) -> str:
    near = find_nearest(value, known) if isinstance(value, str) else ""
    return f"Did you mean {near}?" if near else ""


def _reword(message: str) -> str:
    """As a sentence about the key; what is a tuple to pydantic is a list in TOML."""
    text = message.removeprefix("Value error, ").replace("tuple", "list")
    return re.sub(r"^(?:Input|String|List|Value) should ", "must ", text)
