"""Keeps keys and passwords of the repository from models: a mark stands for each in a prompt.

Whatever a prompt holds, maps, files, logs or diffs, it leaves through one place, and there each
token of a known shape becomes a mark. An edit that keeps the mark gets the text back on this
machine, if the file it is for had it.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace

from bot.models.model import Prompt
from bot.text.secret_marks import make_mark
from bot.text.secrets import strike
from bot.text.token_shapes import find_shapes

NOTE = (
    "Where a mark such as [secret-0a1b2c3d] stands, the file has a key or a password that is not"
    " shown. Copy the mark as it is."
)


_KEY = secrets.token_bytes(16)
"""Of this process: by a digest without one, who reads a prompt could try guesses of a password."""


def _digest(secret: str) -> str:
    told = secret.encode(errors="replace")
    return hashlib.blake2b(told, key=_KEY, digest_size=4).hexdigest()


def hide_secrets(prompt: Prompt) -> tuple[Prompt, dict[str, str]]:
    """The prompt with marks, and which text each stands for."""
    hidden: dict[str, str] = {}

    def mark(secret: str) -> str:
        name = make_mark(_digest(secret))
        hidden[name] = secret
        return name

    user = strike(prompt.user, find_shapes(prompt.user), mark)
    system = strike(prompt.system, find_shapes(prompt.system), mark)
    if not hidden:
        return prompt, {}
    return replace(prompt, system=system, user=f"{user}\n\n{NOTE}"), hidden


def restore_secrets(reply: str, hidden: Mapping[str, str], file: str) -> str:
    """The reply with the texts that the file it edits has itself; other marks stay."""
    for name, secret in hidden.items():
        if secret in file:
            reply = reply.replace(name, secret)
    return reply
