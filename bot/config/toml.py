"""Tables of TOML: their types, and the error for a table that does not fit them."""

import tomllib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.config.value_faults import KEY, explain_value
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
_ABSENT = object()


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
        explained = list_faults(kind, content, exc.errors())
        what, hints = (
            "; ".join(what for what, _ in explained),
            dict.fromkeys(hint for _, hint in explained),
        )
        raise UserError(what, where=where, hint=" ".join(filter(None, hints))) from exc


def list_faults(
    kind: type[Table], content: object, errors: Sequence["ErrorDetails"]
) -> list[tuple[str, str]]:
    """Each fault with its key, and the hint. A value of several forms is told of by the nearest."""
    places = [_place_of(error["loc"], content) for error in errors]
    faults: dict[tuple[int | str, ...], list[tuple[str, str]]] = {}
    for error, place in zip(errors, places, strict=True):
        is_form = place != error["loc"]
        # Where the value is a table, the form that is one says what of it is wrong.
        deeper = any(len(other) > len(place) and other[: len(place)] == place for other in places)
        if not (is_form and deeper):
            named: ErrorDetails = {**error, "loc": place}
            faults.setdefault(place, []).append(_explain(kind, named))
    return [_join_forms(each) for each in faults.values()]


def _place_of(loc: tuple[int | str, ...], content: object) -> tuple[int | str, ...]:
    """Without the names that pydantic gives the forms of a value: none of them is in the file.

    https://docs.pydantic.dev/latest/errors/errors/
    """
    place: list[int | str] = []
    here = content
    for number, part in enumerate(loc):
        inside = _look_up(here, part)
        is_last = number == len(loc) - 1
        is_missing = is_last and isinstance(here, dict) and "-" not in str(part)
        if inside is _ABSENT and not (is_missing or part == KEY):
            continue
        place.append(part)
        here = inside
    return tuple(place)


def _look_up(here: object, part: int | str) -> object:
    if isinstance(here, dict):
        return here.get(part, _ABSENT)
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return _ABSENT


def _join_forms(faults: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """One sentence on one key, whatever number of forms its value may have."""
    (first, hint), *others = dict.fromkeys(faults)
    key = first.partition(": ")[0]
    rest = (what.removeprefix(f"{key}: ").partition(",")[0] for what, _ in others)
    return ", or ".join([first, *rest]), hint if not others else ""


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
