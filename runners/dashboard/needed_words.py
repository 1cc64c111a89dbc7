"""What a person is needed for, in words: by `bot.ticket.situation` and by what ails a server."""

from collections.abc import Mapping
from types import MappingProxyType

NEEDED_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "text": "the issue's text was edited and waits for approval",
        "plan": "a plan waits for approval",
        "diff": "what was built waits for approval before it is pushed",
        "blocked": "blocked",
        "faulty plan": "the plan on the branch cannot be built as it reads now",
        "rounds": "paused after many rounds of rework",
        "cap": "paused at a limit on what it may spend",
        "paused": "paused, for somebody else pushed to the branch",
        "question": "the planner has a question",
        "review": "the pull request waits for a review",
        "account": "GitHub does not let the bot do its work",
        "disk": "too little disk is free, so nothing new begins",
        "machine": "the machine has no room, or cannot write",
        "models": "the models do not answer",
    }
)


def describe_need(what: str) -> str:
    """What only a later release knows, another machine's on this database, by its own word."""
    return NEEDED_WORDS.get(what, what)
