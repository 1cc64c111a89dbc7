"""Git over HTTP, served by git's own `http-backend`, with GitHub's rules of who may."""

import os
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from fake_github.bare import environment
from fake_github.calls import Answer, Call
from fake_github.people import Refusal

if TYPE_CHECKING:
    from fake_github.repo import Repo

SERVICES = ("git-upload-pack", "git-receive-pack")


@cache
def backend() -> str:
    argv = ["git", "--exec-path"]
    found = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    return os.path.join(found.stdout.strip(), "git-http-backend")  # noqa: PTH118 - git's own folder


def names_repo(path: str) -> tuple[str, str] | None:
    """("owner/name", what git wants of it) of a path of git's protocol."""
    for end in ("/info/refs", "/git-upload-pack", "/git-receive-pack"):
        if path.endswith(end) and path.count("/") == 2 + end.count("/"):
            return path[1 : -len(end)].removesuffix(".git"), end[1:]
    return None


def serve(call: Call, data: bytes) -> Answer:
    """One request of git's, with the webhooks and everything else a push sets off."""
    named = names_repo(call.path)
    assert named is not None
    github, (name, wanted) = call.github, named
    writes = "git-receive-pack" in (wanted, call.query.get("service"))
    try:
        repo = _allowed(call, name, writes=writes)
    except Refusal as exc:
        headers = {"Content-Type": "text/plain"}
        headers |= {"WWW-Authenticate": 'Basic realm="GitHub"'} if exc.status == 401 else {}
        return Answer(exc.status, None, headers, f"{exc.message}\n".encode())
    if wanted != "git-receive-pack":
        return _backend(call, repo, wanted, data)
    with github.change():
        before = repo.git.refs()
        answer = _backend(call, repo, wanted, data)
        repo.refs_moved(before, call.actor, call.token)
        return answer


def _allowed(call: Call, name: str, *, writes: bool) -> "Repo":
    """A private repository looks as if there were none to who may not see it."""
    call.token = call.github.gate.caller(call.headers)
    repo = call.github.repos.get(name.lower()) or call.github.renamed.get(name.lower())
    if call.token is None and (writes or repo is None or repo.private):
        raise Refusal(401, "Authentication required")
    if repo is None or not call.github.sees(call.token, repo):
        raise Refusal(404, "Repository not found.")
    if call.token is not None and not call.token.may("contents", "write" if writes else "read"):
        raise Refusal(403, "Write access to repository not granted.")
    if writes and not repo.may(call.actor, "write"):
        raise Refusal(403, f"Permission to {repo.full_name}.git denied to {call.actor.login}.")
    if writes and repo.archived:
        raise Refusal(403, "This repository was archived so it is read-only.")
    return repo


def _backend(call: Call, repo: "Repo", wanted: str, data: bytes) -> Answer:
    env = environment(
        call.github.root,
        GIT_PROJECT_ROOT=str(repo.git.path),
        GIT_HTTP_EXPORT_ALL="1",
        PATH_INFO=f"/{wanted}",
        QUERY_STRING="&".join(f"{name}={value}" for name, value in call.query.items()),
        REQUEST_METHOD=call.method,
        CONTENT_TYPE=call.headers.get("content-type", ""),
        CONTENT_LENGTH=str(len(data)),
        HTTP_CONTENT_ENCODING=call.headers.get("content-encoding", ""),
        GIT_PROTOCOL=call.headers.get("git-protocol", ""),
        REMOTE_USER=call.token.user.login if call.token else "",
        REMOTE_ADDR="127.0.0.1",
        MAY_WORKFLOWS="1" if call.token and call.token.may("workflows", "write") else "",
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="http.receivepack",
        GIT_CONFIG_VALUE_0="true",
    )
    done = subprocess.run(
        [backend()], input=data, env=env, capture_output=True, timeout=120, check=False
    )
    if done.returncode:
        call.github.problem(f"git http-backend: {done.stderr.decode(errors='replace')}")
    return _cgi(done.stdout)


def _cgi(out: bytes) -> Answer:
    head, _, body = out.partition(b"\r\n\r\n")
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    headers = dict(pairs)
    status = int(headers.pop("Status", "200").split(" ", 1)[0])
    return Answer(status, None, headers, body)
