"""Which configuration is tried without a job: the checkout's file, on the commit checked out."""

from dataclasses import dataclass
from pathlib import Path

from bot.bounded_read import decode_utf8, read_bounded
from bot.config.repository import parse_repo_config
from bot.errors import UserError
from bot.git.find_repo import describe_uncommitted, find_work_tree, open_repo
from runners.checks.setup_cache import TrustedTree
from runners.project import CONFIG, load_repo_config, resolve_base

MAX_CONFIG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FoundConfig:
    """`notes` say what a job would not see yet, each with what to do."""

    trusted: TrustedTree
    is_committed: bool
    notes: tuple[tuple[str, str], ...]


def find_config(folder: Path) -> FoundConfig:
    """The file as it is in the checkout that `folder` is in, so that it can be tried while written.

    Raises UserError where there is none, where it has faults, and where it names no check.
    """
    repo = open_repo(folder)
    commit = resolve_base(repo, folder, "")
    text = read_checkout_config(folder)
    committed = (repo.read_file(commit, CONFIG) or b"").decode(errors="replace")
    is_committed = text is None or text == committed
    if is_committed:
        config = load_repo_config(repo, folder, commit)
    else:
        config = parse_repo_config(text or "")
    if not config.checks:
        hint = 'Name one, or have `bricklayer init` do it: [checks.test] run = "make test"'
        raise UserError("it names no check", where=CONFIG, hint=hint)
    trusted = TrustedTree(repo, commit, config)
    return FoundConfig(trusted, is_committed, tuple(_notes(folder, is_committed=is_committed)))


def read_checkout_config(folder: Path) -> str | None:
    """The file beside the checkout's `.git`; None where there is none."""
    top = find_work_tree(folder.resolve())
    if top is None or not (top / CONFIG).is_file():
        return None
    hints = {"absent_hint": "Let this account read it.", "large_hint": "Shorten it."}
    raw = read_bounded(top / CONFIG, "the configuration", MAX_CONFIG_BYTES, **hints)
    return decode_utf8(raw, "the configuration", where=CONFIG)


def _notes(folder: Path, *, is_committed: bool) -> list[tuple[str, str]]:
    found = []
    if not is_committed:
        what = f"{CONFIG} was tried as it is in the checkout: a job takes what is committed"
        found.append((what, f"git add {CONFIG} && git commit -m 'Name the checks'"))
    names = describe_uncommitted(folder)
    if names and names != CONFIG:
        what = f"changes that are not committed were not tried: {names}"
        found.append((what, "Commit them first if the checks need them."))
    return found
