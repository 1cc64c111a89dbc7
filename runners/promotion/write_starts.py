"""Writes `[auto.KIND]` into a repository's `.bricklayer.toml`, and leaves the rest as it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile

from bot.config.repository import KindStart, parse_repo_config
from bot.config.tiers import WorkKind
from bot.errors import UserError
from runners.onboarding.write_config import quote_toml
from runners.project import CONFIG

_HEADER = re.compile(r"^[ \t]*\[[ \t]*auto[ \t]*\.[ \t]*[\"']?(\w+)[\"']?[ \t]*\][ \t]*(?:#.*)?$")
_ANY_HEADER = re.compile(r"^[ \t]*\[")


def set_starts(text: str, starts: Mapping[WorkKind, KindStart]) -> str:
    """The file's text with these tables, at its end. Raises UserError where it cannot be edited.

    A table of the same kind is taken out, with the comments between its keys; those below them
    are about what follows. What comes of it is read again, so nothing else of the file can have
    changed its meaning.
    """
    before = parse_repo_config(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    kept = "\n".join(_without(text.replace("\r\n", "\n"), starts)).rstrip("\n")
    tables = [format_start(kind, start) for kind, start in starts.items()]
    written = "\n\n".join([*([kept] if kept else []), *tables]) + "\n"
    written = written.replace("\n", newline)
    expected = before.model_copy(update={"auto": {**before.auto, **starts}})
    try:
        good = parse_repo_config(written) == expected
    except UserError:
        good = False
    if not good:
        said = "\n\n".join(tables)
        hint = f"Write them into it by hand, in the place of what `auto` says there:\n\n{said}"
        raise UserError("its [auto] is of a form that is not edited here", where=CONFIG, hint=hint)
    return written


def format_start(kind: str, start: KindStart) -> str:
    names = (f"local = {quote_toml(start.local)}", f"senior = {quote_toml(start.senior)}")
    return "\n".join((f"[auto.{kind}]", f"tier = {quote_toml(start.tier)}", *names))


def _without(text: str, starts: Mapping[WorkKind, KindStart]) -> Iterator[str]:
    inside, below = False, list[str]()
    for line in text.split("\n"):
        if _ANY_HEADER.match(line):
            yield from _list_comments(below)
            found, below = _HEADER.match(line), []
            inside = bool(found and found[1] in starts)
        if not inside:
            yield line
        else:
            is_key = line.strip() and not line.lstrip().startswith("#")
            below = [] if is_key else [*below, line]
    yield from _list_comments(below)


def _list_comments(lines: Sequence[str]) -> Iterator[str]:
    """Without blank lines before the first one; none of blank lines alone."""
    return dropwhile(lambda line: not line.strip(), lines)
