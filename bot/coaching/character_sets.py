"""A set of a scope's glob, `[!a-c]` say, as every `find` reads it: with the same characters.

What such a set means, `fnmatch` says, by which scopes are matched; a class of its own, a range and
a sign's place mean other things in regular expressions, by their syntax and the locale.
https://docs.python.org/3.11/library/fnmatch.html
https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap09.html#tag_09_03_05
"""

import re
import sys
from fnmatch import translate
from functools import cache

MAX_LISTED = 128
"""Characters in a row that are listed; more become a range."""
NEVER = "//"
"""No path that `find` prints has it."""


def write_set(glob: str) -> str:
    """`glob` is one set with its brackets. A slash is in none: no name has one."""
    pattern = re.sub(r"\\[zZ]$", "", translate(glob))  # by Python's version
    if pattern == "(?s:.)":  # all but the characters of a range that has none
        return _write("/", "[^")
    # `fnmatch` writes a `^` of the set's own as `\^`.
    listed = re.findall(pattern.replace("(?s:[^", "(?s:[", 1), _all_characters())
    if pattern.startswith("(?s:[^"):
        return _write("".join(("/", *listed)), "[^")
    return _write("".join(listed), "[") if listed else NEVER


@cache
def _all_characters() -> str:
    """Those that a name may have; half of a pair is how Python has a byte that is no text."""
    codes = range(1, sys.maxunicode + 1)
    return "".join(map(chr, codes)).replace("/", "").encode(errors="ignore").decode()


def _write(characters: str, head: str) -> str:
    """What means something in brackets stands where it does not: `]` first, `^` and `-` last."""
    plain = "".join(each for each in characters if each not in "]^-[")
    first, last = "]" * ("]" in characters), "".join(s for s in "[^-" if s in characters)
    inside = first + _write_runs(plain) + last
    if head == "[" and inside.startswith("^"):
        inside = f"{inside[1:]}^"  # `-^`; alone it would be no set
    return r"\^" if head == "[" and inside == "^" else f"{head}{inside}]"


def _write_runs(characters: str) -> str:
    runs: list[str] = []
    for each in characters:
        if runs and ord(each) == ord(runs[-1][-1]) + 1:
            runs[-1] += each
        else:
            runs.append(each)
    return "".join(run if len(run) <= MAX_LISTED else f"{run[0]}-{run[-1]}" for run in runs)
