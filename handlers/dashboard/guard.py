"""Stands before the pages: no other site's name leads to them, and each answer says what it may do.

They never take all of the server's connections, however slow they are: some are the webhook's.
That one, and what asks for the server's health, pass untouched.
"""

import re
from ipaddress import ip_address
from urllib.parse import unquote_plus, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.config.machine import Settings
from handlers.dashboard.threads import EndingError

# Nothing is loaded from elsewhere, and no script or style stands in a page:
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    # With the origin for our own forms, which is looked at:
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Referrer-Policy
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
MAX_ANSWERS = 200
"""Pages and streams at once, of the server's 500 connections."""
# A name of a machine, or an address, with a port: https://www.rfc-editor.org/rfc/rfc9110#section-7.2
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_NUL = "\0"
_ENDING = PlainTextResponse("the server ends: load the page again\n", 503, {"Retry-After": "5"})
_NO_PAGES = frozenset({"/webhook", "/health", "/metrics"})


class PageGuard:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._answers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _NO_PAGES:
            await self._app(scope, receive, send)
            return
        refusal = self._refuse(scope)
        if refusal:
            await refusal(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        self._answers += 1
        try:
            await self._app(scope, receive, send_guarded)
        except EndingError:
            await _ENDING(scope, receive, send_guarded)
        finally:
            self._answers -= 1

    def _refuse(self, scope: Scope) -> Response | None:
        if not is_own_host(Headers(scope=scope).get("host", ""), self._settings):
            return PlainTextResponse("this address is not the dashboard's\n", 421)
        # PostgreSQL takes no text with one, and nothing here has one in its name:
        # https://www.postgresql.org/docs/current/datatype-character.html
        if _NUL in f"{scope['path']}{unquote_plus(scope['query_string'].decode('latin-1'))}":
            return PlainTextResponse("no such page\n", 404)
        if self._answers >= MAX_ANSWERS:
            return PlainTextResponse("too many pages are loaded\n", 503, {"Retry-After": "5"})
        return None


def is_own_host(host: str, settings: Settings) -> bool:
    """Whether a request was meant for this server: another site's name may lead here, too.

    https://owasp.org/www-community/attacks/DNS_Rebinding
    """
    if not _HOST.fullmatch(host):
        return False
    name = urlsplit(f"//{host}").hostname or ""
    if name in {
        "localhost",
        settings.github.host.lower(),
        urlsplit(settings.dashboard.url).hostname,
    }:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
