"""How often each ingredient of a prompt was used, and how attempts went with it and without it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.ledger import NOTE, AttemptOutcome, LedgerRow, name_ingredient
from bot.storage.jobs import read_row
from bot.storage.lost_connection import wait_while_lost
from bot.storage.statistics import NO_MODEL, NOT_JUDGED
from bot.storage.tables import ATTEMPTS

OLD_ENOUGH = 10
"""So many attempts with it are judged before it is first left out of one: a new lesson, which a
person has just asked for, is not weakened before it was tried."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Attempts that checks have judged. `uses` are all that showed it.

    Of those for which it was drawn whether it is shown, it stood in `kept` and was left out of
    `left_out`; so many of each passed.
    """

    uses: int = 0
    kept: int = 0
    kept_passed: int = 0
    left_out: int = 0
    left_out_passed: int = 0


@dataclass(frozen=True, slots=True)
class Trials:
    """Of a repository, by the keys under which its attempts are entered."""

    engine: sa.Engine

    @wait_while_lost
    def list_old(self, repo: str, before: float) -> frozenset[str]:
        """Names of those that are old enough, by what was entered before a time.

        In seconds since 1970: a job asks with the time at which its run began, so that it is told
        the same however often it is killed and taken up.
        """
        by = (ATTEMPTS.c.lessons, ATTEMPTS.c.tier, ATTEMPTS.c.outcome)
        query = (
            sa.select(*by, sa.func.count())
            .where(ATTEMPTS.c.repo == repo, ATTEMPTS.c.lessons > "", ATTEMPTS.c.at < before)
            .group_by(*by)
        )
        uses = Counter[str]()
        with self.engine.connect() as db:
            for lessons, tier, outcome, count in db.execute(query):
                if _is_judged(tier, outcome):
                    uses.update(dict.fromkeys(map(_to_name, lessons.split()), int(count)))
        return frozenset(name for name, count in uses.items() if count >= OLD_ENOUGH)

    def count(self, repos: Sequence[str]) -> dict[str, Trial]:
        """By name. What only exact blocks or no model at all did says nothing of any."""
        sums: dict[str, Counter[str]] = {}
        for row in self._list_rows(repos):
            passed = row.outcome == AttemptOutcome.PASSED
            for name in row.shown:
                sums.setdefault(name, Counter())["uses"] += 1
            for name in row.drawn:
                which = "left_out" if name in row.left_out else "kept"
                sums.setdefault(name, Counter()).update({which: 1, f"{which}_passed": int(passed)})
        return {name: Trial(**found) for name, found in sums.items()}

    def _list_rows(self, repos: Sequence[str]) -> list[LedgerRow]:
        # Where all that there was is left out, only the row itself says so.
        left_out = sa.cast(ATTEMPTS.c.row, sa.Text).like('%"left_out": ["%')
        query = sa.select(ATTEMPTS.c.tier, ATTEMPTS.c.outcome, ATTEMPTS.c.row).where(
            ATTEMPTS.c.repo.in_(repos), sa.or_(ATTEMPTS.c.lessons > "", left_out)
        )
        with self.engine.connect() as db:
            return [read_row(row) for tier, end, row in db.execute(query) if _is_judged(tier, end)]


def _is_judged(tier: str, outcome: str) -> bool:
    return tier not in NO_MODEL and outcome not in NOT_JUDGED


def _to_name(entered: str) -> str:
    """Notes are entered by their ids alone, as they were before there were other kinds."""
    return entered if ":" in entered else name_ingredient(NOTE, entered)
