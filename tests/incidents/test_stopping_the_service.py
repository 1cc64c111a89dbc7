"""Published attacks, and accidents, by which one text or one connection stopped a whole service.

The defences, each of which was taken away once to see its test fail: every pattern that reads text
from outside is linear (`_COMMAND` in `bot/ticket/commands.py`, `_HEADING` in `bot/plan/issue.py`,
the patterns of `bot/failures`); `_make_room` and `_drop_in` of `ImpatientProtocol` in
`handlers/http_connections.py`; `RefuseBothLengths` there, and h11 as `requirements.lock` has it.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
import uvicorn
from support.processor_time import require_within

from bot.failures.read_failures import read_output
from bot.plan.issue import read_issue
from bot.text.own_words import own_words
from bot.text.secrets import redact
from bot.ticket.commands import parse_commands
from bot.ticket.words import read_ask
from handlers import http_connections
from handlers.http_connections import ImpatientProtocol
from handlers.webhook import Inbox, make_app

MAX_SECONDS = 0.4
"""Of the processor, for one reader and 64 kB; each of the three patterns takes many times that."""
READERS: dict[str, Callable[[str], object]] = {
    "issue": lambda text: read_issue(text.encode()),
    "title": lambda text: read_issue(f"# {text[:-2]}".encode()),
    "command": lambda text: parse_commands(f"/note {text[:-6]}"),
    "words": own_words,
    "wish": read_ask,
    "output": read_output,
    "secrets": lambda text: redact(text, ["a-secret-of-somebody"]),
}


def require_read_in_time(reader: str, text: str) -> None:
    assert len(text) <= 1 << 16
    require_within(MAX_SECONDS, lambda: READERS[reader](text))


@pytest.mark.parametrize("reader", READERS)
def test_cloudflare_2019_07_02_one_pattern_took_every_processor(reader: str) -> None:
    """`.*.*=.*` against `x=xxxx`: backtracking grew with the square, and the world's edge stood.

    https://blog.cloudflare.com/details-of-the-cloudflare-outage-on-july-2-2019/
    """
    require_read_in_time(reader, "x=" + "x" * 65_000)
    require_read_in_time(reader, "x" * 65_000)


@pytest.mark.parametrize("reader", READERS)
def test_stack_overflow_2016_07_20_blanks_that_do_not_end_the_line(reader: str) -> None:
    r"""`\\s+$` met a post with 20,000 blanks inside a line: the page, and then the site, was gone.

    https://stackstatus.tumblr.com/post/147710624694/outage-postmortem-july-20-2016
    """
    for blank in (" ", "\t", "\u200c", "\u3000"):
        blanks = blank * (60_000 // len(blank.encode()))
        require_read_in_time(reader, f"-- play happy{blanks}ly")


@pytest.mark.parametrize("reader", READERS)
def test_cve_2022_25883_semver_blanks_between_the_parts(reader: str) -> None:
    """Blanks in a range of versions that one pattern could share out among its parts in many ways.

    https://nvd.nist.gov/vuln/detail/CVE-2022-25883
    """
    for text in (f"> {' ' * 60_000}1", f"^1.2.3{' ' * 30_000}||{' ' * 30_000}x"):
        require_read_in_time(reader, text)


MAX_CONNECTIONS = 8
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /webhook HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of the webhook's own app, served as `bricklayer serve` does, with less patience."""
    config = uvicorn.Config(
        make_app("secret", Inbox(lambda _: None, lambda: None)),
        log_level="critical",
        limit_concurrency=MAX_CONNECTIONS,
        http=ImpatientProtocol,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    with (
        pytest.MonkeyPatch.context() as patch,
        socket.create_server(("127.0.0.1", 0), backlog=100) as listening,
    ):
        patch.setattr(http_connections, "REQUEST_SECONDS", 0.2)
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        yield listening.getsockname()[1]
        server.should_exit = server.force_exit = True
        running.join(20)


def send(port: int, request: bytes) -> bytes:
    """All that is answered until the server ends the connection."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as there:
        there.sendall(request)
        answer = b""
        while part := _receive(there):
            answer += part
        return answer


def _receive(there: socket.socket) -> bytes:
    try:
        return there.recv(65536)
    except ConnectionError:
        return b""


def test_cve_2007_6750_slowloris_holds_every_connection_with_half_a_request(port: int) -> None:
    """Requests whose headers never ended held all of Apache's workers, with hardly any traffic.

    https://nvd.nist.gov/vuln/detail/CVE-2007-6750
    """
    with ExitStack() as held:
        for _ in range(3 * MAX_CONNECTIONS):
            there = held.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            there.sendall(HEALTH[:-2] + b"X-a: b\r\n")
        assert b" 200 OK" in send(port, HEALTH)


@pytest.mark.parametrize(
    "end",
    [
        # CL.TE: a proxy that goes by the length passes on what the server takes for a request.
        b"Content-Length: 49\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        # TE.CL, and the header's name as only one of the two reads it.
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        # CVE-2025-43859: h11 took any two bytes for the line end after a chunk.
        b"Transfer-Encoding: chunked\r\n\r\n1\r\nxXX0\r\n\r\n",
    ],
)
def test_cve_2025_43859_a_second_request_smuggled_behind_the_first(port: int, end: bytes) -> None:
    """Where two servers saw a request's end in two places, the rest became somebody's request.

    https://nvd.nist.gov/vuln/detail/CVE-2025-43859
    https://portswigger.net/research/http-desync-attacks-request-smuggling-reborn
    """
    answers = send(port, POST + end + HEALTH)
    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
