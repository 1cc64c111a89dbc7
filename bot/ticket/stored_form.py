"""The stored form of a ticket: one flat JSON object, in the database and in the status comment.

Its keys are those of the first release, whatever the fields are called by now: tickets of every
release are read, and an older release reads what this one writes.
"""

import functools
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.github.webhooks import Where
from bot.ticket.model import Ticket

log = logging.getLogger("bricklayer")
PATHS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "where": ("where",),
        "issue": ("issue",),
        "asker": ("asker",),
        "title": ("title",),
        "body": ("body",),
        "stage": ("stage",),
        "paused": ("paused",),
        "why": ("why",),
        "said": ("reply",),
        "until": ("wake_at",),
        "since": ("remote", "pushed_at"),
        "choices": ("choices",),
        "base": ("remote", "base"),
        "branch": ("remote", "branch"),
        "planned": ("remote", "plan_commit"),
        "head": ("remote", "head"),
        "pull": ("remote", "pull"),
        "comment": ("remote", "status_comment"),
        "approved": ("approval", "granted_key"),
        "approver": ("approval", "granted_by"),
        "round": ("progress", "round"),
        "ci_rounds": ("progress", "ci_rounds"),
        "rework_rounds": ("progress", "rework_rounds"),
        "asks": ("approval", "key"),
        "risks": ("approval", "risks"),
        "accepted": ("approval", "accepted_content"),
        "tasks": ("progress", "tasks"),
        "notes": ("notes",),
        "rows": ("progress", "rows"),
        "done": ("handled",),
        "retry": ("progress", "retry_task"),
        "adopt": ("remote", "adopt_pushed"),
        "foreign": ("remote", "pushed_head"),
        "answer": ("answer",),
        "labelled": ("labelled_at",),
        "asked": ("approval", "asked_at"),
        "seen": ("approval", "shown_text_hash"),
        "first": ("approval", "first_code"),
        "deaf": ("ignore_comments_up_to",),
        "former": ("remote", "previous_pull"),
        "was": ("ended_in",),
        "was_paused": ("ended_paused",),
        "waits": ("waits_for",),
        "question": ("question",),
        "question_open": ("question_open",),
        "question_comment": ("question_comment",),
        "retries": ("progress", "retries"),
        "resumes": ("progress", "resumes"),
        "updates": ("progress", "update_rounds"),
        "lost_tests": ("progress", "lost_tests"),
        "gate_notes": ("progress", "gate_notes"),
        "update": ("remote", "update_asked"),
        "requests": ("requests",),
        "outbox": ("outbox",),
        "outage": ("outage",),
        "outage_since": ("outage_since",),
        "works": ("works",),
        "work_number": ("work_number",),
        "question_number": ("question_number",),
        "findings": ("findings",),
        "reading": ("reading",),
        "review_rounds": ("progress", "review_rounds"),
    }
)
"""Key of the stored form -> fields of the ticket that lead to its value."""
LATER_KEYS = frozenset(
    {
        "waits",
        "question",
        "question_open",
        "question_comment",
        "was",
        "was_paused",
        "first",
        "retries",
        "resumes",
        "updates",
        "update",
        "lost_tests",
        "gate_notes",
        "requests",
        "outbox",
        "outage",
        "outage_since",
        "works",
        "work_number",
        "question_number",
        "findings",
        "reading",
        "review_rounds",
    }
)
"""Keys that came after the first release: written only where they are not as in a new ticket."""
_TICKET = TypeAdapter(Ticket)
_OBJECT = TypeAdapter(dict[str, Any])


def to_json(ticket: Ticket) -> str:
    return _OBJECT.dump_json(to_stored(ticket)).decode()


def from_json(text: str) -> Ticket:
    """Raises pydantic's ValidationError for what makes no ticket."""
    return from_stored(_OBJECT.validate_json(text))


def read_json(key: str, text: str) -> Ticket | None:
    """None, and a line in the log, for what makes no ticket: a list shows all the others."""
    try:
        return from_json(text)
    except ValidationError as exc:
        log.warning("the job %s cannot be read by this release: %s", key, exc.errors()[0]["msg"])
        return None


def to_stored(ticket: Ticket) -> dict[str, Any]:
    """By key, as JSON has it."""
    # In the mode `json` only what JSON has comes out: lists for tuples, words for enums.
    # https://docs.pydantic.dev/latest/concepts/serialization/
    nested = _TICKET.dump_python(ticket, mode="json")
    stored = {key: _stored_rows(_find(nested, path), key) for key, path in PATHS.items()}
    stored["notes"] = [_without_no_quotes(proposal) for proposal in stored["notes"]]
    return {
        key: value
        for key, value in stored.items()
        if key not in LATER_KEYS or value != _new_ticket()[key]
    }


def from_stored(stored: Mapping[str, Any]) -> Ticket:
    """What is missing is as in a new ticket; unknown keys are passed over.

    Raises pydantic's ValidationError for what makes no ticket.
    """
    nested: dict[str, Any] = {"approval": {}, "progress": {}, "remote": {}}
    # A later release may have written keys that this one does not know.
    for key in PATHS.keys() & stored.keys():
        *group, name = PATHS[key]
        record = nested[group[0]] if group else nested
        value = stored[key]
        record[name] = _rename_key(value, "falls", "failures") if key == "rows" else value
    return _TICKET.validate_python(nested)


@functools.cache
def _new_ticket() -> dict[str, Any]:
    nested = _TICKET.dump_python(Ticket(Where(), 0), mode="json")
    return {key: _find(nested, PATHS[key]) for key in LATER_KEYS}


def _find(nested: dict[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401  # a JSON value
    return nested[path[0]] if len(path) == 1 else nested[path[0]][path[1]]


# `failures` of a row was `falls` in the first release, and is in the stored form still.
def _stored_rows(value: Any, key: str) -> Any:  # noqa: ANN401  # a JSON value
    return _rename_key(value, "failures", "falls") if key == "rows" else value


def _without_no_quotes(proposal: dict[str, Any]) -> dict[str, Any]:
    """Proposals of the first release had none, and most have none still."""
    return {key: value for key, value in proposal.items() if key != "quotes" or value}


def _rename_key(rows: Any, old: str, new: str) -> Any:  # noqa: ANN401  # a JSON value
    """The rows of the ledger with one of their keys renamed; what is no row stays as it is."""
    if isinstance(rows, list):
        return [_rename_key(row, old, new) for row in rows]
    if isinstance(rows, dict):
        return {new if key == old else key: value for key, value in rows.items()}
    return rows
