"""What somebody who has signed in may see and do."""

from dataclasses import dataclass

from bot.storage.overview import EVERYTHING, Visible
from handlers.dashboard.accounts import Accounts
from handlers.dashboard.sessions import Session


@dataclass(frozen=True, slots=True)
class Viewer:
    """`writes` are the ids of repositories in which they may act; the owner may in all.

    By it buttons are shown. Whether a command counts is asked of GitHub once it is given.
    """

    session: Session
    visible: Visible
    writes: frozenset[str] = frozenset()

    @property
    def is_owner(self) -> bool:
        return self.session.kind == "owner"

    def may_act(self, repo_key: str) -> bool:
        return self.is_owner or repo_key in self.writes


def find_viewer(session: Session | None, accounts: Accounts | None) -> Viewer | None:
    """None for who has to sign in."""
    if session is None:
        return None
    if session.kind == "owner":
        return Viewer(session, EVERYTHING)
    known = accounts.find(session.name) if accounts else None
    return Viewer(session, known.visible, known.writes) if known else None
