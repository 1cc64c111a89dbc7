"""Brings a change of the lessons before people: as a pull request, or as a branch in the folder."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.git.command import BRICKLAYER, Signature
from bot.git.commits import commit_parents, commit_tree, is_ancestor
from bot.git.find_repo import open_repo
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.account import Account
from bot.github.mirror import ORIGIN, Remote, name_mirror, open_remote
from bot.github.urls import clone_url, noreply_signature, web_url
from runners.coaching.change import TITLE, Change, write_body
from runners.project import CONFIG

Compose = Callable[[Path, str, str], Change]
"""From a repository's folder, the commit to start from, and what a person declined before."""
_BRANCH = "coaching-report"


@dataclass(frozen=True, slots=True)
class Landed:
    """`state`: opened, open (one is, so nothing was done), written (a branch), there, or none.

    `where` is the pull request's address, or the branch.
    """

    state: str
    change: Change
    where: str = ""


def name_branch(config: RepoConfig) -> str:
    return f"{config.github.branch_prefix}{_BRANCH}"


def land_in_folder(folder: Path, commit: str, compose: Compose) -> Landed:
    """A branch on the commit; nothing is checked out. Raises UserError where one is in its place.

    A person may have gone on with an earlier one, so none is written over.
    """
    change = compose(folder, commit, "")
    if not change.files:
        return Landed("none", change)
    repo = open_repo(folder)
    branch = name_branch(_read_config(repo, commit))
    before = repo.branch_head(branch)
    tree = write_tree(repo, commit, change.files)
    if before and repo.resolve_rev(before, "tree") == tree:
        return Landed("there", change, branch)
    sha = commit_tree(repo, tree, commit, _write_message(change))
    if before or not move_branch(repo, branch, sha, ""):
        hint = f"Merge it, or delete it: git branch -D {branch}"
        raise UserError("an earlier proposal is there, and is another one", where=branch, hint=hint)
    return Landed("written", change, branch)


def land_on_github(account: Account, name: str, settings: Settings, compose: Compose) -> Landed:
    """One pull request at a time. Raises OutageError and GitHubError as its parts do."""
    repository = account.open_repository(name)
    where = repository.read_location()
    folder = (
        open_state_dir(settings) / "mirrors" / name_mirror(settings.github.api_url, where.repo_id)
    )
    url = clone_url(where, settings.github)
    remote = open_remote(folder, url, repository.git_token, account.known_secrets)
    remote.fetch()
    base = remote.fetched_head(where.default_branch)
    config = _read_config(remote.repo, base)
    branch = name_branch(config)
    earlier = repository.list_pulls(branch)
    page = f"{web_url(settings.github.api_url)}/{name}/pull"
    if earlier and not (earlier[0].closed or earlier[0].merged):
        return Landed("open", Change(), f"{page}/{earlier[0].number}")
    declined = "\n".join(each.body for each in earlier if not each.merged)
    change = compose(folder, f"{ORIGIN}/{where.default_branch}", declined)
    if not change.files:
        return Landed("none", change)
    by = replace(_sign(account, settings), sign_off=config.commits.sign_off)
    _push(remote, branch, base, change, by)
    body = write_body(change, config)
    number = repository.open_pull(branch, where.default_branch, TITLE, body, draft=False)
    return Landed("opened", change, f"{page}/{number}")


def _push(remote: Remote, branch: str, base: str, change: Change, by: Signature) -> None:
    """On top of what an earlier pull request left there, so that it goes forwards; all is new."""
    repo, before = remote.repo, remote.fetched_head(branch)
    tree = write_tree(repo, base, change.files)
    onto = (base, before) if before and not is_ancestor(repo, before, base) else (base,)
    # Of a run that was killed before it could open the pull request.
    if before and repo.resolve_rev(before, "tree") == tree:
        return
    sha = commit_parents(repo, tree, onto, _write_message(change), by)
    if not remote.push(branch, sha):
        hint = f"Delete the branch {branch} there if nobody needs it, then run this again."
        raise UserError(f"{branch} moved meanwhile", where="GitHub", hint=hint)


def _read_config(repo: Repo, base: str) -> RepoConfig:
    return parse_repo_config((repo.read_file(base, CONFIG) or b"").decode(errors="replace"))


def _sign(account: Account, settings: Settings) -> Signature:
    me = account.own_account()
    by = noreply_signature(me, settings.github.api_url) if me.id > 0 else BRICKLAYER
    return replace(by, key=settings.github.signing_key)


def _write_message(change: Change) -> str:
    steps = "\n".join(f"{step.mark}: {step.report.why}" for step in change.steps)
    return f"{TITLE}\n\n{steps}\n"
