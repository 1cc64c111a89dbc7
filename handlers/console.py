"""What a person reads at a terminal: a live table or plain lines, and GitHub's errors."""

import threading
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bot.config.machine import Settings, find_settings_file
from bot.errors import UserError
from bot.github.errors import GitHubError, NotFoundError, UnavailableError
from bot.ledger import LedgerRow, compute_local_share, sum_by_tier
from bot.plan import Task
from runners.build.results import JobResult, TaskResult
from runners.build.survey import CheckedPlan
from runners.progress import ProgressEvent

_MARKS = {True: ("ok", "green"), False: ("no", "red"), None: ("..", "yellow")}
_MEND = "Look at the network and at [github] api_url: `bricklayer doctor` tells more."
_HIDDEN = "Look at its name, and whether the App or the token has access to it."


class BuildView:
    """Tells what happens as it happens. Its `tell` may be called from any thread."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._tasks: dict[str, tuple[str, bool | None, int]] = {}
        self._one_at_a_time = threading.Lock()
        self._live = Live(console=self.console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._live.is_started:
            self._live.stop()

    def show_progress(self, told: ProgressEvent) -> None:
        with self._one_at_a_time:
            self._tell(told)

    def _tell(self, told: ProgressEvent) -> None:
        mark, colour = _MARKS[told.good]
        where = f"{told.task}: " if told.task else ""
        line = replace_unprintable(f"{where}{told.text}".splitlines()[0] if told.text else where)
        self.console.print(Text(f"{mark:>2} ", colour), Text(f"{told.what:<7} {line}"), sep="")
        if told.task:
            tries = self._tasks.get(told.task, ("", None, 0))[2] + (told.what == "attempt")
            self._tasks[told.task] = (line, told.good, tries)
        if self._live.is_started:
            self._live.update(self._table())

    def show_result(self, end: JobResult) -> None:
        self.console.print()
        for task in end.tasks:
            self._report_task(task)
        self.console.print(ledger_table(end.rows))
        verdict = Text("passed", "bold green") if end.passed else Text("blocked", "bold red")
        self.console.print(Text("job ") + verdict + Text(f"  {replace_unprintable(end.why)}"))
        self.console.print(Text(f"branch {end.branch} at {end.head[:12]}"))
        self._report_rest(end)

    def _report_rest(self, end: JobResult) -> None:
        """What to do next, and where to look."""
        if end.left:
            left = f"not asked for this time: {', '.join(end.left)}"
            self.console.print(Text(f"{left}; no phase of these was judged"))
        if any(row.tier != "manifest" for row in end.rows):
            self.console.print(Text(f"what each attempt saw and said: {end.evidence}"))
        if not end.passed and not end.left:
            again = "Run it again to try once more: what passed is kept. A plan or a base that was"
            self.console.print(Text(f"{again} mended begins anew: add --fresh."))

    def _report_task(self, task: TaskResult) -> None:
        mark, colour = _MARKS[task.state == "passed"]
        said = task.answer or task.why or f"commit {task.commit[:12]}"
        self.console.print(
            Text(f"{mark:>2} ", colour), Text(f"{task.task}: {replace_unprintable(said)}"), sep=""
        )

    def _table(self) -> Group:
        table = Table("task", "attempts", "now", box=None, pad_edge=False)
        for name, (line, good, tries) in self._tasks.items():
            table.add_row(Text(name), str(tries), Text(line, _MARKS[good][1]))
        return Group(Text(), table)


def ledger_table(rows: tuple[LedgerRow, ...]) -> Table:
    """What each tier and model did and cost."""
    table = Table("tier", "model", "attempts", "tokens in", "out", "seconds", "cost", box=None)
    for sum_ in sum_by_tier(rows):
        table.add_row(*sum_.table_cells())
    spent = any(row.tokens for row in rows)
    share = f"{compute_local_share(rows):.0%} of the tokens stayed on this machine"
    table.caption = share if spent else "not a single token was spent"
    return table


def show_preview(ground: CheckedPlan, settings: Settings) -> None:
    """Show, task by task, what a run would do."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{ground.job.title}, on base {ground.base[:12]}", "bold"))
    for phase in ground.job.phases:
        console.print(Text(f"phase {phase.title}"))
        for task in phase.tasks:
            console.print(Text(f"   {task.id}: {_would(task, settings)}"))
    console.print(Text(f"final gate: {', '.join(ground.job.checks)}"))


def _would(task: Task, settings: Settings) -> str:
    tiers = [name for name in ("local", "senior") if name in settings.tiers]
    first = ["exact blocks, no model"] if task.blocks else []
    then = [f"{name} ({', '.join(settings.tiers[name].models)})" for name in tiers]
    after = f"; after {', '.join(task.after)}" if task.after else ""
    who = ", then ".join(first + then) or "no model is configured that could do it"
    return f"{task.file or task.kind}: {who}{after}"


def format_count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def replace_unprintable(text: str) -> str:
    """Show what a model or a check said without letting it drive the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def explain_github_error(wrong: GitHubError, settings: Settings) -> UserError:
    """GitHub's failure, with the address that was asked and what to do about it."""
    status = f" ({wrong.status})" if wrong.status else ""
    usual = (
        _MEND
        if isinstance(wrong, UnavailableError)
        else _HIDDEN
        if isinstance(wrong, NotFoundError)
        else ""
    )
    return UserError(
        f"{wrong.what}{status}", where=settings.github.api_url, hint=wrong.hint or usual
    )


def no_repository_error() -> UserError:
    hint = 'Name some: [github] repos = ["owner/name"]; or install the App on one.'
    return UserError("no repository to look at", where=str(find_settings_file()), hint=hint)
