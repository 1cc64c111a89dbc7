"""A planner's answer that nothing is left to do: what it says, and what shows it."""

import re
from dataclasses import dataclass
from typing import Literal

SettledKind = Literal["solved", "stale"]
MAX_EVIDENCE = 5
"""Lines of evidence that are looked at."""
MAX_LINE = 300
MAX_WHY = 2000
"""Characters of a model's reason that people are shown."""
_LINE = re.compile(r"\s{0,3}[-*]\s+`?(check|gone)`?\s*:\s*(\S.*?)\s*")


@dataclass(frozen=True, slots=True)
class Settled:
    """`solved`: what is asked for is there; `stale`: what it is about is gone.

    `checks` are checks with paths that are green, `gone` files and names that are no more, as the
    planner wrote them. `proofs` are sentences on what was found to be so, `doubts` on what was not.
    """

    kind: SettledKind
    why: str
    checks: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether all that it names was found to be so, and it names something."""
        return bool(self.proofs) and not self.doubts


def read_settled(kind: SettledKind, text: str) -> Settled:
    """The reply behind its word; lines of evidence may stand anywhere in it."""
    words, found = list[str](), dict[str, list[str]]({"check": [], "gone": []})
    for line in text.split("\n"):
        if each := _LINE.fullmatch(line[: 2 * MAX_LINE]):
            found[each[1]].append(each[2].strip("`")[:MAX_LINE])
        else:
            words.append(line)
    why = "\n".join(words).strip()
    why = why if len(why) <= MAX_WHY else f"{why[:MAX_WHY]} ..."
    checks, gone = (tuple(found[key][:MAX_EVIDENCE]) for key in ("check", "gone"))
    return Settled(kind, why, checks, gone)
