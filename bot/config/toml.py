"""Tables of TOML: their types, and the error for a table that does not fit them."""

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.config.value_faults import explain_value
from bot.errors import UserError, find_nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def check_inside(path: str) -> str:
    if ".." in path.split("/"):
        raise ValueError("a path of the repository, without ..")
    return path


# pydantic matches patterns with Rust's `regex`: there `$` is the end of the text only, while in
# Python's `re` it is also before a last line break. https://docs.rs/regex/latest/regex/#syntax
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
# https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html
EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
# Settings become arguments and variables of commands, which end at a NUL:
# https://man7.org/linux/man-pages/man2/execve.2.html
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
NotBlank = Annotated[str, Field(pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
RepoPath = Annotated[str, Field(pattern=r"^[^/\x00][^\x00]*$"), AfterValidator(check_inside)]


class Table(BaseModel):
    """`RENAMED`: keys that there were before, each with the one that replaced it."""

    RENAMED: ClassVar[dict[str, str]] = {}

    # By default pydantic ignores unknown keys, and a misspelt limit would then have no effect:
    # https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.extra
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


T = TypeVar("T", bound=Table)


def load_table(kind: type[T], text: str, where: str) -> T:
    try:
        content = tomllib.loads(text)
    # Its own error is a ValueError, as is int()'s for a number of thousands of digits; deeply
    # nested arrays end it with a RecursionError. https://docs.python.org/3.11/library/tomllib.html
    except (ValueError, RecursionError) as exc:
        raise UserError(f"not TOML: {exc}", where=where, hint="Fix that line.") from exc
    try:
        return kind.model_validate(content)
    except ValidationError as exc:
        explained = [_explain(kind, error) for error in exc.errors()]
        what, hints = (
            "; ".join(what for what, _ in explained),
            dict.fromkeys(hint for _, hint in explained),
        )
        raise UserError(what, where=where, hint=" ".join(filter(None, hints))) from exc


def _explain(kind: type[Table], error: "ErrorDetails") -> tuple[str, str]:
    """What is wrong with one key, and the hint: the nearest known key, or all of that table."""
    key = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return explain_value(error)
    table = _find_table(kind, error["loc"][:-1])
    known = list(table.model_fields) if table else []
    if renamed := table and table.RENAMED.get(str(error["loc"][-1])):
        return f"{key}: no such key any more", f"Use `{renamed}`."
    close = find_nearest(str(error["loc"][-1]), known)
    hint = f"Did you mean {close}?" if close else f"Known keys here: {', '.join(known)}."
    return f"{key}: no such key", hint


def _find_table(kind: type[Table], path: tuple[int | str, ...]) -> type[Table] | None:
    """The table that `path` leads to; names and numbers of its entries are passed over."""
    here: type[Table] | None = kind
    for key in path:
        field = here.model_fields.get(str(key)) if here else None
        if field is not None:
            here = next((t for t in _find_tables(field.annotation)), None)
    return here


def _find_tables(annotation: object) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for part in get_args(annotation):
        yield from _find_tables(part)
