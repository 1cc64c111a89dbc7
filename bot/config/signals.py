"""What this machine tells to whoever watches it: its log, its numbers, its traces."""

from typing import Literal

from bot.config.toml import Table


class LogSettings(Table):
    """How `bricklayer serve`, `bricklayer worker` and what they start write their log."""

    format: Literal["text", "json"] = "text"
    """`"text"` for people; `"json"` for programs, an object a line (docs/signals.md)."""
