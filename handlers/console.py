"""Output at a terminal: a build's progress, previews, prompts, and errors of GitHub."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.config.machine import Settings, find_settings_file
from bot.errors import UserError
from bot.github.errors import GitHubError, NotFoundError, UnavailableError
from bot.ledger import LedgerRow
from bot.ledger_sums import compute_local_share, describe_kept, sum_by_tier
from bot.models.token_estimate import estimate_tokens
from bot.text.invisible import replace_unprintable
from handlers.live_view import MARKS, LiveView
from runners.build.prompt_preview import PromptPreview, parts_in_order
from runners.build.results import JobResult, TaskResult

_NETWORK_HINT = "Look at the network and at [github] api_url: `bricklayer doctor` tells more."
_ACCESS_HINT = "Look at its name, and whether the App or the token has access to it."

_BEFORE_CHECK = "How the check fails is told once it has run; --run-check runs it first."
_CHECKED = "The check was run there: how it fails is part of the prompt."
_GREEN = "The check was run there, and passes: a run would say that the plan proves nothing."
_NO_CHECK = "A query has no check: its answer is what later tasks are told."


class BuildView(LiveView):
    """Shows a build while it goes on, and then how it ended."""

    def show_result(self, result: JobResult) -> None:
        self.console.print()
        for task in result.tasks:
            if not (self.quiet and task.passed):
                self._show_task(task)
        if not self.quiet:
            show_ledger(self.console, result.rows, result.earlier_rows)
        verdict = Text("passed", "bold green") if result.passed else Text("blocked", "bold red")
        if result.passed and result.left:
            verdict = Text("passed in part", "bold yellow")
        why = replace_unprintable(_explain_end(result))
        self.console.print(Text("job ") + verdict + Text(f"  {why}"))
        self.console.print(Text(f"branch {result.branch} at {result.head[:12]}"))
        self._show_next_steps(result)

    def _show_next_steps(self, result: JobResult) -> None:
        """What to do next, and where to look."""
        if result.left:
            left = f"not asked for this time: {', '.join(result.left)}"
            self.console.print(Text(f"{left}; no phase of these was judged"))
        if any(row.tier != "manifest" for row in result.rows):
            hint = f"bricklayer show TASK; {result.evidence}"
            self.console.print(Text(f"what each attempt saw and said: {hint}"))
        elif not result.passed:
            hint = f"bricklayer show base, or gate; {result.evidence}"
            self.console.print(Text(f"all that the checks printed: {hint}"))
        if to_look_at := (*result.risks, *result.lost_tests):
            self.console.print(Text("look at these before you merge it:", "bold yellow"))
            for why in to_look_at:
                self.console.print(Text(f"  {replace_unprintable(why)}"))
        if told := (*result.waived, *result.notes):
            self.console.print(Text("told by the gate:"))
            for note in told:
                self.console.print(Text(f"  {replace_unprintable(note)}"))
        if not result.passed and not result.left:
            hint = "Run it again to try once more, also with a changed plan: what passed"
            self.console.print(Text(f"{hint} and is as it was is kept. --fresh begins anew."))

    def _show_task(self, task: TaskResult) -> None:
        mark, colour = MARKS[task.state == "passed"]
        text = task.answer or task.why or f"commit {task.commit[:12]}"
        self.console.print(
            Text(f"{mark:>2} ", colour), Text(f"{task.task}: {replace_unprintable(text)}"), sep=""
        )


def _explain_end(result: JobResult) -> str:
    """Why; where a task's line above has said it, that task alone."""
    stuck = next((t for t in result.tasks if result.why == f"{t.task}: {t.why}"), None)
    return f"at {stuck.task}" if stuck else result.why


def show_ledger(
    console: Console, rows: tuple[LedgerRow, ...], earlier: tuple[LedgerRow, ...] = ()
) -> None:
    """What this run cost, and, where there were others before it, all of them together."""
    table = ledger_table(rows)
    table.title = "this run" if earlier else None
    console.print(table)
    if earlier:
        both = ledger_table((*earlier, *rows))
        both.title = "all runs on this branch"
        console.print(both)


def ledger_table(rows: tuple[LedgerRow, ...]) -> Table:
    """What each tier and model did and cost."""
    table = Table("tier", "model", "attempts", "tokens in", "out", "seconds", "cost", box=None)
    for total in sum_by_tier(rows):
        table.add_row(*total.table_cells())
    spent = any(row.tokens for row in rows)
    share = f"{compute_local_share(rows):.0%} of the tokens stayed {describe_kept(rows)}"
    table.caption = share if spent else "not a single token was spent"
    return table


def prompt_lines(preview: PromptPreview) -> Iterator[str]:
    """Line by line: a summary, what was left out, then part by part what is sent."""
    context, attempt = preview.context, preview.attempt
    assumed = " (assumed: no model is configured)" if preview.assumed else ""
    how = f"attempt {attempt.number} ({attempt.tier}: {preview.strategy})"
    yield f"{preview.task.id}, {how}, from {preview.start[:12]}"
    prompt = context.prompt
    thought = f", {prompt.thinking} for thought before it" if prompt.thinking else ""
    spent = f"{context.tokens} tokens and {prompt.reply - prompt.thinking} for the answer{thought}"
    yield f"{spent}, of a window of {context.window}{assumed}"
    left = ", ".join(context.dropped)
    yield f"no room for: {left}" if left else "nothing had to be left out"
    yield _describe_check(preview)
    if preview.evidence:
        yield f"This attempt was made already; what it was shown and said: {preview.evidence}"
    for each in parts_in_order(context):
        heading = (
            f"{replace_unprintable(each.name)}: {estimate_tokens(each.text)} tokens; {each.why}"
        )
        yield f"\n===== {heading} ====="
        yield replace_unprintable(each.text)


def _describe_check(preview: PromptPreview) -> str:
    if preview.task.kind == "query":
        return _NO_CHECK
    if not preview.checked:
        return _BEFORE_CHECK
    told = any(each.name == "digest" for each in preview.context.parts)
    return _CHECKED if told else _GREEN


def format_count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def explain_github_error(error: GitHubError, settings: Settings) -> UserError:
    """GitHub's failure, with the address that was asked and what to do about it."""
    status = f" ({error.status})" if error.status else ""
    hint = error.hint
    if not hint and isinstance(error, UnavailableError):
        hint = _NETWORK_HINT
    if not hint and isinstance(error, NotFoundError):
        # GitHub answers 404 for what may not be seen as well:
        # https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#404-not-found-for-an-existing-resource
        hint = _ACCESS_HINT
    return UserError(f"{error.what}{status}", where=settings.github.api_url, hint=hint)


def no_repository_error() -> UserError:
    hint = 'Name some: [github] repos = ["owner/name"]; or install the App on one.'
    return UserError("no repository to look at", where=str(find_settings_file()), hint=hint)
