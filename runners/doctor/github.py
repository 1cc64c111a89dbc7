"""The way to GitHub: who the bot is there, and each repository it works in."""

import os
from collections.abc import Iterator
from pathlib import Path

from bot.config.machine import Settings
from bot.errors import GitError, UserError
from bot.git.repo import Repo
from bot.github.account import Account
from bot.github.errors import GitHubError
from bot.ticket.model import Ticket
from runners.build.run import config_at
from runners.doctor.finding import Finding, tried
from runners.doctor.workflow_risks import traps
from runners.tickets.services import Shop, open_shop

MOST = 20
"""Repositories that are looked at one by one."""
_SHORT = 16
"""Characters. A shorter secret can be guessed."""
_ACCEPT = (
    "In the App's settings set these permissions; then its owner accepts them in its installation."
)


def reach(settings: Settings) -> Iterator[Finding]:
    yield from _key(settings.github.private_key_file)
    try:
        shop = open_shop(settings, Account(settings.github, os.environ))
        me = shop.account.me()
        repos = shop.account.repos().repos
    except UserError as wrong:
        wanted = bool(settings.github.app_id or settings.github.token_file or settings.github.repos)
        yield Finding(f"GitHub: {wrong.what}", False if wanted else None, wrong.mend)
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
    if len(repos) > MOST:
        yield Finding(f"{len(repos) - MOST} more repositories were not looked at", good=None)


def _key(named: str) -> Iterator[Finding]:
    """Whoever reads it is the bot, on every repository it is installed on."""
    path = Path(named).expanduser()
    if named and path.is_file() and path.stat().st_mode & 0o077:
        mend = f"chmod 600 {path}; make a new key on GitHub if others have accounts here."
        yield Finding(f"private key: others on this machine may read {path}", good=False, mend=mend)


def _secret(settings: Settings) -> Finding:
    name = settings.github.webhook_secret_env
    secret = os.environ.get(name, "").strip()
    if secret and len(secret) < _SHORT:
        mend = "Take a long random word, for instance of: openssl rand -hex 32"
        return Finding(f"webhook secret in ${name}: it can be guessed", good=False, mend=mend)
    mend = f"Set ${name} for `bricklayer serve`; `bricklayer action` needs none."
    return Finding(f"webhook secret in ${name}", bool(secret) or None, "" if secret else mend)


def _repository(shop: Shop, repo: str) -> Iterator[Finding]:
    try:
        hub = shop.account.for_repo(repo)
        where = hub.where()
        yield _rights(shop.account, repo)
        remote = shop.remote(Ticket(where, 0))
        remote.fetch()
        head = remote.head(where.default_branch)
        yield _config(remote.repo, head, repo)
        yield from traps(hub, remote.repo, head, public=not where.private)
    except (GitHubError, GitError, UserError) as wrong:
        mend = getattr(wrong, "mend", "") or "Give the App or the token access to it."
        yield Finding(f"{repo}: {getattr(wrong, 'what', wrong)}", good=False, mend=mend)


def _rights(account: Account, repo: str) -> Finding:
    lacks = account.lacks(repo)
    if lacks:
        return Finding(f"{repo}: we may not {', '.join(lacks)}", good=False, mend=_ACCEPT)
    return Finding(f"{repo}: we may write", good=lacks is not None or None)


def _config(repo: Repo, head: str, name: str) -> Finding:
    if not head:
        return Finding(f"{name}: no commit yet", good=False, mend="Push one.")
    finding = tried(f"{name}: .bricklayer.toml", lambda: config_at(repo, repo.git_dir, head))
    if finding.good and not config_at(repo, repo.git_dir, head).checks:
        mend = 'Name one there: [checks.test] run = "python3 -m pytest -q".'
        return Finding(f"{name}: .bricklayer.toml names no check", good=False, mend=mend)
    return finding
