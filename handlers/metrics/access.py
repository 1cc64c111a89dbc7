"""Who is told the numbers: who has the token or, where there is none, this machine itself."""

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

# What a proxy adds to a request from elsewhere, which then comes from this machine:
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Forwarded
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip", "cf-connecting-ip")


def may_read(request: Request, token: str) -> bool:
    """With a token only who sends it, from this machine too: a proxy on it serves the world."""
    if token:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # https://www.rfc-editor.org/rfc/rfc6750#section-2.1
        is_same = hmac.compare_digest(given.strip().encode(errors="replace"), token.encode())
        return scheme.lower() == "bearer" and is_same
    return is_from_here(request)


def is_from_here(request: Request) -> bool:
    """By a name of this machine alone: https://owasp.org/www-community/attacks/DNS_Rebinding."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    client = request.client.host if request.client else ""
    return is_loopback(client) and is_loopback(find_host(request.headers.get("host", "")))


def find_host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
