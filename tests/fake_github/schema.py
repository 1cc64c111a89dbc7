"""Holds the stand-in's answers and webhooks to GitHub's own description of them.

The description is `data/github_openapi.json.gz`; `data/prune_openapi.py` makes it.
"""

import functools
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from fake_github.people import Refusal

if TYPE_CHECKING:
    from fake_github.calls import Answer, Call, Operation
    from fake_github.world import GitHub

DESCRIPTION = Path(__file__).parents[1] / "data" / "github_openapi.json.gz"


@functools.cache
def description() -> dict[str, Any]:
    return dict(json.loads(gzip.decompress(DESCRIPTION.read_bytes())))


@functools.cache
def _answers(name: str, status: str) -> Draft202012Validator:
    return _validator(description()["operations"][name]["answers"][status])


@functools.cache
def _asked(name: str) -> Draft202012Validator:
    return _validator(description()["operations"][name]["asked"])


@functools.cache
def _webhook(name: str) -> Draft202012Validator:
    return _validator(description()["webhooks"][name])


def _validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator({"schemas": description()["schemas"], "allOf": [schema]})


def _fault(validator: Draft202012Validator, told: Any) -> str:
    """The most telling thing that is wrong; "" if nothing is."""
    error = best_match(validator.iter_errors(told))
    return _said(error) if error is not None else ""


def _said(error: ValidationError) -> str:
    return f"{error.json_path}: {error.message[:400]}"


class Schema:
    def __init__(self, github: "GitHub") -> None:
        self.github = github

    def asked(self, call: "Call") -> None:
        """GitHub refuses a body of another shape than it describes."""
        assert call.operation is not None
        name = _name(call.operation)
        if "asked" in description()["operations"].get(name, {}) and call.body is not None:
            wrong = _fault(_asked(name), call.body)
            if wrong:
                raise Refusal(422, f"Invalid request.\n\n{wrong}")

    def answer(self, operation: "Operation", answer: "Answer") -> None:
        """Record a problem where an answer is not as described, or not described at all."""
        name, status = _name(operation), str(answer.status)
        if not operation.described:
            return
        told = description()["operations"].get(name)
        if told is None or status not in told["answers"]:
            self.github.problem(f"{name} answering {status} is not in GitHub's description")
        elif told["answers"][status] is None or answer.raw is not None:
            if answer.body is not None:
                self.github.problem(f"{name} answers {status} with a body, GitHub without")
        elif wrong := _fault(_answers(name, status), answer.body):
            self.github.problem(f"{name} {status}: {wrong}")

    def webhook(self, event: str, payload: dict[str, Any]) -> None:
        """Record a problem where a webhook is not as described."""
        action = payload.get("action")
        name = f"{event}.{action}" if action else event
        if name not in description()["webhooks"]:
            self.github.problem(f"the webhook {name} is not in GitHub's description")
        elif wrong := _fault(_webhook(name), payload):
            self.github.problem(f"webhook {name}: {wrong}")


def _name(operation: "Operation") -> str:
    return f"{operation.method} {operation.template}"
