"""What a reviewer finds: thirty diffs with a planted fault that their checks miss, thirty without.

    python bench/reviewer.py --scripted knows --scripted guesses --scripted cries
    python bench/reviewer.py --base-url http://127.0.0.1:8080/v1 --model coder --out reviewer.jsonl

Each case is a repository of two commits, read by the very code that reads a pull request: prompt,
places, tests in the sandbox. A fault is found where a remark is within two lines of it, or where a
test that the reviewer brings is red. Any remark on a diff without a fault is a false alarm; a red
test there, a false proof. With `--out` each case is written down once it is known, and a run with
the same file goes on behind it.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer, serve_models  # noqa: E402
from reviewer_faults import TRY_SECONDS, Case, halve_check, list_sound, plant  # noqa: E402
from reviewer_scripted import SCRIPTED  # noqa: E402
from small_runs import boxed  # noqa: E402
from small_suite import Small, load  # noqa: E402

from bot.config.machine import Settings, parse_settings  # noqa: E402
from bot.pass_rate import PassRate  # noqa: E402
from bot.review.model import ReviewReport  # noqa: E402
from bot.spending import Payer  # noqa: E402
from runners.build.load_plan import RunRequest  # noqa: E402
from runners.model_outages import ModelOutages  # noqa: E402
from runners.reviewing.request import ReviewRequest  # noqa: E402
from runners.reviewing.review_commit import review_commit  # noqa: E402
from runners.spending import open_meter  # noqa: E402

NEAR_LINES = 2
PLANTED = Path(__file__).with_name("reviewer_planted.json")
CONFIG = '[checks.test]\nrun = "python3 -B -m unittest -q"\ntimeout = 30\n'
PLAN = """\
---
title: {title}
checks: [test]
---
## Phase: Build
### Task: change
- file: {file}
- check: test

{text}
"""


@dataclass(frozen=True, slots=True)
class Result:
    """`answer_seconds` is all of a case; `proved` counts remarks with a test that was red."""

    case: str
    model: str
    kind: str
    remarks: int
    near: bool
    proved: int
    answered: bool
    tokens_in: int
    tokens_out: int
    seconds: float

    @property
    def found(self) -> bool:
        return bool(self.kind) and (self.near or self.proved > 0)


def make_repository(folder: Path, case: Case) -> tuple[str, str]:
    """Its base and its head."""
    task = case.task
    git = ("git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost")
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    files = {".bricklayer.toml": CONFIG, task.file: task.base, task.test: halve_check(task.check)}
    shas = []
    for content in (files, {task.file: case.text}):
        for name, text in content.items():
            (folder / name).write_text(text.lstrip("\n") if name != task.file else text)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "bench"], check=True)
        head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True)
        shas.append(head.stdout.decode().strip())
    return shas[0], shas[1]


def review(case: Case, settings: Settings, model: str) -> Result:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base, head = make_repository(folder, case)
        title = case.task.text.partition("\n")[0][:60]
        plan = PLAN.format(title=title, file=case.task.file, text=case.task.text)
        build = RunRequest("", folder / ".git", base=head, rules=base)
        meter = open_meter(settings, Payer())
        outages = ModelOutages(lambda _event: None)
        request = ReviewRequest(base, plan)
        report, rows = review_commit(build, request, settings, lambda _: None, meter, outages)
    return _score(case, model, report, rows[0].all_tokens_in, rows[0].all_tokens_out, began)


def _score(  # noqa: PLR0913, PLR0917  # what was read, and what it took
    case: Case, model: str, report: ReviewReport, tokens_in: int, tokens_out: int, began: float
) -> Result:
    near = any(
        abs(fault.line - line) <= NEAR_LINES for fault in report.faults for line in case.lines
    )
    proved = sum(fault.proof_state == "reproduced" for fault in report.faults)
    seconds = time.perf_counter() - began
    sizes = (report.answered, tokens_in, tokens_out, round(seconds, 2))
    return Result(case.id, model, case.kind, len(report.faults), near, proved, *sizes)


def read_done(out: Path | None) -> dict[tuple[str, str], Result]:
    lines = out.read_text().splitlines() if out and out.exists() else []
    # A run that was killed may have left half a line.
    found = [Result(**json.loads(line)) for line in lines if line.endswith("}")]
    return {(each.case, each.model): each for each in found}


def run_cases(
    cases: Sequence[Case], settings: Settings, model: str, out: Path | None
) -> list[Result]:
    done = read_done(out)
    results = []
    for case in cases:
        result = done.get((case.id, model)) or review(case, settings, model)
        if (case.id, model) not in done and out:
            with out.open("a") as file:
                file.write(json.dumps(asdict(result)) + "\n")
        results.append(result)
        word = "found" if result.found else f"{result.remarks} remarks"
        print(f"{model} {case.id}: {word}, {result.proved} proved, {result.seconds} s", flush=True)
    return results


def report_results(model: str, results: Sequence[Result]) -> str:
    faulty = [each for each in results if each.kind]
    sound = [each for each in results if not each.kind]
    found = PassRate(sum(each.found for each in faulty), len(faulty))
    alarms = PassRate(sum(each.remarks > 0 for each in sound), len(sound))
    cells = (
        model,
        f"{found.passed} of {found.runs} ({found.low:.0%} to {found.high:.0%})",
        str(sum(each.proved > 0 for each in faulty)),
        f"{alarms.passed} of {alarms.runs} ({alarms.low:.0%} to {alarms.high:.0%})",
        str(sum(each.proved > 0 for each in sound)),
        str(sum(not each.answered for each in results)),
        f"{sum(each.tokens_in for each in results):,}",
        f"{sum(each.tokens_out for each in results):,}",
    )
    return f"| {' | '.join(cells)} |"


def make_settings(room: Path, base_url: str, model: str, context: int, answer: int) -> Settings:
    return parse_settings(
        f'state_dir = "{room}"\n[tiers.reviewer]\nmodels = ["openai-chat:{model}"]\n'
        f'base_url = "{base_url}"\ncontext = {context}\nanswer = {answer}\n'
    )


def script(server: ModelServer, name: str, cases: Sequence[Case]) -> None:
    def choose(request: ReceivedRequest) -> ScriptedAnswer:
        prompt = str(request.body["messages"][-1]["content"])
        case = next(each for each in cases if _is_shown(each, prompt))
        return ScriptedAnswer(SCRIPTED[name](case, prompt))

    server.choose_answer = choose


def _is_shown(case: Case, prompt: str) -> bool:
    """By the lines of the diff, each with its number: those of a case stand so in no other."""
    lines = dict(enumerate(case.text.splitlines(), 1))
    shown = re.findall(r"^ {0,5}(\d{1,6}) [ +](?: (.*))?$", prompt, re.MULTILINE)
    return f"{case.task.file}\n" in prompt and all(
        lines.get(int(number), "").rstrip() == text.rstrip() for number, text in shown
    )


def read_planted(path: Path, tasks: Sequence[Small], seed: int) -> list[Case]:
    """Those of that seed, where they are kept: to plant them anew takes minutes in the sandbox."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    if kept.get("seed") != seed:
        return []
    by_name = {task.name: task for task in tasks}
    return [
        Case(**{**one, "task": by_name[one["task"]], "lines": tuple(one["lines"])})
        for one in kept["cases"]
    ]


def write_planted(path: Path, cases: Sequence[Case], seed: int) -> None:
    kept = [{**asdict(case), "task": case.task.name} for case in cases]
    path.write_text(json.dumps({"seed": seed, "cases": kept}, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripted", action="append", choices=sorted(SCRIPTED), default=[])
    parser.add_argument("--base-url", default="")
    parser.add_argument("--model", default="")
    parser.add_argument("--cases", type=int, default=30, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--answer", type=int, default=1024)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--planted", type=Path, default=PLANTED, help="the faults of a seed")
    args = parser.parse_args()
    tasks = load()
    faulty = read_planted(args.planted, tasks, args.seed)
    if not faulty:
        with boxed(TRY_SECONDS) as run:
            faulty = plant(tasks, run, args.seed, args.cases)
        write_planted(args.planted, faulty, args.seed)
    faulty = faulty[: args.cases]
    cases = [*faulty, *list_sound(tasks, args.cases)]
    print(f"{len(faulty)} faults of {len({each.kind for each in faulty})} kinds", flush=True)
    rows = []
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in args.scripted:
            server = stack.enter_context(serve_models())
            script(server, name, cases)
            settings = make_settings(room / name, server.url, name, args.context, args.answer)
            rows.append(report_results(name, run_cases(cases, settings, name, args.out)))
        if args.base_url:
            settings = make_settings(
                room / "real", args.base_url, args.model, args.context, args.answer
            )
            results = run_cases(cases, settings, args.model, args.out)
            rows.append(report_results(args.model, results))
    print("| reviewer | found | proved | false alarms | false proofs | no answer | in | out |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
