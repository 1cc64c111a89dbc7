"""What there is on the stand-in for GitHub, and what a test lets its people do there."""

import itertools
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fake_github.actions import environment
from fake_github.apps import App, Installation
from fake_github.ci import Job, Workflow
from fake_github.gate import Fault, Gate, Seen
from fake_github.hooks import Delivery, Hooks
from fake_github.issues import Issue
from fake_github.manifests import register
from fake_github.people import Clock, Refusal, Token, User
from fake_github.repo import Repo
from fake_github.schema import Schema
from fake_github.sign_in import SignInCode

Files = Mapping[str, str | bytes | None]
API = r"^/(repos|user|users|app|installation|graphql|rate_limit)(/|$)"


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
        self.foreign: dict[str, App] = {}
        self.tokens: dict[str, Token] = {}
        self.manifest_codes: dict[str, App] = {}
        self.sign_in_codes: dict[str, SignInCode] = {}
        self.renamed: dict[str, Repo] = {}
        self._ids = itertools.count(3_000_000_019, 17)
        self._people = itertools.count(583_231, 13)
        self._changes = 0
        self.serving = threading.local()
        """`on` in the threads that answer or deliver: they never wait for a webhook."""
        self.ghost = self.person("ghost")
        self.somebody = self.person("octocat")
        """Whose browser it is that opens web pages."""
        self.actions = App(
            self,
            15368,
            "github-actions",
            self.ghost,
            self.bot("github-actions"),
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
        if outermost and not getattr(self.serving, "on", False):
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

    def bot(self, slug: str, permission: str = "") -> User:
        """The bot user of an App, also of somebody else's."""
        login = f"{slug}[bot]"
        if login not in self.users:
            self.users[login] = User(self.new_account_id(), login, "Bot")
        self.users[login].role = permission or self.users[login].role
        return self.users[login]

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
                self, self.new_account_id(), slug, by, self.bot(slug), self.clock.tick(), **more
            )
            found = self.apps[slug] = made
        return found

    def foreign_app(self, slug: str) -> App:
        """Somebody else's App: no webhook of it is ours."""
        if slug not in self.foreign:
            at, owner = self.clock.tick(), self.person(f"{slug}-inc")
            self.foreign[slug] = App(self, self.new_account_id(), slug, owner, self.bot(slug), at)
        return self.foreign[slug]

    def app_of(self, user: User) -> App | None:
        known = (*self.apps.values(), *self.foreign.values(), self.actions)
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
        return not repo.private or (self.reaches(token, repo) and bool(repo.role(token.user)))

    def reaches(self, token: Token, repo: Repo) -> bool:
        """Whether a token counts there at all: a public repository is seen without."""
        named = token.repos is None or repo.full_name.lower() in token.repos
        return named and (token.installation is None or bool(token.installation.covers(repo)))

    def hook(self, url: Any, secret: str) -> None:
        """Send webhooks there: a URL, or a function of headers and body that gives the status."""
        self.hooks.to(url, secret)

    def ci_on(self, repo: str, jobs: tuple[str, ...] = ("test",), **more: Any) -> Workflow:
        """From now on every push to that repository starts a workflow run with these jobs."""
        return self.repo(repo).checks.workflow("CI", ".github/workflows/ci.yml", jobs, **more)

    def register_app(self, manifest: dict[str, Any], owner: User) -> str:
        """An App made of a manifest; the code turns into its secrets, once."""
        return register(self, manifest, owner)

    def ci(self, sha: str, how: str, *, log: str | bytes = "", name: str = "test") -> Job:
        """A job of CI on that commit ends "green" or "red", or only begins ("running").

        Another conclusion of GitHub's may be named too. A job that has ended is run again.
        """
        conclusion = {"green": "success", "red": "failure"}.get(how, how)
        for repo in self.repos.values():
            if repo.git.git("cat-file", "-t", sha, check=False) == "commit" and repo.parent is None:
                with self.change():
                    if how == "running":
                        return repo.checks.begun(sha, name)
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
        told = (
            body
            if body is not None
            else {"message": "scripted", "documentation_url": "", "status": str(status)}
        )
        self.gate.fail(
            Fault(method, re.compile(path), status, times, after, dict(headers or {}), told)
        )

    def exhaust(self, seconds: int) -> None:
        """Nobody has a request left until that many seconds from now."""
        self.gate.exhaust(seconds)

    def slow_down(self, seconds: int, times: int = 1) -> None:
        """The next calls meet a secondary rate limit, and are told how long to wait."""
        said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        about = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"
        told = {"message": said, "documentation_url": f"{about}#about-secondary-rate-limits"}
        self.fail("*", API, 403, times, headers={"Retry-After": str(seconds)}, body=told)

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

    def workflow_environment(self, delivery: Delivery, folder: Path, token: str) -> dict[str, str]:
        """What GitHub Actions tells a run that this event started; the event's file is in `folder`."""
        return environment(self, delivery, folder, token)
