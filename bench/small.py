"""What a small local model gets done: the plain loop and the engine, on thirty small tasks.

    BRICKLAYER_LOCAL=llama-cpp:/models/coder.gguf python bench/small.py --contender engine
        [--split validation] [--seeds 3] [--out scores.jsonl] [--evidence DIR]
    BRICKLAYER_LOCAL=openai-chat:coder python bench/small.py --base-url http://127.0.0.1:8080/v1
        --slots 3 --contender row --contender candidates --seeds 3 --out scores.jsonl

`row` and `candidates` are the engine with equal strikes, seven answers each: one after another, and
one alone and two rounds of three side by side. A pass is the task's check; a false pass is one that
its hidden check then refuses. With `--out` each score is written down when it is known, and a run
of the same code with the same file goes on behind the last.
"""

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine_runs import (  # noqa: E402 - a script finds the rooms by its own place
    commit_all,
    read_rows,
    run_bricklayer,
    run_git,
)
from small_measure import Wanted, make_options, measure, read_tier  # noqa: E402
from small_runs import boxed  # noqa: E402
from small_scores import Score, compare, report  # noqa: E402
from small_suite import TIMEOUT, Run, Small, load, passes  # noqa: E402

from bot.config.tiers import Mode, TierSettings  # noqa: E402
from bot.ledger import AttemptOutcome  # noqa: E402
from bot.models.chain import Chain, open_tier  # noqa: E402
from bot.models.model import Prompt  # noqa: E402

PLAIN_TRIES, ENGINE_TRIES = 6, 6


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often the engine may try, and how many candidates each try after the first asks for.

    `window` is in tokens: turns need room for what the ones before told.
    """

    attempts: int
    candidates: int
    mode: Mode = "one-file"
    window: int = 4096


ROUNDS = {
    "engine": Rounds(ENGINE_TRIES, 1),
    # Equal strikes: 7 answers, and 1 + 3 + 3.
    "row": Rounds(7, 1),
    "candidates": Rounds(3, 3),
    # Two attempts of at most twenty turns each.
    "agent": Rounds(2, 1, "agent", 8192),
}
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


def engine(  # noqa: PLR0913, PLR0917  # what is measured, and on what
    name: str, model: TierSettings, run: Run, evidence: Path | None, task: Small, seed: int
) -> Score:
    """`bricklayer run`, the command itself, in a repository with the task's file and its check."""
    rounds = ROUNDS[name]
    more = {"candidates": rounds.candidates, "mode": rounds.mode, "context": rounds.window}
    model = model.model_copy(update=more)
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        repo, plan = _repository(folder, task, rounds.attempts)
        began = time.monotonic()
        code = run_bricklayer(folder, repo, plan, model, seed)
        wall = time.monotonic() - began
        content = run_git(repo, "show", f"built:{task.file}") if code == 0 else ""
        state = folder / "state" / "bricklayer"
        rows = read_rows(state)
        if any(row.outcome == AttemptOutcome.NO_MODEL for row in rows):
            raise RuntimeError(f"{task.name}: the model gave no answer, so this is no score")
        if evidence:
            (kept,) = state.glob("jobs/*/evidence")
            shutil.copytree(kept, evidence / f"{name}-{task.name}-{seed}", dirs_exist_ok=True)
    return Score(
        name,
        task.name,
        task.split,
        seed,
        passed=code == 0,
        false=code == 0 and not passes(run, task, content, hidden=True)[0],
        tokens_in=sum(row.all_tokens_in for row in rows),
        tokens_out=sum(row.all_tokens_out for row in rows),
        seconds=sum(row.seconds for row in rows),
        outcomes=[row.outcome for row in rows],
        strategies=[row.strategy for row in rows],
        wall=wall,
    )


def _plain_prompt(task: Small, tail: str, seed: int) -> Prompt:
    failed = f"\n\nThe last attempt failed:\n{tail}" if tail else ""
    text = (
        f"{task.text}\n\n{task.file}:\n```python\n{task.base}```{failed}\n\n"
        f"Reply with the whole new {task.file} in one code block."
    )
    return Prompt(
        "You are a helpful coding assistant.", text, temperature=0.2, seed=seed, reply=REPLY
    )


def _first_fence(reply: str) -> str:
    found = re.search(r"```\w*\n(.*?)```", reply, re.DOTALL)
    return found[1] if found else ""


def _repository(folder: Path, task: Small, attempts: int) -> tuple[Path, Path]:
    repo = folder / "repo"
    repo.mkdir()
    (repo / task.file).write_text(task.base)
    (repo / task.test).write_text(task.check)
    config = CONFIG.format(timeout=TIMEOUT, test=task.test, attempts=attempts)
    (repo / ".bricklayer.toml").write_text(config)
    commit_all(repo)
    plan = folder / "job.md"
    name = task.name.replace("_", "-")
    plan.write_text(JOB.format(name=name, id=name, file=task.file, test=task.test, text=task.text))
    return repo, plan


def main() -> int:
    options = make_options(__doc__)
    options.add_argument("--split", choices=["", "single", "dev", "validation"], default="")
    options.add_argument("--contender", choices=["plain", *ROUNDS], action="append")
    asked = options.parse_args()
    local = read_tier(asked, context=WINDOW, answer=REPLY)
    if local is None:
        return 0
    with boxed(TIMEOUT) as run, open_tier(local) as tier:
        contenders: dict[str, Callable[[Small, int], Score]] = {
            "plain": partial(plain, tier, run),
            **{name: partial(engine, name, local, run, asked.evidence) for name in ROUNDS},
        }
        # Seed by seed, so that a run that is stopped has been through all tasks alike.
        wanted = [
            Wanted(name, task.name, seed, partial(contenders[name], task, seed))
            for seed in range(asked.seeds)
            for name in asked.contender or ("plain", "engine")
            for task in load(asked.split, asked.only)
        ]
        counted = measure(wanted, asked.out)
    print(report(counted))
    if {"row", "candidates"} <= {score.contender for score in counted}:
        print(compare(counted, "row", "candidates"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
