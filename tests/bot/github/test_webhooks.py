"""A payload becomes one small event, or None, or Malformed: nothing else, whatever it holds."""

import copy
import dataclasses
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import payloads
from support.payloads import SHA, Json

from bot.github.webhooks import (
    NOBODY,
    Checked,
    Closed,
    Comment,
    Commented,
    Edited,
    Event,
    Installed,
    Labeled,
    MalformedError,
    Person,
    PullClosed,
    Pushed,
    ReviewCommented,
    Reviewed,
    Unlabeled,
    Where,
    parse_event,
)

EVERY = payloads.every()
MONA = Person(7, "mona", bot=False)


def named(name: str, action: str = "") -> Json:
    return next(p for n, p in payloads.every() if n == name and p.get("action", "") == action)


def test_a_label_brings_the_issue_as_it_was_then() -> None:
    """Title, body, author, labels and time all come from the payload of the label."""
    event = parse_event("issues", named("issues", "labeled"))
    assert isinstance(event, Labeled)
    assert (event.label, event.at, event.sender) == ("bricklayer", "2025-01-02T03:04:05Z", MONA)
    assert (event.issue.number, event.issue.title) == (12, "Withdraw adds")
    assert event.issue.labels == ("bug", "bricklayer")
    assert event.issue.author == Person(8, "reporter", bot=False)
    assert not event.issue.is_pull


def test_where_is_what_the_payload_says_of_repository_host_and_installation() -> None:
    clone = "https://github.com/octocat/bank.git"
    event = parse_event("issues", named("issues", "closed"))
    assert isinstance(event, Closed)
    assert event.where == Where(
        "octocat/bank", 21, clone, "main", private=True, api_url=payloads.API, installation=5
    )


@pytest.mark.parametrize(
    "url",
    ["https://api.github.com/repos/octocat/bank", "https://github.com/octocat/bank"],
)
def test_the_api_is_the_repositorys_or_where_a_push_gives_its_page_the_senders(url: str) -> None:
    body = named("push")
    body["repository"]["url"] = url
    event = parse_event("push", body)
    assert event
    assert event.where.api_url == payloads.API


def test_an_enterprise_server_has_its_own_api() -> None:
    body = named("ping")
    body["repository"]["url"] = "https://ghe.example:8443/api/v3/repos/octocat/bank"
    event = parse_event("ping", body)
    assert event
    assert event.where.api_url == "https://ghe.example:8443/api/v3"


def test_an_edit_says_what_changed_and_what_a_comment_was_before() -> None:
    issue, comment = (
        parse_event(name, named(name, "edited")) for name in ("issues", "issue_comment")
    )
    assert isinstance(issue, Edited)
    assert issue.changed == frozenset({"body"})
    assert isinstance(comment, Commented)
    assert (comment.edited, comment.before, comment.comment.body) == (True, "before", "/approve")


def test_a_comment_has_its_author_who_need_not_be_the_sender() -> None:
    body = named("issue_comment", "created")
    body["comment"]["user"] = payloads.account("other", 99)
    body["issue"]["pull_request"] = {"url": "x"}
    event = parse_event("issue_comment", body)
    assert isinstance(event, Commented)
    assert event.issue.is_pull
    assert not event.edited
    page = "https://github.com/octocat/bank/issues/12#issuecomment-31"
    other = Person(99, "other", bot=False)
    assert event.comment == Comment(31, other, "/approve", "2025-01-02T03:04:06Z", page)


def test_reviews_speak_one_case_and_a_missing_body_is_empty() -> None:
    """REST says CHANGES_REQUESTED where the webhook says changes_requested."""
    event = parse_event("pull_request_review", named("pull_request_review", "submitted"))
    assert isinstance(event, Reviewed)
    assert (event.review.state, event.review.body) == ("changes_requested", "")
    assert event.pull.author == Person(9, "bricklayer[bot]", bot=True)


def test_an_outdated_line_comment_keeps_the_line_it_was_written_at() -> None:
    event = parse_event(
        "pull_request_review_comment", named("pull_request_review_comment", "created")
    )
    assert isinstance(event, ReviewCommented)
    assert (event.comment.path, event.comment.line, event.comment.review) == ("src/bank.py", 2, 41)


@pytest.mark.parametrize(
    ("name", "app"),
    [("check_suite", 15368), ("check_run", 15368), ("workflow_run", 0), ("status", 0)],
)
def test_all_news_of_ci_is_one_event(name: str, app: int) -> None:
    """Whoever reports it and in whatever state: look again at that commit."""
    event = parse_event(name, next(body for each, body in EVERY if each == name))
    assert isinstance(event, Checked)
    assert (event.sha, event.app) == (SHA, app)


def test_a_push_says_which_branch_and_to_where() -> None:
    event = parse_event("push", named("push"))
    assert isinstance(event, Pushed)
    assert (event.ref, event.after) == ("refs/heads/main", SHA)


def test_an_installation_that_ends_and_one_that_shrinks_are_asked_about() -> None:
    gone = parse_event("installation", {**named("installation", "created"), "action": "suspend"})
    less = parse_event("installation_repositories", named("installation_repositories", "removed"))
    assert isinstance(gone, Installed)
    assert isinstance(less, Installed)


def test_a_fork_that_is_gone_has_no_name() -> None:
    body = named("pull_request", "closed")
    body["pull_request"]["head"]["repo"] = None
    body["pull_request"] |= {"merged_at": "2025-01-02T03:04:05Z"}
    del body["pull_request"]["merged"]
    event = parse_event("pull_request", body)
    assert isinstance(event, PullClosed)
    assert event.pull.head_repo == ""
    assert event.pull.merged


def test_the_text_of_a_deleted_account_is_nobodys() -> None:
    body = named("issues", "unlabeled")
    body["issue"]["user"] = None
    event = parse_event("issues", body)
    assert isinstance(event, Unlabeled)
    assert event.issue.author == NOBODY


def test_an_account_is_a_bots_by_its_type_or_by_its_name() -> None:
    for account in (payloads.account("copilot", 3, "Bot"), payloads.account("x[bot]", 3, "User")):
        event = parse_event("ping", {**named("ping"), "sender": account})
        assert event
        assert event.sender.bot


@pytest.mark.parametrize(
    ("name", "action"),
    [("issues", "pinned"), ("issue_comment", "pinned"), ("star", "created"), ("", "labeled")],
)
def test_what_the_bot_does_nothing_about_is_none(name: str, action: str) -> None:
    assert parse_event(name, {"action": action}) is None


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("sender",), None),
        (("sender", "id"), 1 << 70),
        (("sender", "id"), -1),
        (("sender", "id"), True),
        (("sender", "id"), 7.0),
        (("sender", "login"), "mona\n"),
        (("repository", "full_name"), "octocat/../bank"),
        (("repository", "full_name"), ".."),
        (("repository", "full_name"), "--upload-pack=x/y"),
        (("repository", "clone_url"), "ext::sh -c id"),
        (("repository", "clone_url"), "--upload-pack=/tmp/x"),
        (("repository", "clone_url"), "https://-oProxyCommand=x"),
        (("repository", "default_branch"), "--upload-pack=x"),
        (("pull_request", "head", "ref"), "-f"),
        (("pull_request", "head", "ref"), "a\nb"),
        (("pull_request", "head", "sha"), "HEAD"),
        (("pull_request", "head", "sha"), SHA + "\n"),
        (("pull_request", "number"), "13"),
        (("installation", "id"), [5]),
    ],
)
def test_what_has_not_the_shape_of_itself_is_malformed(place: tuple[str, ...], value: Json) -> None:
    """Ids, names, object names and addresses end up in commands and requests."""
    body = named("pull_request", "synchronize")
    within = body
    for key in place[:-1]:
        within = within[key]
    within[place[-1]] = value
    with pytest.raises(MalformedError, match=place[0]):
        parse_event("pull_request", body)


def test_text_that_no_database_holds_is_made_fit() -> None:
    """JSON may spell a lone surrogate and a NUL; neither can be stored or sent on."""
    body = named("issue_comment", "created")
    body["comment"]["body"] = json.loads(r'"a\u0000b\ud800c\r\n\u200b"')
    event = parse_event("issue_comment", body)
    assert isinstance(event, Commented)
    assert event.comment.body == "a\ufffdb\ufffdc\r\n\u200b"


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for key, below in inner:
        yield (*path, key)
        yield from places(below, (*path, key))


GONE = object()
HOSTILE = [
    *(GONE, None, [], [None], {}, {"": {}}, "", "x" * 2_000_000, "\x00\ud800\u202e", "-x", "\n"),
    *(True, -1, 1 << 64, 10**400, 1.5, float("nan"), float("inf")),
]


def with_at(payload: Json, path: tuple[str | int, ...], value: object) -> Json:
    changed = copy.deepcopy(payload)
    within: Json = changed
    for key in path[:-1]:
        within = within[key]  # type: ignore[index]
    if value is GONE:
        del within[path[-1]]  # type: ignore[arg-type]
    else:
        within[path[-1]] = value  # type: ignore[index]
    return changed


def read(name: str, payload: object) -> Event | None:
    """The event, hashable and of storable text; None for none and for a malformed payload."""
    try:
        event = parse_event(name, payload)
    except MalformedError:
        return None
    if event:
        hash(event)
        said = json.dumps(dataclasses.asdict(event), ensure_ascii=False, default=sorted)
        assert b"\\u0000" not in said.encode()
    return event


@pytest.mark.parametrize(
    ("name", "payload"), EVERY, ids=[f"{n}-{b.get('action')}" for n, b in EVERY]
)
def test_any_part_may_be_missing_or_anything_else(name: str, payload: Json) -> None:
    """Every place of every payload, with each hostile value: an event, None or Malformed."""
    assert isinstance(parse_event(name, payload), Event)
    for path in places(payload):
        for value in HOSTILE:
            read(name, with_at(payload, path, value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)


@given(st.data())
@pytest.mark.slow
def test_several_parts_may_be_anything_at_once(data: st.DataObject) -> None:
    name, payload = data.draw(st.sampled_from(EVERY))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(payload)) or [()]))
        payload = with_at(payload, path, data.draw(JSON)) if path else payload
    read(name, payload)


@given(st.sampled_from([name for name, _ in EVERY]), JSON)
def test_a_payload_may_be_any_json(name: str, payload: object) -> None:
    read(name, payload)
