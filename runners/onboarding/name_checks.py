"""Names for the checks of a repository's parts, as plans will call them."""

import re
from collections.abc import Sequence

from runners.onboarding.found import Part

MAIN = "test"
_MAX_CHARACTERS = 40


def name_parts(parts: Sequence[Part]) -> list[tuple[str, Part]]:
    """`test` for the main one of the root, else after the folder or the language; each once."""
    named: dict[str, Part] = {}
    for part in parts:
        if part.folder:
            name = re.sub(r"[^a-z0-9]+", "-", part.folder.lower()).strip("-") or "part"
        else:
            name = f"{MAIN}-{part.language}" if MAIN in named else MAIN
        name, number = name[: _MAX_CHARACTERS - 3], 1
        while (unique := name if number == 1 else f"{name}-{number}") in named:
            number += 1
        named[unique] = part
    return list(named.items())
