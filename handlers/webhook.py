"""The web side of `bricklayer serve`: a webhook is verified, written down and answered; no more."""

import hashlib
import hmac
import logging
import re
import time

from fastapi import FastAPI, Request, Response

from bot.errors import UserError
from bot.storage.tickets import Delivery
from handlers.inbox import Inbox
from handlers.request_body import Bodies, Unread

_DELIVERY = re.compile(r"[A-Za-z0-9-]{1,100}")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,99}")
log = logging.getLogger("bricklayer")


def make_app(secret: str, inbox: Inbox) -> FastAPI:
    """Raises UserError for an empty secret: anybody could then speak as GitHub."""
    if not secret.strip():
        hint = "Set BRICKLAYER_WEBHOOK_SECRET to the secret of the webhook, a long random word."
        raise UserError("the webhook secret is empty", where="environment", hint=hint)
    app = FastAPI(title="Bricklayer", openapi_url=None, docs_url=None, redoc_url=None)
    key, bodies = secret.encode(), Bodies()

    @app.post("/webhook")
    async def webhook(request: Request) -> Response:
        try:
            body = await bodies.read(request)
        except Unread as exc:
            return Response(f"{exc}\n", exc.status)
        if not signed(key, body, request.headers.get("x-hub-signature-256", "")):
            return Response("the signature is missing or wrong\n", 401)
        name, event = (request.headers.get(f"x-github-{h}", "") for h in ("delivery", "event"))
        if not (_DELIVERY.fullmatch(name) and _EVENT.fullmatch(event)):
            return Response("X-GitHub-Delivery or X-GitHub-Event is missing\n", 400)
        await inbox.receive(Delivery(name, event, body, time.time()))
        return Response(status_code=202)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def signed(secret: bytes, body: bytes, signature: str) -> bool:
    """HMAC-SHA256 over the raw bytes, compared in constant time. SHA-1 is no signature."""
    wanted = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(wanted.encode(), signature.encode(errors="replace"))
