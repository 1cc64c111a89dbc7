"""Cut GitHub's OpenAPI description down to what the stand-in has, as plain JSON Schema.

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-*.tgz
    python tests/data/prune_openapi.py package/generated/api.github.com.json

writes `github_openapi.json.gz` beside this script. What OpenAPI 3.0 says in its own words becomes
JSON Schema's: `nullable` another type, `format` a pattern. Objects are closed, so that the stand-in
cannot tell of fields that GitHub does not have.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from fake_github import server  # noqa: E402, F401 - importing it registers the operations
from fake_github.calls import OPERATIONS  # noqa: E402

EVENTS = (
    "check-run", "check-suite", "create", "delete", "installation", "installation-repositories",
    "issue-comment", "issues", "ping", "pull-request", "pull-request-review",
    "pull-request-review-comment", "pull-request-review-thread", "push", "repository", "status",
    "workflow-job",
    "workflow-run",
)  # fmt: skip
KEPT = (
    "$ref", "additionalProperties", "allOf", "anyOf", "enum", "items", "maxLength", "minLength",
    "maximum", "minimum", "not", "oneOf", "pattern", "properties", "required", "type",
)  # fmt: skip
FORMATS = {
    "date-time": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
    "uri": r"^[a-z]+://\S+$",
}


OPEN = "~open"
"""Ends the name of a schema that is only a part of another, and so not closed."""
OUTDATED = ("line", "position")
"""Null in a comment whose line was changed since, though the description has them as numbers."""


def correct(whole: dict[str, Any]) -> None:
    """What GitHub really sends where its description is known to be wrong."""
    schemas = whole["components"]["schemas"]
    for name in OUTDATED:
        for of in ("pull-request-review-comment", "review-comment"):
            schemas[of]["properties"][name]["nullable"] = True
    label = schemas["pull-request-simple"]["properties"]["labels"]["items"]
    label["properties"]["description"]["nullable"] = True
    # Here an account would have to be a user and an enterprise at once; elsewhere it is either.
    listed = whole["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]
    listed["application/json"]["schema"]["items"] = {"$ref": "#/components/schemas/installation"}
    # "You cannot change a check run conclusion to `stale`, only GitHub can set this", it says of the
    # parameter, and leaves it out of what is answered: https://docs.github.com/en/rest/checks/runs
    for of in ("check-run", "job"):
        schemas[of]["properties"]["conclusion"]["enum"] += ["stale", "startup_failure"]
    labels = whole["paths"]["/repos/{owner}/{repo}/issues/{issue_number}/labels"]
    for method in ("post", "put"):
        # "You can also pass an array of labels directly", the description says, and clients do.
        asked = labels[method]["requestBody"]["content"]["application/json"]["schema"]
        asked["oneOf"].append({"type": "array", "items": {"type": "string"}})


def schema(told: Any, *, closed: bool) -> Any:
    if not isinstance(told, dict):
        return told
    # GitHub's alternatives often overlap; that at least one of them holds is what can be asked.
    names = {name: "anyOf" if name == "oneOf" else name for name in told if name in KEPT}
    made = {new: _part(name, told[name], closed=closed) for name, new in names.items()}
    if told.get("format") in FORMATS and told.get("type") == "string":
        made.setdefault("pattern", FORMATS[told["format"]])
    if "$ref" in made:
        name = made["$ref"].rsplit("/", 1)[-1]
        made = {"$ref": f"#/schemas/{name}{'' if closed else OPEN}"}
    if "site_admin" in made.get("properties", {}):
        # Accounts have it everywhere by now; some of the description is older.
        made["properties"].setdefault("user_view_type", {"type": "string"})
    if closed and made.get("properties"):
        made.setdefault("additionalProperties", False)
    return nullable(made) if told.get("nullable") else made


def _part(name: str, value: Any, *, closed: bool) -> Any:
    if name == "properties":
        return {key: schema(each, closed=closed) for key, each in value.items()}
    if name in {"anyOf", "oneOf"}:
        return [schema(each, closed=closed) for each in value]
    if name == "allOf":
        return [schema(each, closed=False) for each in value]
    if name in {"items", "additionalProperties", "not"}:
        return schema(value, closed=closed)
    return value


def nullable(made: dict[str, Any]) -> dict[str, Any]:
    if "enum" in made:
        made = {**made, "enum": [*made["enum"], *([] if None in made["enum"] else [None])]}
    if "type" in made and not {"allOf", "anyOf", "oneOf"} & made.keys():
        return {**made, "type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]} if made else {}


def references(told: Any) -> set[str]:
    if isinstance(told, list):
        return set[str]().union(*map(references, told))
    if not isinstance(told, dict):
        return set()
    own = {told["$ref"].rsplit("/", 1)[-1]} if isinstance(told.get("$ref"), str) else set()
    return own.union(*(references(each) for each in told.values()))


def content(whole: dict[str, Any], told: dict[str, Any], *, closed: bool) -> Any:
    """The schema of a body; None for no JSON."""
    if "$ref" in told:
        told = whole["components"]["responses"][told["$ref"].rsplit("/", 1)[-1]]
    kinds = told.get("content", {})
    one = next((kinds[kind] for kind in kinds if kind.endswith("json")), None)
    return None if one is None else schema(one.get("schema", {}), closed=closed)


def operation(whole: dict[str, Any], method: str, template: str) -> dict[str, Any]:
    told = whole["paths"][template][method.lower()]
    answers = {
        status: content(whole, answer, closed=True) for status, answer in told["responses"].items()
    }
    asked = content(whole, told.get("requestBody", {}), closed=False)
    return {"answers": answers, **({"asked": asked} if asked is not None else {})}


def webhooks(whole: dict[str, Any]) -> dict[str, Any]:
    """`event` or `event.action` -> schema."""
    made = {}
    for hook in whole["x-webhooks"].values():
        event, _, action = hook["post"]["operationId"].partition("/")
        if event in EVENTS:
            name = event.replace("-", "_") + (f".{action.replace('-', '_')}" if action else "")
            made[name] = content(whole, hook["post"]["requestBody"], closed=True)
    return made


def prune(whole: dict[str, Any]) -> dict[str, Any]:
    correct(whole)
    names = sorted((one.method, one.template) for one in OPERATIONS if one.described)
    made: dict[str, Any] = {
        "operations": {f"{how} {path}": operation(whole, how, path) for how, path in names},
        "webhooks": webhooks(whole),
        "schemas": {},
    }
    wanted = references(made)
    while wanted:
        name = min(wanted)
        told = whole["components"]["schemas"][name.removesuffix(OPEN)]
        made["schemas"][name] = schema(told, closed=not name.endswith(OPEN))
        wanted = (wanted | references(made["schemas"][name])) - made["schemas"].keys()
    return made


def main() -> None:
    whole = json.loads(Path(sys.argv[1]).read_bytes())
    text = json.dumps(prune(whole), separators=(",", ":"), sort_keys=True)
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (HERE / "github_openapi.json.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
