"""The first line of the status comment, hidden on the page: a lost database is restored from it."""

import json
import re
from typing import Any

from bot.ticket.authorship import BOT_MARK
from bot.ticket.model import Ticket, hash_text
from bot.ticket.replies import keep_answers
from bot.ticket.stored_form import to_stored

MARK = BOT_MARK
"""Begins the hidden line; with our own account as its author it is our status comment."""
OWN_MARK = f"{MARK}{{"
"""Stands in the status comment only: other comments of ours have other words after the mark."""
_HIDDEN = re.compile(re.escape(MARK) + r"(\{.*\}) -->\s*")
# Half of the comment: the other half is for people.
MAX_HIDDEN_CHARS = 30_000
"""Characters of the hidden line."""
MAX_VERSION = 1 << 31
"""What a column of PostgreSQL's `integer` holds."""
VERSIONS_AHEAD = 1_000
"""How much further a ticket is once another machine has taken it over from its comment: what the
one before stored and never showed is fewer changes than that."""
HIDDEN_KEYS = (
    *("stage", "paused", "why", "base", "branch", "planned", "head", "pull", "comment", "approved"),
    *("approver", "ci_rounds", "rework_rounds", "asks", "accepted", "foreign", "done", "since"),
    *("labelled", "asked", "seen", "deaf", "choices", "notes", "was", "first"),
    "was_paused",
    *("question", "question_open", "question_comment"),
    *("updates", "update", "retries", "resumes", "requests", "outbox", "said"),
    "lost_tests",
    *("findings", "reading", "review_rounds"),
)
"""Keys of the stored form that the hidden line has too; its `text` and `asker` are its own.

`said` is there only where it answers somebody.
"""


def render_hidden_line(ticket: Ticket) -> str:
    """JSON on one line that cannot end its HTML comment; where it is too long, the oldest goes."""
    stored = to_stored(ticket)
    values: dict[str, Any] = {key: stored[key] for key in HIDDEN_KEYS if key in stored}
    values |= {"asker": [ticket.asker.id, ticket.asker.login], "choices": ticket.choices or {}}
    # Of what was handled the last 60 are enough: `deaf` covers all comments up to the newest.
    values |= {"text": hash_text(ticket.title, ticket.body), "done": stored["done"][-60:]}
    values |= {"deaf": ticket.newest_comment}
    values |= {"notes": [proposal for proposal in stored["notes"] if proposal["state"] != "landed"]}
    if "findings" in stored:
        values["findings"] = [{**each, "test": None} for each in stored["findings"]]
    if "reading" in stored:  # what was asked, and not posted, is looked for on the page
        values["reading"] = {key: stored["reading"][key] for key in ("base", "head")}
    if not (answers := keep_answers(ticket.reply)):
        del values["said"]
    else:
        values["said"] = answers
    while len(text := _encode_line(values)) > MAX_HIDDEN_CHARS:
        most = _find_longest(values)
        if not most:
            break  # all that is left is short
        # An eighth at a time, from the front: what is oldest goes first.
        values[most] = values[most][len(values[most]) // 8 + 1 :]
    return text


_DROPPED_FIRST = ("why", "outbox", "said", "findings", "notes", "accepted", "done")
_DROPPED_LAST = ("question", "lost_tests")


def _find_longest(values: dict[str, Any]) -> str:
    """What to shorten next, empty for nothing; of tests that were lost one is always told."""
    for names in (_DROPPED_FIRST, _DROPPED_LAST):
        left = [name for name in names if len(values.get(name, "")) > (name == "lost_tests")]
        if left:
            return max(left, key=lambda name: len(_encode_line({name: values[name]})))
    return ""


def _encode_line(values: dict[str, Any]) -> str:
    # An HTML comment ends at the first `-->`; older CommonMark let none hold a `--` at all:
    # https://spec.commonmark.org/0.31.2/#html-comment
    # Sorted: of a ticket that has not changed the bytes are the same, so nothing is edited.
    text = json.dumps(values, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")


def stamp_version(body: str, version: int) -> str:
    """The comment with the version of the ticket that it shows, first in its hidden line.

    Apart from the rest: what is shown is compared without it, as most versions show the same.
    """
    return body.replace(OWN_MARK, f'{OWN_MARK}"version":{version},', 1)


def parse_version(body: str) -> int:
    """0 where it tells none, as one of an older release."""
    version = parse_hidden_line(body).get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool):
        return 0
    return version if 0 < version < MAX_VERSION - VERSIONS_AHEAD else 0


def parse_hidden_line(body: str) -> dict[str, object]:
    """What the first line of our own comment says; empty where there is none to read.

    The lines below it may hold anybody's words.
    """
    first, _, _ = body.partition("\n")
    found = _HIDDEN.fullmatch(first)
    try:
        values = json.loads(found[1]) if found else {}
    # A person may have edited it: JSON nested too deeply raises RecursionError.
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
