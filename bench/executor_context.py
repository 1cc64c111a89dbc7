"""What an executor is shown of a real fix: the function that it changed, and the failing test.

    python bench/executor_context.py --mirrors DIR [--set held] [--only WORD] [--show]

A mirror is DIR/OWNER+NAME/repo, a git directory. Each case is asked twice: with a text that names
no function, and with one that does. No model is asked.
"""

import argparse
import os
import re
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from context_cases import borrowed, git  # noqa: E402 - after the path is set
from executor_failures import FailingTest, print_failure  # noqa: E402

from bot.code import Symbol, outline_file  # noqa: E402
from bot.config.tiers import TierSettings  # noqa: E402
from bot.failures import read_failures  # noqa: E402
from bot.git.commits import commit_tree  # noqa: E402
from bot.git.repo import Repo  # noqa: E402
from bot.git.write_tree import write_tree  # noqa: E402
from bot.prompts.budget import TaskTooLargeError  # noqa: E402
from bot.prompts.task_prompt import TaskPrompt  # noqa: E402
from runners.build.attempt_prompt import build_prompt  # noqa: E402
from runners.build.attempt_records import Attempt  # noqa: E402
from runners.build.load_plan import RunRequest, load_plan  # noqa: E402
from runners.build.prompt_sources import PromptSources  # noqa: E402
from runners.build.task_run import TaskBase  # noqa: E402
from runners.checks.failure_digest import digest_failure  # noqa: E402

WINDOW, ANSWER = 8192, 2048
CONFIG = '[checks.test]\nrun = "./run-tests"\n'
JOB = """---
title: A fix
checks: [test]
---
## Phase: Fix
### Task: fix
- file: {file}
- check: test {tests}

{text}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A fix and how its test fails; executor_cases.toml says what the fields are."""

    repo: str
    fix: str
    set: str
    file: str
    functions: tuple[str, ...]
    tests: str
    runner: str
    title: str
    line: int
    said: str
    text: str
    naming: str
    frames: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.repo.rpartition('/')[2]}-{self.fix[:8]} {self.file.rpartition('/')[2]}"


@dataclass(slots=True)
class Shown:
    """`function`: whole, pieces (its head and every line that the fix changed), part, or no."""

    case: str
    function: str = "no"
    test: bool = False
    tokens: int = 0
    unused: int = 0
    seconds: float = 0.0
    parts: dict[str, int] = field(default_factory=dict)


def load() -> list[Case]:
    rows = tomllib.loads((ROOT / "bench/executor_cases.toml").read_text())["case"]
    listed = ("functions", "frames")
    return [
        Case(**{key: tuple(of) if key in listed else of for key, of in row.items()}) for row in rows
    ]


def measure(case: Case, mirror: Path, work: Path, *, naming: bool, show: bool) -> Shown:
    """Compose the first local attempt's prompt and look at what it holds."""
    repo = Repo(borrowed(mirror, work / mirror.parent.name))
    commit = _base_with_tests(repo, case)
    source = (repo.read_file(commit, case.tests) or b"").decode().split("\n")
    if len(source) < case.line:
        raise ValueError(f"{case.name}: {case.tests} has no line {case.line}")
    test = FailingTest(case.title, case.tests, case.line, case.said, source)
    output = print_failure(case.runner, test)
    output = "\n".join([output, *(f"{frame}: Error" for frame in case.frames)])
    text = f"{case.text} {case.naming}" if naming else case.text
    plan = load_plan(
        RunRequest(
            JOB.format(file=case.file, tests=case.tests, text=text), repo.git_dir, base=commit
        )
    )
    sources = PromptSources(
        plan=plan,
        job_id="bench",
        task=plan.job.tasks[0],
        base=TaskBase(commit, digest=digest_failure(output), failures=read_failures(output)),
        tree=repo.resolve_rev(commit, "tree"),
        tier=TierSettings(models=("none",), context=WINDOW, answer=ANSWER),
    )
    began = time.perf_counter()
    try:
        prompt = build_prompt(sources, Attempt(1, "local", 0))
    except TaskTooLargeError as exc:
        return Shown(case.name, f"refused: {exc}", seconds=time.perf_counter() - began)
    seconds = time.perf_counter() - began
    if show:
        print(prompt.prompt.user, file=sys.stderr)
    body = repo.read_file(commit, case.file) or b""
    return Shown(
        case.name,
        _function_shown(case, body, prompt, _changed_lines(mirror, case)),
        _test_shown(case, source, prompt),
        prompt.tokens,
        WINDOW - prompt.tokens - prompt.prompt.reply,
        seconds,
        {each.name.split(" ")[0]: len(each.text) for each in prompt.parts},
    )


def _base_with_tests(repo: Repo, case: Case) -> str:
    base = git(repo.git_dir, "rev-parse", f"{case.fix}^").decode().strip()
    tests = git(repo.git_dir, "show", f"{case.fix}:{case.tests}")
    files: dict[str, bytes | None] = {case.tests: tests, ".bricklayer.toml": CONFIG.encode()}
    tree = write_tree(repo, repo.resolve_rev(base, "tree"), files)
    return commit_tree(repo, tree, base, "The failing test")


def _changed_lines(mirror: Path, case: Case) -> list[int]:
    """Lines of the file before the fix that it replaced, or behind which it put new ones."""
    diff = git(mirror, "diff", "-U0", f"{case.fix}^", case.fix, "--", case.file).decode()
    found = re.findall(r"^@@ -(\d+)(?:,(\d+))? ", diff, re.MULTILINE)
    spans = [(int(first), int(count or 1)) for first, count in found]
    return [line for first, count in spans for line in range(first, first + max(count, 1))]


def _function_shown(case: Case, body: bytes, prompt: TaskPrompt, changed: Sequence[int]) -> str:
    if not prompt.spans:
        return "whole"
    symbols = outline_file(case.file, body).symbols
    found = [each for name in case.functions for each in _named(symbols, name)]
    if not found:
        raise ValueError(f"{case.name}: {case.functions} not in the outline")
    shown = {line for first, last in prompt.spans for line in range(first, last + 1)}
    states = [_state(each, shown, changed) for each in found]
    return max(states, key=["whole", "pieces", "part", "no"].index)


def _named(symbols: Sequence[Symbol], name: str) -> Iterator[Symbol]:
    owner, _, last = name.rpartition(".")
    for each in symbols:
        if each.name == last and f".{each.owner}".endswith(f".{owner}" if owner else ""):
            yield each


def _state(symbol: Symbol, shown: set[int], changed: Sequence[int]) -> str:
    lines = set(range(symbol.first, symbol.last + 1))
    if lines <= shown:
        return "whole"
    if symbol.first in shown and lines & set(changed) <= shown:
        return "pieces"
    return "part" if lines & shown else "no"


def _test_shown(case: Case, source: Sequence[str], prompt: TaskPrompt) -> bool:
    """Whether the failing line of the test file is in a part that shows tests."""
    texts = "\n".join(each.text for each in prompt.parts if each.name.startswith("test "))
    return source[case.line - 1].strip() in texts


def table(rows: Sequence[Shown], title: str) -> str:
    shown = sum(row.function in {"whole", "pieces"} for row in rows)
    seen = sum(row.test for row in rows)
    lines = [
        f"### {title}: the function shown in {shown} of {len(rows)}, a failing test in {seen}",
        "",
        "| case | function | test | tokens | unused | seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.case} | {row.function} | {'yes' if row.test else 'no'} "
        f"| {row.tokens} | {row.unused} | {row.seconds:.2f} |"
        for row in rows
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirrors", type=Path, default=ROOT.parent / ".mirror")
    parser.add_argument("--set", choices=["own", "held", "all"], default="own")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--variant", choices=["silent", "naming", "both"], default="both")
    parser.add_argument("--show", action="store_true", help="print each prompt on stderr")
    parser.add_argument("--parts", action="store_true", help="print each part's characters")
    asked = parser.parse_args()
    cases = [each for each in load() if asked.set in {"all", each.set} and asked.only in each.name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        for naming in (False, True):
            if asked.variant in {"both", "naming" if naming else "silent"}:
                rows = list(_rows(cases, asked, Path(folder), naming=naming))
                print(table(rows, "names the function" if naming else "names no function"))


def _rows(
    cases: Sequence[Case], asked: argparse.Namespace, work: Path, *, naming: bool
) -> Iterator[Shown]:
    for case in cases:
        mirror = asked.mirrors / case.repo.replace("/", "+") / "repo"
        if not mirror.is_dir():
            print(f"{case.name}: skipped, no mirror of {case.repo} in {asked.mirrors}")
            continue
        row = measure(case, mirror, work, naming=naming, show=asked.show)
        if asked.parts:
            print(row.case, row.parts, file=sys.stderr)
        yield row


if __name__ == "__main__":
    main()
