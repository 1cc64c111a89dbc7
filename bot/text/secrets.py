"""Removing secrets, also encoded ones, from whatever leaves this machine or is kept on it.

`redact` is for text that is published: every known secret and every token of a known shape. The
functions below it are for a model's key, also where its server or CLI repeats it.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote

from bot.text.disguised_secrets import find_disguised
from bot.text.secret_pieces import find_pieces
from bot.text.token_shapes import find_shapes

REDACTED = "[***]"
MIN_SECRET_CHARACTERS = 6
"""A shorter one is left in. What replaces a secret must be shorter, so that the loop in `redact`
ends."""
MAX_PASSES = 3
_GAP = r"(?:\s|\\[nr]){0,4}"
"""What may stand between two characters of base64: the end of a line, also one that is quoted."""

_SIMPLE = re.compile(r"[A-Za-z0-9_.~=/+:,@!*-]*")
"""Characters that JSON and URLs write unchanged or as %xx, in no other way."""
_GAPS = (re.compile(r"\s"), re.compile(r"\s|\\[nr]"))
# The alphabet for URLs and file names has - and _ for + and /:
# https://www.rfc-editor.org/rfc/rfc4648#section-5
_STANDARD = str.maketrans("-_", "+/")
_BASE64 = {"+": "[+-]", "/": "[/_]"}
MAX_LINE_CHARACTERS = 300
MIN_KEY_CHARACTERS = 6
"""A shorter key is not redacted: ordinary words would be removed with it."""
MIN_KEY_IN_REPLY_CHARACTERS = 16
"""A shorter one, like `changeme`, may be a word of the code that was asked for."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_CREDENTIAL = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)(_|$)")


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` without `secrets`, plain or encoded, and without tokens of a known shape.

    Nor is a piece of one left, for the text may have been cut before. Short secrets are left:
    striking them out would hide words.
    """
    known = tuple(secrets)
    # What is left of one may, with what stands beside it, look like another.
    for _ in range(MAX_PASSES):
        spans = [*_find_spans(text, known), *find_pieces(text, known)]
        if not spans:
            break
        text = strike(text, spans, lambda _: REDACTED)
    return text


def redact_known(text: str, secrets: Iterable[str]) -> str:
    """`text` without `secrets`, plain, encoded or in pieces; what only looks like a token stays."""
    known = tuple(secret for secret in secrets if len(secret) >= MIN_SECRET_CHARACTERS)
    hits = (hit for pattern in _compile_patterns(text, known) for hit in pattern.finditer(text))
    plain = (hit.span() for hit in hits)
    spans = [*plain, *find_disguised(text, known), *find_pieces(text, known)]
    return strike(text, spans, lambda _: REDACTED) if spans else text


def find_secrets(text: str, secrets: Iterable[str]) -> frozenset[str]:
    """All that `redact` would strike out, as it stands there, but for pieces of a secret."""
    return frozenset(text[start:end] for start, end in _find_spans(text, tuple(secrets)))


def has_secret(text: str, secrets: Iterable[str]) -> bool:
    """Whether `redact` would strike anything, a piece too: for names and messages, made by cuts."""
    return redact(text, secrets) != text


def strike(text: str, spans: Iterable[tuple[int, int]], replace: Callable[[str], str]) -> str:
    """`text` with another text in the place of each span; those that overlap are one."""
    kept: list[str] = []
    at = 0
    for start, end in _merge(spans):
        kept += [text[at:start], replace(text[start:end])]
        at = end
    return "".join([*kept, text[at:]])


def _merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _find_spans(text: str, secrets: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    yield from find_shapes(text)
    for pattern in _compile_patterns(text, secrets):
        yield from (hit.span() for hit in pattern.finditer(text))
    yield from find_disguised(text, tuple(s for s in secrets if len(s) >= MIN_SECRET_CHARACTERS))


def _compile_patterns(text: str, secrets: Iterable[str]) -> list[re.Pattern[str]]:
    """The longest first: one may begin like another."""
    long = {secret for secret in secrets if len(secret) >= MIN_SECRET_CHARACTERS}
    return [
        _compile_pattern(secret)
        for secret in sorted(find_candidates(text, long), key=lambda secret: (-len(secret), secret))
    ]


@lru_cache(maxsize=1024)
def _compile_pattern(secret: str) -> re.Pattern[str]:
    """Compiled for each secret, so that one new token does not compile all of them again."""
    return re.compile("|".join(_build_forms(secret)))


def find_candidates(text: str, secrets: Iterable[str]) -> Iterator[str]:
    """Those that may be in the text: a quick test, since a pattern for each takes long."""
    plain, small = (text, unquote(text)), text.lower()
    joined = [gap.sub("", text).translate(_STANDARD) for gap in _GAPS]
    for secret in secrets:
        raw = secret.encode("utf-8", "surrogatepass")
        inner = (_inner_base64(raw, before)[1:] for before in range(3))
        if (
            not _SIMPLE.fullmatch(secret)
            or any(secret in form for form in plain)
            or raw.hex() in small
            or any(part in form for part in inner for form in joined)
        ):
            yield secret


def _build_forms(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield "".join(map(_plain_or_quoted, secret))
    yield re.escape(json.dumps(secret)[1:-1])
    yield f"(?i:{raw.hex()})"
    for before in range(3):
        yield _GAP.join(_BASE64.get(char, char) for char in _inner_base64(raw, before))


def _plain_or_quoted(char: str) -> str:
    """One character as it is or in URL encoding; a writer of URLs may choose either.

    https://www.rfc-editor.org/rfc/rfc3986#section-2.4
    """
    quoted = "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    blank = r"|\+" if char == " " else ""
    return f"(?:{re.escape(char)}|(?i:{quoted}){blank})"


def _inner_base64(raw: bytes, before: int) -> str:
    """What any base64 has in it where `raw` stands after `before` bytes (modulo 3) of others."""
    # Six bits a letter: only those letters count that hold no bit of the neighbours.
    # https://www.rfc-editor.org/rfc/rfc4648#section-4
    encoded = base64.b64encode(bytes(before) + raw + bytes(2)).decode()
    return encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]


def collect_credentials(env: Mapping[str, str]) -> tuple[str, ...]:
    """What stands in the variables a provider's library may take a key from, as they are named."""
    return tuple(value.strip() for name, value in env.items() if _CREDENTIAL.search(name))


def redact_line(
    text: str, keys: Iterable[str], *, max_characters: int = MAX_LINE_CHARACTERS
) -> str:
    """One bounded line without the keys, whole or in pieces, as servers like to echo them.

    `max_characters` are kept: of the beginning, or, where negative, of the end.
    """
    known = tuple(keys)
    wholes = _encode_keys(known, MIN_KEY_CHARACTERS)
    text = _replace_all(text, wholes + _split_halves(wholes))
    text = strike(text, find_pieces(text, known), lambda _: "[key]")
    line = " ".join(_CONTROL.sub(" ", text).split())
    if len(line) <= abs(max_characters):
        return line
    return f"... {line[max_characters:]}" if max_characters < 0 else f"{line[:max_characters]} ..."


def redact_reply(text: str, keys: Iterable[str]) -> str:
    """A reply as it is, but for a whole key in it: replies are kept, and code must stay exact."""
    return _replace_all(text, _encode_keys(keys, MIN_KEY_IN_REPLY_CHARACTERS))


def _replace_all(text: str, secrets: list[str]) -> str:
    """The longest first: one key may begin like another."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[key]")
    return text


def _encode_keys(keys: Iterable[str], shortest: int) -> list[str]:
    long = [key for key in keys if len(key) >= shortest]
    return long + [base64.b64encode(key.encode("utf-8", "replace")).decode() for key in long]


def _split_halves(wholes: list[str]) -> list[str]:
    cuts = [(secret, len(secret) // 2) for secret in wholes]
    halves = [half for secret, cut in cuts for half in (secret[:cut], secret[cut:])]
    return [half for half in halves if len(half) >= MIN_KEY_CHARACTERS]
