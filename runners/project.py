"""What is read of a repository before anything is done in it: a plan, a base, its configuration."""

from pathlib import Path

from bot.bounded_read import decode_utf8, read_bounded
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.git.find_repo import checked_out_commit
from bot.git.repo import Repo
from bot.text.plain_text import decode_text, is_binary

CONFIG = ".bricklayer.toml"
MAX_PLAN_BYTES = 1 << 20
ABSENT = (
    "Name a plan that exists. `bricklayer init` writes a first job.md once a check passes;"
    " docs/writing-plans.md says how to write one."
)


def read_plan(path: Path) -> str:
    hints = {"absent_hint": ABSENT, "large_hint": "Split the job."}
    raw = read_bounded(path, "the plan", MAX_PLAN_BYTES, **hints)
    return decode_utf8(raw, "the plan", where=str(path))


def resolve_base(repo: Repo, folder: Path, named: str) -> str:
    sha = repo.resolve_rev(named) if named else checked_out_commit(folder)
    if sha:
        return sha
    if named:
        hint = "Fetch it, or name in the plan's `base:` a branch or commit that is here."
        raise UserError(f"base {named!r} is not in the repository", where="job.md", hint=hint)
    raise UserError(
        "the repository has no commit yet", where=str(repo.git_dir), hint="Commit once."
    )


def load_repo_config(repo: Repo, folder: Path, base: str) -> RepoConfig:
    found = repo.read_file(base, CONFIG)
    if found is None and (folder / CONFIG).is_file():
        hint = f"Only what is committed counts: git add {CONFIG} && git commit."
        raise UserError(
            f"{CONFIG} is there, but not committed at {base[:12]}", where=CONFIG, hint=hint
        )
    if found is None:
        example = '[checks.test]\n  run = "python3 -m pytest -q"'
        raise UserError(
            f"{CONFIG} is not committed at {base[:12]}",
            where=CONFIG,
            hint=f"`bricklayer init` finds the checks and writes it. Or commit one:\n  {example}",
        )
    return parse_repo_config(found.decode(errors="replace"))


def entry_kind_at(repo: Repo, base: str, path: str) -> str | None:
    entry = repo.find_entry(base, path)
    if entry is None or entry.kind != "file":
        return entry.kind if entry else None
    body = repo.read_file(base, path) or b""
    if is_binary(body):
        return "binary"
    return "not-utf8" if decode_text(body) is None else "file"
