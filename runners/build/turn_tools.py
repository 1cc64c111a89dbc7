"""Doing what one reply asked for: each call on the tree as it is then, checks in the sandbox."""

import logging
import shlex
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.errors import GitError, HintedError
from bot.machine_faults import find_machine_fault
from bot.models.tool_calls import MAX_CALLS, ToolCall
from bot.plan import Check, format_check, written_paths
from bot.text.invisible import make_printable
from runners.build.attempt import distrust_lost_tests
from runners.build.task_run import TaskRun
from runners.checks.failure_digest import digest_failure
from runners.checks.verdict import explain_limit
from runners.edits import EditError
from runners.tool_use.edit_file import resolve_call
from runners.tool_use.read_calls import (
    CallError,
    Done,
    EditFile,
    ReadLines,
    RunCheck,
    SearchText,
    parse_call,
)
from runners.tool_use.read_file import read_lines
from runners.tool_use.search_files import search_files
from runners.tool_use.turns import ToolResult

log = logging.getLogger("bricklayer")
MAX_RESULT_CHARACTERS = 16_000
"""Of one answer, where the window is large."""
RESULT_SHARE = 6
"""An answer may take one token in so many of the window."""
CHARACTERS_PER_TOKEN = 3
"""On the safe side: code has about 3.5 to a token."""
WriteTree = Callable[[str, dict[str, bytes | None]], str]
"""Gives the tree that these files make of another, held."""


@dataclass(slots=True)
class Workbench:
    """The files as they are after the calls so far; `prompt` is what the model was shown at first.

    `start` is the tree with which the attempt began, `tree` the one that it has made of that.
    `truncated`: the reply reached its limit, so an edit in its text must prove that it is whole.
    """

    run: TaskRun
    start: str
    tree: str
    window: int
    write: WriteTree
    prompt: str = ""
    truncated: bool = False
    is_done: bool = False
    results: list[ToolResult] = field(default_factory=list)

    @property
    def room(self) -> int:
        """Characters of one answer."""
        return min(MAX_RESULT_CHARACTERS, self.window // RESULT_SHARE * CHARACTERS_PER_TOKEN)

    def do_call(self, call: ToolCall) -> None:
        result = (
            self._do(call)
            if len(self.results) < MAX_CALLS
            else ToolResult(
                f"{make_printable(call.name)}: too many calls",
                f"not done: {MAX_CALLS} calls at most in one reply",
                failed=True,
            )
        )
        self.results.append(result)

    def _do(self, call: ToolCall) -> ToolResult:
        try:
            action = parse_call(call)
            if not isinstance(action, RunCheck):
                return self._act(action)
        except CallError as exc:
            return ToolResult("a call that cannot be read", str(exc), failed=True, unread=True)
        except (OSError, GitError, HintedError):
            # Not the call's fault: the run stops, and does this turn again once that is fixed.
            raise
        # What a model says is anybody's text: a bug that it triggers costs one call.
        except Exception as exc:
            if find_machine_fault(exc):
                raise
            return self._record_bug(call, exc)
        return self._check(action)

    def _act(self, action: ReadLines | SearchText | EditFile | Done) -> ToolResult:
        repo, own = self.run.context.repo, written_paths(self.run.task)
        match action:
            case ReadLines():
                return read_lines(repo, self.tree, action, self.room, own)
            case SearchText():
                return search_files(repo, self.tree, action, self.room)
            case EditFile():
                return self._edit(action)
            case Done():
                return self._finish()

    def _record_bug(self, call: ToolCall, bug: Exception) -> ToolResult:
        """Keep what is needed to fix a bug of this program, and go on."""
        run, name = self.run, make_printable(call.name)
        trace = "".join(traceback.format_exception(bug))
        parts = [("traceback", trace), ("call", f"{call.name} {call.arguments}")]
        file = run.context.keep_evidence(f"{run.task.id}-call-fault", parts)
        log.warning("%s: %s while a call was done, please report %s", run.task.id, bug, file)
        told = f"{name}: a fault of Bricklayer's own, please report {file}"
        return ToolResult(told, "it could not be done: do it in another way", failed=True)

    def _finish(self) -> ToolResult:
        """Not before anything was made, nor before what came of the same reply was looked at."""
        why = ""
        if self.tree == self.start:
            why = "nothing is changed yet, and the checks fail on that"
        elif any(result.failed or result.red for result in self.results):
            why = "look first at what came of your other calls"
        if why:
            return ToolResult("done: not yet", f"not yet: {why}", failed=True)
        self.is_done = True
        return ToolResult("done", "the checks are run now")

    def _edit(self, asked: EditFile) -> ToolResult:
        run, only = self.run, written_paths(self.run.task)
        try:
            edits = resolve_call(
                run.context.repo,
                self.tree,
                asked,
                only=only,
                task_text=run.task.text,
                prompt=self.prompt,
                truncated=self.truncated,
            )
        except EditError as exc:
            path = f" {asked.path}" if asked.path else ""
            hint = f"\n{exc.hint}" if exc.hint else ""
            return ToolResult(
                f"edit{path}: refused",
                f"refused, nothing was changed: {exc.reason}{hint}",
                failed=True,
            )
        self.tree = self.write(self.tree, dict(edits.files))
        paths = ", ".join(sorted(edits.files))
        return ToolResult(f"edit {paths}", f"changed: {paths}", tree=self.tree)

    def _check(self, asked: RunCheck) -> ToolResult:
        check = find_check(asked.name, list_checks(self.run))
        if check is None:
            known = "; ".join(map(format_check, list_checks(self.run))) or "there is none"
            text = f"there is no such check; there are: {known}"
            return ToolResult(f"check {asked.name}: unknown", text, failed=True)
        run, name = self.run, format_check(check)
        folder = run.context.checkout_tree(run.lane, self.tree)
        verdict = run.context.run_check(check, folder)
        verdict = distrust_lost_tests(verdict, run.base.test_counts)
        if verdict.passed:
            count = f", {verdict.tests} tests" if verdict.tests else ""
            return ToolResult(f"check {name}: passed", f"passed{count}", passed=name)
        tokens = self.room // CHARACTERS_PER_TOKEN
        digest = digest_failure(verdict.output, tokens=tokens)
        text = "\n".join(filter(None, (f"failed: {explain_limit(verdict)}", digest)))
        return ToolResult(f"check {name}: {verdict.why}", text, red=True)


def list_checks(run: TaskRun) -> tuple[Check, ...]:
    """Those a model may run: the task's, then the job's own."""
    gate = (Check("run", name) for name in run.context.job.checks)
    return tuple(dict.fromkeys((*run.checks, *gate)))


def find_check(asked: str, known: tuple[Check, ...]) -> Check | None:
    """The check of this name; with some of the paths that the plan has for it, on those alone."""
    try:
        name, *paths = shlex.split(asked)
    except ValueError:
        return None
    for check in known:
        if asked.strip() in {format_check(check), check.label, check.name}:
            return check
    for check in known:
        if check.kind == "run" and name == check.name and paths and set(paths) <= set(check.paths):
            return replace(check, paths=tuple(paths))
    return None
