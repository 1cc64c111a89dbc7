"""Whether coaching helps: twenty tasks that need a rule of their repository, with its notes or not.

    BRICKLAYER_LOCAL=openai-chat:coder python bench/coaching.py --base-url http://127.0.0.1:8080/v1
        --seeds 3 --out coaching.jsonl

Each is a job for `bricklayer run` in a repository whose `.bricklayer/coaching.md` has the notes of
all twenty, each with its scope; without, the file is not there and all else is the same. The rule
stands in no task's text and no check, so nothing but a note can tell of it. A pass is a job that
passed and whose file keeps the rule; a false pass, one whose file does not. With `--out` each score
is written down when it is known, and a run of the same code with the same file goes on behind it.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from coaching_suite import Ruled, load, passes  # noqa: E402 - a script finds the rooms by its place
from engine_runs import commit_all, read_rows, run_bricklayer, run_git  # noqa: E402
from small_measure import Wanted, make_options, measure, read_tier  # noqa: E402
from small_runs import boxed  # noqa: E402
from small_scores import Score, compare, report  # noqa: E402
from small_suite import TIMEOUT, Run  # noqa: E402

from bot.coaching.notes import COACHING_PATH, CoachingFile, Note, name_lesson, render_notes  # noqa: E402
from bot.config.tiers import TierSettings  # noqa: E402
from bot.ledger import AttemptOutcome  # noqa: E402
from bot.pass_rate import PassRate, find_difference  # noqa: E402

WITH, WITHOUT = "with notes", "without notes"
WINDOW, REPLY = 4096, 512
JOB = """---
title: {title}
checks: [gate]
---
## Phase: Build
### Task: {id}
- file: {file}
{more}- check: test {check}

{text}
"""
CONFIG = """[checks.test]
run = "python3 -B"
timeout = {timeout}
[checks.gate]
run = "python3 -B {check}"
timeout = {timeout}
[limits]
local_attempts = 3
senior_attempts = 0
"""


def build(  # noqa: PLR0913, PLR0917  # what is measured, and on what
    name: str, model: TierSettings, run: Run, evidence: Path | None, task: Ruled, seed: int
) -> Score:
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        repo, plan = write_repository(folder, task, coached=name == WITH)
        began = time.monotonic()
        code = run_bricklayer(folder, repo, plan, model, seed)
        wall = time.monotonic() - began
        content = run_git(repo, "show", f"built:{task.file}") if code == 0 else ""
        state = folder / "state" / "bricklayer"
        rows = read_rows(state)
        if any(row.outcome == AttemptOutcome.NO_MODEL for row in rows):
            raise RuntimeError(f"{task.name}: the model gave no answer, so this is no score")
        # What is compared is one lesson, and nothing else of the prompt.
        shown = (name_lesson(task.note),) if name == WITH else ()
        if any(row.notes != shown for row in rows):
            raise RuntimeError(f"{task.name}: its prompts showed {[row.notes for row in rows]}")
        if evidence:
            (kept,) = state.glob("jobs/*/evidence")
            target = evidence / f"{name.replace(' ', '-')}-{task.name}-{seed}"
            shutil.copytree(kept, target, dirs_exist_ok=True)
    keeps = code == 0 and passes(run, task, content, rule=True)[0]
    return Score(
        name,
        task.name,
        task.kind,
        seed,
        passed=keeps,
        false=code == 0 and not keeps,
        tokens_in=sum(row.all_tokens_in for row in rows),
        tokens_out=sum(row.all_tokens_out for row in rows),
        seconds=sum(row.seconds for row in rows),
        outcomes=[row.outcome for row in rows],
        strategies=[row.strategy for row in rows],
        wall=wall,
    )


def write_repository(folder: Path, task: Ruled, *, coached: bool) -> tuple[Path, Path]:
    """The repository and the job's plan."""
    repo, check = folder / "repo", task.check_file
    files = {**task.others, check: task.check}
    files |= {task.file: task.base} if task.base else {}
    files[".bricklayer.toml"] = CONFIG.format(timeout=TIMEOUT, check=check)
    files |= {COACHING_PATH: write_notes()} if coached else {}
    for path, text in files.items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(text.lstrip("\n"))
    commit_all(repo)
    reads = "".join(f"- reads: {path}\n" for path in task.others)
    # Tests of what is there already: no fix, without which they would fail.
    bites = "- bites: no: they tell what the code does today\n" if task.others else ""
    plan = folder / "job.md"
    job = JOB.format(
        title=f"The task {task.name}",
        id=task.name,
        file=task.file,
        more=f"{reads}{bites}",
        check=check,
        text=task.text,
    )
    plan.write_text(job)
    return repo, plan


def write_notes() -> str:
    origin = "https://github.com/octocat/rules/pull/{}#discussion_r1"
    notes = [
        Note(task.note, (task.file,), origin.format(number), "octocat", "1a2b3c4")
        for number, task in enumerate(load(), 1)
    ]
    return render_notes(CoachingFile("# Coaching\n", tuple(notes)))


def tell_difference(scores: Sequence[Score]) -> str:
    """The pass rates of both, by attempts at a task, and whether their intervals overlap."""
    by, without = (_sum(scores, name) for name in (WITH, WITHOUT))
    apart, low, high = find_difference(by, without)
    overlap = "overlap" if by.low <= without.high and without.low <= by.high else "do not overlap"
    sides = " against ".join(
        f"{rate.passed} of {rate.runs} {name} ({rate.low:.0%} to {rate.high:.0%})"
        for name, rate in ((WITH, by), (WITHOUT, without))
    )
    points = f"{100 * apart:+.0f} points ({100 * low:+.0f} to {100 * high:+.0f})"
    return f"\n{sides}: the intervals {overlap}; {points}"


def _sum(scores: Sequence[Score], name: str) -> PassRate:
    own = [score.passed for score in scores if score.contender == name]
    return PassRate(sum(own), len(own))


def main() -> int:
    asked = make_options(__doc__).parse_args()
    local = read_tier(asked, context=WINDOW, answer=REPLY, mode="one-file")
    if local is None:
        return 0
    with boxed(TIMEOUT) as run:
        # Seed by seed, and both ways side by side: one that is stopped compares like by like.
        wanted = [
            Wanted(
                name, task.name, seed, partial(build, name, local, run, asked.evidence, task, seed)
            )
            for seed in range(asked.seeds)
            for task in load(asked.only)
            for name in (WITH, WITHOUT)
        ]
        counted = measure(wanted, asked.out)
    print(report(counted))
    print(tell_difference(counted))
    print(compare(counted, WITHOUT, WITH))
    return 0


if __name__ == "__main__":
    sys.exit(main())
