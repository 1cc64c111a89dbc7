"""How this project is asked: once in a process of its own, and by the real command."""

import json
import sys
from pathlib import Path
from typing import Any

from context_cases import Case, changed, git
from context_process import Run, answer, bare_environment, run

ROOT = Path(__file__).resolve().parents[1]
NAME = "this project"
DRIVER = ROOT / "bench/context_drivers/ask_ours.py"
COMMAND = (sys.executable, "-c", "from handlers.cli import main; main()", "map", "--query", "-")


def ours(repo: Path, case: Case, budgets: list[int], room: Path) -> dict[str, Any]:
    """In process under one hash seed, by the command under another: `same_bytes` compares them."""
    env = {**bare_environment(room, 1), "PYTHONPATH": str(ROOT)}
    one = sorted(case.gold)[:1]
    asked = {
        "git": str(repo),
        "rev": case.base,
        "text": case.text,
        "budgets": budgets,
        "tiny": tiny(room),
        "changed": [[changed(repo, case.base, one), one]],
    }
    said = answer((sys.executable, str(DRIVER)), asked, env)
    texts, first, peak = command(repo, case, budgets, room / "command")
    said["whole"], said["cpu"] = first.seconds, first.cpu
    said["same_bytes"] = texts == {int(b): text for b, text in said["sent"].items()}
    said["peak"] = max(said["peak"], peak)
    return said


def command(
    repo: Path, case: Case, budgets: list[int], home: Path
) -> tuple[dict[int, str], Run, int]:
    """The texts by budget, the first run (an empty cache), the most memory in bytes."""
    home.mkdir()
    env = {**bare_environment(home, 2), "PYTHONPATH": str(ROOT)}
    argv = (*COMMAND, "--rev", case.base, "--repo", str(repo), "--json", "--tokens")
    runs = {budget: run((*argv, str(budget)), case.text, env) for budget in budgets}
    texts = {budget: json.loads(done.stdout)["text"] for budget, done in runs.items()}
    return texts, runs[budgets[0]], max(done.peak for done in runs.values())


def tiny(room: Path) -> tuple[str, str]:
    """A repository of one file: what draws its map has everything loaded but nothing cached."""
    folder = room / "tiny"
    folder.mkdir()
    (folder / "one.py").write_text("def one():\n    return 1\n")
    repo = folder / ".git"
    git(repo, "init", "-q", str(folder))
    git(repo, "--work-tree", str(folder), "add", "-A")
    git(repo, "commit", "-q", "-m", "one")
    return str(repo), git(repo, "rev-parse", "HEAD").decode().strip()
