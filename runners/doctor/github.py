"""Examines the way to GitHub: the account, each repository, and workflows that run the bot."""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.config.halt import HALTED
from bot.config.machine import Settings
from bot.config.paths import resolve_path
from bot.errors import GitError, UserError
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents
from bot.git.repo import Repo, make_bare
from bot.github.account import Account
from bot.github.errors import GitHubError
from bot.github.repository import Repository
from bot.ticket.model import Ticket
from runners.doctor.absent_content import find_absent_content
from runners.doctor.app_hook import judge_hook
from runners.doctor.clock import judge_clock
from runners.doctor.finding import Finding, try_step
from runners.doctor.rights import judge_rights, judge_scopes
from runners.project import load_repo_config
from runners.tickets.services import Services, open_services

MAX_REPOSITORIES = 20
"""Repositories that are looked at one by one."""
_MIN_SECRET_CHARACTERS = 16
"""Characters. A shorter secret can be guessed."""
WORKFLOW_FOLDER = ".github/workflows"
_OWN_SIGNS = (b"bricklayer action",)
# Two names of one token: https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
_DEFAULT_TOKEN_SIGNS = (b"secrets.GITHUB_TOKEN", b"github.token")
_ACTIONS = "github-actions[bot]"
_MAX_WORKFLOW_BYTES = 1 << 20
# https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository
_PULLS = (
    "Settings, Actions, General: tick “Allow GitHub Actions to create and approve pull requests”."
    " A GitHub App's token does not need it."
)
_NO_CI = (
    "What it pushes starts no workflow, so CI does not run by itself. Use a GitHub App, or give the"
    " CI workflow `on: workflow_dispatch` and name its file in `.bricklayer.toml`: `dispatch ="
    ' ["ci.yml"]` under `[ci]`. Then Bricklayer starts it, and no other.'
)
# https://docs.github.com/en/actions/learn-github-actions/usage-limits-billing-and-administration
_SIX_HOURS = "Work stops after five and a half hours, and the next run goes on: keep the schedule."
# https://docs.github.com/en/actions/hosting-your-own-runners/managing-self-hosted-runners/about-self-hosted-runners#self-hosted-runner-security
_FORKS = "Never let a workflow of a fork's pull request run on a runner of your own."


def examine_github(settings: Settings) -> Iterator[Finding]:
    yield from _private_key(settings.github.private_key_file)
    if key := settings.github.signing_key:
        yield try_step("commits are signed", lambda: sign_nothing(key))
    try:
        services = open_services(settings, Account(settings.github, os.environ))
        account = services.account.own_account()
        repos = services.account.list_repos().repos
    except UserError as exc:
        expected = bool(
            settings.github.app_id or settings.github.token_file or settings.github.repos
        )
        yield Finding(f"GitHub: {exc.what}", False if expected else None, exc.hint)
        return
    except GitHubError as exc:
        yield Finding(f"GitHub: {exc.what}", good=False, hint=exc.hint or "Try again later.")
        return
    if services.halted:
        yield Finding(HALTED, good=None)
    yield Finding(f"GitHub: {settings.github.api_url} as {account.login}", good=True)
    yield judge_clock(services.account.server_time() - time.time(), "GitHub")
    yield _webhook_secret(settings)
    yield from _hook(services.account, settings)
    yield from judge_scopes(services.account.list_scopes())
    if not repos:
        hint = "Install the App on a repository, or name some: [github] repos = [...]."
        yield Finding("GitHub: no repository", good=False, hint=hint)
    for repo in repos[:MAX_REPOSITORIES]:
        yield from _repository(services, repo)
    if len(repos) > MAX_REPOSITORIES:
        yield Finding(
            f"{len(repos) - MAX_REPOSITORIES} more repositories were not looked at", good=None
        )


def _hook(account: Account, settings: Settings) -> Iterator[Finding]:
    try:
        hook = account.read_hook()
    except GitHubError as exc:
        yield Finding(f"webhook: {exc.what}", good=None, hint=exc.hint or "Try again later.")
        return
    if hook is not None:
        names = settings.github
        yield judge_hook(hook, names.sweep_seconds, names.webhook_secret_env)


def _private_key(named: str) -> Iterator[Finding]:
    """Whoever reads it is the bot, on every repository it is installed on."""
    if not named:
        return
    path = resolve_path(named, where="private_key_file")
    if path.is_file() and path.stat().st_mode & 0o077:
        hint = f"chmod 600 {path}; make a new key on GitHub if others have accounts here."
        yield Finding(f"private key: others on this machine may read {path}", good=False, hint=hint)


def sign_nothing(key: str) -> None:
    """Of nothing, in a repository that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="bricklayer-doctor-") as folder:
        repo = make_bare(Path(folder))
        tree = repo.read_output("hash-object", "-t", "tree", "-w", "--stdin")
        commit_parents(repo, tree, (), "Nothing\n", replace(BRICKLAYER, key=key))


def _webhook_secret(settings: Settings) -> Finding:
    name = settings.github.webhook_secret_env
    secret = os.environ.get(name, "").strip()
    if secret and len(secret) < _MIN_SECRET_CHARACTERS:
        hint = "Take a long random word, for instance of: openssl rand -hex 32"
        return Finding(f"webhook secret in ${name}: it can be guessed", good=False, hint=hint)
    hint = f"Set ${name} for `bricklayer serve`; `bricklayer action` needs none."
    return Finding(f"webhook secret in ${name}", bool(secret) or None, "" if secret else hint)


def _repository(services: Services, repo: str) -> Iterator[Finding]:
    try:
        repository = services.account.open_repository(repo)
        where = repository.read_location()
        account = services.account
        missing, granted = account.missing_permissions(repo), account.list_granted(repo)
        yield from judge_rights(repo, missing, granted)
        remote = services.open_mirror(Ticket(where, 0))
        remote.fetch()
        head = remote.fetched_head(where.default_branch)
        yield _config(remote.repo, head, repo)
        if head:
            yield from find_absent_content(remote.repo, head, repo)
        yield from find_workflow_risks(repository, remote.repo, head, public=not where.private)
    except (GitHubError, GitError, UserError) as exc:
        hint = getattr(exc, "hint", "") or "Give the App or the token access to it."
        yield Finding(f"{repo}: {getattr(exc, 'what', exc)}", good=False, hint=hint)


def _config(repo: Repo, head: str, name: str) -> Finding:
    if not head:
        return Finding(f"{name}: no commit yet", good=False, hint="Push one.")
    finding = try_step(
        f"{name}: .bricklayer.toml", lambda: load_repo_config(repo, repo.git_dir, head)
    )
    if finding.good and not load_repo_config(repo, repo.git_dir, head).checks:
        hint = 'Name one there: [checks.test] run = "python3 -m pytest -q".'
        return Finding(f"{name}: .bricklayer.toml names no check", good=False, hint=hint)
    return finding


def find_workflow_risks(
    repository: Repository, repo: Repo, head: str, *, public: bool
) -> Iterator[Finding]:
    """Nothing where neither this is a run of Actions nor one of its workflows runs Bricklayer."""
    texts = tuple(_workflows(repo, head)) if head else ()
    own_workflows = [text for text in texts if any(sign in text for sign in _OWN_SIGNS)]
    # GitHub sets it in each step of a workflow: https://docs.github.com/en/actions/learn-github-actions/variables
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    if not (in_actions or own_workflows):
        return
    default_token = in_actions and repository.own_account().login == _ACTIONS
    if default_token or any(
        sign in text for text in own_workflows for sign in _DEFAULT_TOKEN_SIGNS
    ):
        may_open_pulls = repository.actions_may_open_pulls()
        # A workflow of ours may name the token and not use it, with an App's key in the settings.
        good = may_open_pulls if default_token else may_open_pulls or None
        yield Finding(
            f"{repository.repo}: workflows may open pull requests",
            good,
            "" if may_open_pulls else _PULLS,
        )
        yield Finding(
            f"{repository.repo}: pushes with the default GITHUB_TOKEN", good=None, hint=_NO_CI
        )
    yield Finding("a job of Actions ends after six hours", good=None, hint=_SIX_HOURS)
    if public:
        what = f"{repository.repo}: a public repository with a self-hosted runner"
        yield Finding(what, good=None, hint=_FORKS)


def _workflows(repo: Repo, head: str) -> Iterator[bytes]:
    for path, entry in sorted(repo.list_folder(head, WORKFLOW_FOLDER).items()):
        small = entry.kind == "file" and entry.size <= _MAX_WORKFLOW_BYTES
        if small and path.endswith((".yml", ".yaml")):
            yield repo.read_file(head, path) or b""
