"""Brings a configuration to GitHub: as one pull request, which a person merges or closes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.errors import UserError
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_tree
from bot.git.write_tree import write_tree
from bot.github.account import Account
from bot.github.mirror import Remote, name_mirror, open_remote
from bot.github.repository import Repository
from bot.github.urls import clone_url, noreply_signature, web_url

BRANCH = "bricklayer/init"
TITLE = "Let Bricklayer work in this repository"
_ADDRESS = re.compile(
    r"(?:https?://(?:[^@/\s]{1,200}@)?|ssh://(?:[^@/\s]{1,100}@)?|[\w.-]{1,100}@)"
    r"([\w.-]{1,253})(?::\d{1,5})?[:/]([\w.-]{1,100}/[\w.-]{1,100}?)(?:\.git)?/?"
)


@dataclass(frozen=True, slots=True)
class SetupPull:
    """`state`: opened now, or what was found: open, closed, merged, or none as nothing differs."""

    state: str
    url: str = ""


def find_github_name(origin: str, settings: Settings) -> str:
    """`owner/name` of the repository that `origin` is on GitHub. Raises UserError for another."""
    found = _ADDRESS.fullmatch(origin)
    hosts = {urlsplit(settings.github.git_url or web_url(settings.github.api_url)).hostname}
    hosts |= {urlsplit(web_url(settings.github.api_url)).hostname}
    if found and found[1].lower() in hosts:
        return found[2]
    hint = "Push the repository there, and name it `origin`: git remote add origin URL."
    what = "`origin` of this repository is not on the GitHub of this machine's settings"
    raise UserError(what, where=f"api_url = {settings.github.api_url}", hint=hint)


def open_setup_pull(
    account: Account, name: str, settings: Settings, files: Mapping[str, str], body: str
) -> SetupPull:
    """One pull request with these files on top of the default branch.

    There is one at most, ever: where a person closed it, the answer was no. Raises OutageError and
    GitHubError as its parts do, UserError where a file of another content is there.
    """
    repository = account.open_repository(name)
    earlier = repository.find_newest_pull(BRANCH)
    page = f"{web_url(settings.github.api_url)}/{name}/pull"
    if earlier is not None:
        state = "merged" if earlier.merged else "closed" if earlier.closed else "open"
        return SetupPull(state, f"{page}/{earlier.number}")
    where = repository.read_location()
    folder = (
        open_state_dir(settings) / "mirrors" / name_mirror(settings.github.api_url, where.repo_id)
    )
    url = clone_url(where, settings.github)
    remote = open_remote(folder, url, repository.git_token, account.known_secrets)
    remote.fetch()
    base = remote.fetched_head(where.default_branch)
    if not _push_files(remote, base, account, settings, files):
        return SetupPull("none")
    number = repository.open_pull(BRANCH, where.default_branch, TITLE, body, draft=False)
    return SetupPull("opened", f"{page}/{number}")


def _push_files(
    remote: Remote, base: str, account: Account, settings: Settings, files: Mapping[str, str]
) -> bool:
    """Whether there was anything to add to the base."""
    repo = remote.repo
    missing = {
        path: text.encode() for path, text in files.items() if not repo.find_entry(base, path)
    }
    if not missing:
        return False
    # Of a run that was killed before it could open the pull request.
    pushed = remote.fetched_head(BRANCH)
    if pushed and all(repo.read_file(pushed, path) == text for path, text in missing.items()):
        return True
    me = account.own_account()
    by = noreply_signature(me, settings.github.api_url) if me.id > 0 else BRICKLAYER
    tree = write_tree(repo, base, missing)
    signature = replace(by, key=settings.github.signing_key)
    sha = commit_tree(repo, tree, base, f"{TITLE}\n", signature)
    if not remote.push(BRANCH, sha):
        hint = f"Delete the branch {BRANCH} there if nobody needs it, then run this again."
        raise UserError(f"{BRANCH} is there already, and is not ours", where="GitHub", hint=hint)
    return True


def make_label(account: Account, name: str, label: str) -> bool:
    """Whether it was made now."""
    repository: Repository = account.open_repository(name)
    return repository.create_label(label)
