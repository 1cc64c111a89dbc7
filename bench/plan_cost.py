"""Measures what a plan costs: the tokens of all its calls, on issues that were really fixed.

python bench/plan_cost.py --mirrors DIR CASES.jsonl...

A mirror is DIR/OWNER+NAME/repo, a git directory; cases whose repository has none are left out. The
prompts are the program's own, and the planner is bench/plan_cost_planner.py. No check is run: the
one there is counts as green, or as red. Tokens are those of the program's own estimate, which on
what was measured is never below a tokenizer's count. *Again*: of a call's prompt, what the call
before begins with too, so that a server has it in its cache; `other` in the rows is what another
issue's first prompt at that commit begins with too.
"""

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from context_cases import borrowed, load, mirror_of  # noqa: E402 - after the path is set
from plan_cost_planner import Fix, ask_to_see, write_plan  # noqa: E402

from bot.config.machine import parse_settings  # noqa: E402
from bot.config.repository import CheckCommand, RepoConfig  # noqa: E402
from bot.config.tiers import PLANNER_DEFAULTS, TierSettings  # noqa: E402
from bot.git.repo import Repo  # noqa: E402
from bot.ledger import LedgerRow  # noqa: E402
from bot.models.chain import Chain  # noqa: E402
from bot.models.model import Prompt, Reply  # noqa: E402
from bot.models.token_estimate import estimate_call_tokens, estimate_tokens  # noqa: E402
from bot.plan.issue import Issue  # noqa: E402
from bot.prompts.planner_prompt import PlanRequest, compose_planner_prompt  # noqa: E402
from runners.activities import Activities  # noqa: E402
from runners.model_call import ModelCall  # noqa: E402
from runners.planning.check_results import CheckResult  # noqa: E402
from runners.planning.conversation import (  # noqa: E402
    Conversation,
    PlannerContext,
    ask_planner,
)
from runners.planning.plan_request import PlanWork, compose_request  # noqa: E402
from runners.planning.repo_lookup import RepoLookup, look_up  # noqa: E402
from runners.planning.run_checks import PlanChecks  # noqa: E402
from runners.planning.shown_lines import ShownLines  # noqa: E402

CONFIG = RepoConfig(checks={"test": CheckCommand(run="make test")})
GREEN = CheckResult("test", "green", tests=1800, seconds=40.0)
LONG = "\n".join(f"test_{n}: AssertionError: {n} != {n + 1}" for n in range(400))
RED = CheckResult("test", "red", "400 of 1800 tests failed, exit 1", LONG, 1800, 40.0)
Row = dict[str, Any]


@dataclass(frozen=True)
class KnownChecks:
    """A repository with one check, which ends so."""

    result: CheckResult
    seconds: float = 0.0

    def run_on_base(self, _tree: str) -> list[CheckResult]:
        return [self.result]


@dataclass
class Calls:
    """The prompts of one plan, and what was answered."""

    prompts: list[Prompt] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scripted(PlannerContext):
    """Answers by the fix, as the prompts come."""

    fix: Fix
    issue: str
    mapped: frozenset[str]
    grep: bool
    calls: Calls

    def ask(self, prompt: Prompt, row: LedgerRow) -> ModelCall:
        self.calls.prompts.append(prompt)
        reply = ""
        if len(self.calls.prompts) == 1:
            reply = ask_to_see(self.fix, self.mapped, self.issue, grep=self.grep)
        self.calls.replies.append(reply or write_plan(self.fix, self.issue, self.shown()))
        text = self.calls.replies[-1]
        return ModelCall(row, Reply(text, 0, 0, 0.0, "scripted"))

    def shown(self) -> tuple[ShownLines, ...]:
        """What the last prompt showed, read again as the conversation keeps it."""
        need = next((r for r in self.calls.replies if r.startswith("NEED: ")), "")
        names = need.removeprefix("NEED: ").split(", ") if need else []
        return look_up(self.lookup, names, self.issue, self.settings.look).lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path, nargs="+", help="files of cases")
    parser.add_argument("--mirrors", type=Path, default=ROOT.parent / ".mirror")
    parser.add_argument("--map", type=int, default=0, help="tokens of the map, for its default")
    parser.add_argument("--no-grep", action="store_true", help="it looks at files alone")
    parser.add_argument("--red", action="store_true", help="the check is red, by many tests")
    parser.add_argument("--limit", type=int, default=0, help="so many cases of each repository")
    parser.add_argument("--out", type=Path, help="every row as JSON")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as room:
        for case in load(options.cases, options.mirrors):
            name = case.repo.rpartition("/")[2]
            if options.limit and sum(row["repo"] == name for row in rows) >= options.limit:
                continue
            facts = find_facts(case.id, options.cases)
            mirror = mirror_of(case.repo, options.mirrors)
            repo = Repo(borrowed(mirror, Path(room) / mirror.parent.name))
            fix = Fix(mirror, case.base, facts["fix_commit"], case.gold, facts["test_files"])
            rows.append(measure(case.id, name, repo, fix, case.text, options, Path(room)))
            print(rows[-1], file=sys.stderr)
    print(render(rows))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1))


def find_facts(name: str, files: list[Path]) -> Row:
    rows = (json.loads(line) for file in files for line in file.read_text().splitlines())
    return dict(next(row for row in rows if row["id"] == name))


def measure(  # noqa: PLR0913, PLR0917  # one case, in one room
    case: str, name: str, repo: Repo, fix: Fix, text: str, options: argparse.Namespace, room: Path
) -> Row:
    more = f"[planner]\nmap = {options.map}\n" if options.map else ""
    settings = parse_settings(f'state_dir = "{room / "state"}"\n{more}')
    tier = TierSettings(models=("script:none",), **PLANNER_DEFAULTS)

    def begin(issue: str) -> tuple[RepoLookup, PlanRequest, object]:
        checks = cast("PlanChecks", KnownChecks(RED if options.red else GREEN))
        work = PlanWork(
            Issue("", issue), repo, fix.base, fix.base, CONFIG, settings, checks, lambda _: None
        )
        return compose_request(work, tier, Activities())

    lookup, request, _ = begin(text)
    _, other, _ = begin("Rename the options of the command line, and say so in the manual.")
    mapped = frozenset(path for path in fix.names if f"\n{path}" in request.map_text)
    calls = Calls()
    planner = Scripted(
        Chain((), "scripted"), tier, settings.planner, lookup, room / "evidence",
        None, None, fix, text, mapped, not options.no_grep, calls,  # type: ignore[arg-type]
    )  # fmt: skip
    conversation = Conversation()
    while not conversation.is_over:
        conversation = ask_planner(planner, request, conversation, lambda _text, _read: [])
    texts = [f"{each.system}\n{each.user}" for each in calls.prompts]
    sizes = [estimate_call_tokens(each.system, each.user) for each in calls.prompts]
    calls_before = [first_prompt(other, tier), *texts]
    again = [count_again(*pair) for pair in zip(calls_before, texts, strict=False)]
    return {
        "case": case,
        "repo": name,
        "calls": len(sizes),
        "first": sizes[0],
        "in": sum(sizes),
        "again": sum(again[1:]),
        "other": again[0],
        "looked": sizes[-1] - sizes[0] if len(sizes) > 1 else 0,
        "out": sum(map(estimate_tokens, calls.replies)),
        "mapped": f"{len(mapped)}/{len(fix.names)}",
    }


def first_prompt(request: PlanRequest, tier: TierSettings) -> str:
    prompt = compose_planner_prompt(request, window=tier.context, reply=tier.answer)
    return f"{prompt.system}\n{prompt.user}"


def count_again(before: str, text: str) -> int:
    """Tokens of what both begin with."""
    pairs = zip(before, text, strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(before), len(text)))
    return estimate_tokens(text[:same])


def render(rows: list[Row]) -> str:
    head = (
        "| repository | plans | calls | first prompt | looked at | tokens in | of it again | out |"
    )
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    names = dict.fromkeys(row["repo"] for row in rows)
    lines += [_line(name, [row for row in rows if row["repo"] == name]) for name in names]
    lines.append(_line("**all, median**", rows))
    lines.append(
        f"| worst | | | | | {max(r['in'] for r in rows):,} | | {max(r['out'] for r in rows):,} |"
    )
    return "\n".join(lines)


def _line(name: str, rows: list[Row]) -> str:
    def middle(key: str) -> str:
        return f"{statistics.median(row[key] for row in rows):,.0f}"

    share = statistics.median(row["again"] / row["in"] for row in rows)
    return (
        f"| {name} | {len(rows)} | {middle('calls')} | {middle('first')} | {middle('looked')}"
        f" | {middle('in')} | {share:.0%} | {middle('out')} |"
    )


if __name__ == "__main__":
    main()
