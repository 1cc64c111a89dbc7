"""What somebody who has signed in may see and do."""

from dataclasses import dataclass

from bot.storage.overview import EVERYTHING, Visible
from handlers.dashboard.accounts import Accounts
from handlers.dashboard.sessions import Session
from handlers.dashboard.threads import Threads


@dataclass(frozen=True, slots=True)
class Viewer:
    """`writes` are the ids of repositories in which they may act; the owner may in all.

    By it buttons are shown. Whether a command counts is asked of GitHub once it is given.
    """

    session: Session
    visible: Visible
    writes: frozenset[str] = frozenset()

    @property
    def sees_nothing(self) -> bool:
        """With an account that reads none of the repositories where the App is."""
        return self.visible.repos == frozenset()

    @property
    def is_owner(self) -> bool:
        return self.session.kind == "owner"

    def may_act(self, repo_key: str) -> bool:
        return self.is_owner or repo_key in self.writes


async def find_viewer(
    session: Session | None, accounts: Accounts | None, threads: Threads
) -> Viewer | None:
    """None for who has to sign in. It waits for GitHub alone, and keeps no thread of pages."""
    if session is None:
        return None
    if session.kind == "owner":
        return Viewer(session, EVERYTHING)
    if accounts is None:
        return None
    known = accounts.find_fresh(session.name)
    known = known or await threads.ask_github(accounts.find, session.name)
    return Viewer(session, known.visible, known.writes) if known else None
