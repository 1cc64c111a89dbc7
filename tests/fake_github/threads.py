"""Reviews of pull requests and the threads on lines that they open."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fake_github import show_pull
from fake_github.issues import react
from fake_github.people import Reacted, Reaction, User

if TYPE_CHECKING:
    from fake_github.pulls import Pull


@dataclass(frozen=True)
class Spot:
    """A comment about to be made: on a line, or on those from `start` to it."""

    path: str
    line: int
    body: str
    start: int | None = None
    side: str = "RIGHT"


@dataclass(eq=False)
class Review(Reacted):
    id: int
    pull: "Pull"
    author: User
    state: str
    body: str
    commit: str
    submitted: str | None

    def react(self, content: str, by: User) -> tuple[Reaction, bool]:
        return react(self.pull.repo, self, content, by)


@dataclass(eq=False)
class LineComment(Reacted):
    id: int
    pull: "Pull"
    review: Review
    author: User
    body: str
    path: str
    line: int | None
    side: str
    hunk: str
    position: int | None
    original_line: int
    original_position: int
    commit: str
    original_commit: str
    created: str
    updated: str
    reply_to: "LineComment | None" = None
    start: int | None = None
    """The first line, where the comment is on several."""
    original_start: int | None = None
    editor: User | None = None
    edited: str | None = None

    def edit(self, body: str, by: User) -> None:
        with self.pull.repo.github.change():
            self.pull.repo.need(by, "write", unless=by is self.author)
            before, self.body, self.editor = self.body, body, by
            self.updated = self.edited = self.pull.touch()
            self.pull.tell_line("edited", self, by, changes={"body": {"from": before}})

    def react(self, content: str, by: User) -> tuple[Reaction, bool]:
        return react(self.pull.repo, self, content, by)


@dataclass(eq=False)
class Thread:
    """Comments on one line, the first one opening it."""

    id: int
    pull: "Pull"
    comments: list[LineComment]
    resolved_by: User | None = None

    @property
    def resolved(self) -> bool:
        return self.resolved_by is not None

    @property
    def first(self) -> LineComment:
        return self.comments[0]

    @property
    def path(self) -> str:
        return self.first.path

    def reply(self, body: str, by: User) -> LineComment:
        return self.pull.reply(self.first, body, by)

    def resolve(self, by: User) -> None:
        with self.pull.repo.github.change():
            self.resolved_by = by
            thread = {
                "node_id": f"PRRT_{self.id}",
                "comments": [show_pull.line_comment(c) for c in self.comments],
            }
            self.pull.tell_review("pull_request_review_thread", "resolved", by, thread=thread)
