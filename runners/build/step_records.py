"""What steps return, as JSON: read again by the types that the methods are annotated with.

A field that a later version adds with a default reads what an older one recorded, and one that it
no longer has is passed over.
"""

import functools
import inspect
import json
from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import JsonValue, TypeAdapter, ValidationError

T = TypeVar("T")


class UnreadableRecordError(Exception):
    """What was recorded is not what this version of the step returns."""


class RecordType(Generic[T]):
    """Writes and reads values of one type."""

    def __init__(self, annotation: Any) -> None:  # noqa: ANN401  # whatever a method says
        self._adapter: TypeAdapter[T] = TypeAdapter(annotation)

    def write(self, value: T) -> JsonValue:
        plain: JsonValue = self._adapter.dump_python(value, mode="json")
        text = json.dumps(plain, ensure_ascii=False)
        if text.isascii():
            return plain
        # A model's JSON may hold halves of surrogate pairs, which no UTF-8 can:
        # https://www.rfc-editor.org/rfc/rfc8259#section-8.2
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        read: JsonValue = json.loads(whole)
        return read

    def read(self, plain: JsonValue) -> T:
        """Raises UnreadableRecordError."""
        try:
            return self._adapter.validate_python(plain)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise UnreadableRecordError(
                f"{where}: {first['msg']}" if where else first["msg"]
            ) from exc


def result_type(method: Callable[..., T]) -> RecordType[T]:
    """One for a method, whether asked of itself or of the step that wraps it."""
    return _result_type(inspect.unwrap(method))


def argument_types(method: Callable[..., object]) -> tuple[RecordType[Any], ...]:
    """Of a method's arguments after `self`, in order."""
    return _argument_types(inspect.unwrap(method))


@functools.cache
def _result_type(method: Callable[..., object]) -> RecordType[Any]:
    return RecordType(get_type_hints(method)["return"])


@functools.cache
def _argument_types(method: Callable[..., object]) -> tuple[RecordType[Any], ...]:
    hints = get_type_hints(method)
    return tuple(RecordType(hint) for name, hint in hints.items() if name != "return")
