"""How lanes scale: independent tasks of one phase, by the waits that they are made of.

The ideal is what no order of the same work could beat: every distinct check once on the phase's
base, every attempt with its answer and its check, every distinct check once on what all made, all
packed on the lanes; before and after it the job's own check, on the base and at the gate. What is
measured beyond that is ours: git, sandboxes, records, and lanes that wait. Time is counted from
the run's first event to its end, so the start of the process is not in it.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

BRICKLAYER = Path(sys.executable).with_name("bricklayer")


@dataclass(frozen=True)
class Case:
    """`asks`: a model answers each task in `model` seconds; else the plan has exact blocks.

    `shared`: all tasks have one long check in common, beside a short one of their own; else each
    has a long one of its own.
    """

    tasks: int
    lanes: int
    check: float
    model: float = 0.0
    shared: bool = False

    @property
    def ideal(self) -> float:
        """Seconds."""
        rounds = math.ceil(self.tasks / self.lanes)
        # One check in common is known on the base from the job's own run of it.
        before, after = (0, 1) if self.shared else (rounds, rounds)
        return (before + after + 2) * self.check + rounds * (self.model + self.check)

    @property
    def attempts_alone(self) -> float:
        """Seconds in which the answers and their checks could be over, and nothing else done."""
        return math.ceil(self.tasks / self.lanes) * (self.model + self.check)


def measure_edits() -> None:
    """Five independent edits, a model of 2 s and a check of 1 s, on one lane and on two."""
    one, two = Case(5, 1, 1.0, 2.0, shared=True), Case(5, 2, 1.0, 2.0, shared=True)
    seconds = [_tell(case) for case in (one, two)]
    print(f"  two lanes: {seconds[0] / seconds[1]:.2f} x one; {one.ideal / two.ideal:.2f} at most")
    six, both = Case(6, 1, 1.0, 2.0, shared=True), Case(6, 2, 1.0, 2.0, shared=True)
    seconds = [_tell(case) for case in (six, both)]
    print(f"  two lanes: {seconds[0] / seconds[1]:.2f} x one; {six.ideal / both.ideal:.2f} at most")


def measure_checks() -> None:
    """Eight tasks with a check of 15 s on four lanes: in common, and one for each."""
    for case in (Case(8, 4, 15.0, shared=True), Case(8, 4, 15.0)):
        _tell(case)


def _tell(case: Case) -> float:
    took = run_case(case)
    kind = "in common" if case.shared else "each its own"
    print(
        f"{case.tasks} tasks, {case.lanes} lanes, model {case.model:g} s, check {case.check:g} s"
        f" {kind}: {took:.1f} s, {took / case.ideal:.2f} x the ideal of {case.ideal:g} s"
        f" (answers and their checks alone: {case.attempts_alone:g} s)"
    )
    return took


def run_case(case: Case) -> float:
    """Seconds from the first event to the end."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        repo = _write_repository(room, case)
        _write_settings(room, case)
        plan = _write_plan(room, case)
        env = {**os.environ, "XDG_STATE_HOME": str(room), "BRICKLAYER_CONFIG": str(room / "m.toml")}
        argv = [BRICKLAYER, "run", plan, "--repo", repo]
        done = subprocess.run(
            argv, env=env, timeout=900, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return _read_seconds(next(room.glob("bricklayer/jobs/*/events.jsonl")))


def _read_seconds(journal: Path) -> float:
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    times = [line["at"] for line in lines]
    first, last = (_to_seconds(at) for at in (times[0], times[-1]))
    return last - first


def _to_seconds(at: str | float) -> float:
    return at if isinstance(at, int | float) else datetime.fromisoformat(at).timestamp()


def _write_repository(room: Path, case: Case) -> Path:
    repo = room / "repo"
    repo.mkdir()
    config = (
        f'[checks.slow]\nrun = "sleep {case.check}; :"\ntimeout = 60\n\n'
        f'[checks.own]\nrun = "sleep {case.check}; test -f"\ntimeout = 60\n'
    )
    (repo / ".bricklayer.toml").write_text(config)
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "base"]):
        subprocess.run(["git", *argv], cwd=repo, check=True)
    return repo


def _write_settings(room: Path, case: Case) -> None:
    replies = "".join(
        f"## reply: t{n}, slow {case.model}\n```file=f{n}.txt\n{n}\n```\n"
        for n in range(case.tasks)
    )
    (room / "replies.md").write_text(replies)
    lanes = "".join(f'[[lanes]]\nname = "lane-{n}"\n' for n in range(case.lanes))
    tier = f'[tiers.local]\nmodels = ["script:{room}/replies.md"]\n' if case.model else ""
    (room / "m.toml").write_text(f"{tier}{lanes}")


def _write_plan(room: Path, case: Case) -> Path:
    body = "\n".join(_write_task(case, number) for number in range(case.tasks))
    plan = room / "job.md"
    plan.write_text(f"---\ntitle: Lanes\nchecks: [slow]\n---\nBench.\n\n## Phase: Do\n\n{body}")
    return plan


def _write_task(case: Case, number: int) -> str:
    file = f"f{number}.txt"
    checks = f"- exists: {file}\n- check: slow" if case.shared else f"- check: own {file}"
    block = "Write it." if case.model else f"```file={file}\n{number}\n```"
    return f"### Task: t{number}\n- file: {file}\n{checks}\n\n{block}\n"
