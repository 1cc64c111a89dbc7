"""What is said of a pull request's lines, and what becomes of that when the code moves on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from fake_github import diff, show, show_pull
from fake_github.people import Refusal, User
from fake_github.threads import LineComment, Review, Spot, Thread

if TYPE_CHECKING:
    from fake_github.pulls import Pull

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
ALSO = {"changes_requested": "REQUEST_CHANGES", "approved": "APPROVE"}
Said = tuple[str, int, str] | tuple[str, int, str, int] | Spot


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
        threads: Sequence[Said] = (),
        *,
        commit: str = "",
    ) -> Review:
        """Submit a review: "approve", "request_changes" (or "changes_requested"), or "comment".

        Each thread is (path, line, text), or (path, line, text, first line) on several lines.
        """
        pull = cast("Pull", self)
        event = ALSO.get(verdict, verdict.upper())
        spots = [each if isinstance(each, Spot) else Spot(*each) for each in threads]
        with pull.repo.github.change():
            self._may_submit(event, by, body, spots)
            number, sha = pull.repo.github.new_id(), commit or pull.head_sha
            made = Review(number, pull, by, STATES[event], body, sha, None)
            self._submit(made, [self._open(made, spot) for spot in spots])
            return made

    def _submit(self, made: Review, opened: list[Thread]) -> None:
        pull, by = cast("Pull", self), made.author
        made.submitted = pull.touch()
        self.reviews.append(made)
        self.threads.extend(opened)
        if by in pull.reviewers:
            pull.reviewers.remove(by)
        told = show_pull.review_told(made)
        self.tell_review("pull_request_review", "submitted", by, review=told)
        for thread in opened:
            self.tell_line("created", thread.first, by)

    def _may_submit(self, event: str, by: User, body: str, threads: Sequence[object]) -> None:
        pull = cast("Pull", self)
        pull.repo.need(by, "read")
        if event not in STATES:
            wrong = show.wrong("PullRequestReview", "event", "invalid")
            raise Refusal(422, "Validation Failed", wrong)
        if by is pull.author and event != "COMMENT":
            what = "approve" if event == "APPROVE" else "request changes on"
            said = f"Review Can not {what} your own pull request"
            raise Refusal(422, "Unprocessable Entity", said)
        if event != "APPROVE" and not body and not threads:
            raise Refusal(422, "Unprocessable Entity", "Review Body is required")

    def _open(self, review: Review, spot: Spot) -> Thread:
        pull = cast("Pull", self)
        repo, at, sha = pull.repo, pull.touch(), review.commit
        where = diff.place(repo.git, pull.merge_base, sha, spot.path, spot.line, spot.side)
        if spot.start is not None:
            diff.place(repo.git, pull.merge_base, sha, spot.path, spot.start, spot.side)
        comment = LineComment(
            repo.github.new_id(), pull, review, review.author, spot.body, spot.path, spot.line,
            spot.side, where.hunk, where.position, spot.line, where.position, sha, sha, at, at,
            start=spot.start, original_start=spot.start,
        )  # fmt: skip
        return Thread(repo.github.new_id(), pull, [comment])

    def comment_line(self, spot: Spot, by: User) -> LineComment:
        """A single comment on a line, not part of a review: GitHub makes a review of its own for it."""
        pull = cast("Pull", self)
        with pull.repo.github.change():
            self.review("comment", by, "", [spot])
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
                first.original_commit, at, at, reply_to=first, start=first.start,
                original_start=first.original_start,
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
                one.line = self._moved(one, one.original_line)
                if one.original_start is not None:
                    one.start = self._moved(one, one.original_start)
            one.commit = pull.head_sha if one.line is not None else one.commit
            try:
                place = diff.place(
                    git, pull.merge_base, pull.head_sha, one.path, one.line or 0, one.side
                )
                one.position = place.position
            except Refusal:
                one.position = one.line = one.start = None

    def _moved(self, one: LineComment, line: int) -> int | None:
        pull = cast("Pull", self)
        return diff.moved(pull.repo.git, one.original_commit, pull.head_sha, one.path, line)
