"""A call to the stand-in's REST interface, and the table of operations it answers.

Operations are named by the very path templates of GitHub's OpenAPI description.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fake_github.people import Refusal, Token, User

if TYPE_CHECKING:
    from fake_github.repo import Repo
    from fake_github.world import GitHub

LONG = ("path", "ref", "branch", "basehead", "name")
"""Parameters whose values may hold a slash."""


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent in place of JSON."""


@dataclass
class Call:
    github: "GitHub"
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    token: Token | None = None
    operation: "Operation | None" = None
    params: dict[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> User:
        if self.token is None:
            raise Refusal(401, "Requires authentication")
        return self.token.user

    @property
    def repo(self) -> "Repo":
        """The repository the path names; 404 where the caller may not even know of it."""
        name = f"{self.params['owner']}/{self.params['repo']}".lower()
        found = self.github.repos.get(name)
        if found is None or not self.github.sees(self.token, found):
            raise Refusal(404, "Not Found")
        return found

    def need(self, permission: str, level: str = "write", *, role: str = "") -> "Repo":
        """The repository, if the token has that permission in it and its user that role."""
        repo = self.repo
        token = self.token
        reached = token is None or level == "read" or self.github.reaches(token, repo)
        if token is not None and not (reached and token.may(permission, level)):
            kind = "personal access token" if token.kind == "pat" else "integration"
            wanted = {"x_accepted_github_permissions": f"{permission}={level}"}
            raise Refusal(403, f"Resource not accessible by {kind}", **wanted)
        if level == "write" and role and not repo.may(self.actor, role):
            raise Refusal(403, f"Must have {role} rights to Repository.")
        if level == "write" and repo.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
        return repo

    def text(self, name: str, resource: str, most: int = 65536) -> str | None:
        """A text within GitHub's bounds, in characters."""
        value = self.given(name)
        if value is not None and len(value) > most:
            said = f"{name} is too long (maximum is {most} characters)"
            told = {"resource": resource, "code": "custom", "field": name, "message": said}
            raise Refusal(422, "Validation Failed", told)
        return None if value is None else str(value)

    def given(self, name: str, default: Any = None) -> Any:
        return self.body.get(name, default) if isinstance(self.body, dict) else default

    def required(self, name: str, resource: str) -> Any:
        value = self.given(name)
        if value is None or value == "":
            raise Refusal(
                422,
                "Validation Failed",
                {"resource": resource, "code": "missing_field", "field": name},
            )
        return value


Handler = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    described: bool = True
    """By the description of REST."""


OPERATIONS: list[Operation] = []


def operation(
    method: str, template: str, *, described: bool = True
) -> Callable[[Handler], Handler]:
    """Register the handler; it gets the call, then the path's parameters but owner and repo."""

    def register(handler: Handler) -> Handler:
        OPERATIONS.append(Operation(method, template, _pattern(template), handler, described))
        return handler

    return register


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    text = re.escape(parts[0])
    for name, literal in zip(parts[1::2], parts[2::2], strict=True):
        each = r"\d+" if number(name) else ".+" if name in LONG else "[^/]+"
        text += f"(?P<{name}>{each})" + re.escape(literal)
    return re.compile(text)


def number(name: str) -> bool:
    return name.endswith(("_number", "_id")) and name != "workflow_id"


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation for that path; one whose path is said in more letters goes first."""
    for one in sorted(OPERATIONS, key=lambda op: op.template.count("{")):
        found = one.pattern.fullmatch(path)
        if found and one.method == method:
            return one, found.groupdict()
    return None


def run(call: Call) -> Answer:
    assert call.operation is not None
    rest = {name: value for name, value in call.params.items() if name not in {"owner", "repo"}}
    values = {name: int(value) if number(name) else value for name, value in rest.items()}
    said = call.operation.handler(call, **values)
    if isinstance(said, Answer):
        return said
    return Answer(204) if said is None else Answer(200, said)


def created(body: Any) -> Answer:
    return Answer(201, body)
