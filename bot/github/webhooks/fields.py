"""Reading an untrusted JSON value: each value has its place, its type and its bounds checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.github.webhooks.events import MalformedError
from bot.text.invisible import replace_unstorable

MAX_TEXT_CHARACTERS = 1 << 20
"""Characters of one text. GitHub's own limit for a body is 65,536."""

_MAX_INT = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Field:
    """A value and the place where it stood, as `issue.user.id`."""

    value: object
    place: str = "payload"

    def __getitem__(self, key: str) -> "Field":
        """What stands under `key`: None where nothing does. Malformed where this is no object."""
        if not isinstance(self.value, dict):
            raise self._malformed("no object")
        return Field(self.value.get(key), f"{self.place}.{key}")

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def __iter__(self) -> Iterator["Field"]:
        """The elements of a list; none of null."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self._malformed("no list")
        for number, value in enumerate(self.value):
            yield Field(value, f"{self.place}[{number}]")

    def read_text(self) -> str:
        """Free text, empty for null. What no database and no UTF-8 holds becomes U+FFFD."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise self._malformed("no text")
        if len(self.value) > MAX_TEXT_CHARACTERS:
            raise self._malformed(f"longer than {MAX_TEXT_CHARACTERS} characters")
        return replace_unstorable(self.value)

    def match_text(self, shape: re.Pattern[str]) -> str:
        """Text that is all of `shape`."""
        text = self.read_text()
        if not shape.fullmatch(text):
            raise self._malformed(f"not of the form {shape.pattern}")
        return text

    def match_or_empty(self, shape: re.Pattern[str]) -> str:
        """Text that is all of `shape`, or else nothing."""
        text = self.read_text()
        return text if shape.fullmatch(text) else ""

    def read_int(self) -> int:
        """A whole number from 0 that a database holds. True and 1.0 are none."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self._malformed("no whole number")
        if not 0 <= self.value <= _MAX_INT:
            raise self._malformed("out of range")
        return self.value

    def read_count(self) -> int:
        """A whole number, 0 for null."""
        return 0 if self.value is None else self.read_int()

    def read_flag(self) -> bool:
        """A truth value, False for null."""
        if self.value is None:
            return False
        if not isinstance(self.value, bool):
            raise self._malformed("neither true nor false")
        return self.value

    def _malformed(self, what: str) -> MalformedError:
        return MalformedError(f"{self.place}: {what}")
