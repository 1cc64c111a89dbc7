"""Issues, their comments and labels: what people and the bot change, and what GitHub then tells."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fake_github import show, show_issue, show_repo
from fake_github.people import Reacted, Reaction, Refusal, User

if TYPE_CHECKING:
    from fake_github.repo import Repo

CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
BOX = re.compile(r"(?m)^(\s*[-*+] )\[([ xX])\]")


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass(eq=False)
class Happening:
    """One event of an issue, as its timeline has it."""

    id: int
    event: str
    actor: User
    created: str
    label: Label | None = None
    rename: tuple[str, str] | None = None
    commit: str | None = None
    reviewer: User | None = None


@dataclass(eq=False)
class Comment(Reacted):
    id: int
    issue: "Issue"
    author: User
    body: str
    created: str
    updated: str
    editor: User | None = None
    edited: str | None = None

    def edit(self, body: str, by: User) -> None:
        with self.issue.repo.github.change():
            self.issue.repo.need(by, "write", unless=by is self.author)
            before, self.body = self.body, body
            self.updated = self.edited = self.issue.touch()
            self.editor = by
            self.issue.tell_comment("edited", self, by, changes={"body": {"from": before}})

    def delete(self, by: User) -> None:
        with self.issue.repo.github.change():
            self.issue.repo.need(by, "write", unless=by is self.author)
            self.issue.comments.remove(self)
            self.issue.touch()
            self.issue.tell_comment("deleted", self, by)

    def tick(self, n: int, by: User) -> None:
        """Tick the n-th checkbox (from 1), as a click on it does: an edit of the comment."""
        boxes = list(BOX.finditer(self.body))
        box = boxes[n - 1]
        self.edit(self.body[: box.start(2)] + "x" + self.body[box.end(2) :], by)

    def react(self, content: str, by: User) -> tuple[Reaction, bool]:
        return react(self.issue.repo, self, content, by)


@dataclass(eq=False)
class Issue(Reacted):
    repo: "Repo"
    number: int
    id: int
    title: str
    body: str | None
    author: User
    created: str
    updated: str
    labels: list[Label] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    happened: list[Happening] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    state: str = "open"
    state_reason: str | None = None
    closed: str | None = None
    closed_by: User | None = None
    locked: bool = False
    editor: User | None = None
    edited: str | None = None

    blocked_by: list["Issue"] = field(default_factory=list)
    sub_issues: list["Issue"] = field(default_factory=list)
    parent: "Issue | None" = None

    is_pull = False

    def block_by(self, other: "Issue") -> None:
        """https://docs.github.com/en/rest/issues/issue-dependencies"""
        self.blocked_by.append(other)

    def add_sub_issue(self, other: "Issue") -> None:
        """https://docs.github.com/en/rest/issues/sub-issues"""
        self.sub_issues.append(other)
        other.parent = self

    def touch(self) -> str:
        self.updated = self.repo.github.clock.tick()
        return self.updated

    def note(self, event: str, actor: User, **more: Any) -> None:
        at = self.touch()
        self.happened.append(Happening(self.repo.github.new_id(), event, actor, at, **more))

    def tell(self, action: str, by: User, **more: Any) -> None:
        self.repo.tell("issues", by, action=action, issue=show_issue.told(self), **more)

    def tell_comment(self, action: str, comment: Comment, by: User, **more: Any) -> None:
        shown = {"issue": show_issue.told(self), "comment": show_issue.comment(comment)}
        self.repo.tell("issue_comment", by, action=action, **shown, **more)

    def label(self, name: str, by: User) -> None:
        with self.repo.github.change():
            self.repo.need(by, "triage")
            self.put_label(self.repo.label(name), by)

    def put_label(self, label: Label, by: User) -> None:
        """No permission asked: a template's labels come with an issue anybody opens."""
        if label not in self.labels:
            self.labels.append(label)
            self.note("labeled", by, label=label)
            self.tell("labeled", by, label=show.label(self.repo, label))

    def unlabel(self, name: str, by: User) -> None:
        with self.repo.github.change():
            self.repo.need(by, "triage")
            label = self.repo.labels.get(name.lower())
            if label not in self.labels or label is None:
                raise Refusal(404, "Label does not exist")
            self.labels.remove(label)
            self.note("unlabeled", by, label=label)
            self.tell("unlabeled", by, label=show.label(self.repo, label))

    def edit(self, by: User, *, title: str | None = None, body: str | None = None) -> None:
        with self.repo.github.change():
            self.repo.need(by, "write", unless=by is self.author)
            changes: dict[str, Any] = {}
            if title is not None and title != self.title:
                changes["title"] = {"from": self.title}
                self.note("renamed", by, rename=(self.title, title))
                self.title = title
            if body is not None and body != self.body:
                changes["body"] = {"from": self.body or ""}
                self.body, self.editor, self.edited = body, by, self.touch()
            if changes:
                self.tell("edited", by, changes=changes)

    def comment(self, body: str, by: User) -> Comment:
        with self.repo.github.change():
            if not body.strip():
                raise Refusal(
                    422, "Validation Failed", show.wrong("IssueComment", "body", "missing_field")
                )
            at = self.touch()
            made = Comment(self.repo.github.new_id(), self, by, body, at, at)
            self.comments.append(made)
            self.tell_comment("created", made, by)
            return made

    def close(self, by: User, reason: str = "completed", commit: str | None = None) -> None:
        with self.repo.github.change():
            self.repo.need(by, "triage", unless=by is self.author)
            if self.state == "open":
                self.state, self.state_reason, self.closed_by = "closed", reason, by
                self.note("closed", by, commit=commit)
                self.closed = self.updated
                self.tell("closed", by)

    def reopen(self, by: User) -> None:
        with self.repo.github.change():
            self.repo.need(by, "triage", unless=by is self.author)
            if self.state == "closed":
                self.state, self.state_reason, self.closed, self.closed_by = (
                    "open",
                    "reopened",
                    None,
                    None,
                )
                self.note("reopened", by)
                self.tell("reopened", by)

    def lock(self, by: User, *, locked: bool = True) -> None:
        with self.repo.github.change():
            self.repo.need(by, "write")
            self.locked = locked
            self.touch()

    def may_comment(self, by: User) -> bool:
        """An App is no collaborator, whatever its permissions are.

        https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations
        As Apps meet it: https://github.com/Expensify/App/issues/14862
        """
        return not self.locked or (not by.bot and self.repo.may(by, "write"))

    def transfer(self, to: "Repo", by: User) -> None:
        """It gets a number there and takes its comments along; the old one leads to it.

        https://docs.github.com/en/issues/tracking-your-work-with-issues/administering-issues/transferring-an-issue-to-another-repository
        """
        with self.repo.github.change():
            old, number = self.repo, self.number
            for each in (old, to):
                each.need(by, "write")
            before = show_issue.told(self)
            self.repo, self.number = to, to.next_number()
            self.labels = [one for one in self.labels if one.name.lower() in to.labels]
            to.issues[self.number] = self
            old.transferred[number] = old.issues.pop(number)
            self.touch()
            changes = {"new_issue": show_issue.told(self), "new_repository": show_repo.repo(to)}
            old.tell("issues", by, action="transferred", issue=before, changes=changes)

    def react(self, content: str, by: User) -> tuple[Reaction, bool]:
        return react(self.repo, self, content, by)


def react(repo: "Repo", on: Reacted, content: str, by: User) -> tuple[Reaction, bool]:
    """The reaction, and whether it is new: the same one twice is one."""
    if content not in CONTENTS:
        raise Refusal(422, "Validation Failed", show.wrong("Reaction", "content", "invalid"))
    with repo.github.change():
        for old in on.reactions:
            if old.user is by and old.content == content:
                return old, False
        made = Reaction(repo.github.new_id(), by, content, repo.github.clock.tick())
        on.reactions.append(made)
        return made, True
