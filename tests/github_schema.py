"""Holds the stand-in's answers and webhooks to GitHub's own description of them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from github_calls import Answer, Operation
    from github_server import GitHub


class Schema:
    def __init__(self, github: "GitHub") -> None:
        self.github = github

    def answer(self, operation: "Operation", answer: "Answer") -> None:
        """Hold an answer to what the description says of it."""

    def webhook(self, event: str, payload: dict[str, Any]) -> None:
        """Hold a webhook to what the description says of it."""
