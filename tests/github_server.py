"""A stand-in for GitHub: one process, real HTTP on loopback, real bare git repositories.

A test speaks as its people do: `issue.label("bricklayer", by=mona)`, `github.ci(sha, "red")`.
"""

import itertools
import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import github_graphql_types
import github_rest_ci
import github_rest_issues
import github_rest_people
import github_rest_pulls
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from github_apps import App, Installation
from github_calls import Answer, Call
from github_ci import Job, Workflow
from github_gate import Fault, Gate, Seen
from github_git import names_repo, serve
from github_hooks import Hooks
from github_issues import Issue
from github_people import Clock, Refusal, Token, User
from github_repo import Repo
from github_schema import Schema

SERVED = (
    github_graphql_types,
    github_rest_ci,
    github_rest_issues,
    github_rest_people,
    github_rest_pulls,
)
Files = Mapping[str, str | bytes | None]


class GitHub:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.host = ""
        self.prefix = ""
        """"/api/v3" to be a GitHub Enterprise Server."""
        self.lock = threading.RLock()
        self.clock = Clock()
        self.hooks = Hooks(self)
        self.gate = Gate(self)
        self.schema = Schema(self)
        self.calls: list[Seen] = []
        self.problems: list[str] = []
        self.users: dict[str, User] = {}
        self.repos: dict[str, Repo] = {}
        self.apps: dict[str, App] = {}
        self.tokens: dict[str, Token] = {}
        self.manifest_codes: dict[str, App] = {}
        self._ids = itertools.count(3_000_000_019, 17)
        self._people = itertools.count(583_231, 13)
        self._changes = 0
        self._serving = threading.local()
        self.ghost = self.person("ghost")
        self.actions = App(
            self,
            15368,
            "github-actions",
            self.ghost,
            self._bot("github-actions"),
            self.clock.tick(),
        )

    @property
    def api_url(self) -> str:
        return f"http://{self.host}{self.prefix}"

    @property
    def html_url(self) -> str:
        return f"http://{self.host}"

    def new_id(self) -> int:
        """Larger than 32 bits hold, as GitHub's are by now, and each later than the one before."""
        return next(self._ids)

    def new_account_id(self) -> int:
        """Of people, Apps and installations, of which there are not that many yet."""
        return next(self._people)

    @contextmanager
    def change(self) -> Iterator[None]:
        """One change at a time. A person's is over when its webhooks were answered."""
        with self.lock:
            self._changes += 1
            try:
                yield
            finally:
                self._changes -= 1
                outermost = not self._changes
        if outermost and not getattr(self._serving, "on", False):
            self.hooks.flush()

    def person(self, login: str, permission: str = "", repo: str = "") -> User:
        """Somebody, with that role everywhere, or in one repository only."""
        found = self.users.get(login.lower())
        if found is None:
            found = self.users[login.lower()] = User(self.new_account_id(), login)
        if repo:
            self.repo(repo).let(login, permission)
        elif permission:
            found.role = permission
        return found

    def organization(self, login: str) -> User:
        made = self.users[login.lower()] = User(self.new_account_id(), login, "Organization")
        return made

    def _bot(self, slug: str) -> User:
        made = self.users[f"{slug}[bot]"] = User(self.new_account_id(), f"{slug}[bot]", "Bot")
        return made

    def user(self, login: str) -> User:
        found = self.users.get(login.lower())
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    def repo(self, full_name: str, files: Files | None = None, **settings: Any) -> Repo:
        """That repository, made with these files on its default branch if there is none."""
        found = self.repos.get(full_name.lower())
        if found is None:
            owner, _, name = full_name.partition("/")
            found = Repo(self, self.person(owner), name, **settings)
            self.repos[full_name.lower()] = found
            start = files if files is not None else {"README.md": f"# {name}\n"}
            when = self.clock.seconds()
            found.git.commit(found.default_branch, start, "Initial commit", found.owner, when=when)
        return found

    def issue(
        self,
        repo: str,
        title: str,
        body: str | None = None,
        *,
        by: User,
        labels: tuple[str, ...] = (),
    ) -> Issue:
        """Opened by a person; `labels` are those its template puts on it."""
        return self.repo(repo).open_issue(title, body, by, labels)

    def app(self, slug: str = "bricklayer", owner: str = "octocat", **more: Any) -> App:
        found = self.apps.get(slug)
        if found is None:
            by = self.person(owner)
            made = App(
                self, self.new_account_id(), slug, by, self._bot(slug), self.clock.tick(), **more
            )
            found = self.apps[slug] = made
        return found

    def app_of(self, user: User) -> App | None:
        known = (*self.apps.values(), self.actions)
        return next((one for one in known if one.bot is user), None)

    def installation_on(self, repo: Repo) -> Installation | None:
        installed = (one for app in self.apps.values() for one in app.installations)
        return next((one for one in installed if one.covers(repo)), None)

    def token(
        self,
        user: User,
        repos: tuple[str, ...] | None = None,
        permissions: dict[str, str] | None = None,
        *,
        seconds: int | None = None,
    ) -> str:
        """A person's token; fine-grained once `repos` or `permissions` are given."""
        value = f"github_pat_{self.new_id():044d}"
        chosen = None if repos is None else {one.lower() for one in repos}
        until = None if seconds is None else self.clock.seconds() + seconds
        self.tokens[value] = Token(value, user, "pat", chosen, permissions, until)
        return value

    def actions_token(self, repo: str, permissions: dict[str, str] | None = None) -> str:
        """GITHUB_TOKEN of a workflow run: what it pushes starts no workflow."""
        value = f"ghs_{self.new_id():030d}"
        bot = self.actions.bot
        may = permissions or dict.fromkeys(
            ("contents", "issues", "pull_requests", "checks", "statuses"), "write"
        )
        self.tokens[value] = Token(value, bot, "actions", {repo.lower()}, may, app=self.actions)
        return value

    def sees(self, token: Token | None, repo: Repo) -> bool:
        if token is None:
            return not repo.private
        if token.kind == "app":
            return False
        named = token.repos is None or repo.full_name.lower() in token.repos
        if token.kind == "actions":
            return named
        if token.installation is not None:
            return not repo.private or (named and bool(token.installation.covers(repo)))
        return not repo.private or (named and bool(repo.role(token.user)))

    def hook(self, url: Any, secret: str) -> None:
        """Send webhooks there: a URL, or a function of headers and body that gives the status."""
        self.hooks.to(url, secret)

    def ci_on(self, repo: str, jobs: tuple[str, ...] = ("test",), **more: Any) -> Workflow:
        """From now on every push to that repository starts a workflow run with these jobs."""
        return self.repo(repo).checks.workflow("CI", ".github/workflows/ci.yml", jobs, **more)

    def ci(self, sha: str, how: str, *, log: str | bytes = "", name: str = "test") -> Job:
        """A job of CI ends "green" or "red" (or another conclusion of GitHub's) on that commit."""
        conclusion = {"green": "success", "red": "failure"}.get(how, how)
        for repo in self.repos.values():
            if repo.git.git("cat-file", "-t", sha, check=False) == "commit" and repo.parent is None:
                with self.change():
                    return repo.checks.finish(sha, conclusion, log=log, name=name)
        raise AssertionError(f"no repository has the commit {sha}")

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        times: int = 1,
        *,
        after: bool = False,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> None:
        """Answer the next matching calls so. `after`: the change is made, only the answer is lost.

        `path` is a regular expression; `method` "*" is any; status 0 cuts the answer off.
        """
        import re  # noqa: PLC0415

        told = (
            body
            if body is not None
            else {"message": "scripted", "documentation_url": "", "status": str(status)}
        )
        self.gate.fail(
            Fault(method, re.compile(path), status, times, after, dict(headers or {}), told)
        )

    def count(self, method: str = "", template: str = "", *, status: int = 0) -> int:
        """How many calls there were, all or those of one operation."""
        return sum(
            method in {"", one.method}
            and template in {"", one.template}
            and status in {0, one.status}
            for one in self.calls
        )

    def log_url(self, job: Job) -> str:
        port = self.host.rpartition(":")[2]
        return f"http://localhost:{port}/_logs/{job.check.id}?sig=signed"

    def problem(self, said: str) -> None:
        """Something the stand-in itself did wrong, or cannot do: the test must not pass."""
        self.problems.append(said)

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        data: bytes,
    ) -> Answer:
        self._serving.on = True
        bare = path.removeprefix("/api/v3") if path.startswith("/api/v3/") else path
        bare = "/graphql" if bare == "/api/graphql" else bare
        call = Call(self, method, bare, query, headers, None)
        if bare.startswith("/_logs/"):
            return self._log(bare, headers)
        if names_repo(bare):
            early = self.gate.fault(method, bare, after=False)
            said = early or serve(call, data)
            answer = (None if early else self.gate.fault(method, bare, after=True)) or said
        else:
            answer = self._rest(call, data)
        template = call.operation.template if call.operation else ""
        kind = call.token.kind if call.token else ""
        self.calls.append(Seen(method, bare, template, answer.status, kind, dict(query), call.body))
        return answer

    def _rest(self, call: Call, data: bytes) -> Answer:
        try:
            call.body = json.loads(data) if data else None
        except ValueError:
            return Answer(
                400, {"message": "Problems parsing JSON", "documentation_url": "", "status": "400"}
            )
        return self.gate.pass_through(call)

    def _log(self, path: str, headers: Mapping[str, str]) -> Answer:
        """The host of the logs: a token shown to it was sent to the wrong one."""
        if "authorization" in headers:
            return Answer(
                400, None, raw=b"AuthenticationFailed: Server failed to authenticate the request."
            )
        number = int(path.rsplit("/", 1)[-1])
        jobs = (job for repo in self.repos.values() for job in repo.checks.jobs)
        found = next(job for job in jobs if job.check.id == number)
        return Answer(200, None, {"Content-Type": "text/plain; charset=utf-8"}, found.log)


def application(github: GitHub) -> FastAPI:
    made = FastAPI(openapi_url=None)

    @made.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
    async def everything(request: Request, path: str) -> Response:
        del path
        data = await request.body()
        at, query = request.url.path, dict(request.query_params)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await run_in_threadpool(
            github.answer, request.method, request.scope["path"] or at, query, headers, data
        )
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
            application(github), port=0, log_level="error", timeout_graceful_shutdown=1
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
