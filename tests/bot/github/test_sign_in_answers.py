"""Whatever GitHub, or what stands before it, answers to a sign-in: an error in words, and no token."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.github import sign_in
from bot.github.errors import ForbiddenError, GitHubError, UnavailableError
from bot.github.sign_in import SignInApp, exchange_sign_in, list_reach, make_challenge, read_account

TOKEN = "ghu_0123456789"  # noqa: S105
ANSWERS: dict[str, tuple[int, bytes]] = {
    "nothing": (200, b""),
    "a page": (200, b"<!doctype html><title>Unicorn!</title>"),
    "a list": (200, b"[]"),
    "a number": (200, b"7"),
    "deep": (200, b"[" * 100_000),
    "a long number": (200, b'{"id": ' + b"9" * 5_000 + b', "login": "x"}'),
    "not text": (200, b"\xff\xfe\x00"),
    "half": (200, b'{"access_token": "ghu_'),
    "a fault": (502, b"<h1>502 Bad Gateway</h1>"),
    "elsewhere": (302, b""),
    "other kinds": (200, b'{"access_token": ["x"], "id": "7", "login": 7}'),
    "the owner": (200, b'{"id": -1, "login": "The owner of the bot\'s machine"}'),
}


class GitHub:
    """`answer` is what it answers to whatever it is asked."""

    def __init__(self) -> None:
        self.answer = (200, b"{}")
        self.paths: list[str] = []

    def make_app(self, port: int) -> SignInApp:
        address = f"http://127.0.0.1:{port}"
        return SignInApp(address, address, f"{address}/back", "id", "the-secret")


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture
def app(github: GitHub) -> Iterator[SignInApp]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = github.answer
            github.paths.append(self.path)
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # whoever asked has had enough
                self.close_connection = True

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield github.make_app(server.server_port)
        server.shutdown()
        thread.join(10)


def exchange(app: SignInApp) -> object:
    return exchange_sign_in(app, "code", make_challenge())


def read(app: SignInApp) -> object:
    return read_account(app, TOKEN)


@pytest.mark.parametrize("ask", [exchange, read])
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_no_use_signs_nobody_in(
    github: GitHub, app: SignInApp, name: str, ask: Callable[[SignInApp], object]
) -> None:
    github.answer = ANSWERS[name]
    with pytest.raises(GitHubError) as caught:
        ask(app)
    assert "the-secret" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert "/elsewhere" not in github.paths


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_no_use_lets_nobody_read(github: GitHub, app: SignInApp, name: str) -> None:
    github.answer = ANSWERS[name]
    try:
        assert list(list_reach(app, TOKEN)) == []
    except UnavailableError as exc:
        assert TOKEN not in str(exc)  # noqa: PT017


@pytest.mark.parametrize("ask", [exchange, read, lambda app: list(list_reach(app, TOKEN))])
def test_what_is_too_long_is_not_read_to_its_end(
    github: GitHub,
    app: SignInApp,
    ask: Callable[[SignInApp], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sign_in, "_MAX_ANSWER_BYTES", 1 << 16)
    github.answer = (200, b'"' + b"x" * (1 << 20) + b'"')
    with pytest.raises(UnavailableError, match="too long"):
        ask(app)


def test_what_drips_for_ever_is_given_up(
    github: GitHub, app: SignInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "_ANSWER_SECONDS", -1.0)
    github.answer = (200, b"{}")
    with pytest.raises(UnavailableError, match="too long"):
        read(app)


def test_a_token_that_has_ended_is_told_from_a_fault(github: GitHub, app: SignInApp) -> None:
    github.answer = (401, b'{"message": "Bad credentials"}')
    with pytest.raises(ForbiddenError):
        read(app)
