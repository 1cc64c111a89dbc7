"""Finding a known secret that was written in another way, so that a list of tokens misses it.

Such as in base32, in hex with blanks, as escapes of a language, backwards, in UTF-16, over several
lines, or less some of its characters.
"""

import base64
import codecs
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

MIN_NEEDLE_CHARACTERS = 10
"""A shorter piece may be there by chance."""
_ESCAPED = re.compile(
    r"&#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});|&[a-zA-Z]{2,6};|\\x[0-9A-Fa-f]{2}"
    r"|\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|U\+[0-9A-Fa-f]{4,6}\b|\\[0-3][0-7]{2}|\\[nrt0]"
    r"|%[0-9A-Fa-f]{2}|0[xX](?=[0-9A-Fa-f]{2})"
)
DROPPED = re.compile(r"[\W_]+")
"""What may stand between two characters; it is taken out of a secret as well."""
# Of the alphabet alone: `str.lower` makes two characters of some, and the places would be others.
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_REST = re.compile(r"[A-Za-z0-9_-]{0,64}")
"""What stands right before or behind a piece of a secret is likely the rest of it."""
MAX_BASE64_LAYERS = 3
"""Stolen secrets were printed in base64 of base64, to pass a log that masks them.

https://github.com/advisories/GHSA-mrrh-fwg8-r2c3 and, three times over,
https://github.com/nrwl/nx/security/advisories/GHSA-cxm3-wv7p-598c
"""


def find_disguised(
    text: str, secrets: Iterator[str] | tuple[str, ...]
) -> Iterator[tuple[int, int]]:
    """Where they begin and end in `text`."""
    needles = [needle for secret in secrets for needle in _make_needles(secret)]
    if not needles:
        return
    plain, small = squeeze(text), ""
    found: list[tuple[int, int]] = []
    for needle, any_case in needles:
        small = small or (plain.translate(LOWER) if any_case else "")
        within = small if any_case else plain
        at = within.find(needle)
        while at >= 0:
            found.append((at, at + len(needle)))
            at = within.find(needle, at + len(needle))
    if found:
        places = map_places(text)
        for start, end in found:
            first, last = places[start][0], places[end - 1][1]
            before = _REST.match(text[max(0, first - 64) : first][::-1])
            rest = _REST.match(text, last)
            yield first - (before.end() if before else 0), rest.end() if rest else last


def squeeze(text: str) -> str:
    return DROPPED.sub("", _ESCAPED.sub(lambda hit: _decode(hit[0]), text))


def _decode(escape: str) -> str:
    if escape.startswith("&"):
        return unescape(escape)
    if escape[:2] in {"0x", "0X"} or escape in {"\\n", "\\r", "\\t", "\\0"}:
        return ""
    digits = escape.lstrip("%\\xuU+").strip("{}")
    is_octal = escape[0] == "\\" and escape[1:] == digits
    code = int(digits, 8 if is_octal else 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""  # noqa: PLR2004


def map_places(text: str) -> list[tuple[int, int]]:
    """For each character of the squeezed text, what it was written as."""
    places: list[tuple[int, int]] = []
    at = 0
    for hit in _ESCAPED.finditer(text):
        places += [(n, n + 1) for n in range(at, hit.start()) if not DROPPED.match(text[n])]
        places += [hit.span() for char in _decode(hit[0]) if not DROPPED.match(char)]
        at = hit.end()
    places += [(n, n + 1) for n in range(at, len(text)) if not DROPPED.match(text[n])]
    return places


@lru_cache(maxsize=1024)
def _make_needles(secret: str) -> tuple[tuple[str, bool], ...]:
    """What of it may stand in a squeezed text, and whether in letters of any case."""
    raw = secret.encode("utf-8", "surrogatepass")
    half = len(secret) // 2
    whole = {secret, secret[::-1], secret[1:], secret[:-1]}
    wide = secret.encode("utf-16-le", "surrogatepass")
    exact = {DROPPED.sub("", each) for each in (*whole, secret[:half], secret[half:])}
    b32 = {_inner(base64.b32encode(bytes(n) + raw).decode(), n, 8) for n in range(5)}
    for before in range(4):
        for encode in (base64.b85encode, base64.a85encode):
            exact.add(DROPPED.sub("", _inner(encode(b"\1" * before + raw).decode(), before, 5)))
    for before in range(3):
        for each in (raw, wide, wide[1:]):
            inner = _inner(base64.b64encode(bytes(before) + each).decode(), before, 4)
            exact.add(DROPPED.sub("", inner))
    exact.update(_encode_again(raw))
    anyhow = {raw.hex(), raw[: len(raw) // 2].hex(), wide.hex(), raw[::-1].hex()}
    anyhow.update("".join(f"{byte:{form}}" for byte in raw) for form in ("d", "08b", "03o"))
    turned = codecs.encode(secret, "rot13")
    anyhow.update(DROPPED.sub("", each).translate(LOWER) for each in (*whole, *b32, turned))
    needles = [*((needle, False) for needle in exact), *((needle, True) for needle in anyhow)]
    return tuple(needle for needle in needles if len(needle[0]) >= MIN_NEEDLE_CHARACTERS)


def _encode_again(raw: bytes) -> Iterator[str]:
    """What is in base64 of base64 of a text with `raw` in it, wherever it stands there.

    No layer but the first has a + or a /: the bytes of base64 itself make none.
    """
    pieces = [raw]
    for layer in range(1, MAX_BASE64_LAYERS + 1):
        inner = [
            _inner(base64.b64encode(bytes(before) + piece).decode(), before, 4)
            for piece in pieces
            for before in range(3)
        ]
        pieces = [piece.encode() for piece in inner]
        if layer > 1:
            yield from inner


def _inner(encoded: str, before: int, letters: int) -> str:
    """Whole groups only: those at either end hold bits of what stands beside the secret."""
    text = encoded.rstrip("=")
    first = letters if before else 0
    whole = len(text) // letters * letters
    return text[first:whole] if whole - first >= MIN_NEEDLE_CHARACTERS else text[first:-1]
