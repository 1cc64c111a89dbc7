"""A message as a mail, by SMTP with TLS."""

import datetime as dt
import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bot.config.notify import EmailChannel
from bot.text.secrets import redact_line
from runners.notify.message import ChannelError, Message

log = logging.getLogger("bricklayer")
SECONDS = 30.0
"""For the whole of it: a server that sends a byte now and then would hold a thread for hours."""
_STEP_SECONDS = 10.0
_MAX_SHOWN = 200
_READY = 220
"""https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3"""


def send_email(channel: EmailChannel, password: str, message: Message) -> None:
    try:
        with _connect(channel) as client:
            if channel.user:
                client.login(channel.user, password)
            refused = client.send_message(render_mail(channel, message))
    # smtplib's errors are OSErrors: https://docs.python.org/3.11/library/smtplib.html#smtplib.SMTPException
    except (OSError, ValueError) as exc:
        said = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
        why = redact_line(said, (password,), max_characters=_MAX_SHOWN)
        raise ChannelError(why) from None
    if refused:  # to send it again would tell the others twice
        log.warning("notify: the mail server took it for some only, and refused %d", len(refused))


def render_mail(channel: EmailChannel, message: Message) -> EmailMessage:
    """The same Message-ID each time: mail programs show two of one id as one.

    https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.title
    mail["From"] = channel.sender
    mail["To"] = ", ".join(channel.to)
    mail["Date"] = format_datetime(dt.datetime.fromtimestamp(message.at, dt.UTC))
    mail["Message-ID"] = f"<{message.id}@{channel.sender.partition('@')[2]}>"
    # No absence note answers it: https://www.rfc-editor.org/rfc/rfc3834#section-5
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{message.text}\n" + (f"\n{message.url}\n" if message.url else ""))
    return mail


@contextmanager
def _connect(channel: EmailChannel) -> Iterator[smtplib.SMTP]:
    """Encrypted as is set; its certificate has to be one that this machine trusts."""
    trust = ssl.create_default_context()
    if channel.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(timeout=_STEP_SECONDS, context=trust)
    else:
        client = smtplib.SMTP(timeout=_STEP_SECONDS)
    # The name is in the certificate, which smtplib compares with it.
    client._host = channel.host  # type: ignore[attr-defined]  # noqa: SLF001  # as its constructor sets it
    with _ending_in_time(client):
        try:
            code, said = client.connect(channel.host, channel.port)
            if code != _READY:
                raise smtplib.SMTPConnectError(code, said)
            if channel.security == "starttls":
                client.starttls(context=trust)
                client.ehlo()
            yield client
            with suppress(smtplib.SMTPException, OSError):
                client.quit()  # the mail was taken by then
        finally:
            client.close()


@contextmanager
def _ending_in_time(client: smtplib.SMTP) -> Iterator[None]:
    """Cut the connection off after all of its time; what reads from it then ends with an error."""

    def cut_off() -> None:
        if sock := client.sock:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(SECONDS, cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
