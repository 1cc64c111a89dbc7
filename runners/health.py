"""What `bricklayer doctor` looks at: each finding says what is so, and what to do about it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.config import RepoConfig, Settings, settings_path
from bot.errors import GitError, UserError
from bot.git import Repo
from bot.github import Account, GitHubError, Hub
from bot.store import open_store, sqlite_url
from bot.ticket import Ticket
from bot.tiers.chain import open_tier
from runners.loop.shop import Shop, open_shop
from runners.run import config_at
from runners.sandbox import open_sandbox
from runners.site import state_dir

_PULLS = (
    "Settings, Actions, General: tick “Allow GitHub Actions to create and approve pull requests”."
    " A GitHub App's token does not need it."
)
_NO_CI = (
    "What it pushes starts no workflow, so CI does not run by itself. Use a GitHub App, or give the"
    " CI workflow `on: workflow_dispatch`: then Bricklayer starts it."
)
_SIX_HOURS = "Work stops after five and a half hours, and the next run goes on: keep the schedule."
_FORKS = "Never let a workflow of a fork's pull request run on a runner of your own."
MOST = 20
"""Repositories that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`good` None: nobody can tell from here, so a person should look."""

    what: str
    good: bool | None
    mend: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """All there is to find, the machine first. Changes nothing that is not put back."""
    yield _named("settings", settings_path(), settings_path().is_file())
    yield _git()
    yield _tried("sandbox: checks run in it", lambda: open_sandbox(settings, RepoConfig()))
    yield _state(settings)
    yield _tried("database answers", lambda: _database(settings))
    yield from _tiers(settings)
    yield from _github(settings)


def _named(what: str, path: Path, there: bool) -> Finding:
    mend = f"Write {path}: see README, “Your first job”. The environment can do for one model."
    return Finding(f"{what}: {path}", there or None, "" if there else mend)


def _git() -> Finding:
    found = shutil.which("git")
    return Finding(f"git: {found or 'none'}", bool(found), "Install git." if not found else "")


def _tried(what: str, act: Callable[[], object]) -> Finding:
    """What a person can mend is their finding; the rest is ours and is raised."""
    try:
        act()
    except UserError as wrong:
        return Finding(f"{what}: {wrong.what}", good=False, mend=wrong.mend)
    except (OSError, sa.exc.SQLAlchemyError) as wrong:
        return Finding(f"{what}: {type(wrong).__name__}: {wrong}", good=False, mend="Mend that.")
    return Finding(what, good=True)


def _state(settings: Settings) -> Finding:
    folder = state_dir(settings)

    def write() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass

    return _tried(f"state folder can be written: {folder}", write)


def _database(settings: Settings) -> None:
    store = open_store(settings.database_url or sqlite_url(state_dir(settings)))
    with store.engine.connect() as db:
        db.execute(sa.text("select 1"))
    store.engine.dispose()


def _tiers(settings: Settings) -> Iterator[Finding]:
    """Each can be opened; no model is loaded and none is asked."""
    for name in ("planner", "local", "senior", "reviewer"):
        if tier := settings.tiers.get(name):
            what = f"tier {name}: {', '.join(tier.models)}"
            yield _tried(what, lambda tier=tier: open_tier(tier).close())  # type: ignore[misc]
        elif name in {"planner", "local"}:
            yield Finding(f"tier {name}: none", good=None, mend=f"Name models in [tiers.{name}].")


def _github(settings: Settings) -> Iterator[Finding]:
    try:
        shop = open_shop(settings, Account(settings.github, os.environ))
        me = shop.account.me()
        repos = shop.account.repos().repos
    except UserError as wrong:
        yield Finding(f"GitHub: {wrong.what}", good=None, mend=wrong.mend)
        return
    except GitHubError as wrong:
        yield Finding(f"GitHub: {wrong.what}", good=False, mend=wrong.mend or "Try again later.")
        return
    yield Finding(f"GitHub: {settings.github.api_url} as {me.login}", good=True)
    yield _secret(settings)
    if not repos:
        mend = "Install the App on a repository, or name some: [github] repos = [...]."
        yield Finding("GitHub: no repository", good=False, mend=mend)
    for repo in repos[:MOST]:
        yield from _repository(shop, repo)


def _secret(settings: Settings) -> Finding:
    name = settings.github.webhook_secret_env
    there = bool(os.environ.get(name, "").strip())
    mend = f"Set ${name} for `bricklayer serve`; the sweep and `action` need none."
    return Finding(f"webhook secret in ${name}", there or None, "" if there else mend)


def _repository(shop: Shop, repo: str) -> Iterator[Finding]:
    try:
        hub = shop.account.for_repo(repo)
        where = hub.where()
        remote = shop.remote(Ticket(where, 0))
        remote.fetch()
        yield _config(remote.repo, remote.head(where.default_branch), repo)
        yield from _actions(hub, repo, public=not where.private)
    except (GitHubError, GitError, UserError) as wrong:
        mend = getattr(wrong, "mend", "") or "Give the App or the token access to it."
        yield Finding(f"{repo}: {getattr(wrong, 'what', wrong)}", good=False, mend=mend)


def _config(repo: Repo, head: str, name: str) -> Finding:
    if not head:
        return Finding(f"{name}: no commit yet", good=False, mend="Push one.")
    finding = _tried(f"{name}: .bricklayer.toml", lambda: config_at(repo, repo.git_dir, head))
    if finding.good and not config_at(repo, repo.git_dir, head).checks:
        mend = 'Name one there: [checks.test] run = "python -m pytest -q".'
        return Finding(f"{name}: .bricklayer.toml names no check", good=False, mend=mend)
    return finding


def _actions(hub: Hub, repo: str, *, public: bool) -> Iterator[Finding]:
    """The traps of GitHub Actions, each in a plain word."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    if hub.me().login == "github-actions[bot]":
        may = hub.actions_settings().may_open_pulls
        yield Finding(f"{repo}: workflows may open pull requests", may, "" if may else _PULLS)
        yield Finding(f"{repo}: pushes with the default GITHUB_TOKEN", good=None, mend=_NO_CI)
    yield Finding("a job of Actions ends after six hours", good=None, mend=_SIX_HOURS)
    if public:
        yield Finding(f"{repo}: a public repository on this runner", good=None, mend=_FORKS)
