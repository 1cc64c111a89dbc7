"""`bricklayer run` as a process of its own, for a benchmark: on a small repository, to its end."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.config.tiers import TierSettings  # noqa: E402 - found by the line above
from bot.ledger import LedgerRow  # noqa: E402
from bot.storage.database import sqlite_url  # noqa: E402
from bot.storage.jobs import open_store  # noqa: E402


def run_bricklayer(folder: Path, repo: Path, plan: Path, model: TierSettings, seed: int) -> int:
    """0 where the job passed, 1 where it is blocked; `built` is its branch."""
    keys = model.model_dump(include={"context", "answer", "threads", "slots", "candidates"})
    lines = [f'models = ["{model.models[0]}"]', *(f"{key} = {keys[key]}" for key in keys)]
    lines.append(f'mode = "{model.mode}"')
    if model.base_url:
        lines.append(f'base_url = "{model.base_url}"')
    # What is measured are attempts at tasks; what a model says of one afterwards is none.
    text = "\n".join(["reflection = false", "[tiers.local]", *lines, ""])
    (folder / "bricklayer.toml").write_text(text)
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("BRICKLAYER_")},
        "BRICKLAYER_CONFIG": str(folder / "bricklayer.toml"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    argv = [sys.executable, ROOT / "bench/small_engine.py", str(seed), "run", plan, "--repo", repo]
    done = subprocess.run(
        [*argv, "--branch", "built"],
        env=env,
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"bricklayer ended {done.returncode}: {done.stdout}{done.stderr}")
    return done.returncode


def read_rows(state: Path) -> list[LedgerRow]:
    """The ledger of the one job that was run in this state folder."""
    (job,) = (state / "jobs").iterdir()
    return list(open_store(sqlite_url(state)).list_attempts(job.name))


def commit_all(repo: Path) -> None:
    """Make a folder a repository of one commit."""
    run_git(repo, "init", "-q", "-b", "main")
    run_git(repo, "add", "-A")
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
    run_git(repo, *who, "commit", "-qm", "Base")


def run_git(repo: Path, *args: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(repo), *args], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def name_tree() -> str:
    """What was measured: the tree of the code's commit, and whether it was changed since."""
    tree = run_git(ROOT, "rev-parse", "--short=12", "HEAD^{tree}").strip()
    return f"{tree}-changed" if run_git(ROOT, "status", "--porcelain", "-uno").strip() else tree
