"""A finding of the doctor: what was examined, whether it is good, and how to fix it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bot.errors import UserError
from bot.models.model import ModelError


@dataclass(frozen=True, slots=True)
class Finding:
    """`good` None: it may be right or cannot be told from here, so a person should look."""

    what: str
    good: bool | None
    hint: str = ""

    @property
    def sign(self) -> Literal["ok", "warning", "error"]:
        return "warning" if self.good is None else "ok" if self.good else "error"


def try_step(what: str, step: Callable[[], object]) -> Finding:
    """What a person can fix is a finding; the rest is a fault of ours and is raised."""
    try:
        step()
    except UserError as exc:
        where = f" ({exc.where})" if exc.where else ""
        return Finding(f"{what}: {exc.what}{where}", good=False, hint=exc.hint)
    except ModelError as exc:
        hint = "Start its server, or name another model in this machine's settings."
        return Finding(f"{what}: {exc.why}", good=False, hint=hint)
    except (OSError, sa.exc.SQLAlchemyError) as exc:
        return Finding(f"{what}: {type(exc).__name__}: {exc}", good=False, hint=_hint(exc))
    return Finding(what, good=True)


def _hint(exc: Exception) -> str:
    if isinstance(exc, PermissionError):
        return "Give this account the right to write there, or name another state_dir."
    if isinstance(exc, sa.exc.SQLAlchemyError):
        return "Start the database, or fix database_url in this machine's settings."
    return "See that the disk is there and has room."
