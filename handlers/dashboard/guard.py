"""Stands before the pages: no other site's name leads to them, and each answer says what it may do.

The webhook and what asks for the server's health pass untouched.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.config.machine import Settings

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
_NO_PAGES = frozenset({"/webhook", "/health", "/metrics"})


class PageGuard:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _NO_PAGES:
            await self._app(scope, receive, send)
            return
        if not is_own_host(Headers(scope=scope).get("host", ""), self._settings):
            refusal = PlainTextResponse("this address is not the dashboard's\n", 421)
            await refusal(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_guarded)


def is_own_host(host: str, settings: Settings) -> bool:
    """Whether a request was meant for this server: another site's name may lead here, too.

    https://owasp.org/www-community/attacks/DNS_Rebinding
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in {"localhost", settings.github.host, urlsplit(settings.dashboard.url).hostname}:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
