"""How much of a job stays local: a frontier plans and helps out, a small model does the tasks.

    BRICKLAYER_LOCAL=openai-chat:coder python bench/local_share.py --base-url http://127.0.0.1:8080/v1
        [--seeds 1] [--tasks-per-job 6] [--split single] [--file-lines 200] [--out shares.jsonl]
    python bench/local_share.py --scripted 0.3 [--out shares.jsonl]

A job is an issue that asks for several of the small tasks at once. It is planned by `bricklayer
plan` and built by `bricklayer run`, the commands themselves. The frontier is a script: it writes
the plan that a sensible one would, a task for each thing that is asked for, in words alone, and
gives the solution where the local model has failed at a task as often as it may. Tokens are those
of the program's own ledger of calls; a script's are estimated, never below a tokenizer's count.
`--scripted P`: the local model is a script too, each of whose answers is right with that chance.
`--file-lines N`: the files are filled up to about N lines with code that no task speaks of.
With `--out` each job is written down when it is over, and the same command goes on behind the last.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine_runs import commit_all, name_tree  # noqa: E402 - a script finds the rooms by its place
from small_filler import fill_file  # noqa: E402
from small_suite import Small, load  # noqa: E402

from bot.plan.keys import MAX_TASKS  # noqa: E402
from bot.storage.database import open_database, sqlite_url  # noqa: E402
from bot.storage.span import read_span  # noqa: E402

FRONTIER = frozenset({"planner", "senior", "reviewer"})
REPLY, PLANNER_WINDOW = 1024, 32_768
ATTEMPTS = 4
"""Of the local tier at a task, as by default; then the frontier is asked once."""
WANTED_SHARE, WANTED_OUT, WANTED_FRONTIER_OUT = 0.90, 0.97, 2000
CONFIG = f"""\
[checks.test]
run = "python3 -B"
timeout = {{timeout}}
[checks.gate]
run = "python3 -B run_all.py"
timeout = 480
[limits]
local_attempts = {ATTEMPTS}
senior_attempts = 1
strikes = 100
"""
GATE = """\
import pathlib
import subprocess
import sys

for path in sorted(pathlib.Path().glob("test_*.py")):
    subprocess.run([sys.executable, "-B", path.name], check=True)
"""


@dataclass(frozen=True, slots=True)
class Share:
    """What one job took. `local` is its model, `tree` the code that was measured."""

    tree: str
    local: str
    job: str
    seed: int
    passed: bool
    local_tokens: int
    local_out: int
    frontier_tokens: int
    frontier_out: int
    by_frontier: int
    tasks: int
    wall: float

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.tree, self.local, self.job, self.seed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scripted", type=float, help="no model: answers right with this chance")
    options.add_argument("--base-url", default="", help="of a server for `openai-chat:`")
    options.add_argument("--threads", type=int, default=0)
    options.add_argument("--seeds", type=int, default=1, help="so many runs of each job")
    options.add_argument("--tasks-per-job", type=int, default=6)
    options.add_argument("--jobs", type=int, default=0, help="only the first so many")
    options.add_argument("--split", default="", help="dev, single or validation; else all")
    options.add_argument("--file-lines", type=int, default=0, help="of each file, filled up")
    options.add_argument("--senior-window", type=int, default=0, help="of the frontier's help")
    options.add_argument("--timeout", type=int, default=60, help="of a check, in seconds")
    options.add_argument("--window", type=int, default=4096, help="of the local model, in tokens")
    options.add_argument("--out", type=Path, help="jobs as JSON lines; a run goes on behind them")
    asked = options.parse_args()
    scripted = asked.scripted is not None
    model = f"scripted {asked.scripted:g}" if scripted else os.environ.get("BRICKLAYER_LOCAL", "")
    if not model:
        print("skipped: BRICKLAYER_LOCAL names no model, and --scripted is not given")
        return 0
    tree, known = name_tree(), {share.key: share for share in read_shares(asked.out)}
    shares = []
    for seed in range(asked.seeds):
        for name, tasks in group_tasks(asked):
            key = (tree, model, name, seed)
            share = known.get(key) or measure(key, tasks, asked)
            if key not in known and asked.out:
                with asked.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(share)) + "\n")
            print(f"  {share}", file=sys.stderr, flush=True)
            shares.append(share)
    print(report(shares))
    return 0


def read_shares(path: Path | None) -> Iterator[Share]:
    """The last line of a run that was killed may be cut off."""
    for line in path.read_text("utf-8").splitlines() if path and path.exists() else ():
        try:
            yield Share(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            print(f"skipped a line that is no job: {line[:60]}", file=sys.stderr)


def group_tasks(asked: argparse.Namespace) -> Iterator[tuple[str, list[Small]]]:
    """In a fixed order, so that a later run does the same jobs; no two tasks have one file."""
    size, lines = asked.tasks_per_job, asked.file_lines
    tasks = [fill_file(task, lines, at) for at, task in enumerate(load(asked.split))]
    kind = f"{asked.split or 'all'} {size} tasks {lines} lines {asked.window} window"
    kind += f" {asked.senior_window} senior" if asked.senior_window else ""
    for number, at in enumerate(range(0, len(tasks), size), 1):
        if not asked.jobs or number <= asked.jobs:
            yield f"{kind} job-{number}", tasks[at : at + size]


def measure(
    key: tuple[str, str, str, int], tasks: Sequence[Small], asked: argparse.Namespace
) -> Share:
    tree, model, name, seed = key
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        repo = write_repository(folder, tasks, asked.timeout)
        chance = random.Random(f"{name} {seed}")  # noqa: S311  # seeded, so that it is repeated
        write_scripts(folder, tasks, chance, asked.scripted)
        (folder / "bricklayer.toml").write_text(write_settings(folder, model, asked))
        began = time.monotonic()
        run(folder, seed, "plan", folder / "issue.md", "--repo", repo, "--out", folder / "job.md")
        code = run(folder, seed, "run", folder / "job.md", "--repo", repo, "--branch", "built")
        wall = time.monotonic() - began
        engine = open_database(sqlite_url(folder / "state" / "bricklayer"))
        span = read_span(engine, 0.0, float("inf"))
        engine.dispose()
    local = [call for call in span.calls if call.tier not in FRONTIER]
    away = [call for call in span.calls if call.tier in FRONTIER]
    helped = {each.task for each in span.attempts if each.tier == "senior"}
    return Share(
        tree,
        model,
        name,
        seed,
        code == 0,
        sum(call.tokens for call in local),
        sum(call.tokens_out for call in local),
        sum(call.tokens for call in away),
        sum(call.tokens_out for call in away),
        len(helped),
        len(tasks),
        wall,
    )


def write_repository(folder: Path, tasks: Sequence[Small], timeout: int) -> Path:
    repo = folder / "repo"
    repo.mkdir()
    for task in tasks:
        (repo / task.file).write_text(task.base)
        (repo / task.test).write_text(task.check)
    (repo / ".bricklayer.toml").write_text(CONFIG.format(timeout=timeout))
    (repo / "run_all.py").write_text(GATE)
    commit_all(repo)
    asked = "\n".join(f"- `{task.file}`: {task.text}" for task in tasks)
    (folder / "issue.md").write_text(
        f"# Mend {len(tasks)} files\n\nTheir tests are red:\n\n{asked}\n"
    )
    return repo


def write_scripts(
    folder: Path, tasks: Sequence[Small], chance: random.Random, right: float | None
) -> None:
    parts = [
        f"### Task: {name_task(task)}\n- file: {task.file}\n- check: test {task.test}\n\n"
        f"{task.text}\n"
        for task in tasks
    ]
    head = f"---\ntitle: Mend {len(tasks)} files\nchecks: [gate]\n---\nEach test fails today.\n"
    phases = [
        "\n".join([f"## Phase: Mend {number}\n", *parts[at : at + MAX_TASKS]])
        for number, at in enumerate(range(0, len(parts), MAX_TASKS), 1)
    ]
    plan = "\n".join([head, *phases])
    (folder / "planner.md").write_text(f"## reply: plan\n{plan}\n")
    solved = (f"## reply: {name_task(task)}\n{write_edit(task)}" for task in tasks)
    (folder / "senior.md").write_text("\n".join(solved))
    answers = [
        f"## reply: {name_task(task)}, attempt {number}\n"
        + (write_edit(task) if chance.random() < (right or 0) else write_wrong_edit(task, number))
        for task in tasks
        for number in range(1, ATTEMPTS + 1)
    ]
    (folder / "local.md").write_text("\n".join(answers))


def name_task(task: Small) -> str:
    return task.name.replace("_", "-")


def write_edit(task: Small) -> str:
    """As a large model answers: the lines that change, from the first to the last, in one block."""
    old, new = (text.strip().splitlines() for text in (task.base, task.solution))
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [each for each in found if each[0] != "equal"]
    _, old_from, _, new_from, _ = changed[0]
    _, _, old_to, _, new_to = changed[-1]
    search = "\n".join(old[max(0, old_from - 1) : old_to + 1])
    replace = "\n".join(new[max(0, new_from - 1) : new_to + 1])
    return f"{task.file}\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def write_wrong_edit(task: Small, number: int) -> str:
    """Of the same place, and as wrong as the file; another one each time."""
    head, search = write_edit(task).partition("=======\n")[0].split("SEARCH\n")
    return f"{head}SEARCH\n{search}=======\n{search}# {number}\n>>>>>>> REPLACE\n"


def write_settings(folder: Path, model: str, asked: argparse.Namespace) -> str:
    scripted = asked.scripted is not None
    local = f"script:{folder / 'local.md'}" if scripted else model
    lines = [
        *("[tiers.planner]", f'models = ["script:{folder / "planner.md"}"]'),
        *(f"context = {PLANNER_WINDOW}", "[tiers.local]", f'models = ["{local}"]'),
        *(f"context = {asked.window}", f"answer = {REPLY}", f"threads = {asked.threads}"),
        *([f'base_url = "{asked.base_url}"'] if asked.base_url and not scripted else []),
        *("[tiers.senior]", f'models = ["script:{folder / "senior.md"}"]'),
        *([f"context = {asked.senior_window}"] if asked.senior_window else []),
    ]
    return "\n".join([*lines, ""])


def run(folder: Path, seed: int, *args: str | Path) -> int:
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("BRICKLAYER_")},
        "BRICKLAYER_CONFIG": str(folder / "bricklayer.toml"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    argv = [sys.executable, ROOT / "bench/small_engine.py", str(seed), *args]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=7200, check=False)
    if done.returncode == 1:
        print("".join(done.stdout.splitlines(keepends=True)[-30:]), file=sys.stderr)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{args[0]} ended {done.returncode}: {done.stdout}{done.stderr}")
    return done.returncode


def report(shares: Sequence[Share]) -> str:
    local, away = (sum(getattr(s, f"{k}_tokens") for s in shares) for k in ("local", "frontier"))
    local_out, away_out = (
        sum(getattr(s, f"{k}_out") for s in shares) for k in ("local", "frontier")
    )
    median = statistics.median(share.frontier_out for share in shares)
    helped, tasks = (sum(getattr(s, k) for s in shares) for k in ("by_frontier", "tasks"))
    rows = [
        ("jobs passed", "", f"{sum(s.passed for s in shares)} of {len(shares)}"),
        ("tasks that needed the frontier", "", f"{helped} of {tasks}"),
        ("local share of all tokens", f">= {WANTED_SHARE:.0%}", _share(local, away)),
        ("local share of output tokens", f">= {WANTED_OUT:.0%}", _share(local_out, away_out)),
        ("frontier output a job, median", f"<= {WANTED_FRONTIER_OUT:,}", f"{median:,.0f}"),
        ("frontier tokens a job, median", "", _median(shares, "frontier_tokens")),
        ("local tokens a job, median", "", _median(shares, "local_tokens")),
    ]
    head = [f"{shares[0].local}, code {shares[0].tree}", "", "| what | wanted | measured |"]
    return "\n".join([*head, "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows)])


def _share(local: int, away: int) -> str:
    return f"{local / (local + away):.1%} ({local:,} of {local + away:,})"


def _median(shares: Sequence[Share], name: str) -> str:
    return f"{statistics.median(getattr(share, name) for share in shares):,.0f}"


if __name__ == "__main__":
    sys.exit(main())
