"""JSON by POST, with the headers of Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
import time

from runners.notify.message import ChannelError, Message
from runners.notify.post import post

_PREFIX = "whsec_"
JSON_VERSION = 1


def send_webhook(url: str, secret: str, message: Message) -> None:
    """The id is the same each time, so that whoever receives it twice can tell."""
    body = render_body(message)
    at = str(int(time.time()))
    headers = {"Content-Type": "application/json", "webhook-id": message.id}
    headers |= {"webhook-timestamp": at}
    if secret:
        headers["webhook-signature"] = sign(secret, message.id, at, body)
    post(url, headers, body, (url, secret))


def render_body(message: Message) -> bytes:
    data = {"v": JSON_VERSION, "id": message.id, "kind": message.kind, "at": message.at}
    data |= {"title": message.title, "text": message.text, "url": message.url}
    return json.dumps({**data, "jobs": message.jobs}).encode()


def sign(secret: str, name: str, at: str, body: bytes) -> str:
    """HMAC-SHA256 over id, time and body, joined by dots."""
    signed = f"{name}.{at}.".encode() + body
    digest = hmac.new(_read_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _read_key(secret: str) -> bytes:
    """A secret in the standard's form is base64; any other text is the key itself."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        what = f"the secret begins with {_PREFIX}, and what follows is not base64"
        raise ChannelError(what) from None
