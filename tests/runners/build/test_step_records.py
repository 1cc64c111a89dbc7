"""What a step returned is read again as it was, also where its type has grown since."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from runners.build.step_records import (
    RecordType,
    UnreadableRecordError,
    argument_types,
    result_type,
)
from runners.build.workflow import Build

STEPS = [
    method
    for _, method in inspect.getmembers(Build, inspect.isfunction)
    if hasattr(method, "__wrapped__")
]


def fill(hint: Any, number: int) -> Any:  # noqa: ANN401, PLR0911  # a form of type in each line
    """A value of the type, with something in every field; another one for each number."""
    form, args = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{f.name: fill(hints[f.name], number + n) for n, f in enumerate(fields(hint))})
    if hasattr(hint, "_fields"):
        hints = get_type_hints(hint)
        return hint(*(fill(hints[name], number + n) for n, name in enumerate(hint._fields)))
    if form is Literal:
        return args[number % len(args)]
    if form in {Union, UnionType}:
        return fill(args[number % len(args)], number)
    if form is tuple and args[-1] is ...:
        return tuple(fill(args[0], number + n) for n in range(2))
    if form is tuple:
        return tuple(fill(each, number) for each in args)
    if form in {dict, Mapping}:
        return {fill(args[0], number): fill(args[1], number)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[number % len(hint)]
    plain = {str: f"\u00e4 {number}\n", int: number, float: number / 3, bool: True, NoneType: None}
    return plain[hint]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
@pytest.mark.parametrize("number", range(3))
def test_whatever_a_step_returns_or_is_started_with_is_read_as_it_was(
    step: Callable[..., object], number: int
) -> None:
    hints = get_type_hints(step)
    kinds = {"return": result_type(step)}
    if step in {Build.build_job, Build.build_task}:
        names = [name for name in hints if name != "return"]
        kinds |= dict(zip(names, argument_types(step), strict=True))
    for name, kind in kinds.items():
        value = fill(hints[name], number)
        assert kind.read(json.loads(json.dumps(kind.write(value)))) == value


@dataclass(frozen=True, slots=True)
class Older:
    name: str
    gone: int = 1


@dataclass(frozen=True, slots=True)
class Newer:
    name: str
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stricter:
    name: str
    added: str


def test_a_field_with_a_default_reads_what_was_recorded_without_it() -> None:
    """And one that is gone is passed over."""
    recorded = RecordType[Older](Older).write(Older("a", 2))
    assert RecordType[Newer](Newer).read(recorded) == Newer("a")


def test_a_field_without_one_cannot_be_read_and_is_named() -> None:
    recorded = RecordType[Older](Older).write(Older("a", 2))
    with pytest.raises(UnreadableRecordError, match="added"):
        RecordType[Stricter](Stricter).read(recorded)


@pytest.mark.parametrize("text", ["\ud800", "a\udfff b", "\0\x1b\u2028", "\ud83d\ude00"])
def test_text_that_no_utf_8_can_hold_is_recorded_all_the_same(text: str) -> None:
    """Half of a pair is replaced; the two halves of one become the character that they mean."""
    kind: RecordType[str] = RecordType(str)
    read = kind.read(json.loads(json.dumps(kind.write(text)).encode()))
    assert read.encode()
    assert read == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_a_steps_type_is_made_once_however_it_is_wrapped() -> None:
    """Making one takes milliseconds, at each start of a job."""
    assert argument_types(Build.build_task) is argument_types(inspect.unwrap(Build.build_task))
    for step in STEPS:
        assert result_type(step) is result_type(inspect.unwrap(step))
