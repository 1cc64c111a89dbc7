"""What a small local model gets done: the plain loop and the engine, on thirty small tasks.

    BRICKLAYER_LOCAL=llama-cpp:/models/coder.gguf python bench/small.py --contender engine
        [--split validation] [--seeds 3] [--out scores.jsonl] [--evidence DIR]

A pass is the task's check; a false pass is one that its hidden check then refuses. With `--out`
each score is written down when it is known, and a run with the same file goes on behind the last.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from small_runs import boxed  # noqa: E402 - a script finds the rooms by its own place
from small_scores import Score, append_score, read_scores, report  # noqa: E402
from small_suite import TIMEOUT, Run, Small, load, passes  # noqa: E402

from bot.config.tiers import TierSettings  # noqa: E402
from bot.ledger import AttemptOutcome, LedgerRow  # noqa: E402
from bot.models.chain import Chain, open_tier  # noqa: E402
from bot.models.model import Prompt  # noqa: E402
from bot.prompts.strategies import choose_strategy  # noqa: E402
from bot.storage.database import sqlite_url  # noqa: E402
from bot.storage.jobs import open_store  # noqa: E402

PLAIN_TRIES, ENGINE_TRIES = 6, 6
PLAIN_TAIL = 1500
"""Characters of the failure's tail that the plain loop shows."""
WINDOW, REPLY = 4096, 1024
JOB = """---
title: {name}
checks: [gate]
---
## Phase: Fix
### Task: {id}
- file: {file}
- check: test {test}

{text}
"""
CONFIG = """[checks.test]
run = "python3 -B"
timeout = {timeout}
[checks.gate]
run = "python3 -B {test}"
timeout = {timeout}
[limits]
local_attempts = {attempts}
senior_attempts = 0
"""


def plain(tier: Chain, run: Run, task: Small, seed: int) -> Score:
    """The least one can do: the whole file in a fence, tried again with the failure's tail."""
    score, tail = Score("plain", task.name, task.split, seed), ""
    for number in range(PLAIN_TRIES):
        reply = tier.ask(_plain_prompt(task, tail, 1000 * seed + number), lambda _: "")
        score.tokens_in += reply.tokens_in
        score.tokens_out += reply.tokens_out
        score.seconds += reply.seconds
        content = _first_fence(reply.text)
        score.passed, output = passes(run, task, content) if content else (False, "no code block")
        score.outcomes.append("passed" if score.passed else "check failed" if content else output)
        score.strategies.append("the whole file")
        if score.passed:
            score.false = not passes(run, task, content, hidden=True)[0]
            break
        tail = output[-PLAIN_TAIL:]
    return score


def engine(model: TierSettings, run: Run, task: Small, seed: int, evidence: Path | None) -> Score:
    """`bricklayer run`, the command itself, in a repository with the task's file and its check."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repo, plan = _repository(folder, task)
        code = _bricklayer(folder, repo, plan, model, seed)
        content = _git(repo, "show", f"built:{task.file}") if code == 0 else ""
        state = folder / "state" / "bricklayer"
        rows = _rows(state)
        if any(row.outcome == AttemptOutcome.NO_MODEL for row in rows):
            raise RuntimeError(f"{task.name}: the model gave no answer, so this is no score")
        if evidence:
            (kept,) = state.glob("jobs/*/evidence")
            shutil.copytree(kept, evidence / f"{task.name}-{seed}", dirs_exist_ok=True)
    return Score(
        "engine",
        task.name,
        task.split,
        seed,
        passed=code == 0,
        false=code == 0 and not passes(run, task, content, hidden=True)[0],
        tokens_in=sum(row.all_tokens_in for row in rows),
        tokens_out=sum(row.all_tokens_out for row in rows),
        seconds=sum(row.seconds for row in rows),
        outcomes=[row.outcome for row in rows],
        strategies=[choose_strategy("local", at).name for at in range(len(rows))],
    )


def _bricklayer(folder: Path, repo: Path, plan: Path, model: TierSettings, seed: int) -> int:
    keys = model.model_dump(include={"context", "answer", "threads"})
    lines = [f'models = ["{model.models[0]}"]', *(f"{key} = {keys[key]}" for key in keys)]
    (folder / "bricklayer.toml").write_text("\n".join(["[tiers.local]", *lines, ""]))
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


def _rows(state: Path) -> list[LedgerRow]:
    (job,) = (state / "jobs").iterdir()
    return list(open_store(sqlite_url(state)).list_attempts(job.name))


def _plain_prompt(task: Small, tail: str, seed: int) -> Prompt:
    failed = f"\n\nThe last attempt failed:\n{tail}" if tail else ""
    text = (
        f"{task.text}\n\n{task.file}:\n```python\n{task.base}```{failed}\n\n"
        f"Reply with the whole new {task.file} in one code block."
    )
    return Prompt(
        "You are a helpful coding assistant.", text, temperature=0.2, seed=seed, answer=REPLY
    )


def _first_fence(reply: str) -> str:
    found = re.search(r"```\w*\n(.*?)```", reply, re.DOTALL)
    return found[1] if found else ""


def _repository(folder: Path, task: Small) -> tuple[Path, Path]:
    repo = folder / "repo"
    repo.mkdir()
    (repo / task.file).write_text(task.base)
    (repo / task.test).write_text(task.check)
    config = CONFIG.format(timeout=TIMEOUT, test=task.test, attempts=ENGINE_TRIES)
    (repo / ".bricklayer.toml").write_text(config)
    _git(repo, "init", "-q", "-b", "main")
    _git(repo, "add", "-A")
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
    _git(repo, *who, "commit", "-qm", "Base")
    plan = folder / "job.md"
    name = task.name.replace("_", "-")
    plan.write_text(JOB.format(name=name, id=name, file=task.file, test=task.test, text=task.text))
    return repo, plan


def _git(repo: Path, *args: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(repo), *args], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--split", choices=["", "single", "dev", "validation"], default="")
    options.add_argument("--only", default="", help="names of tasks, separated by blanks")
    options.add_argument("--contender", choices=["plain", "engine"], action="append")
    options.add_argument("--seeds", type=int, default=1, help="so many runs of each task")
    options.add_argument("--out", type=Path, help="scores as JSON lines; a run goes on behind them")
    options.add_argument("--evidence", type=Path, help="keeps every prompt and reply there")
    options.add_argument("--threads", type=int, default=0)
    asked = options.parse_args()
    model = os.environ.get("BRICKLAYER_LOCAL", "")
    if not model:
        print("skipped: BRICKLAYER_LOCAL names no model")
        return 0
    local = TierSettings(models=(model,), context=WINDOW, answer=REPLY, threads=asked.threads)
    scores = read_scores(asked.out)
    done = {score.key for score in scores}
    with boxed(TIMEOUT) as run, open_tier(local) as tier:
        contenders: dict[str, Callable[[Small, int], Score]] = {
            "plain": lambda task, seed: plain(tier, run, task, seed),
            "engine": lambda task, seed: engine(local, run, task, seed, asked.evidence),
        }
        # Seed by seed, so that a run that is stopped has been through all tasks alike.
        wanted = [
            (name, task, seed)
            for seed in range(asked.seeds)
            for name in asked.contender or contenders
            for task in load(asked.split, asked.only)
        ]
        for name, task, seed in wanted:
            if (name, task.name, seed) not in done:
                scores.append(contenders[name](task, seed))
                append_score(asked.out, scores[-1])
                print(f"  {scores[-1]}", file=sys.stderr, flush=True)
    keys = {(name, task.name, seed) for name, task, seed in wanted}
    print(report([score for score in scores if score.key in keys]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
