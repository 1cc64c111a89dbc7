"""An answer that is a refusal becomes the error that says which."""

from collections.abc import Iterator
from typing import Any

from bot.github.errors import ForbiddenError, NotFoundError, UnavailableError
from bot.github.response import Answer

_LONGEST = 500
_GONE = frozenset({404, 410, 451})
_FAILED, _BROKEN, _UNKNOWN = 400, 500, 401
_NO_RIGHT = "Give the App or the token that permission, and accept it where it is installed."
_MENDS = {
    "not accessible by": _NO_RIGHT,
    "not permitted to create or approve pull requests": (
        "Allow it: Settings, Actions, General, “Allow GitHub Actions to create and approve pull"
        " requests”; or let the bot use a GitHub App's token."
    ),
}
_UNKNOWN_MEND = "Look at the App's id and key, or at the token: it is wrong, expired or revoked."


def check(answer: Answer, verb: str, url: str) -> Answer:
    """The same answer, if it is one. `verb` and `url` are for the message."""
    if answer.status < _FAILED:
        return answer
    said = "; ".join(_said(answer)).strip()[:_LONGEST] or "it does not say why"
    what = f"{verb} {url.partition('?')[0][:_LONGEST]}: {said}"
    if answer.status in _GONE:
        raise NotFoundError(what, status=answer.status)
    if answer.status >= _BROKEN:
        raise UnavailableError(what, status=answer.status)
    if answer.status == _UNKNOWN:
        raise ForbiddenError(what, status=answer.status, hint=_UNKNOWN_MEND)
    hint = next((hint for word, hint in _MENDS.items() if word in said), "")
    raise ForbiddenError(what, status=answer.status, hint=hint)


def check_graphql(answer: Answer) -> dict[str, Any]:
    """GraphQL answers 200 whatever happens: its refusals stand inside. Half an answer is none."""
    data = answer.data if isinstance(answer.data, dict) else {}
    if isinstance(data.get("data"), dict) and not data.get("errors"):
        return data
    what = "; ".join(filter(None, _said(answer)))[:_LONGEST] or "GraphQL gave no data"
    if "NOT_FOUND" in answer.faults:
        raise NotFoundError(what, status=404)
    if answer.faults and "data" not in data:
        raise ForbiddenError(what, status=400)  # a query that this server's schema does not have
    if answer.faults & {"FORBIDDEN", "INSUFFICIENT_SCOPES", "UNPROCESSABLE"}:
        raise ForbiddenError(what, status=403, hint=_NO_RIGHT)
    raise UnavailableError(what, status=answer.status)


def _said(answer: Answer) -> Iterator[str]:
    """The message, and what a validation has against which field."""
    yield answer.message
    errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
    for error in errors[:5] if isinstance(errors, list) else ():
        if isinstance(error, dict):
            told = error.get("message") or f"{error.get('field')}: {error.get('code')}"
            yield str(told)[:_LONGEST]
        else:
            yield str(error)[:_LONGEST]
