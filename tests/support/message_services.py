"""Services of messages for real, on loopback: HTTP that answers as scripted, and SMTP with TLS."""

import datetime as dt
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]


@dataclass
class WebService:
    """`status`, `headers` and `said` are its next answers; with `drip` it never ends one."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    said: bytes = b"ok"
    drip: bool = False
    ending: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve_web() -> Iterator[WebService]:
    service = WebService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.received.append(Received(self.path, headers, body))
            self.send_response(service.status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            if not service.drip:
                self.send_header("Content-Length", str(len(service.said)))
                self.end_headers()
                self.wfile.write(service.said)
                return
            self.end_headers()
            while not service.ending.wait(0.05):
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return

        def do_GET(self) -> None:  # the library's name
            service.received.append(Received(self.path, {}, b""))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield service
    finally:
        service.ending.set()
        server.shutdown()
        server.server_close()


@dataclass
class MailService:
    """`refusing` is its answer to a mail, where it takes none."""

    port: int = 0
    logins: list[tuple[str, str]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refusing: str = ""

    # Names and forms are the library's: https://aiosmtpd.aio-libs.org/en/latest/handlers.html
    async def handle_DATA(self, _server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusing:
            return self.refusing
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=default))
        self.recipients.append([str(each) for each in envelope.rcpt_tos])
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    def authenticate(
        self, _server: object, _session: Session, _envelope: Envelope, _kind: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password == b"right", handled=False)


@contextmanager
def serve_mail(tls: ssl.SSLContext | None, *, at_once: bool = False) -> Iterator[MailService]:
    """With STARTTLS where there is `tls`, or encrypted `at_once`."""
    service = MailService()
    more: dict[str, Any] = {"ssl_context": tls} if at_once else {"tls_context": tls}
    if tls:
        more |= {"authenticator": service.authenticate, "auth_require_tls": not at_once}
    controller = Controller(service, "127.0.0.1", 0, **more)
    controller.port = free_port()
    controller.start()
    service.port = controller.port
    try:
        yield service
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def serve_silence() -> Iterator[int]:
    """The port of a server that takes connections, and says a letter now and then."""
    ending = threading.Event()

    def drip(listening: socket.socket) -> None:
        held, _ = listening.accept()
        with held:
            while not ending.is_set():
                try:
                    held.sendall(b"2")
                except OSError:
                    return
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        ending.set()
        thread.join(5)


def make_certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """What a server shows, and the file of who is to be trusted for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    certificate, private = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return context, certificate
