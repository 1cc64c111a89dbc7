"""A write is asked for with the connection open: nothing that takes long comes after the question."""

import socket
import threading
from collections.abc import Iterator

import pytest
from fake_github.world import GitHub
from github.Auth import Token

from bot.github.account import Account
from bot.github.client import Client
from bot.github.errors import UnavailableError

SECONDS = 10.0
MARK = "<!-- a mark -->"


class NotMineError(Exception):
    pass


class Listener:
    """Accepts one connection, and keeps what comes before it is closed."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.is_open, self.received = threading.Event(), b""
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            self.is_open.set()
            connection.settimeout(SECONDS)
            while data := connection.recv(1 << 16):
                self.received += data

    def close(self) -> None:
        self._thread.join(SECONDS)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def test_what_is_refused_sends_no_byte_over_the_open_connection(listener: Listener) -> None:
    """The guard's own error comes out, and the host that was connected to has read nothing."""
    client = Client(listener.url, Token("a"))
    seen = []

    def refuse() -> None:
        seen.append(listener.is_open.wait(SECONDS))
        raise NotMineError

    client.guard = refuse
    with pytest.raises(NotMineError):
        client.send_request("PATCH", "/repos/octocat/bank/issues/1", body={"state": "closed"})
    listener.close()
    assert seen == [True]
    assert listener.received == b""


def test_an_answer_of_before_a_standstill_does_not_count(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was frozen while it asked, or just after, asks again before it sends."""
    now, asked = [0.0], []
    monkeypatch.setattr("bot.github.guarded_connection.time.monotonic", lambda: now[0])
    client = Client(listener.url, Token("a"))

    def freeze_and_refuse() -> None:
        asked.append(now[0])
        if len(asked) > 1:
            raise NotMineError
        now[0] += 60.0

    client.guard = freeze_and_refuse
    with pytest.raises(NotMineError):
        client.send_request("POST", "/repos/octocat/bank/issues/1/comments", body={})
    listener.close()
    assert asked == [0.0, 60.0]
    assert listener.received == b""


def test_a_database_that_always_takes_too_long_is_an_outage(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent, and whoever called is told instead of being held for ever."""
    now = [0.0]
    monkeypatch.setattr("bot.github.guarded_connection.time.monotonic", lambda: now[0])
    client = Client(listener.url, Token("a"))
    client.guard = lambda: now.__setitem__(0, now[0] + 4.0)
    with pytest.raises(UnavailableError, match="who leads took too long"):
        client.send_request("POST", "/repos/octocat/bank/issues/1/comments", body={})
    listener.close()
    assert listener.received == b""


def test_the_question_comes_after_the_token(github: GitHub, account: Account) -> None:
    """A token that has to be fetched first is there when a write is asked for, once a write."""
    hub = account.open_repository("octocat/bank")
    issue = github.issue("octocat/bank", "A bug", "It breaks.", by=github.person("mona"))
    asked: list[list[str]] = []
    account.guard = lambda: asked.append([call.path for call in github.calls])
    hub.post_comment(issue.number, f"Hello. {MARK}", MARK)
    token = [path for path in asked[-1] if path.endswith("/access_tokens")]
    assert token
    writes = [call for call in github.calls if call.method != "GET"]
    assert len(asked) == len(writes)


def test_reading_is_not_asked_for(github: GitHub, account: Account) -> None:
    """A server that stands by may look at everything."""
    hub = account.open_repository("octocat/bank")
    hub.read_location()

    def refuse() -> None:
        raise NotMineError

    account.guard = refuse
    issue = github.issue("octocat/bank", "A bug", "It breaks.", by=github.person("mona"))
    assert hub.read_issue(issue.number).title == "A bug"
