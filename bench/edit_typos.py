"""A typo: a correct reply gone wrong in one way, and what must come of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from edit_history import Block, Real


@dataclass(frozen=True)
class Typo:
    """`after` None: the reply must be refused, or change nothing."""

    kind: str
    name: str
    before: dict[str, bytes]
    reply: str
    after: dict[str, bytes] | None
    default: str = ""


Kind = Callable[[Real, random.Random], Typo | None]
KINDS: dict[str, Kind] = {}
MIN_DEFINITIONS = 3
MIN_LINES = 20
"""Lines a file needs before a part of it can be left out."""


def toss_coin(dice: random.Random) -> bool:
    return dice.random() < 1 / 2


def make_typo(real: Real, reply: str, *, bad: bool = False, default: bool = False) -> Typo:
    after = None if bad else {real.path: real.after.encode()}
    return Typo(
        "", real.name, {real.path: real.before.encode()}, reply, after, real.path if default else ""
    )


def register_kind(name: str) -> Callable[[Kind], Kind]:
    def put(make: Kind) -> Kind:
        KINDS[name] = make
        return make

    return put


def register_random(
    name: str, make: Callable[[Real, random.Random], str | None], **how: bool
) -> None:
    def run(real: Real, dice: random.Random) -> Typo | None:
        reply = make(real, dice)
        return None if reply is None else make_typo(real, reply, **how)

    KINDS[name] = run


def register_simple(name: str, make: Callable[[Real], str | None], **how: bool) -> None:
    register_random(name, lambda real, _: make(real), **how)


CHAT = (
    "Sure! Here is the change you asked for:\n\n"
    "{}\n"
    "This fixes the problem. Let me know if you need more.\n"
)


def change_blocks(
    blocks: list[Block], change: Callable[[str], str], *, both: bool = True
) -> list[Block]:
    return [Block(change(b.search), change(b.replace) if both else b.replace) for b in blocks]


def change_lines(text: str, change: Callable[[str], str]) -> str:
    return "".join(
        change(x[:-1]) + "\n" if x.strip() else x for x in text.splitlines(keepends=True)
    )
