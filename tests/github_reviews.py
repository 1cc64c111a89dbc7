"""Reviews, the threads on lines that they open, and what becomes of those when the code moves on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import github_diff as diff
import github_show as show
import github_show_pull as show_pull
from github_issues import react
from github_people import Reacted, Reaction, Refusal, User

if TYPE_CHECKING:
    from github_pulls import Pull

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@dataclass(eq=False)
class Review:
    id: int
    pull: "Pull"
    author: User
    state: str
    body: str
    commit: str
    submitted: str | None


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


@dataclass(eq=False)
class Reviewing:
    """The part of a pull request that reviews are about."""

    reviews: list[Review] = field(default_factory=list, kw_only=True)
    threads: list[Thread] = field(default_factory=list, kw_only=True)

    @property
    def line_comments(self) -> list[LineComment]:
        pull = cast("Pull", self)
        return sorted(
            (one for thread in pull.threads for one in thread.comments), key=lambda c: c.id
        )

    def tell_review(self, event: str, action: str, by: User, **more: Any) -> None:
        pull = cast("Pull", self)
        pull.repo.tell(event, by, action=action, pull_request=show_pull.brief(pull), **more)

    def tell_line(self, action: str, comment: LineComment, by: User, **more: Any) -> None:
        shown = show_pull.line_comment(comment)
        self.tell_review("pull_request_review_comment", action, by, comment=shown, **more)

    def review(
        self,
        verdict: str,
        by: User,
        body: str = "",
        threads: Sequence[tuple[str, int, str]] = (),
        *,
        commit: str = "",
    ) -> Review:
        """Submit a review: "approve", "request_changes" (or "changes_requested"), or "comment"."""
        pull = cast("Pull", self)
        event = {"changes_requested": "REQUEST_CHANGES", "approved": "APPROVE"}.get(
            verdict, verdict.upper()
        )
        with pull.repo.github.change():
            self._may_submit(event, by, body, threads)
            made = Review(
                pull.repo.github.new_id(),
                pull,
                by,
                STATES[event],
                body,
                commit or pull.head_sha,
                None,
            )
            opened = [self._open(made, path, line, text) for path, line, text in threads]
            made.submitted = pull.touch()
            self.reviews.append(made)
            self.threads.extend(opened)
            if by in pull.reviewers:
                pull.reviewers.remove(by)
            self.tell_review(
                "pull_request_review", "submitted", by, review=show_pull.review_told(made)
            )
            for thread in opened:
                self.tell_line("created", thread.first, by)
            return made

    def _may_submit(self, event: str, by: User, body: str, threads: Sequence[object]) -> None:
        pull = cast("Pull", self)
        if event not in STATES:
            raise Refusal(
                422, "Validation Failed", show.wrong("PullRequestReview", "event", "invalid")
            )
        if by is pull.author and event != "COMMENT":
            what = "approve" if event == "APPROVE" else "request changes on"
            raise Refusal(
                422, "Unprocessable Entity", f"Review Can not {what} your own pull request"
            )
        if event == "REQUEST_CHANGES" and not body and not threads:
            raise Refusal(422, "Unprocessable Entity", "Review Body is required to request changes")

    def _open(self, review: Review, path: str, line: int, text: str, side: str = "RIGHT") -> Thread:
        pull = cast("Pull", self)
        repo, at = pull.repo, pull.touch()
        where = diff.place(repo.git, pull.merge_base, pull.head_sha, path, line, side)
        comment = LineComment(
            repo.github.new_id(), pull, review, review.author, text, path, line, side, where.hunk,
            where.position, line, where.position, review.commit, review.commit, at, at,
        )  # fmt: skip
        return Thread(repo.github.new_id(), pull, [comment])

    def comment_line(self, path: str, line: int, text: str, by: User) -> LineComment:
        """A single comment on a line, not part of a review: GitHub makes a review of its own for it."""
        pull = cast("Pull", self)
        with pull.repo.github.change():
            self.review("comment", by, "", [(path, line, text)])
            return pull.threads[-1].first

    def reply(self, to: LineComment, body: str, by: User) -> LineComment:
        pull = cast("Pull", self)
        github = pull.repo.github
        with github.change():
            thread = self.thread_of(to)
            at = pull.touch()
            review = Review(github.new_id(), pull, by, "COMMENTED", "", pull.head_sha, at)
            self.reviews.append(review)
            first = thread.first
            made = LineComment(
                github.new_id(), pull, review, by, body, first.path, first.line, first.side, first.hunk,
                first.position, first.original_line, first.original_position, first.commit,
                first.original_commit, at, at, reply_to=first,
            )  # fmt: skip
            thread.comments.append(made)
            self.tell_review(
                "pull_request_review", "submitted", by, review=show_pull.review_told(review)
            )
            self.tell_line("created", made, by)
            return made

    def thread_of(self, comment: LineComment) -> Thread:
        return next(one for one in self.threads if comment in one.comments)

    def lines_moved(self) -> None:
        """After a push: a comment follows its line, or is outdated once the line was changed."""
        pull = cast("Pull", self)
        git = pull.repo.git
        for one in self.line_comments:
            if one.side == "RIGHT":
                one.line = diff.moved(
                    git, one.original_commit, pull.head_sha, one.path, one.original_line
                )
            one.commit = pull.head_sha if one.line is not None else one.commit
            try:
                place = diff.place(
                    git, pull.merge_base, pull.head_sha, one.path, one.line or 0, one.side
                )
                one.position = place.position
            except Refusal:
                one.position = one.line = None
