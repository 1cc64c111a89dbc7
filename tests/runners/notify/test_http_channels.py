"""Webhook, ntfy and Slack over real HTTP: the bytes they send, and what they make of each answer."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
from support.message_services import WebService, serve_web

from bot.config.machine import parse_settings
from bot.models.bounded_request import Limits
from runners.notify import post
from runners.notify.channels import Send, open_channels
from runners.notify.compose import bound
from runners.notify.message import MAX_LINE, ChannelError, Message

HOSTILE = "<!channel> & <https://evil.example|read me> *bold* `code` é"
MESSAGE = Message(
    "a1b2c3d4e5f6a1b2c3d4e5f6",
    "needed",
    1_800_000_000.0,
    "octocat/bank#12: blocked",
    (HOSTILE, "the second line"),
    "https://github.com/octocat/bank/issues/12",
    ("octocat/bank#12",),
)
SECRET = "a-secret-of-some-length"  # noqa: S105
TOKEN = "tk_0123"  # noqa: S105
KINDS = ("webhook", "ntfy", "slack")


@pytest.fixture
def service() -> Iterator[WebService]:
    with serve_web() as made:
        yield made


def channel(kind: str, service: WebService, **env: str) -> Send:
    address = f"{service.url}/topic-1" if kind == "ntfy" else f"{service.url}/hooks/T0/xyz"
    key = "secret_env" if kind == "webhook" else "token_env" if kind == "ntfy" else ""
    more = f'{key} = "SECRET"\n' if key and env else ""
    text = f'[notify.{kind}]\nurl_env = "ADDRESS"\n{more}'
    return open_channels(parse_settings(text).notify, {"ADDRESS": address, **env})[kind]


def test_a_webhook_is_json_with_the_signature_of_its_id_its_time_and_its_bytes(
    service: WebService,
) -> None:
    channel("webhook", service, SECRET=SECRET)(MESSAGE)
    (told,) = service.received
    assert told.path == "/hooks/T0/xyz"
    assert told.data == {
        "v": 1,
        "id": MESSAGE.id,
        "kind": "needed",
        "at": MESSAGE.at,
        "title": MESSAGE.title,
        "text": f"{HOSTILE}\nthe second line",
        "url": MESSAGE.url,
        "jobs": ["octocat/bank#12"],
    }
    assert (told.headers["content-type"], told.headers["webhook-id"]) == (
        "application/json",
        MESSAGE.id,
    )
    signed = f"{MESSAGE.id}.{told.headers['webhook-timestamp']}.".encode() + told.body
    expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
    assert told.headers["webhook-signature"] == f"v1,{expected}"


def test_a_secret_in_the_standards_form_is_decoded_and_one_that_is_damaged_is_told(
    service: WebService,
) -> None:
    key = b"twenty-four-bytes-of-key"
    channel("webhook", service, SECRET=f"whsec_{base64.b64encode(key).decode()}")(MESSAGE)
    (told,) = service.received
    signed = f"{MESSAGE.id}.{told.headers['webhook-timestamp']}.".encode() + told.body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert told.headers["webhook-signature"] == f"v1,{expected}"
    with pytest.raises(ChannelError, match="not base64"):
        channel("webhook", service, SECRET="whsec_???")(MESSAGE)  # noqa: S106


def test_a_webhook_without_a_secret_has_no_signature(service: WebService) -> None:
    channel("webhook", service)(MESSAGE)
    assert "webhook-signature" not in service.received[0].headers


def test_ntfy_is_published_as_json_with_title_priority_link_and_token(service: WebService) -> None:
    channel("ntfy", service, SECRET=TOKEN)(MESSAGE)
    (told,) = service.received
    assert told.path == "/"
    assert told.headers["authorization"] == f"Bearer {TOKEN}"
    assert told.data == {
        "topic": "topic-1",
        "title": MESSAGE.title,
        "message": f"{HOSTILE}\nthe second line",
        "priority": 4,
        "sequence_id": MESSAGE.id,
        "click": MESSAGE.url,
    }


def test_ntfy_gets_no_more_bytes_than_it_shows_and_says_what_is_missing(
    service: WebService,
) -> None:
    long = Message(
        "0" * 24, "night_over", 1.0, "Night over", tuple(f"line {n} é" for n in range(900))
    )
    channel("ntfy", service)(long)
    told = service.received[0].data
    assert len(told["message"].encode()) <= 4096
    assert told["message"].splitlines()[0] == "line 0 é"
    assert told["message"].endswith("more lines)")
    assert (told["priority"], "click" in told) == (3, False)


def test_slack_gets_plain_text_in_which_nothing_is_a_link_or_calls_anybody(
    service: WebService,
) -> None:
    channel("slack", service)(MESSAGE)
    (told,) = service.received
    text = told.data["text"]
    assert text.splitlines()[0] == MESSAGE.title
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|read me&gt;" in text
    assert not {"<", ">"} & set(text)
    assert told.data | {"text": ""} == {
        "text": "",
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_told_with_the_answer_and_without_any_secret(
    kind: str, service: WebService
) -> None:
    service.status, service.headers = 429, {"Retry-After": "90"}
    service.said = f"no \x1b[31m {service.url}/hooks/T0/xyz {SECRET} {'x' * 5000}".encode()
    with pytest.raises(ChannelError) as refused:
        channel(kind, service, SECRET=SECRET)(MESSAGE)
    told = str(refused.value)
    assert told.startswith("it answered HTTP 429: no")
    assert refused.value.retry_after == 90
    assert len(told) < 300
    known = {"webhook": (SECRET, "T0/xyz"), "ntfy": (SECRET,), "slack": ("T0/xyz",)}[kind]
    assert not [word for word in ("\x1b", *known) if word in told]


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_is_not_followed_and_its_place_is_not_told(
    kind: str, service: WebService
) -> None:
    service.status, service.headers = 307, {"Location": f"{service.url}/elsewhere?key=abc"}
    with pytest.raises(ChannelError, match=r"no redirect is followed.*HTTP 307") as refused:
        channel(kind, service)(MESSAGE)
    assert len(service.received) == 1
    assert "elsewhere" not in str(refused.value).removeprefix("it redirects elsewhere")


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_never_ends_its_answer_is_left(
    kind: str, service: WebService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "_LIMITS", Limits(0.2, 0.2, 1000))
    service.drip = True
    with pytest.raises(ChannelError, match="no whole answer within"):
        channel(kind, service)(MESSAGE)


def test_a_server_that_is_not_there_is_told() -> None:
    with serve_web() as gone:
        pass
    with pytest.raises(ChannelError, match="Connect"):
        channel("webhook", gone)(MESSAGE)


def test_a_variable_that_is_not_set_or_holds_no_address_is_told_by_its_name() -> None:
    settings = parse_settings(
        '[notify.slack]\nurl_env = "A"\n[notify.webhook]\nurl_env = "B"'
    ).notify
    channels = open_channels(settings, {"B": "no address"})
    with pytest.raises(ChannelError, match="the environment variable A is not set"):
        channels["slack"](MESSAGE)
    with pytest.raises(ChannelError, match="B holds no address") as refused:
        channels["webhook"](MESSAGE)
    assert "no address like" in str(refused.value)


def test_a_secret_in_a_title_or_over_two_lines_is_struck_out_before_any_channel() -> None:
    token = "ghp_" + "a1B2" * 9
    told = bound(
        Message("0" * 24, "needed", 1.0, f"x {token}", (f"a {SECRET}", "b" * 9000), "", (token,)),
        (SECRET,),
    )
    assert not [
        word
        for word in (token, SECRET)
        if word in json.dumps([told.title, *told.lines, *told.jobs])
    ]
    assert len(told.lines[1]) <= MAX_LINE


def test_a_secret_is_struck_out_before_its_line_is_cut_and_what_is_cut_off_is_told() -> None:
    """Else half of it would be sent, which nobody knows for a secret."""
    line = "x" * (MAX_LINE - len(SECRET) // 2) + SECRET
    told = bound(Message("0" * 24, "needed", 1.0, line[-200:], (line,) * 40), (SECRET,))
    assert SECRET[: len(SECRET) // 2 - 3] not in told.text + told.title
    assert told.lines[0].endswith(("...", "[***]"))
    assert told.lines[-1] == f"({41 - len(told.lines)} more lines)"


def test_nothing_of_an_ordinary_message_is_cut() -> None:
    assert bound(MESSAGE, ()) == MESSAGE
