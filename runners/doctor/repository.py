"""Examines the repository that the doctor stands in: what checks would see of it, and its file."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import GitError, UserError
from bot.git.checkout import require_usual_tree
from bot.git.find_repo import checked_out_commit, open_repo
from bot.git.repo import Repo, is_partial
from runners.checks.sandbox_hints import explain_missing_command
from runners.doctor.absent_content import find_absent_content
from runners.doctor.check_commands import examine_checks
from runners.doctor.finding import Finding, try_step
from runners.find_config import read_checkout_config
from runners.project import CONFIG
from runners.sandbox.layout import SYSTEM_PATH
from runners.sandbox.shown_tools import choose_shown_tools

_COMMIT = f"git add {CONFIG} && git commit -m 'Name the checks'"
_TRY = "`bricklayer check` runs them once."
MAX_READ_BYTES = 1 << 18


def examine_repository(folder: Path, settings: Settings) -> Iterator[Finding]:
    """Nothing is run and nothing changed."""
    try:
        repo = open_repo(folder)
        head = checked_out_commit(folder)
    except (UserError, GitError) as exc:
        outside = getattr(exc, "what", "") == "not a git repository"
        hint = getattr(exc, "hint", "")
        if outside:
            hint = "Stand in a repository, or name it by --repo DIR, to have that looked at, too."
        what = f"repository: {getattr(exc, 'what', exc)} ({folder.resolve()})"
        yield Finding(what, good=None if outside else False, hint=hint)
        return
    if not head:
        hint = "git add -A && git commit -m 'Begin'"
        yield Finding("repository: it has no commit yet", good=False, hint=hint)
        return
    usual = try_step(f"repository: {repo.git_dir}", lambda: require_usual_tree(repo, head))
    yield usual
    if usual.good is False:
        return
    yield from _history(repo, head)
    config = yield from _configuration(repo, folder, head)
    if config is not None:
        yield from _checks(repo, head, config, settings)
    yield from find_absent_content(repo, head, "repository")


def _history(repo: Repo, head: str) -> Iterator[Finding]:
    if is_partial(repo.git_dir) and (missing := _count_missing(repo, head)):
        what = f"repository: a partial clone, which lacks {missing} objects of HEAD"
        hint = "Fetch them: git fetch --refetch --no-filter origin"
        yield Finding(what, good=False, hint=hint)
    if (repo.git_dir / "shallow").is_file():
        what = (
            "repository: a shallow clone: checks with `git = true` see only a part of its history"
        )
        yield Finding(what, good=None, hint="git fetch --unshallow")


def _count_missing(repo: Repo, head: str) -> int:
    """Of the tree of HEAD: https://git-scm.com/docs/git-rev-list (--missing)."""
    listed = repo.read_output("rev-list", "--objects", "--no-walk", "--missing=print", head)
    return sum(line.startswith("?") for line in listed.splitlines())


def _configuration(
    repo: Repo, folder: Path, head: str
) -> Generator[Finding, None, RepoConfig | None]:
    """Says how `.bricklayer.toml` is, and gives the one that a next commit would have."""
    try:
        text = read_checkout_config(folder)
    except UserError as exc:
        yield Finding(f"repository: {CONFIG}: {exc.what}", good=False, hint=exc.hint)
        return None
    raw = repo.read_file(head, CONFIG)
    committed = None if raw is None else raw.decode(errors="replace")
    if text is None and committed is None:
        yield Finding(
            f"repository: no {CONFIG} yet", good=None, hint="`bricklayer init` finds the checks."
        )
        return None
    try:
        config = parse_repo_config(committed or "" if text is None else text)
    except UserError as exc:
        yield Finding(f"repository: {CONFIG}: {exc.what}", good=False, hint=exc.hint)
        return None
    if text is not None and text != committed:
        state = "is not committed" if committed is None else "has changes that are not committed"
        hint = f"Jobs take what is committed: {_COMMIT}"
        yield Finding(f"repository: {CONFIG} {state}", good=None, hint=hint)
    if not config.checks:
        hint = '`bricklayer init` finds them; or write one: [checks.test] run = "make test"'
        yield Finding(f"repository: {CONFIG} names no check", good=False, hint=hint)
        return None
    return config


def _checks(repo: Repo, head: str, config: RepoConfig, settings: Settings) -> Iterator[Finding]:
    entries = repo.list_entries(head)
    folders = frozenset(
        "/".join(parts[:end])
        for path in entries
        for parts in [path.split("/")]
        for end in range(1, len(parts))
    )

    def read(path: str) -> str | None:
        entry = entries.get(path)
        if entry is None or entry.kind != "file" or entry.size > MAX_READ_BYTES:
            return None
        return (repo.read_file(head, path) or b"").decode(errors="replace")

    try:
        missing = _missing_on(settings, config)
        found = list(examine_checks(config, folders, read, missing))
    except UserError as exc:
        yield Finding(f"toolchains: {exc.what}", good=False, hint=exc.hint)
        return
    yield from found
    if not found:
        names = ", ".join(config.checks)
        yield Finding(f"repository: checks {names}", good=True, hint=_TRY)


def _missing_on(settings: Settings, config: RepoConfig) -> Callable[[str], str]:
    """Why checks find no such program; empty where they do, or where nobody can tell."""
    if settings.sandbox in {"docker", "podman"} or config.image:
        return lambda _program: ""
    path = SYSTEM_PATH
    if settings.sandbox == "none":
        path = f"{os.environ.get('PATH', '')}:{path}"
    bins = ":".join(map(str, choose_shown_tools(settings.toolchains).bins))

    def explain(program: str) -> str:
        if shutil.which(program, path=f"{bins}:{path}" if bins else path):
            return ""
        return explain_missing_command(program, settings.sandbox)

    return explain
