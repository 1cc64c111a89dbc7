"""One repository on GitHub, as the bot sees it and writes in it. Safe for many threads.

Every method raises GitHubError and nothing else. No text leaves with a secret in it.
"""

from collections.abc import Callable
from urllib.parse import quote

from bot.github import (
    activity,
    branch_rules,
    checks,
    ci_logs,
    issue_order,
    issues,
    labels,
    own_check,
    pulls,
    reviews,
    updates,
)
from bot.github.errors import NotFoundError
from bot.github.repository_api import RepositoryApi, read_answer
from bot.github.types import BranchRules, Checks, DraftReviewComment, Push, Reaction, Thread
from bot.github.webhooks import (
    Comment,
    IssueText,
    LineComment,
    Person,
    Pull,
    Review,
    Where,
    objects,
)
from bot.github.webhooks.fields import Field


class Repository:
    """`token` gives one for git. `installation` is 0 where no App is involved."""

    def __init__(self, api: RepositoryApi, token: Callable[[], str], installation: int = 0) -> None:
        self._api = api
        self._token = token
        self._installation = installation

    @property
    def repo(self) -> str:
        return self._api.repo

    @property
    def installation(self) -> int:
        return self._installation

    def own_account(self) -> Person:
        return self._api.own_account()

    def git_token(self) -> str:
        """For git over HTTPS; good for a quarter of an hour at least."""
        return self._token()

    def read_location(self) -> Where:
        """The repository as an event would name it."""
        answer = self._api.fetch("").field
        return read_answer(
            lambda repo: _where(repo, self._api.client.base_url, self._installation), answer
        )

    def read_default_branch(self) -> str:
        """Its name now: what an event told of it may be outdated."""
        answer = self._api.fetch("").field
        return read_answer(lambda repo: repo["default_branch"].match_text(objects.BRANCH), answer)

    def read_permission(self, person: Person) -> str:
        """admin, write, read or none, asked of GitHub now; empty where it is not that person's.

        A login may have been given up and taken by somebody else: only the id is the person.
        """
        if not objects.LOGIN.fullmatch(person.login):
            return ""
        login = quote(person.login, safe="")
        try:
            answer = self._api.fetch(f"/collaborators/{login}/permission").field
        except NotFoundError:
            return ""
        whose, permission = read_answer(_permission, answer)
        return permission if whose.id == person.id else ""

    def read_issue(self, number: int) -> IssueText:
        return issues.read_issue(self._api, number)

    def list_labelled_issues(
        self, label: str, etag: str = ""
    ) -> tuple[list[IssueText] | None, str]:
        return issues.list_labelled_issues(self._api, label, etag)

    def list_labelled(
        self, label: str, etag: str = "", since: str = ""
    ) -> updates.Changed[IssueText] | None:
        return updates.list_labelled(self._api, label, etag, since)

    def list_updated(self, etag: str = "", since: str = "") -> updates.Changed[IssueText] | None:
        return updates.list_updated(self._api, etag, since)

    def list_updated_comments(
        self, etag: str = "", since: str = ""
    ) -> updates.Changed[tuple[int, Comment]] | None:
        return updates.list_updated_comments(self._api, etag, since)

    def find_labeling(self, number: int, label: str) -> tuple[Person, str] | None:
        return issues.find_labeling(self._api, number, label)

    def find_unlabeling(self, number: int, label: str) -> tuple[Person, str] | None:
        return issues.find_unlabeling(self._api, number, label)

    def list_blocking(self, number: int) -> list[IssueText]:
        return issue_order.list_blocking(self._api, number)

    def list_sub_issues(self, number: int) -> list[IssueText]:
        return issue_order.list_sub_issues(self._api, number)

    def edited_since(self, number: int, at: str) -> bool | None:
        return issues.edited_since(self._api, number, at)

    def list_comments(self, number: int, since: str = "") -> list[Comment]:
        return issues.list_comments(self._api, number, since)

    def read_comment(self, comment_id: int) -> Comment:
        return issues.read_comment(self._api, comment_id)

    def find_comment_editor(self, comment_id: int) -> tuple[Person | None, str]:
        return issues.find_comment_editor(self._api, comment_id)

    def post_comment(self, number: int, body: str, mark: str) -> int:
        return issues.post_comment(self._api, number, body, mark)

    def edit_comment(self, comment_id: int, body: str) -> None:
        issues.edit_comment(self._api, comment_id, body)

    def add_reaction(self, kind: issues.ReactTo, number: int, content: str) -> None:
        issues.add_reaction(self._api, kind, number, content)

    def add_review_reaction(self, node: str, content: str) -> None:
        reviews.add_review_reaction(self._api, node, content)

    def read_line_comment(self, comment: int) -> LineComment:
        return reviews.read_line_comment(self._api, comment)

    def read_pull(self, number: int) -> Pull:
        return pulls.read_pull(self._api, number)

    def open_pull(self, head: str, base: str, title: str, body: str, *, draft: bool = True) -> int:
        return pulls.open_pull(self._api, head, base, title, body, draft=draft)

    def edit_pull(self, number: int, *, title: str | None = None, body: str | None = None) -> None:
        pulls.edit_pull(self._api, number, title, body)

    def close_pull(self, number: int) -> None:
        pulls.close_pull(self._api, number)

    def reopen_pull(self, number: int) -> None:
        pulls.reopen_pull(self._api, number)

    def mark_ready(self, number: int) -> None:
        pulls.mark_ready(self._api, number)

    def request_review(self, number: int, login: str) -> bool:
        return pulls.request_review(self._api, number, login)

    def list_threads(self, number: int) -> tuple[Thread, ...]:
        return reviews.list_threads(self._api, number)

    def list_line_comments(self, number: int, since: str = "") -> list[LineComment]:
        return reviews.list_line_comments(self._api, number, since)

    def list_line_reactions(self, comment: int) -> list[Reaction]:
        return reviews.list_line_reactions(self._api, comment)

    def list_reviews(self, number: int) -> list[Review]:
        return reviews.list_reviews(self._api, number)

    def post_reply(self, number: int, comment_id: int, body: str, mark: str) -> int:
        return reviews.post_reply(self._api, number, comment_id, body, mark)

    def post_review(
        self, number: int, sha: str, body: str, remarks: tuple[DraftReviewComment, ...], mark: str
    ) -> int:
        return reviews.post_review(self._api, number, sha, body, remarks, mark)

    def read_checks(self, sha: str) -> Checks:
        return checks.read_checks(self._api, sha)

    def create_label(self, name: str) -> bool:
        return labels.create_label(self._api, name)

    def find_newest_pull(self, head: str) -> Pull | None:
        return pulls.find_newest_pull(self._api, head)

    def list_pulls(self, head: str) -> list[Pull]:
        return pulls.list_pulls(self._api, head)

    def list_pushes(self, branch: str) -> tuple[Push, ...]:
        return activity.list_pushes(self._api, branch)

    def read_branch_rules(self, branch: str) -> BranchRules:
        return branch_rules.read_branch_rules(self._api, branch)

    def rerun_failed_jobs(self, run: int) -> None:
        checks.rerun_failed_jobs(self._api, run)

    def mirror_check(
        self, sha: str, name: str, title: str, summary: str, conclusion: str | None
    ) -> None:
        own_check.mirror_check(self._api, sha, name, title, summary, conclusion)

    def supersede_check(self, sha: str, name: str, title: str) -> None:
        own_check.supersede_check(self._api, sha, name, title)

    def read_job_log(self, job: int) -> ci_logs.JobLog:
        return ci_logs.read_job_log(self._api, job)

    def read_annotations(self, check_run: int) -> tuple[ci_logs.Annotation, ...]:
        return ci_logs.read_annotations(self._api, check_run)

    def dispatch_workflow(self, workflow: str, ref: str) -> None:
        checks.dispatch_workflow(self._api, workflow, ref)

    def actions_may_open_pulls(self) -> bool | None:
        return checks.actions_may_open_pulls(self._api)


def _permission(answer: Field) -> tuple[Person, str]:
    return objects.read_author(answer["user"]), answer["permission"].read_text()


def _where(repo: Field, api_url: str, installation: int) -> Where:
    return Where(
        repo=repo["full_name"].match_text(objects.REPO),
        repo_id=repo["id"].read_int(),
        clone_url=repo["clone_url"].match_text(objects.URL),
        default_branch=repo["default_branch"].match_text(objects.BRANCH),
        private=repo["private"].read_flag(),
        api_url=api_url,
        installation=installation,
    )
