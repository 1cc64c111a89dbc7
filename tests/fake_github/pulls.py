"""Pull requests of the stand-in: opened, pushed to, reviewed, merged."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fake_github import branches, show, show_pull
from fake_github.bare import NONE
from fake_github.issues import Issue
from fake_github.merging import commit_merge
from fake_github.people import Refusal, Token, User
from fake_github.reviews import Reviewing
from fake_github.threads import LineComment

if TYPE_CHECKING:
    from fake_github.repo import Repo

CLOSES = re.compile(r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? +#(\d+)\b")


@dataclass(eq=False)
class Pull(Reviewing, Issue):
    head_repo: "Repo | None" = None
    head_ref: str = ""
    head_sha: str = ""
    base_ref: str = ""
    base_sha: str = ""
    draft: bool = False
    merged_at: str | None = None
    merged_by: User | None = None
    merge_commit: str | None = None
    reviewers: list[User] = field(default_factory=list)
    judged: str = ""
    """The head for which mergeable was worked out: like GitHub, only after somebody asked."""

    is_pull = True

    @property
    def from_fork(self) -> bool:
        return self.head_repo is not self.repo

    @property
    def merge_base(self) -> str:
        return self.repo.git.merge_base(self.base_sha, self.head_sha)

    def tell(self, action: str, by: User, **more: Any) -> None:
        shown = show_pull.pull(self)
        self.repo.tell(
            "pull_request", by, action=action, number=self.number, pull_request=shown, **more
        )

    def branch_moved(
        self, repo: "Repo", branch: str, old: str, new: str, by: User, token: Token | None
    ) -> None:
        if self.state != "open":
            return
        if repo is self.head_repo and branch == self.head_ref:
            if new == NONE:
                self.close(by)
                return
            self._synchronize(old, new, by)
            self.repo.checks.pull_changed(self, by, token)
        elif repo is self.repo and branch == self.base_ref and new != NONE:
            if self.repo.git.is_ancestor(self.head_sha, new):
                self._merged(new, by)
            else:
                self.judged = ""

    def _synchronize(self, old: str, new: str, by: User) -> None:
        self.head_sha, self.judged = new, ""
        self.fetch_head()
        self.touch()
        self.lines_moved()
        self.tell("synchronize", by, before=old, after=new)

    def fetch_head(self) -> None:
        """`refs/pull/N/head` follows the head, also out of a fork."""
        git, ref = self.repo.git, f"refs/pull/{self.number}/head"
        if self.from_fork and self.head_repo is not None:
            git.git(
                "fetch", "-q", str(self.head_repo.git.path), f"+refs/heads/{self.head_ref}:{ref}"
            )
        else:
            git.git("update-ref", ref, self.head_sha)

    def mergeable(self) -> bool | None:
        """None at the first question after a push: GitHub works it out in the background."""
        if self.state != "open" or self.judged != self.head_sha:
            return None
        return bool(self.repo.git.merged_tree(self.repo.git.sha(self.base_ref), self.head_sha))

    def edit(self, by: User, *, title: str | None = None, body: str | None = None) -> None:
        super().edit(by, title=title, body=body)

    @property
    def conflicts(self) -> bool:
        return not self.repo.git.merged_tree(self.repo.git.sha(self.base_ref), self.head_sha)

    def reopen(self, by: User) -> None:
        """Refused once it was merged, or its branch is gone; commits since then belong to it."""
        with self.repo.github.change():
            head = self.head_repo.git.sha(self.head_ref) if self.head_repo else ""
            # In these words: https://github.com/pytorch/pytorch/pull/114423 and
            # https://github.com/cilium/cilium/pull/47088
            why = "" if head else f"The {self.head_ref} branch has been deleted."
            if head and not self.repo.git.is_ancestor(self.head_sha, head):
                why = f"The {self.head_ref} branch was force-pushed or recreated."
            if self.merged_at or why:
                said = f"state cannot be changed. {why}".strip()
                gone = show.wrong("PullRequest", "state", "custom", said)
                raise Refusal(422, "Validation Failed", gone)
            if self.state == "closed":
                self.head_sha, self.judged = head, ""
                self.fetch_head()
                super().reopen(by)
                self.repo.checks.pull_changed(self, by, None)

    def update_branch(self, by: User) -> str:
        return branches.update_branch(self, by)

    def commit_suggestion(self, comment: LineComment, by: User) -> str:
        return branches.commit_suggestion(self, comment, by)

    def ready(self, by: User) -> None:
        with self.repo.github.change():
            self.repo.need(by, "write", unless=by is self.author)
            if self.draft:
                self.draft = False
                self.note("ready_for_review", by)
                self.tell("ready_for_review", by)

    def to_draft(self, by: User) -> None:
        with self.repo.github.change():
            self.repo.need(by, "write", unless=by is self.author)
            if not self.draft:
                self.draft = True
                self.note("converted_to_draft", by)
                self.tell("converted_to_draft", by)

    def request_review(self, logins: Sequence[str], by: User) -> None:
        with self.repo.github.change():
            self.repo.need(by, "write", unless=by is self.author)
            asked = [self.repo.github.user(login) for login in logins]
            for one in asked:
                self._may_review(one)
            for one in asked:
                if one not in self.reviewers:
                    self.reviewers.append(one)
                    self.note("review_requested", by, reviewer=one)
                    self.tell(
                        "review_requested", by, requested_reviewer=show.user(self.repo.github, one)
                    )

    def _may_review(self, user: User) -> None:
        if user is self.author:
            raise Refusal(422, "Review cannot be requested from pull request author.")
        known = user in (self.repo.owner, *self.repo.collaborators())
        if user.bot or not known:
            raise Refusal(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or "
                f"teams you specified is not a collaborator of the {self.repo.full_name} repository.",
            )

    def merge(self, by: User, *, sha: str = "", message: str = "", method: str = "merge") -> str:
        with self.repo.github.change():
            self.repo.need(by, "write")
            if sha and sha != self.head_sha:
                raise Refusal(409, "Head branch was modified. Review and try the merge again.")
            git = self.repo.git
            base = git.sha(self.base_ref)
            tree = git.merged_tree(base, self.head_sha)
            if self.draft or self.state != "open" or not tree:
                raise Refusal(405, "Pull Request is not mergeable")
            new, before = commit_merge(self, method, base, tree, by, message), git.refs()
            git.git("update-ref", f"refs/heads/{self.base_ref}", new)
            self.repo.refs_moved(before, by, None, "pr_merge")
            # Its commits are not on the base after a squash or a rebase, and it is merged still.
            if not self.merged_at:
                self._merged(new, by)
            return new

    def _merged(self, commit: str, by: User) -> None:
        self.state, self.merge_commit, self.merged_by, self.closed_by = "closed", commit, by, by
        self.note("merged", by, commit=commit)
        self.merged_at = self.closed = self.updated
        self.note("closed", by)
        self.tell("closed", by)
        if self.base_ref == self.repo.default_branch:
            for number in CLOSES.findall(self.body or ""):
                issue = self.repo.issues.get(int(number))
                if issue is not None and not issue.is_pull:
                    issue.close(by, commit=commit)
