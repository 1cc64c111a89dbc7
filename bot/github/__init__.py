"""The only caller of GitHub."""

from bot.github.account import Account
from bot.github.errors import Down, GitHubError, Gone, Limited, Refused, TooMuch
from bot.github.hub import Hub
from bot.github.types import (
    ActionsSettings,
    CheckRun,
    Checks,
    Remark,
    Status,
    Thread,
    Watched,
    WorkflowRun,
)

__all__ = [
    "Account",
    "ActionsSettings",
    "CheckRun",
    "Checks",
    "Down",
    "GitHubError",
    "Gone",
    "Hub",
    "Limited",
    "Refused",
    "Remark",
    "Status",
    "Thread",
    "TooMuch",
    "Watched",
    "WorkflowRun",
]
