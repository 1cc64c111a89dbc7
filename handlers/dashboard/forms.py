"""Reads a form that somebody has sent, and refuses what did not come from a page of ours."""

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request

from handlers.dashboard.sessions import Session

MAX_FORM_BYTES = 64 << 10
MAX_FIELDS = 50


class BadFormError(Exception):  # an answer, not a fault
    """What was sent is no form of a page of this server, for this session."""


async def read_form(request: Request, session: Session, url: str = "") -> Mapping[str, str]:
    """Its fields, of several of one name the last. Raises BadFormError.

    `url` is the address that people open: a proxy may name this server otherwise to it.
    """
    origin = request.headers.get("origin", "")
    own = {request.headers.get("host", ""), urlsplit(url).netloc} - {""}
    # A browser says where a form comes from: https://www.rfc-editor.org/rfc/rfc6454#section-7
    if origin and urlsplit(origin).netloc not in own:
        raise BadFormError("it comes from another site")
    fields = _parse(await _read_body(request))
    if not secrets.compare_digest(fields.get("csrf", "").encode(), session.csrf.encode()):
        raise BadFormError("it is of an older sign-in: load the page again")
    return fields


async def _read_body(request: Request) -> bytes:
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_FORM_BYTES:
                raise BadFormError("it is too long")
    except ClientDisconnect:
        raise BadFormError("it was cut off") from None
    return body


def _parse(body: bytes) -> dict[str, str]:
    try:
        text = body.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise BadFormError("it cannot be read") from None
