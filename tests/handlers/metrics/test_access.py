"""Who is told the numbers."""

import pytest
from starlette.requests import Request

from handlers.metrics.access import may_read

TOKEN = "a long random word"  # noqa: S105
HERE = {"host": "127.0.0.1:8471"}


def asked(client: str = "127.0.0.1", **headers: str) -> Request:
    sent = {**HERE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    return Request({"type": "http", "headers": raw, "client": (client, 1234)})


@pytest.mark.parametrize(("client", "host"), [("127.0.0.1", "localhost:8471"), ("::1", "[::1]")])
def test_without_a_token_this_machine_is_told(client: str, host: str) -> None:
    assert may_read(asked(client, host=host), "")


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("192.0.2.7", {}),
        ("", {}),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}),
        ("127.0.0.1", {"via": "1.1 proxy"}),
        ("127.0.0.1", {"host": "bricklayer.example.com"}),
        ("127.0.0.1", {"host": "127.0.0.1.example.com"}),
        ("127.0.0.1", {"host": "["}),
        ("192.0.2.7", {"authorization": "Bearer "}),
        ("192.0.2.7", {"authorization": "Bearer"}),
    ],
)
def test_without_a_token_nobody_from_elsewhere_is(client: str, headers: dict[str, str]) -> None:
    """Neither through a proxy on this machine, nor by another site's name that leads here."""
    assert not may_read(asked(client, **headers), "")


@pytest.mark.parametrize("client", ["127.0.0.1", "192.0.2.7"])
def test_with_a_token_who_sends_it_is_told(client: str) -> None:
    """The scheme's case does not matter: https://www.rfc-editor.org/rfc/rfc9110#section-11.1."""
    for scheme in ("Bearer", "bearer"):
        assert may_read(asked(client, authorization=f"{scheme} {TOKEN}"), TOKEN)


@pytest.mark.parametrize("sent", ["", "Bearer", f"Basic {TOKEN}", "Bearer other", f"Bearer{TOKEN}"])
def test_with_a_token_nobody_is_told_without_it(sent: str) -> None:
    """This machine itself neither: a proxy on it may serve the world."""
    assert not may_read(asked(authorization=sent), TOKEN)
