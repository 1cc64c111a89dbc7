"""Whatever GitHub, or somebody in its place, answers: a GitHubError, or an answer of the right type."""

import json
import re
from collections.abc import Callable
from contextlib import suppress

import pytest
import responses
from github.Auth import Token
from hypothesis import given
from hypothesis import strategies as st

from bot.github.client import Client
from bot.github.errors import GitHubError
from bot.github.rate_limits import Limits
from bot.github.repository import Repository
from bot.github.repository_api import RepositoryApi
from bot.github.types import DraftReviewComment, Reaction
from bot.github.webhooks import NOBODY, Person

API = "https://api.github.com"
_ANY = re.compile(r".*")
ME = Person(7, "bricklayer[bot]", bot=True)
SHA = "0" * 40
KEYS = [
    "id", "node_id", "number", "title", "body", "user", "login", "type", "state", "labels", "name", "event",
    "actor", "label", "created_at", "updated_at", "data", "repository", "node", "comments", "nodes", "pageInfo",
    "hasNextPage", "endCursor", "pullRequest", "reviewThreads", "issueOrPullRequest", "lastEditedAt", "errors",
    "message", "check_runs", "statuses", "workflow_runs", "head", "base", "sha", "ref", "repo", "full_name", "app",
    "external_id", "output", "conclusion", "status", "draft", "permission", "databaseId", "fullDatabaseId", "author",
    "editor", "creator", "context", "slug", "check_suite", "default_workflow_permissions", "url", "html_url",
    "clone_url", "default_branch", "private", "isResolved", "path", "line", "diff_hunk", "total_count", "_links", "merged_at", "commit_id",
]  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [
            "",
            "x",
            "octocat/bank",
            SHA,
            "main",
            "labeled",
            "2026-01-01T00:00:00Z",
            "Bot",
            "\0",
            "9" * 40,
        ]
    )
    | st.text(max_size=8)
)
ANSWERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8)
    ),
    max_leaves=40,
)
CALLS: dict[str, Callable[[Repository], object]] = {
    "read_location": lambda hub: hub.read_location(),
    "read_permission": lambda hub: hub.read_permission(Person(5, "mona")),
    "read_issue": lambda hub: hub.read_issue(1),
    "list_labelled_issues": lambda hub: hub.list_labelled_issues("bricklayer", '"etag"'),
    "list_labelled": lambda hub: hub.list_labelled("bricklayer", "etag"),
    "list_updated": lambda hub: hub.list_updated("etag"),
    "list_updated_comments": lambda hub: hub.list_updated_comments("etag"),
    "list_blocking": lambda hub: hub.list_blocking(1),
    "list_sub_issues": lambda hub: hub.list_sub_issues(1),
    "find_unlabeling": lambda hub: hub.find_unlabeling(1, "bricklayer"),
    "find_labeling": lambda hub: hub.find_labeling(1, "bricklayer"),
    "edited_since": lambda hub: hub.edited_since(1, "2026-01-01T00:00:00Z"),
    "list_comments": lambda hub: hub.list_comments(1),
    "read_comment": lambda hub: hub.read_comment(1),
    "find_comment_editor": lambda hub: hub.find_comment_editor(1),
    "post_comment": lambda hub: hub.post_comment(1, "mark", "mark"),
    "edit_comment": lambda hub: hub.edit_comment(1, "body"),
    "add_reaction": lambda hub: hub.add_reaction("comment", 1, "eyes"),
    "read_pull": lambda hub: hub.read_pull(1),
    "open_pull": lambda hub: hub.open_pull("work", "main", "Title", "Body"),
    "edit_pull": lambda hub: hub.edit_pull(1, title="Title"),
    "close_pull": lambda hub: hub.close_pull(1),
    "reopen_pull": lambda hub: hub.reopen_pull(1),
    "mark_ready": lambda hub: hub.mark_ready(1),
    "request_review": lambda hub: hub.request_review(1, "mona"),
    "list_threads": lambda hub: hub.list_threads(1),
    "list_line_comments": lambda hub: hub.list_line_comments(1),
    "list_line_reactions": lambda hub: hub.list_line_reactions(1),
    "read_line_comment": lambda hub: hub.read_line_comment(1),
    "add_review_reaction": lambda hub: hub.add_review_reaction("PRR_1", "eyes"),
    "create_label": lambda hub: hub.create_label("bricklayer"),
    "list_pulls": lambda hub: hub.list_pulls("work"),
    "find_newest_pull": lambda hub: hub.find_newest_pull("work"),
    "list_pushes": lambda hub: hub.list_pushes("main"),
    "read_default_branch": lambda hub: hub.read_default_branch(),
    "list_reviews": lambda hub: hub.list_reviews(1),
    "post_reply": lambda hub: hub.post_reply(1, 2, "mark", "mark"),
    "post_review": lambda hub: hub.post_review(
        1, SHA, "mark", (DraftReviewComment("a.py", 1, "x"),), "mark"
    ),
    "read_checks": lambda hub: hub.read_checks(SHA),
    "read_branch_rules": lambda hub: hub.read_branch_rules("main"),
    "rerun_failed_jobs": lambda hub: hub.rerun_failed_jobs(1),
    "supersede_check": lambda hub: hub.supersede_check(SHA, "bricklayer", "t"),
    "mirror_check": lambda hub: hub.mirror_check(SHA, "bricklayer", "t", "s", "success"),
    "read_job_log": lambda hub: hub.read_job_log(1),
    "read_annotations": lambda hub: hub.read_annotations(1),
    "dispatch_workflow": lambda hub: hub.dispatch_workflow("ci.yml", "main"),
    "actions_may_open_pulls": lambda hub: hub.actions_may_open_pulls(),
}


@pytest.mark.parametrize("name", CALLS)
@given(
    answers=st.lists(ANSWERS, min_size=1, max_size=4),
    status=st.sampled_from([200, 200, 200, 200, 201, 204, 302, 304, 403, 404, 422]),
)
@pytest.mark.slow
def test_an_answer_of_any_form_is_none_or_a_good_one(
    name: str, answers: list[object], status: int
) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        for verb in ("GET", "POST", "PATCH", "PUT"):
            for told in answers:
                body = json.dumps(told, allow_nan=True)
                http.add(verb, url=_ANY, body=body, status=status)
        with suppress(GitHubError):
            CALLS[name](open_hub())


def open_hub() -> Repository:
    wire = Client(API, Token("a-token"), Limits(lambda: 0.0, lambda _: None), backoff=0)
    return Repository(RepositoryApi(wire, "octocat/bank", lambda: ME, lambda: ()), lambda: "")


def test_a_reaction_of_an_account_that_is_gone_is_nobodys() -> None:
    """Else no look at the pull request would ever come to its end."""
    with responses.RequestsMock() as http:
        http.add("GET", url=_ANY, json=[{"id": 1, "content": "+1", "user": None}])
        assert open_hub().list_line_reactions(1) == [Reaction("+1", NOBODY)]


def test_every_method_of_the_hub_is_tried_here() -> None:
    tried = set(CALLS)
    assert {one for one in vars(Repository) if not one.startswith("_")} - {
        "own_account",
        "repo",
        "installation",
        "git_token",
    } == tried
