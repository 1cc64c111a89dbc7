"""One call to GitHub and what can become of it: limits, lost answers, expired tokens, hostile ones."""

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import responses
from github.Auth import Token
from github.CheckRun import CheckRun
from github.Commit import Commit
from github.Issue import Issue
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.PullRequestComment import PullRequestComment
from github.Repository import Repository
from github.Requester import Requester
from github.Workflow import Workflow
from requests import ConnectionError as NoConnection
from requests import PreparedRequest
from responses import matchers

from bot.github import client, transport
from bot.github.client import Client
from bot.github.errors import (
    AccountError,
    ForbiddenError,
    GitHubError,
    NotFoundError,
    RateLimitedError,
    TooLargeError,
    UnavailableError,
)
from bot.github.rate_limits import Limits

API = "https://api.github.com"
ISSUE = f"{API}/repos/octocat/bank/issues/1"
SECRET = "github_pat_0123456789abcdefghij"  # noqa: S105
NOW = 1_800_000_000.0


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def line(slept: list[float]) -> Client:
    return Client(API, Token(SECRET), Limits(lambda: NOW + sum(slept), slept.append), backoff=0)


def test_a_call_bears_the_token_and_what_it_is_about(
    http: responses.RequestsMock, line: Client
) -> None:
    http.get(ISSUE, json={"number": 1})
    assert line.send_request("GET", "/repos/octocat/bank/issues/1").data == {"number": 1}
    sent = http.calls[0].request.headers
    assert sent["Authorization"] == f"token {SECRET}"
    assert sent["X-GitHub-Api-Version"] == "2022-11-28"
    assert sent["User-Agent"] == "bricklayer"


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_tried_four_times(
    http: responses.RequestsMock, line: Client, verb: str, status: int
) -> None:
    for _ in range(3):
        http.add(verb, ISSUE, status=status)
    http.add(verb, ISSUE, status=200)
    assert line.send_request(verb, "/repos/octocat/bank/issues/1").status == 200


@pytest.mark.parametrize("verb", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_write_is_never_repeated_by_itself(
    http: responses.RequestsMock, line: Client, verb: str
) -> None:
    http.add(verb, ISSUE, status=502)
    with pytest.raises(UnavailableError):
        line.send_request(verb, "/repos/octocat/bank/issues/1", body={})
    assert len(http.calls) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFoundError),
        (410, NotFoundError),
        (451, NotFoundError),
        (401, AccountError),
        (403, ForbiddenError),
        (422, ForbiddenError),
        (400, ForbiddenError),
    ],
)
def test_a_refusal_says_which_it_is(
    http: responses.RequestsMock, line: Client, status: int, error: type[GitHubError]
) -> None:
    http.get(
        ISSUE,
        status=status,
        json={"message": "No way", "errors": [{"field": "x", "code": "bad"}, "y"]},
    )
    with pytest.raises(error, match="No way; x: bad; y") as told:
        line.send_request("GET", "/repos/octocat/bank/issues/1")
    assert told.value.status == status


def test_a_missing_permission_names_its_mend(http: responses.RequestsMock, line: Client) -> None:
    http.get(ISSUE, status=403, json={"message": "Resource not accessible by integration"})
    with pytest.raises(ForbiddenError) as told:
        line.send_request("GET", "/repos/octocat/bank/issues/1")
    assert "permission" in told.value.hint


LIMITS = {
    "primary": (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW + 30:.0f}"}, "API rate limit exceeded", 31),
    "primary as 429": (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW + 5:.0f}"}, "", 6),
    "told to wait": (403, {"retry-after": "7"}, "You have exceeded a secondary rate limit", 7),
    "told to wait as 429": (429, {"retry-after": "7"}, "", 7),
    "secondary, no time": (403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes", 60),
    "429, no time": (429, {}, "", 60),
    "a time that is none": (429, {"retry-after": "soon"}, "", 60),
    "a time without end": (429, {"retry-after": "inf"}, "", 60),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("case", LIMITS)
def test_a_short_limit_is_waited_for_exactly_and_the_call_made_again(
    http: responses.RequestsMock, line: Client, slept: list[float], case: str, verb: str
) -> None:
    status, headers, message, wait = LIMITS[case]
    http.add(verb, ISSUE, status=status, headers=headers, json={"message": message})
    http.add(verb, ISSUE, json={})
    assert line.send_request(verb, "/repos/octocat/bank/issues/1").status == 200
    assert slept == [wait]


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "61"},
        {"retry-after": "1e300"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW + 1800:.0f}"},
    ],
)
def test_a_long_limit_is_raised_and_nothing_is_spent_until_it_is_over(
    http: responses.RequestsMock, line: Client, slept: list[float], headers: dict[str, str]
) -> None:
    http.get(ISSUE, status=403, headers=headers, json={"message": "API rate limit exceeded"})
    for _ in range(3):
        with pytest.raises(RateLimitedError) as told:
            line.send_request("GET", "/repos/octocat/bank/issues/1")
        assert told.value.until in {NOW + 61, NOW + 1801, NOW + 3700}
    assert (len(http.calls), slept) == (1, [])


def test_a_budget_used_up_by_a_good_answer_is_not_overdrawn(
    http: responses.RequestsMock, line: Client
) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW + 1800:.0f}"}
    http.get(ISSUE, headers=headers, json={})
    http.post(f"{API}/graphql", json={"data": {}})
    line.send_request("GET", "/repos/octocat/bank/issues/1")
    line.graphql_query("query { viewer { login } }", {})  # another budget
    with pytest.raises(RateLimitedError):
        line.send_request("GET", "/repos/octocat/bank/issues/1")


def test_a_limit_that_comes_again_and_again_is_raised(
    http: responses.RequestsMock, line: Client, slept: list[float]
) -> None:
    http.get(ISSUE, status=429, headers={"retry-after": "1"})
    with pytest.raises(RateLimitedError):
        line.send_request("GET", "/repos/octocat/bank/issues/1")
    assert len(http.calls) <= 3 >= len(slept)


def test_graphqls_own_limit_is_a_limit(
    http: responses.RequestsMock, line: Client, slept: list[float]
) -> None:
    http.post(f"{API}/graphql", json={"errors": [{"type": "RATE_LIMITED", "message": "limit"}]})
    http.post(f"{API}/graphql", json={"data": {"viewer": {}}})
    assert line.graphql_query("query { viewer { login } }", {})[1]["data"] == {"viewer": {}}
    assert slept == [60]


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (
            {"data": {"node": None}, "errors": [{"type": "NOT_FOUND", "message": "no"}]},
            NotFoundError,
        ),
        (
            {"data": {"node": None}, "errors": [{"type": "FORBIDDEN", "message": "no"}]},
            ForbiddenError,
        ),
        (
            {
                "errors": [
                    {"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}
                ]
            },
            ForbiddenError,
        ),
        ({"data": None, "errors": [{"message": "Something went wrong"}]}, UnavailableError),
        ({}, UnavailableError),
        ([], UnavailableError),
        ("text", UnavailableError),
        ({"data": {}, "errors": "all"}, UnavailableError),
    ],
)
def test_what_graphql_refuses_is_no_answer(
    http: responses.RequestsMock, line: Client, told: object, error: type[GitHubError]
) -> None:
    http.post(f"{API}/graphql", json=told)
    with pytest.raises(error):
        line.graphql_query("query { x }", {})


@pytest.mark.parametrize(
    "body", ["<html>", "[" * 200_000, '{"a":', "\xff", '{"n": ' + "9" * 5000 + "}"]
)
def test_an_answer_that_is_no_json_is_none(
    http: responses.RequestsMock, line: Client, body: str
) -> None:
    http.get(ISSUE, body=body.encode("latin-1"))
    with pytest.raises(UnavailableError, match="not JSON"):
        line.send_request("GET", "/repos/octocat/bank/issues/1")


def test_a_proxys_page_is_the_error_it_has_the_status_of(
    http: responses.RequestsMock, line: Client
) -> None:
    http.get(ISSUE, status=404, body="<html>gone</html>")
    with pytest.raises(NotFoundError, match="does not say why"):
        line.send_request("GET", "/repos/octocat/bank/issues/1")


def test_an_answer_too_large_is_said_to_be(
    http: responses.RequestsMock, line: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1 << 20)
    http.get(ISSUE, body=json.dumps("x" * (1 << 20)))
    with pytest.raises(TooLargeError, match="more than 1 MiB"):
        line.send_request("GET", "/repos/octocat/bank/issues/1")


def test_an_answer_that_drips_on_is_given_up(
    http: responses.RequestsMock, line: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_SECONDS", -1.0)
    http.get(ISSUE, body="[]")
    with pytest.raises(UnavailableError, match="not whole"):
        line.send_request("GET", "/repos/octocat/bank/issues/1")


def test_a_list_without_end_is_said_to_be_one(
    http: responses.RequestsMock, line: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_PAGES", 3)
    http.get(ISSUE, json=[1], headers={"Link": f'<{ISSUE}?page=2>; rel="next"'})
    with pytest.raises(TooLargeError, match="more than 300"):
        list(line.iterate_pages("/repos/octocat/bank/issues/1"))
    assert len(http.calls) == 3


@pytest.mark.parametrize("link", ["<", "<>; rel=next", ";;;", '<x>; rel="next", <', "\x7f"])
def test_a_broken_link_to_a_next_page_crashes_nothing(
    http: responses.RequestsMock, line: Client, link: str
) -> None:
    http.get(ISSUE, json=[1], headers={"Link": link})
    http.get(f"{API}/x", json=[])
    http.assert_all_requests_are_fired = False
    pages = line.iterate_pages("/repos/octocat/bank/issues/1")
    assert next(pages).data == [1]
    with suppress(GitHubError):  # a refusal is as good as an end
        assert len(list(pages)) < client.MAX_PAGES


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/repos/x",
        "//evil.example/repos/x",
        "http://api.github.com@evil.example/x",
    ],
)
def test_a_token_goes_nowhere_but_to_the_configured_host(
    http: responses.RequestsMock, line: Client, link: str
) -> None:
    http.get(ISSUE, json=[1], headers={"Link": f'<{link}>; rel="next"'})
    http.add_callback("GET", f"{API}/repos/x", lambda _: (200, {}, "[]"))
    http.add_callback("GET", f"{API}/x", lambda _: (200, {}, "[]"))
    http.assert_all_requests_are_fired = False
    assert len(list(line.iterate_pages("/repos/octocat/bank/issues/1"))) == 2
    assert {call.request.url.split("/")[2] for call in http.calls} == {"api.github.com"}


def test_a_renamed_repository_is_followed(http: responses.RequestsMock, line: Client) -> None:
    new = f"{API}/repositories/77"
    http.post(f"{ISSUE}/comments", status=307, headers={"Location": f"{new}/issues/1/comments"})
    http.get(f"{API}/repos/octocat/bank", status=301, headers={"Location": new})
    http.post(
        f"{new}/issues/1/comments",
        json={"id": 5},
        match=[matchers.json_params_matcher({"body": "x"})],
    )
    told = line.send_request("POST", "/repos/octocat/bank/issues/1/comments", body={"body": "x"})
    assert told.data == {"id": 5}


@pytest.mark.parametrize(
    "moved",
    [
        "https://api.github.com/repositories/77/issues/9",
        "https://api.github.com/repositories/77/issues/1",
        "https://evil.example/repositories/77/issues/1",
        "https://api.github.com/login",
        "",
    ],
)
def test_an_issue_moved_to_another_repository_is_gone(
    http: responses.RequestsMock, line: Client, moved: str
) -> None:
    http.get(ISSUE, status=301, headers={"Location": moved} if moved else {}, json={})
    http.get(f"{API}/repos/octocat/bank", json={"id": 5})
    http.assert_all_requests_are_fired = False
    with pytest.raises(NotFoundError):
        line.send_request("GET", "/repos/octocat/bank/issues/1")


def test_no_error_holds_the_token_or_its_request(
    http: responses.RequestsMock, line: Client
) -> None:
    def lost(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        raise NoConnection(f"cannot reach {request.headers['Authorization']}", request=request)

    http.add_callback("GET", ISSUE, lost)
    with pytest.raises(UnavailableError) as told:
        line.send_request("GET", "/repos/octocat/bank/issues/1")
    assert SECRET not in _all_of(told.value)
    assert SECRET not in repr(line) + repr(vars(line).get("_auth"))


def _all_of(error: BaseException | None) -> str:
    """The error, what it holds, and all that its trace would print."""
    if error is None:
        return ""
    inner = "" if error.__suppress_context__ else _all_of(error.__context__)
    return f"{error!s}{error!r}{vars(error)!r}{_all_of(error.__cause__)}{inner}"


def test_enterprise_has_its_api_and_graphql_below_one_host(
    http: responses.RequestsMock, slept: list[float]
) -> None:
    told: list[str] = []
    seen: Callable[[PreparedRequest], tuple[int, dict[str, str], str]] = lambda request: (  # noqa: E731
        told.append(str(request.url)) or (200, {}, '{"data": {}}')  # type: ignore[func-returns-value]
    )
    http.add_callback("GET", "https://ghe.example/api/v3/user", seen)
    http.add_callback("POST", "https://ghe.example/api/graphql", seen)
    line = Client("https://ghe.example/api/v3", Token(SECRET), Limits(sleep=slept.append))
    line.send_request("GET", "/user")
    line.graphql_query("query { viewer { login } }", {})
    assert told == ["https://ghe.example/api/v3/user", "https://ghe.example/api/graphql"]


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "http://logs.example/1",
        "ftp://logs.example/1",
        "/relative",
        "https://",
        "\x00",
    ],
)
def test_a_file_is_fetched_from_an_https_address_only(line: Client, location: str) -> None:
    with pytest.raises(UnavailableError):
        line.transport.download_end(location, 100)


def test_a_file_is_asked_for_without_a_token_and_its_address_is_told_nobody(
    http: responses.RequestsMock, line: Client
) -> None:
    url = "https://logs.example/1?sig=signed"
    http.get(url, body=b"0123456789")
    assert line.transport.download_end(url, 4) == (b"6789", 6)
    assert "Authorization" not in http.calls[0].request.headers
    http.get(url, status=403)
    with pytest.raises(UnavailableError) as told:
        line.transport.download_end(url, 4)
    assert "signed" not in _all_of(told.value)


@pytest.mark.parametrize("name", ["requestJsonAndCheck", "graphql_query"])
def test_what_the_client_replaces_of_pygithub_is_there_with_the_same_parameters(name: str) -> None:
    """PyGithub does not document its requester: renamed, it would go past our limits and checks."""
    theirs = inspect.signature(getattr(Requester, name)).parameters
    assert [*inspect.signature(getattr(Client, name)).parameters] == [*theirs]


@pytest.mark.parametrize(
    "method",
    [
        CheckRun.edit,
        Commit.create_status,
        Issue.create_comment,
        Issue.create_reaction,
        IssueComment.create_reaction,
        IssueComment.edit,
        PullRequest.create_review_comment_reply,
        PullRequest.create_review_request,
        PullRequest.edit,
        PullRequestComment.create_reaction,
        Repository.create_check_run,
        Repository.create_pull,
        Workflow.create_dispatch,
    ],
)
def test_what_pygithub_writes_is_sent_by_what_the_client_replaces(
    method: Callable[..., object],
) -> None:
    code = inspect.getsource(method)
    assert "_requester.requestJsonAndCheck(" in code or "_requester.graphql_" in code
