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
from bot.models.tool_calls import Exchange
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
    user, system = _hide(prompt.user, hidden), _hide(prompt.system, hidden)
    history = tuple(_hide_in_exchange(each, hidden) for each in prompt.history)
    if not hidden:
        return prompt, {}
    return replace(prompt, system=system, user=f"{user}\n\n{NOTE}", history=history), hidden


def mark_secrets(text: str) -> dict[str, str]:
    """The marks that would stand in a prompt for what the text holds, each with its secret."""
    hidden: dict[str, str] = {}
    _hide(text, hidden)
    return hidden


def _hide(text: str, hidden: dict[str, str]) -> str:
    def mark(secret: str) -> str:
        name = make_mark(_digest(secret))
        hidden[name] = secret
        return name

    return strike(text, find_shapes(text), mark)


def _hide_in_exchange(exchange: Exchange, hidden: dict[str, str]) -> Exchange:
    """What a tool answered may hold keys of any file. What the model wrote was made of marks."""
    results = tuple(_hide(result, hidden) for result in exchange.results)
    return replace(exchange, results=results, answer=_hide(exchange.answer, hidden))


def restore_secrets(reply: str, hidden: Mapping[str, str], file: str) -> str:
    """The reply with the texts that the file it edits has itself; other marks stay."""
    for name, secret in hidden.items():
        if secret in file:
            reply = reply.replace(name, secret)
    return reply
