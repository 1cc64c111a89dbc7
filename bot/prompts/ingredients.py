"""What a prompt may hold and may do without, so that it can be measured whether it helps.

An ingredient has a name that stays its own: its kind, and an id that follows from what it says.
Once it was used often enough, one use in `LEFT_OUT_ONE_IN` goes without it, and the ledger says
which: attempts with and without it differ by the draw alone, so their pass rates can be compared.

For a further kind: give it the part of the prompt that it stands in (`PARTS`), make an `Ingredient`
of each piece that was chosen for the prompt, have `runners.build.ingredients.draw_for` draw among
all that one attempt has, at once, and fill the part with `Draw.texts` of the kind. The ledger's row
gets it by `enter_draw`; `bot.storage.trials` counts it for every kind.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.ledger import name_ingredient

PARTS = {"note": "coaching", "example": "examples"}
"""The part of the prompt in which the ingredients of a kind stand together."""
LEFT_OUT_ONE_IN = 5


@dataclass(frozen=True, slots=True)
class Ingredient:
    """`kind` is a key of `PARTS`. `id` has no blank in it; other words are another ingredient."""

    kind: str
    id: str
    text: str

    @property
    def name(self) -> str:
        return name_ingredient(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Draw:
    """What stays in a prompt, what was left out of it, and what might have been: names of both."""

    kept: tuple[Ingredient, ...] = ()
    left_out: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()

    def texts(self, kind: str) -> tuple[str, ...]:
        return tuple(each.text for each in self.kept if each.kind == kind)

    def seen_in(self, parts: Collection[str]) -> "Draw":
        """Without the kinds whose part the window had no room for: nothing was tried with them."""
        gone = {each.kind for each in self.kept if PARTS[each.kind] not in parts}
        return Draw(
            tuple(each for each in self.kept if each.kind not in gone),
            *(_drop_kinds(names, gone) for names in (self.left_out, self.drawn)),
        )


NO_DRAW = Draw()


def draw_ingredients(found: Sequence[Ingredient], old: Collection[str], seed: str) -> Draw:
    """Leave out some of those that are old enough, each by itself; the same seed draws the same.

    `old` are their names. `found` is what would stand in the prompt: nothing takes the place of
    what is left out.
    """
    drawn = [each.name for each in found if each.name in old]
    left_out = [name for name in drawn if _is_left_out(name, seed)]
    kept = tuple(each for each in found if each.name not in left_out)
    return Draw(kept, tuple(left_out), tuple(drawn))


def _is_left_out(name: str, seed: str) -> bool:
    # A hash, as `random` promises the same numbers only for the same release of Python:
    # https://docs.python.org/3.11/library/random.html#notes-on-reproducibility
    digest = hashlib.sha256(f"{seed}\0{name}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8], "big") % LEFT_OUT_ONE_IN == 0


def _drop_kinds(names: Sequence[str], kinds: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.partition(":")[0] not in kinds)
