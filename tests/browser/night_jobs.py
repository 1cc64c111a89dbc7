"""The jobs of one night, as tests and pictures show them: the same each time."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.ledger import LedgerRow
from bot.ticket.progress import EndedTask
from bot.ticket.stages import Stage

DEMO = Path(__file__).parents[2] / "demo"
BANK_PLAN = (DEMO / "job.md").read_text(encoding="utf-8")
LOCAL, SENIOR = "llama-cpp:qwen2.5-coder-32b", "anthropic:claude-opus-4-5"
PLACES = {"local": "here", "senior": "away", "planner": "away"}
MODELS = {"manifest": "", "local": LOCAL, "senior": SENIOR, "planner": SENIOR}


def write_plan(title: str, *tasks: str) -> str:
    """A plan whose tasks wait for one another."""
    parts = [f"---\ntitle: {title}\nchecks: [test]\n---\n{title}.\n\n## Phase: Implement\n"]
    for before, task in zip(("", *tasks), tasks, strict=False):
        after = f"- after: {before}\n" if before else ""
        parts.append(f"### Task: {task}\n- file: {task}.py\n{after}- check: test\n\nDo it.\n")
    return "\n".join(parts)


def attempt(task: str, number: int, tier: str, outcome: str, seconds: float = 40.0) -> LedgerRow:
    """Its tokens and its cost follow from how long it took."""
    tokens_in, tokens_out = int(90 * seconds), int(22 * seconds)
    if tier == "manifest":
        return LedgerRow(task, number, tier, "", seconds=seconds, outcome=outcome)
    cost = 0.0 if tier == "local" else (3 * tokens_in + 15 * tokens_out) / 1e6
    return LedgerRow(
        task,
        number,
        tier,
        MODELS[tier],
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=tokens_in // 2 if tier == "local" else 0,
        seconds=seconds,
        outcome=outcome,
        cost=cost,
        place=PLACES[tier],
    )


@dataclass(frozen=True)
class NightJob:
    """`began` is in hours before the morning; `risks` are why its plan waits for approval."""

    issue: int
    title: str
    stage: Stage
    began: float
    repo: str = "octocat/bank"
    plan: str = ""
    why: str = ""
    pull: int = 0
    risks: tuple[str, ...] = ()
    rows: tuple[LedgerRow, ...] = ()
    tasks: tuple[EndedTask, ...] = field(default=())

    @property
    def rows_with_plan(self) -> tuple[LedgerRow, ...]:
        """What was paid for the plan stands first."""
        planned = attempt("plan", 1, "planner", "answered", 45.0)
        return (planned, *self.rows) if self.plan else ()


_STATEMENT = (
    attempt("find-callers", 1, "local", "answered", 18.0),
    attempt("fix-withdraw", 1, "manifest", "passed", 2.0),
    attempt("cover-withdraw", 1, "manifest", "passed", 3.0),
    attempt("add-interest", 1, "manifest", "check failed", 2.0),
    attempt("add-interest", 2, "local", "passed", 31.0),
    attempt("write-statement", 1, "local", "edit refused", 22.0),
    attempt("write-statement", 2, "local", "check failed", 48.0),
    attempt("write-statement", 3, "local", "check failed", 51.0),
    attempt("write-statement", 4, "senior", "check failed", 64.0),
)
JOBS = (
    NightJob(
        44,
        "Round interest half up",
        Stage.APPROVAL,
        2.0,
        plan=write_plan("Round interest half up", "round-half-up", "cover-rounding"),
        risks=("pyproject.toml is changed by this plan",),
    ),
    NightJob(
        41,
        "Withdraw must subtract",
        Stage.BLOCKED,
        8.5,
        plan=BANK_PLAN,
        pull=42,
        why="write-statement did not pass its check in 4 attempts.",
        rows=_STATEMENT,
        tasks=(
            EndedTask("find-callers", "passed", "transfer() alone", "", "Research"),
            EndedTask("fix-withdraw", "passed", "", "4" * 40, "Implement"),
            EndedTask("cover-withdraw", "passed", "", "5" * 40, "Implement"),
            EndedTask("add-interest", "passed", "", "6" * 40, "Implement"),
            EndedTask(
                "write-statement", "blocked", "check test failed: 1 of 2 tests", "", "Implement"
            ),
            EndedTask("note-the-change", "skipped", "", "", "Implement"),
        ),
    ),
    NightJob(
        38,
        "Refuse transfers to oneself",
        Stage.REVIEW,
        7.0,
        plan=write_plan("Refuse transfers to oneself", "refuse-self", "cover-self"),
        pull=39,
        rows=(
            attempt("refuse-self", 1, "local", "passed", 33.0),
            attempt("cover-self", 1, "local", "does not bite", 27.0),
            attempt("cover-self", 2, "local", "passed", 29.0),
        ),
        tasks=(
            EndedTask("refuse-self", "passed", "", "7" * 40, "Implement"),
            EndedTask("cover-self", "passed", "", "8" * 40, "Implement"),
        ),
    ),
    NightJob(
        45,
        "Export statements as CSV",
        Stage.BUILDING,
        0.5,
        plan=write_plan("Export statements as CSV", "write-csv", "name-the-columns", "cover-csv"),
        pull=46,
        rows=(attempt("write-csv", 1, "local", "passed", 55.0),),
        tasks=(EndedTask("write-csv", "passed", "", "9" * 40, "Implement"),),
    ),
    NightJob(
        12,
        "Say which browsers are supported",
        Stage.PLANNING,
        0.1,
        repo="octocat/website",
    ),
    *(
        NightJob(
            20 + number,
            title,
            Stage.MERGED,
            9.0 - number,
            repo="octocat/website" if number % 2 else "octocat/bank",
            plan=write_plan(title, "change", "cover"),
            pull=30 + number,
            rows=(
                attempt("change", 1, "local", "passed", 30.0 + number),
                attempt("cover", 1, "local", "passed", 24.0 + number),
            ),
            tasks=(
                EndedTask("change", "passed", "", "a" * 40, "Implement"),
                EndedTask("cover", "passed", "", "b" * 40, "Implement"),
            ),
        )
        for number, title in enumerate(
            ("Name the currency", "Sort entries by date", "Close an account", "Cite the licence")
        )
    ),
)
