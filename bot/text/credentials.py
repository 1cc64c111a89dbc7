"""Keeping keys out of what is told and what is kept, also where a server or a CLI echoes them."""

import base64
import re
from collections.abc import Iterable, Mapping

LONGEST = 300
SHORTEST_KEY = 6
"""A key shorter than this is no secret, and striking it out would hide words."""
SHORTEST_IN_REPLY = 16
"""A shorter one, like `changeme`, may be a word of the code that was asked for."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_CREDENTIAL = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)(_|$)")


def credentials(env: Mapping[str, str]) -> tuple[str, ...]:
    """What stands in the variables a provider's library may take a key from, as they are named."""
    return tuple(value.strip() for name, value in env.items() if _CREDENTIAL.search(name))


def redacted(text: str, keys: Iterable[str], *, most: int = LONGEST) -> str:
    """One bounded line without the keys, whole or by their halves, as servers like to echo them.

    `most` characters are kept: of the beginning, or where it is negative, of the end.
    """
    wholes = _wholes(keys, SHORTEST_KEY)
    line = " ".join(_CONTROL.sub(" ", _strike(text, wholes + _halves(wholes))).split())
    if len(line) <= abs(most):
        return line
    return f"... {line[most:]}" if most < 0 else f"{line[:most]} ..."


def struck(text: str, keys: Iterable[str]) -> str:
    """A reply as it is, but for a whole key in it: replies are kept, and code must stay exact."""
    return _strike(text, _wholes(keys, SHORTEST_IN_REPLY))


def _strike(text: str, secrets: list[str]) -> str:
    """The longest first: one key may begin like another."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[key]")
    return text


def _wholes(keys: Iterable[str], shortest: int) -> list[str]:
    long = [key for key in keys if len(key) >= shortest]
    return long + [base64.b64encode(key.encode("utf-8", "replace")).decode() for key in long]


def _halves(wholes: list[str]) -> list[str]:
    cuts = [(secret, len(secret) // 2) for secret in wholes]
    halves = [half for secret, cut in cuts for half in (secret[:cut], secret[cut:])]
    return [half for half in halves if len(half) >= SHORTEST_KEY]
