"""The mark that stands in a prompt for a key or a password of the repository."""

import re

_MARK = re.compile(rb"\[secret-[0-9a-f]{8}\]")


def make_mark(digest: str) -> str:
    """`digest` is of eight hexadecimal digits."""
    return f"[secret-{digest}]"


def find_marks(data: bytes) -> frozenset[str]:
    return frozenset(mark.decode() for mark in _MARK.findall(data))
