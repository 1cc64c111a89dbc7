"""Replies with the typos models make, drawn from a repository's history."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import edit_typos_blocks
import edit_typos_diffs
import edit_typos_files
from edit_history import real_edits
from edit_typos import KINDS, Typo

REGISTERED = (edit_typos_blocks, edit_typos_diffs, edit_typos_files)
"""Importing them fills KINDS, in this order."""


def mutate_edits(repo: Path, limit: int, seed: int = 7) -> Iterator[Typo]:
    """`limit` replies of every kind, always the same ones for the same history."""
    reals = list(real_edits(repo))
    for name, kind in KINDS.items():
        dice = random.Random(f"{seed} {name}")  # noqa: S311 - sampling, not secrets
        order = dice.sample(reals, len(reals))
        made = 0
        for real in order:
            if made == limit:
                break
            if (typo := kind(real, dice)) is not None:
                made += 1
                yield replace(typo, kind=name)
