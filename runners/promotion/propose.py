"""What was measured of this machine's two tiers, judged; and the branch or pull request of it."""

import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bot.config.machine import Settings, find_settings_file
from bot.config.private_dir import open_state_dir
from bot.config.repository import JobLimits, RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.evaluation.choose_start import TierOffer, count_results, find_merged
from bot.evaluation.promotion import Promotion, judge_kinds
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_tree
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.account import Account
from bot.github.mirror import name_mirror, open_remote
from bot.github.urls import clone_url, noreply_signature, web_url
from runners.build.choose_start import DOING_TIERS, list_offers
from runners.project import CONFIG, load_repo_config, resolve_base
from runners.promotion.describe import describe_pull, title_pull
from runners.promotion.find_reverts import find_reverts
from runners.promotion.write_starts import set_starts


@dataclass(frozen=True, slots=True)
class Proposed:
    """`state`: `written`, `opened`, or what was found: `there`, `open`, `closed`, `merged`.

    `where` is the branch's name or the pull request's address.
    """

    state: str
    where: str


def judge_tiers(settings: Settings, config: RepoConfig, repo: Repo, commit: str) -> Promotion:
    """`commit` is where the configuration was read. Raises UserError for less than two tiers."""
    from bot.storage.database import sqlite_url  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.replays import open_replays  # noqa: PLC0415

    offers = _list_offers(settings)
    url = settings.database_url or sqlite_url(open_state_dir(settings))
    results, left_out = count_results(open_replays(url).list_results(), offers, time.time())
    models = {offer.tier: offer.model for offer in offers}
    reverts = find_reverts(repo, commit, models["local"], models["senior"])
    merged = find_merged(config.auto, offers)
    return judge_kinds(results, offers, merged, reverts, left_out)


def _list_offers(settings: Settings) -> tuple[TierOffer, ...]:
    if missing := [name for name in DOING_TIERS if name not in settings.tiers]:
        what = f"there is no [tiers.{missing[0]}], so no two tiers to compare"
        hint = "Name its models: docs/models.md."
        raise UserError(what, where=str(find_settings_file()), hint=hint)
    return list_offers(settings, JobLimits())


def read_committed(repo: Repo, folder: Path) -> tuple[str, RepoConfig]:
    """What is checked out there, and its configuration."""
    commit = resolve_base(repo, folder, "")
    return commit, load_repo_config(repo, folder, commit)


def write_branch(repo: Repo, commit: str, promotion: Promotion) -> Proposed:
    """A branch of this clone with the one commit; nothing that is checked out is touched.

    Raises UserError where it has other content: a person may have worked on it.
    """
    text = _read_config(repo, commit)
    branch = name_branch(parse_repo_config(text), promotion)
    tree = write_tree(repo, commit, {CONFIG: set_starts(text, promotion.changes).encode()})
    before = repo.branch_head(branch)
    if before and repo.resolve_rev(before, "tree") == tree:
        return Proposed("there", branch)
    if before:
        hint = "Merge it, or if nobody needs it: git branch -D, then run this again."
        raise UserError("it is there already with other content", where=branch, hint=hint)
    message = f"{title_pull(promotion)}\n\n{describe_pull(promotion)}\n"
    if not move_branch(repo, branch, commit_tree(repo, tree, commit, message), before):
        raise UserError(f"{branch} was moved meanwhile", hint="Run it again.")
    return Proposed("written", branch)


def open_promotion_pull(
    account: Account, name: str, settings: Settings, promotion: Promotion
) -> Proposed:
    """One pull request for just these changes, ever: where a person closed it, the answer was no.

    Where it was merged and taken back there is one more, by runs since then.
    Raises OutageError and GitHubError as its parts do.
    """
    repository = account.open_repository(name)
    where = repository.read_location()
    mirrors = open_state_dir(settings) / "mirrors"
    folder = mirrors / name_mirror(settings.github.api_url, where.repo_id)
    url = clone_url(where, settings.github)
    remote = open_remote(folder, url, repository.git_token, account.known_secrets)
    remote.fetch()
    base = remote.fetched_head(where.default_branch)
    text = _read_config(remote.repo, base)
    branch = name_branch(parse_repo_config(text), promotion)
    page = f"{web_url(settings.github.api_url)}/{name}/pull"
    if earlier := repository.find_newest_pull(branch):
        state = "merged" if earlier.merged else "closed" if earlier.closed else "open"
        return Proposed(state, f"{page}/{earlier.number}")
    tree = write_tree(remote.repo, base, {CONFIG: set_starts(text, promotion.changes).encode()})
    title, body = title_pull(promotion), describe_pull(promotion)
    # Of a run that was killed before it could open the pull request.
    pushed = remote.fetched_head(branch)
    if not (pushed and remote.repo.resolve_rev(pushed, "tree") == tree):
        me = account.own_account()
        by = noreply_signature(me, settings.github.api_url) if me.id > 0 else BRICKLAYER
        signature = replace(by, key=settings.github.signing_key)
        sha = commit_tree(remote.repo, tree, base, f"{title}\n", signature)
        if not remote.push(branch, sha):
            hint = f"Delete the branch {branch} there if nobody needs it, then run this again."
            what = f"{branch} is there already with other content"
            raise UserError(what, where="GitHub", hint=hint)
    number = repository.open_pull(branch, where.default_branch, title, body, draft=False)
    return Proposed("opened", f"{page}/{number}")


def name_branch(config: RepoConfig, promotion: Promotion) -> str:
    """Another one for other changes, and after each revert: a no to one is none to all."""
    starts, reverts = sorted(promotion.changes.items()), sorted(promotion.reverts.items())
    told = [f"{kind} {start.model_dump_json()}" for kind, start in starts]
    said = "\0".join([*told, *(f"{kind} {commit}" for kind, commit in reverts)])
    return f"{config.github.branch_prefix}auto-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


def _read_config(repo: Repo, commit: str) -> str:
    raw = repo.read_file(commit, CONFIG)
    if raw is None:
        hint = "`bricklayer init` writes it; commit and push it first."
        what = f"there is none on the default branch ({commit[:12]})"
        raise UserError(what, where=CONFIG, hint=hint)
    return raw.decode(errors="replace")
