"""Replies with the slips models make, drawn from a repository's history."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import edit_slips_blocks
import edit_slips_diffs
import edit_slips_files
from edit_history import real_edits
from edit_slips import KINDS, Slip

REGISTERED = (edit_slips_blocks, edit_slips_diffs, edit_slips_files)
"""Importing them fills KINDS, in this order."""


def mutated(repo: Path, limit: int, seed: int = 7) -> Iterator[Slip]:
    """`limit` replies of every kind, always the same ones for the same history."""
    reals = list(real_edits(repo))
    for name, kind in KINDS.items():
        dice = random.Random(f"{seed} {name}")  # noqa: S311 - sampling, not secrets
        order = dice.sample(reals, len(reals))
        made = 0
        for real in order:
            if made == limit:
                break
            if (slip := kind(real, dice)) is not None:
                made += 1
                yield replace(slip, kind=name)
