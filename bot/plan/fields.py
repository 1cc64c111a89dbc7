"""Reading a section's `- key: value` list, with the line of each, and quoting its values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import Fault, suggest_name
from bot.plan.keys import Key
from bot.plan.markdown import Document, Section
from bot.plan.model import Check, CheckKind
from bot.text.invisible import make_printable

# Words that models bring from other formats, like `needs` of GitHub Actions: they are suggested
# in the message, and never accepted, so that every plan is written in one way.
ALIASES = {"depends": "after", "depends_on": "after", "needs": "after", "type": "kind",
           "files": "file", "path": "file", "checks": "check", "test": "check"}  # fmt: skip
# A bullet may be indented by three blanks: https://spec.commonmark.org/0.31.2/#list-items
_ITEM = re.compile(r" {0,3}[-+*][ \t]+(.*)", re.DOTALL)
_PAIR = re.compile(r"([^\s:][^:]*?)\s*:(?:\s+(.*))?", re.DOTALL)
_BITES_HINT = "Write `bites: yes`, or `bites: no: REASON` and why its tests need not fail."
_FLAGS = {"yes": True, "no": False, "true": True, "false": False}
_WORD = re.compile(r""""([^"]*)"(?=[\s,]|$)|'([^']*)'(?=[\s,]|$)|([^\s,]+)|(,)""")
# As in YAML, `#` begins a comment only where a blank is before it:
# https://yaml.org/spec/1.2.2/#66-comments
_COMMENT = re.compile(r"(?:^|\s)#(?=\s|$)")
_QUOTED = re.compile(r"""\s*(?:"[^"]*"|'[^']*')(?=\s|$)""")
_PLAIN = re.compile(r"""[^\s,"'#\[\]][^\s,]*""")


@dataclass(slots=True)
class Keys:
    """The values of one list as written, without comments. Faults are added to `faults`."""

    faults: list[Fault]
    pairs: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def lines(self) -> tuple[tuple[str, int], ...]:
        return tuple((key, line) for key, _, line in self.pairs)

    def get_text(self, key: str, default: str = "") -> str:
        return next((value for name, value, _ in self.pairs if name == key), default)

    def get_words(self, key: str) -> tuple[str, ...]:
        return split_words(self.get_text(key))

    def get_word(self, key: str) -> str:
        found = self.get_words(key)
        if len(found) > 1:
            self._fault(key, "names more than one", "Name one; quote a path that has blanks.")
        return found[0] if found else ""

    def get_choice(self, key: str, known: Sequence[str]) -> str:
        value = self.get_text(key, known[0])
        if value not in known:
            self._fault(key, f"cannot be `{make_printable(value)}`", suggest_name(value, known))
            return known[0]
        return value

    def get_flag(self, key: str) -> bool:
        value = self.get_text(key, "no")
        if value not in _FLAGS:
            self._fault(key, f"cannot be `{make_printable(value)}`", "Write yes or no.")
        return _FLAGS.get(value, False)

    def get_bites(self) -> tuple[bool, str]:
        """`bites: yes`, or why not: `bites: no: REASON`."""
        value = self.get_text("bites")
        if not value or _FLAGS.get(value):
            return bool(value), ""
        word, _, reason = value.partition(":")
        if _FLAGS.get(word.strip(), True):
            self._fault("bites", f"cannot be `{make_printable(value)}`", _BITES_HINT)
        elif not reason.strip():
            self._fault("bites", f"is `{make_printable(word)}` and no reason is given", _BITES_HINT)
        return False, reason.strip()

    def get_number(self, key: str, default: int) -> int:
        value = self.get_text(key, str(default))
        # `int()` alone also accepts signs, underscores and the digits of any script:
        # https://docs.python.org/3.11/library/functions.html#int
        if re.fullmatch(r"[0-9]{1,6}", value):
            return int(value)
        self._fault(key, f"cannot be `{make_printable(value)}`", "Write a number.")
        return default

    def get_checks(self, named: str) -> tuple[Check, ...]:
        """Checks in the order written: `named: NAME [PATH...]`, `exists: PATH`, `absent: PATH`."""
        found = []
        for key, value, line in self.pairs:
            if key in (named, "exists", "absent"):
                whole = value if key == named else f"{key}: {value}"
                found.append(self._check(whole, line))
        return tuple(check for check in found if check)

    def _check(self, value: str, line: int) -> Check | None:
        if has_comma(value):
            hint = "One check a line, its paths parted by blanks."
            self.faults.append(Fault(line, f"a comma in the check `{make_printable(value)}`", hint))
            return None
        first, *rest = split_words(value) or ("",)
        if first not in ("exists:", "absent:"):
            return Check("run", first, tuple(rest), line)
        kind: CheckKind = "exists" if first == "exists:" else "absent"
        if len(rest) != 1:
            hint = f"Write `{kind}: PATH`, one a line."
            self.faults.append(Fault(line, f"`{kind}` takes one path, not {len(rest)}", hint))
            return None
        return Check(kind, "", tuple(rest), line)

    def _fault(self, key: str, what: str, hint: str) -> None:
        line = dict(self.lines).get(key, 1)
        self.faults.append(Fault(line, f"`{key}` {what}", hint))


def read_keys(
    document: Document, section: Section, known: Mapping[str, Key], faults: list[Fault]
) -> Keys:
    """Read the list directly under the heading; a section need not have one."""
    keys = Keys(faults)
    for start, end in section.spans[0].items if section.spans else ():
        line = start + 1
        first = document.lines[start].rstrip("\r\n")
        item = _ITEM.fullmatch(first)
        pair = _PAIR.fullmatch(item[1].strip()) if item else None
        # Text right below an item belongs to the item, even at the margin:
        # https://spec.commonmark.org/0.31.2/#lazy-continuation-line
        if document.join_lines(start + 1, end).strip():
            hint = "One key a line, and an empty line after the list."
            faults.append(Fault(line + 1, "text runs on from the list of keys", hint))
        if not pair:
            hint = "Put a sentence between the list of keys and a list of your own."
            faults.append(Fault(line, f"not `- key: value`: `{make_printable(first)}`", hint))
            continue
        key, value = pair[1], strip_comment(pair[2] or "")
        if fault := _key_fault(key, value, known, [name for name, *_ in keys.pairs]):
            faults.append(Fault(line, *fault))
        elif value:
            keys.pairs.append((key, value, line))
    return keys


def _key_fault(
    key: str, value: str, known: Mapping[str, Key], before: Sequence[str]
) -> tuple[str, str] | None:
    if key not in known:
        alias = ALIASES.get(key.casefold(), key)
        return f"unknown key `{make_printable(key)}`", suggest_name(alias, known)
    if key in before and not known[key].repeated:
        return f"`{key}` is given twice", "Keep one of them; parts of a list by commas."
    if not value:
        return f"`{key}` is empty", "Give it a value, or leave the line out."
    return None


def strip_comment(value: str) -> str:
    """Cut ` # comment`. A `#` that touches a word, as in `fix #12`, belongs to the value."""
    start = found.end() if (found := _QUOTED.match(value)) else 0
    comment = _COMMENT.search(value, start)
    return (value[: comment.start()] if comment else value).strip()


def split_words(value: str) -> tuple[str, ...]:
    """Words between blanks or commas; quotes keep blanks and commas inside one word."""
    return tuple(w for w, comma in _split_parts(value) if not comma)


def has_comma(value: str) -> bool:
    return any(comma for _, comma in _split_parts(value))


def _split_parts(value: str) -> list[tuple[str, bool]]:
    return [(m[1] or m[2] or m[3] or "", bool(m[4])) for m in _WORD.finditer(value)]


def quote_word(word: str) -> str:
    """`word` so that `split_words` reads it back as one; unquoted where neither quote would do."""
    if _PLAIN.fullmatch(word):
        return word
    return f"'{word}'" if '"' in word else f'"{word}"'


def join_words(values: Iterable[str]) -> str:
    return ", ".join(map(quote_word, values))
