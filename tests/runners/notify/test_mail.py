"""A mail over real SMTP: STARTTLS, TLS and none, with a login; and servers that will not."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.message_services import (
    MailService,
    free_port,
    make_certificate,
    serve_mail,
    serve_silence,
)

from bot.config.notify import EmailChannel
from runners.notify import mail
from runners.notify.mail import render_mail, send_email
from runners.notify.message import ChannelError, Message

MESSAGE = Message(
    "a1b2c3d4e5f6a1b2c3d4e5f6",
    "needed",
    1_800_000_000.0,
    "octocat/bank#12: blocked — é",
    ("The checks failed.", "."),
    "https://github.com/octocat/bank/issues/12",
)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate, which this machine trusts."""
    context, authority = make_certificate(tmp_path / "tls", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    return context


@pytest.fixture
def server(tls: ssl.SSLContext) -> Iterator[MailService]:
    with serve_mail(tls) as made:
        yield made


def channel(port: int, **more: object) -> EmailChannel:
    values = {"host": "localhost", "port": port, "sender": "bot@example.org"}
    return EmailChannel.model_validate(
        {**values, "to": ["ann@example.org", "bo@example.org"], **more}
    )


def login(port: int, **more: object) -> EmailChannel:
    return channel(port, user="bot", password_env="MAIL", **more)  # noqa: S106


def test_a_mail_goes_to_all_encrypted_and_after_a_login(server: MailService) -> None:
    send_email(login(server.port), "right", MESSAGE)
    (told,) = server.mails
    assert server.logins == [("bot", "right")]
    assert server.encrypted == [True]
    assert server.recipients == [["ann@example.org", "bo@example.org"]]
    assert (told["Subject"], told["From"]) == (MESSAGE.title, "bot@example.org")
    assert told["Message-ID"] == f"<{MESSAGE.id}@example.org>"
    assert told["Auto-Submitted"] == "auto-generated"
    assert told["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    assert told.get_content().replace("\r\n", "\n") == f"The checks failed.\n.\n\n{MESSAGE.url}\n"


def test_a_mail_goes_by_tls_from_the_first_byte(tls: ssl.SSLContext) -> None:
    with serve_mail(tls, at_once=True) as server:
        send_email(channel(server.port, security="tls"), "", MESSAGE)
        assert len(server.mails) == 1


def test_a_server_of_ones_own_network_may_be_asked_in_clear_text() -> None:
    with serve_mail(None) as server:
        send_email(channel(server.port, security="none"), "", MESSAGE)
        assert server.encrypted == [False]


def test_the_same_message_is_the_same_mail_however_often_it_is_sent(server: MailService) -> None:
    for _ in range(2):
        send_email(channel(server.port), "", MESSAGE)
    one, two = server.mails
    assert one.as_bytes() == two.as_bytes()


def test_a_title_cannot_add_a_header() -> None:
    hostile = Message("0" * 24, "needed", 1.0, "x\r\nBcc: all@example.org", ("y",))
    with pytest.raises(ValueError, match="linefeed"):
        render_mail(channel(25), hostile)


def test_a_server_without_starttls_gets_nothing() -> None:
    with serve_mail(None) as server:
        with pytest.raises(ChannelError, match="STARTTLS"):
            send_email(login(server.port), "right", MESSAGE)
        assert (server.mails, server.logins) == ([], [])


def test_a_certificate_that_is_not_trusted_gets_nothing(tmp_path: Path) -> None:
    context, _ = make_certificate(tmp_path / "other", "localhost")
    with serve_mail(context) as server:
        with pytest.raises(ChannelError, match="certificate verify failed"):
            send_email(login(server.port), "right", MESSAGE)
        assert (server.mails, server.logins) == ([], [])


def test_a_wrong_password_and_a_refused_mail_are_told_without_the_password(
    server: MailService,
) -> None:
    with pytest.raises(ChannelError, match="SMTPAuthenticationError") as refused:
        send_email(login(server.port), "wrong-password", MESSAGE)
    assert "wrong-password" not in str(refused.value)
    server.refusing = "550 not here: wrong-password"
    with pytest.raises(ChannelError, match="550") as refused:
        send_email(channel(server.port), "wrong-password", MESSAGE)
    assert "wrong-password" not in str(refused.value)


def test_a_server_that_says_a_letter_now_and_then_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.3)
    with serve_silence() as port, pytest.raises(ChannelError, match="SMTP"):
        send_email(channel(port, security="none"), "", MESSAGE)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ChannelError, match="ConnectionRefusedError"):
        send_email(channel(free_port(), security="none"), "", MESSAGE)
