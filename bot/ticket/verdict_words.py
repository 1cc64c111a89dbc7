"""What a person says of a finding in its thread: that it is so, that it is not, or neither.

By commands, by the form of the words, and no model. That a thread is resolved says nothing: people
resolve threads to have them out of sight.
"""

import re

from bot.ticket.commands import Command, parse_commands, without_commands
from bot.ticket.findings import Verdict
from bot.ticket.words import asks_for_order, read_ask, takes_back

_DENIES = re.compile(
    r"\b(?:false (?:alarm|positive)|(?:not|isn't|is not|no) (?:an? |really an? |actually an? )?"
    r"(?:bug|fault|problem|issue|error|true|correct|right|the case|so)\b"
    r"|won'?t fix|wontfix|by design|(?:is|was|that's|this is) (?:intended|intentional|on purpose)"
    r"|works as (?:intended|designed|expected)|as (?:intended|designed)\b|invalid|disagree"
    r"|(?:this|that|it|the (?:bot|model|reviewer)) is (?:just |simply |plainly )?"
    r"(?:wrong|mistaken|incorrect|nonsense|fine)|nonsense|can(?:no|')t happen|cannot happen"
    r"|never happens?|hallucinat\w+)",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"\W*(?:yes|yep|yeah|right|correct|true|agreed?|confirmed|indeed|exactly|good (?:catch|find)"
    r"|nice (?:catch|find)|well spotted|that(?:'s| is) (?:a bug|right|true|correct))\b",
    re.IGNORECASE,
)
VERDICT_COMMANDS = frozenset({"confirm", "dismiss"})
MAX_READ_CHARACTERS = 4_000


def read_verdict(body: str) -> Verdict:
    """A command beats the words beside it. Words that ask for a change take it as so."""
    named = [each.name for each in parse_commands(body) if isinstance(each, Command)]
    for name in reversed(named):
        if name == "confirm":
            return "confirmed"
        if name == "dismiss":
            return "dismissed"
    words = without_commands(body)[:MAX_READ_CHARACTERS].replace("\u2019", "'")
    if not words.strip():
        return ""
    if denies(words):
        return "dismissed"
    if _AGREES.match(words) or (read_ask(words) == "change" and asks_for_order(words)):
        return "confirmed"
    return ""


def denies(words: str) -> bool:
    """Whether it says that nothing is wrong there, and asks for no other change."""
    if read_ask(words) == "question":
        return False
    return takes_back(words) or (bool(_DENIES.search(words)) and not asks_for_order(words))


def asks_for_task(body: str) -> bool:
    """Whether it has the finding worked in: `/confirm` alone is enough."""
    return any(
        isinstance(each, Command) and each.name == "confirm" for each in parse_commands(body)
    )
