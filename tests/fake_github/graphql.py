"""GraphQL of the stand-in: what REST has no word for, resolved field by field.

A field that GitHub's schema lacks is refused as GitHub refuses it, and so is a list without `first`.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_github.graphql_text import Document, Field, Fragment, Unreadable, filled, parse
from fake_github.people import Refusal, Token

if TYPE_CHECKING:
    from fake_github.calls import Call
    from fake_github.world import GitHub

Resolver = Callable[["Asked", Any, dict[str, Any]], Any]
TYPES: dict[str, dict[str, Resolver]] = {}
INTERFACES = {
    "User": ("Actor", "Node"),
    "Bot": ("Actor", "Node"),
    "Organization": ("Actor", "Node"),
    "Issue": ("Node", "Comment", "Closable", "Labelable"),
    "PullRequest": ("Node", "Comment", "Closable", "Labelable"),
    "IssueComment": ("Node", "Comment"),
    "PullRequestReviewComment": ("Node", "Comment"),
}
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Node:
    """An object with its GraphQL type."""

    type: str
    of: Any


@dataclass(frozen=True)
class Connection:
    """A list given in pages."""

    nodes: Sequence[Node]


@dataclass
class Asked:
    github: "GitHub"
    token: Token
    document: Document
    variables: Mapping[str, Any]
    errors: list[dict[str, Any]]

    def problem(
        self, message: str, path: Sequence[str | int], kind: str = "", **extensions: str
    ) -> None:
        told: dict[str, Any] = {"message": message, "path": list(path)}
        told |= {"type": kind} if kind else {}
        self.errors.append(told | ({"extensions": extensions} if extensions else {}))


class Undefined(Exception):  # noqa: N818 - the query is at fault
    """The query does not fit the schema: nothing of it is answered."""


def on(type_: str) -> Callable[[Resolver], Resolver]:
    """Register a field of that type by the function's name."""

    def register(resolver: Resolver) -> Resolver:
        TYPES.setdefault(type_, {})[resolver.__name__] = resolver
        return resolver

    return register


def answer(call: "Call") -> dict[str, Any]:
    """200 whatever was wrong with the query: what is said is in `errors`."""
    if call.token is None:
        raise Refusal(401, "This endpoint requires you to be authenticated.")
    sent = call.body if isinstance(call.body, dict) else {}
    try:
        document = parse(str(sent.get("query", "")))
    except Unreadable as exc:
        # With its place: https://spec.graphql.org/October2021/#sec-Errors
        place = [{"line": 1, "column": 1}]
        return {"errors": [{"message": str(exc), "locations": place}]}
    variables = document.defaults | dict(sent.get("variables") or {})
    asked = Asked(call.github, call.token, document, variables, [])
    missing = [
        name
        for name, needed in document.variables.items()
        if needed and variables.get(name) is None
    ]
    for name in missing:
        asked.problem(f"Variable ${name} was provided invalid value", [], value="null")
    root = Node("Mutation" if document.kind == "mutation" else "Query", None)
    try:
        data = None if missing else _object(asked, root, document.selected, [])
    except Undefined:
        data = None
    told = {"data": data} if data is not None else {}
    return told | ({"errors": asked.errors} if asked.errors else {})


def _object(
    asked: Asked, node: Node, selected: list[Field | Fragment], path: list[str | int]
) -> Any:
    made: dict[str, Any] = {}
    for one in selected:
        if isinstance(one, Field):
            value = _field(asked, node, one, [*path, one.alias])
            made[one.alias] = (
                {**made[one.alias], **value} if isinstance(made.get(one.alias), dict) else value
            )
            continue
        fragment = asked.document.fragments[one.name] if one.name else one
        if fragment.type not in {*TYPES, "Actor", "Node", "Comment", "Closable", "Labelable"}:
            _undefined(
                asked, f"No such type {fragment.type}, so it can't be a fragment condition", path
            )
        if fragment.type in {node.type, *INTERFACES.get(node.type, ())}:
            made |= _object(asked, node, fragment.selected, path)
    return made


def _field(asked: Asked, node: Node, one: Field, path: list[str | int]) -> Any:
    if one.name == "__typename":
        return node.type
    resolver = TYPES.get(node.type, {}).get(one.name)
    if resolver is None:
        said = f"Field '{one.name}' doesn't exist on type '{node.type}'"
        _undefined(asked, said, path, code="undefinedField", typeName=node.type, fieldName=one.name)
    assert resolver is not None
    args = filled(one.args, asked.variables)
    try:
        value = resolver(asked, node.of, args)
    except Refusal as exc:
        kind = (
            "NOT_FOUND"
            if exc.status == 404
            else "FORBIDDEN"
            if exc.status == 403
            else "UNPROCESSABLE"
        )
        asked.problem(exc.message, path, kind)
        return None
    return _value(asked, value, one, args, path)


def _value(
    asked: Asked, value: Any, one: Field, args: Mapping[str, Any], path: list[str | int]
) -> Any:
    if isinstance(value, Connection):
        return _object(asked, _page(asked, value, one, args, path), one.selected, path)
    if isinstance(value, Node):
        if not one.selected:
            _undefined(
                asked, f"Field must have selections (field '{one.name}' returns {value.type})", path
            )
        return _object(asked, value, one.selected, path)
    if isinstance(value, list):
        return [_value(asked, each, one, args, [*path, nth]) for nth, each in enumerate(value)]
    if value is not None and one.selected:
        _undefined(asked, f"Selections can't be made on scalars (field '{one.name}')", path)
    return value


def _undefined(asked: Asked, said: str, path: Sequence[str | int], **extensions: str) -> None:
    asked.problem(said, ["query", *path], **extensions)
    raise Undefined


def _page(
    asked: Asked, value: Connection, one: Field, args: Mapping[str, Any], path: list[str | int]
) -> Node:
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        said = f"You must provide a `first` or `last` value to properly paginate the `{one.name}` connection."
        asked.problem(said, path, "MISSING_PAGINATION_BOUNDARIES")
        raise Undefined
    if max(first or 0, last or 0) > 100:
        said = f"Requesting {first or last} records on the `{one.name}` connection exceeds the `first` limit of 100 records."
        asked.problem(said, path, "EXCESSIVE_PAGINATION")
        raise Undefined
    start = (
        int(base64.b64decode(args["after"]).decode().rpartition(":")[2]) if args.get("after") else 0
    )
    end = len(value.nodes)
    if first is not None:
        end = min(end, start + first)
    else:
        start = max(start, end - (last or 0))
    return Node("Connection", (value.nodes, start, end))


def _cursor(at: int) -> str:
    return base64.b64encode(f"cursor:v2:{at}".encode()).decode()


@on("Connection")
def nodes(_: Asked, page: Any, __: dict[str, Any]) -> Any:
    every, start, end = page
    return list(every[start:end])


@on("Connection")
def edges(_: Asked, page: Any, __: dict[str, Any]) -> Any:
    every, start, end = page
    return [Node("Edge", (every[at], at + 1)) for at in range(start, end)]


@on("Connection")
def totalCount(_: Asked, page: Any, __: dict[str, Any]) -> Any:  # noqa: N802 - GitHub's name
    return len(page[0])


@on("Connection")
def pageInfo(_: Asked, page: Any, __: dict[str, Any]) -> Any:  # noqa: N802 - GitHub's name
    return Node("PageInfo", page)


TYPES["Edge"] = {
    "node": lambda _, edge, __: edge[0],
    "cursor": lambda _, edge, __: _cursor(edge[1]),
}
TYPES["PageInfo"] = {
    "hasNextPage": lambda _, page, __: page[2] < len(page[0]),
    "hasPreviousPage": lambda _, page, __: page[1] > 0,
    "endCursor": lambda _, page, __: _cursor(page[2]) if page[2] > page[1] else None,
    "startCursor": lambda _, page, __: _cursor(page[1] + 1) if page[2] > page[1] else None,
}


def int32(number: int) -> int | None:
    """`databaseId` is an Int of 32 bits: null for what is larger. `fullDatabaseId` has it as text."""
    return number if number <= LARGEST else None
