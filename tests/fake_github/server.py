"""A stand-in for GitHub: one process, real HTTP on loopback, real bare git repositories.

A test speaks as its people do: `issue.label("bricklayer", by=mona)`, `github.ci(sha, "red")`.
Which changes there are, `github_world.py` and what it names say; what GitHub answers and refuses,
the modules `github_rest_*`. What it says is held to GitHub's own description (`github_schema.py`).
"""

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from fake_github import (
    front,
    graphql_entry,
    rest_actions,
    rest_apps,
    rest_branches,
    rest_ci,
    rest_comments,
    rest_issues,
    rest_people,
    rest_pulls,
    rest_repo,
    rest_reviews,
)
from fake_github.calls import Answer
from fake_github.world import GitHub

__all__ = ["SERVED", "GitHub", "application", "serving"]
SERVED = (
    graphql_entry,
    rest_actions,
    rest_apps,
    rest_branches,
    rest_ci,
    rest_comments,
    rest_issues,
    rest_people,
    rest_pulls,
    rest_repo,
    rest_reviews,
)
"""Importing them is what registers their operations."""


def application(github: GitHub) -> FastAPI:
    made = FastAPI(openapi_url=None)

    @made.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
    async def everything(request: Request, path: str) -> Response:
        del path
        data = await request.body()
        query = dict(request.query_params)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = (request.method, request.scope["path"], query, headers, data)
        answer = await run_in_threadpool(front.answer, github, *asked)
        # Every answer of GitHub's has its time, by its own clock:
        # https://www.rfc-editor.org/rfc/rfc9110#field.date
        answer.headers.setdefault("Date", formatdate(github.clock.seconds(), usegmt=True))
        return response(answer)

    return made


def response(answer: Answer) -> Response:
    if answer.raw is not None:
        return Response(answer.raw, answer.status, answer.headers)
    if answer.status in {204, 304} or answer.body is None:
        return Response(None, answer.status, answer.headers)
    text = json.dumps(answer.body).encode()
    if answer.status == 0:
        return Response(text[: len(text) // 2], 200, {"Content-Length": str(len(text))})
    return Response(text, answer.status, answer.headers, "application/json; charset=utf-8")


@contextmanager
def serving() -> Iterator[GitHub]:
    """Run on a free port of loopback until the block ends; then tell what the stand-in did wrong."""
    with tempfile.TemporaryDirectory(prefix="github-") as root:
        github = GitHub(Path(root))
        config = uvicorn.Config(
            application(github),
            port=0,
            log_level="error",
            timeout_graceful_shutdown=1,
            date_header=False,
        )
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        try:
            github.host = _address(running, thread)
            yield github
        finally:
            github.hooks.close()
            running.should_exit = True
            thread.join(10)
    assert not github.problems, "\n".join(github.problems)


def _address(running: uvicorn.Server, thread: threading.Thread) -> str:
    pause = threading.Event()
    while thread.is_alive():
        if running.started:
            host, port = running.servers[0].sockets[0].getsockname()[:2]
            return f"{host}:{port}"
        pause.wait(0.01)
    raise RuntimeError("the stand-in for GitHub did not start")
