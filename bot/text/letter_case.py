"""Compares names that servers keep whatever their case, and no name that only looks alike."""


def is_same_but_case(one: str, other: str) -> bool:
    """Letter by letter. The sign for kelvin, say, is `k` in lower case and no letter k."""
    return len(one) == len(other) and all(map(_is_same_letter, one, other))


def _is_same_letter(one: str, other: str) -> bool:
    return one == other or (one.lower() == other.lower() and one.isascii() == other.isascii())
