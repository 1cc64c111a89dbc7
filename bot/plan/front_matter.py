"""Reading and writing a plan's front matter: `key: value` lines, a small part of YAML."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import Fault, suggest_name
from bot.plan.fields import quote_word, split_words, strip_comment
from bot.plan.keys import HEADER_KEYS, MAX_TITLE_CHARACTERS
from bot.text.invisible import make_printable

EXAMPLE = "Begin with `---`, `title: WHAT IS TO BE DONE`, `checks: [NAME]`, `---`."
# Not by a YAML parser: to YAML a title of `no` is a truth value and `1.10` a number.
# https://yaml.org/type/bool.html
_PAIR = re.compile(r"([^\s:#'\"-][^:]*?)\s*:(?:\s+(.*))?", re.DOTALL)
_ITEM = re.compile(r"\s*-\s+(.*)", re.DOTALL)
_ISSUE = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+#[1-9][0-9]{0,9}", re.ASCII)
# What no ref may hold or be: https://git-scm.com/docs/git-check-ref-format
_NO_REF = re.compile(r"[\s~^:?*\[\\\x7f]|\.\.|@\{|//|^[-/.]|[/.]$|\.lock$|/\.")


@dataclass(frozen=True, slots=True)
class Header:
    """The values of the front matter. `end`: the first line after it, counted from 0."""

    end: int = 0
    title: str = ""
    issue: str = ""
    base: str = ""
    checks: tuple[str, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()


def read_header(lines: Sequence[str], faults: list[Fault]) -> Header:
    if not lines or _strip_line(lines[0]) != "---":
        faults.append(Fault(1, "the plan has no front matter", EXAMPLE))
        return Header()
    end = _find_end(lines, faults)
    found: dict[str, tuple[str, int]] = {}
    for key, value, number in _read_pairs(lines, end, faults):
        if key not in HEADER_KEYS:
            faults.append(
                Fault(
                    number, f"unknown key `{make_printable(key)}`", suggest_name(key, HEADER_KEYS)
                )
            )
        elif key in found:
            faults.append(Fault(number, f"`{key}` is given twice", "Keep one of them."))
        else:
            found[key] = (value, number)
    values = {key: value for key, (value, _) in found.items()}
    header = Header(
        end=end,
        title=_unquote(values.get("title", "")),
        issue=_unquote(values.get("issue", "")),
        base=_unquote(values.get("base", "")),
        checks=split_words(_strip_brackets(values.get("checks", ""))),
        lines=tuple((key, number) for key, (_, number) in found.items()),
    )
    faults.extend(_find_faults(header))
    return header


def write_header(title: str, issue: str, base: str, checks: Sequence[str]) -> str:
    plain = {"title": title, "issue": issue, "base": base}
    pairs = [f"{key}: {_quote(value)}\n" for key, value in plain.items() if value]
    names = ", ".join(map(quote_word, checks))
    return "".join(["---\n", *pairs, *([f"checks: [{names}]\n"] if checks else []), "---\n"])


def _strip_line(line: str) -> str:
    # Windows programs begin a UTF-8 file with a byte order mark, which is no white space to Python:
    # https://docs.python.org/3.11/library/codecs.html#module-encodings.utf_8_sig
    return line.removeprefix("\ufeff").rstrip()


def _find_end(lines: Sequence[str], faults: list[Fault]) -> int:
    """Line after the closing `---`; where it is missing, the first that cannot belong to it."""
    for number, line in enumerate(lines[1:], 1):
        if _strip_line(line) == "---":
            return number + 1
        # Without its closing line the header would take the whole plan, with a fault for each line.
        if line.startswith(("## ", "### ", "```")):
            break
    faults.append(Fault(1, "the front matter is not closed", "Put a line `---` after its keys."))
    blank = (number for number, line in enumerate(lines) if not line.strip() or line[0] == "#")
    return next(blank, len(lines))


def _read_pairs(
    lines: Sequence[str], end: int, faults: list[Fault]
) -> Iterator[tuple[str, str, int]]:
    """Each key with its value and line. A list may follow its key as indented `- item` lines."""
    number = 1
    while number < end:
        line = _strip_line(lines[number])
        number += 1
        if not line.strip() or line.lstrip().startswith("#") or line == "---":
            continue
        pair = _PAIR.fullmatch(line)
        if not pair:
            what = f"not a `key: value` line: `{make_printable(line)}`"
            faults.append(Fault(number, what, f"The keys here are {', '.join(HEADER_KEYS)}."))
            continue
        at, items, value = number, [], strip_comment(pair[2] or "")
        # YAML allows a list in brackets on the key's line or as items below it; models write both.
        # https://yaml.org/spec/1.2.2/#21-collections
        while not value and number < end and (item := _ITEM.fullmatch(_strip_line(lines[number]))):
            items.append(strip_comment(item[1]))
            number += 1
        yield pair[1], value or ", ".join(items), at


def _unquote(value: str) -> str:
    mark = value[:1]
    if mark in ("'", '"') and len(value) > 1 and value.find(mark, 1) == len(value) - 1:
        return value[1:-1]
    return value


def _quote(value: str) -> str:
    """`value` as it must be written so that reading it gives the same, quoted only if necessary."""
    plain = value == strip_comment(value) and value[0] not in "'\"["
    if plain:
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'


def _strip_brackets(value: str) -> str:
    return value[1:-1] if value.startswith("[") and value.endswith("]") else value


def _find_faults(header: Header) -> Iterator[Fault]:
    at = dict(header.lines)
    if not header.title:
        yield Fault(at.get("title", 1), "the plan has no title", "Add `title: WHAT IS TO BE DONE`.")
    if len(header.title) > MAX_TITLE_CHARACTERS:
        what = f"the title has {len(header.title)} characters"
        yield Fault(at["title"], what, f"A title has at most {MAX_TITLE_CHARACTERS}.")
    if header.issue and not _ISSUE.fullmatch(header.issue):
        what = f"`{make_printable(header.issue)}` names no issue"
        yield Fault(at["issue"], what, "Write OWNER/REPOSITORY#NUMBER, or leave the key out.")
    if header.base and _NO_REF.search(header.base):
        what = f"`{make_printable(header.base)}` names no branch or commit"
        yield Fault(at["base"], what, "Write a branch, a tag or a SHA, or leave the key out.")
    for key in ("issue", "base", "checks"):
        if key in at and not getattr(header, key):
            yield Fault(at[key], f"`{key}` is empty", "Give it a value, or leave the line out.")
