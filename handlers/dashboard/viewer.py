"""What somebody who has signed in may see and do."""

from dataclasses import dataclass

from bot.storage.overview import EVERYTHING, Visible
from handlers.dashboard.sessions import Session


@dataclass(frozen=True, slots=True)
class Viewer:
    """`writes` are the ids of repositories in which they may act; the owner may in all."""

    session: Session
    visible: Visible
    writes: frozenset[str] = frozenset()

    @property
    def is_owner(self) -> bool:
        return self.session.kind == "owner"

    def may_act(self, repo_key: str) -> bool:
        return self.is_owner or repo_key in self.writes


def view_as_owner(session: Session) -> Viewer:
    return Viewer(session, EVERYTHING)
