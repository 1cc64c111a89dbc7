"""Where a request to the stand-in goes: to REST or GraphQL, to git, to the logs, to a web page."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from fake_github.calls import Answer, Call
from fake_github.gate import Seen
from fake_github.git import names_repo, serve
from fake_github.people import Refusal
from fake_github.sign_in import AUTHORIZE, EXCHANGE, authorize, exchange

if TYPE_CHECKING:
    from fake_github.world import GitHub

# https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-error-codes
NO_BLOB = (
    b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code>'
    b"<Message>The specified blob does not exist.</Message></Error>"
)
PAGE = re.compile(r"(?:/organizations/([^/]+))?/settings/apps/new")


def answer(
    github: "GitHub",
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    data: bytes,
) -> Answer:
    github.serving.on = True
    bare = path.removeprefix("/api/v3") if path.startswith("/api/v3/") else path
    bare = "/graphql" if bare == "/api/graphql" else bare
    call = Call(github, method, _by_name(github, bare), query, headers, None)
    if call.path.startswith("/_logs/"):
        return _log(github, call)
    if PAGE.fullmatch(call.path):
        return _new_app(github, call, data)
    if call.path == AUTHORIZE:
        return authorize(github, call)
    if call.path == EXCHANGE:
        return exchange(github, data)
    made = _git(github, call, data) if names_repo(call.path) else _rest(github, call, data)
    template = call.operation.template if call.operation else ""
    kind = call.token.kind if call.token else ""
    token = call.token.value if call.token else ""
    seen = Seen(method, call.path, template, made.status, kind, dict(query), call.body, token)
    github.calls.append(seen)
    return made


def _by_name(github: "GitHub", path: str) -> str:
    """Links to further pages, and of what was renamed, go by the repository's number."""
    found = re.fullmatch(r"/repositories/(\d+)(/.*)?", path)
    for repo in github.repos.values():
        if found and repo.id == int(found[1]):
            return f"/repos/{repo.full_name}{found[2] or ''}"
    return path


def _rest(github: "GitHub", call: Call, data: bytes) -> Answer:
    moved = re.match(r"/repos/([^/]+/[^/]+)", call.path)
    repo = github.renamed.get(moved[1].lower()) if moved else None
    if moved and repo is not None:
        where = f"{github.api_url}/repositories/{repo.id}{call.path[moved.end() :]}"
        told = {"message": "Moved Permanently", "url": where, "documentation_url": ""}
        return Answer(301, told, {"Location": where})
    if answer := _moved_issue(github, call.path):
        return answer
    try:
        call.body = json.loads(data) if data else None
    except ValueError:
        told = {"message": "Problems parsing JSON", "documentation_url": "", "status": "400"}
        return Answer(400, told)
    return github.gate.pass_through(call)


def _moved_issue(github: "GitHub", path: str) -> Answer | None:
    """An issue that was transferred: https://docs.github.com/en/rest/issues/issues#get-an-issue"""
    named = re.fullmatch(r"/repos/([^/]+/[^/]+)/issues/(\d+)(/.*)?", path)
    repo = github.repos.get(named[1].lower()) if named else None
    gone = repo.transferred.get(int(named[2])) if named and repo else None
    if not named or gone is None:
        return None
    where = f"{github.api_url}/repositories/{gone.repo.id}/issues/{gone.number}{named[3] or ''}"
    told = {"message": "Moved Permanently", "url": where, "documentation_url": ""}
    return Answer(301, told, {"Location": where})


def _git(github: "GitHub", call: Call, data: bytes) -> Answer:
    early = github.gate.fault(call.method, call.path, after=False)
    said = early or serve(call, data)
    return (None if early else github.gate.fault(call.method, call.path, after=True)) or said


def _log(github: "GitHub", call: Call) -> Answer:
    """The host of the logs: it takes no token, so one shown to it went to the wrong host."""
    if "authorization" in call.headers:
        return Answer(400, None, raw=b"AuthenticationFailed: Server failed to authenticate.")
    number = int(call.path.rsplit("/", 1)[-1])
    jobs = (job for repo in github.repos.values() for job in repo.checks.jobs)
    found = next(job for job in jobs if job.check.id == number)
    if found.looks_without_log > 0:
        found.looks_without_log -= 1
        return Answer(404, None, {"Content-Type": "application/xml"}, NO_BLOB)
    kind = {"Content-Type": "text/plain; charset=utf-8"}
    # A part of a blob is given from a byte on, never the last so many bytes:
    # https://learn.microsoft.com/en-us/rest/api/storageservices/specifying-the-range-header-for-blob-service-operations
    part = re.fullmatch(r"bytes=(\d+)-", call.headers.get("range", ""))
    if part and int(part[1]) < len(found.log):
        where = f"bytes {part[1]}-{len(found.log) - 1}/{len(found.log)}"
        return Answer(206, None, {**kind, "Content-Range": where}, found.log[int(part[1]) :])
    return Answer(200, None, kind, found.log)


def _new_app(github: "GitHub", call: Call, data: bytes) -> Answer:
    """The page a person's browser sends an App's manifest to; it goes back with a code."""
    sent = {name: values[0] for name, values in parse_qs(data.decode()).items()}
    named = PAGE.fullmatch(call.path)
    owner = github.user(named[1]) if named and named[1] else github.somebody
    try:
        manifest = json.loads(sent.get("manifest", ""))
        code = github.register_app(manifest, owner)
    except (ValueError, Refusal) as exc:
        return Answer(422, None, {"Content-Type": "text/html"}, str(exc).encode())
    state = call.query.get("state") or sent.get("state")
    query = urlencode({"code": code} | ({"state": state} if state else {}))
    joint = "&" if "?" in manifest["redirect_url"] else "?"
    return Answer(302, None, {"Location": f"{manifest['redirect_url']}{joint}{query}"}, b"")
