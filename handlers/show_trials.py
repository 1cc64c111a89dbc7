"""Shows setup and checks as each ends: one line, and for what failed its reason, end and fix."""

import textwrap
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from bot.text.invisible import replace_unprintable
from handlers.live_view import LiveView
from handlers.plain_lines import to_line
from runners.checks.try_checks import Trial

# What ran and is red is for a model or a person to mend; an error is in the configuration.
SIGNS = {"passed": ("ok", "green"), "red": ("red", "red"), "error": ("error", "yellow")}
MAX_COMMAND_CHARS = 70
_INDENT = " " * 7


def name_state(trial: Trial) -> str:
    """`passed`; `red` where the check ran; `error` where the configuration is to be mended."""
    if trial.passed:
        return "passed"
    return "red" if trial.ran and not trial.is_setup else "error"


def trial_data(trial: Trial) -> dict[str, JsonValue]:
    return {
        "name": trial.name,
        "is_setup": trial.is_setup,
        "state": name_state(trial),
        "why": trial.why,
        "hint": trial.hint,
        "output": trial.digest,
        "seconds": round(trial.seconds, 3),
        "tests": trial.tests,
    }


class TrialView:
    """In a terminal what runs has a clock and the last line that it printed.

    Elsewhere it has a line on standard error, and one each half minute of silence. `quiet` shows
    results alone, `verbose` all that commands print.
    """

    def __init__(
        self,
        out: Console | None = None,
        err: Console | None = None,
        *,
        quiet: bool = False,
        verbose: bool = False,
    ) -> None:
        self._out = out or Console(highlight=False, soft_wrap=True)
        self._err = err or Console(highlight=False, soft_wrap=True, stderr=True)
        # Where both are one terminal the line with the clock would be drawn over what the other
        # stream wrote: https://rich.readthedocs.io/en/stable/live.html#printing-and-logging
        self._results = self._err if self._out.is_terminal and self._err.is_terminal else self._out
        self._quiet = quiet
        self._live = LiveView(self._err, quiet=quiet, verbose=verbose)
        self.activities = self._live.activities
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self._live)
        # A line that is begun or ended is told by `tell` and `show`; silence is told besides.
        told = self.activities.told_to(lambda _event: None, self._live.show_progress)
        self._open.enter_context(told)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._open.close()

    def tell(self, text: str) -> None:
        """What is about to run."""
        line = textwrap.shorten(to_line(text), MAX_COMMAND_CHARS, placeholder=" …")
        if not (self._quiet or self._err.is_terminal):
            self._err.print(Text(f"..     {line}"))

    def show(self, trial: Trial) -> None:
        sign, colour = SIGNS[name_state(trial)]
        words = [trial.why, f"{trial.tests} tests" if trial.tests else "", f"{trial.seconds:.1f} s"]
        line = f"{trial.name}: {', '.join(word for word in words if word)}"
        self._results.print(Text(f"{sign:<6} ", colour), Text(replace_unprintable(line)), sep="")
        if trial.digest:
            self._print_indented("what it printed, the most telling lines:", "  ", trial.digest)
        if trial.hint:
            self._print_indented(f"Fix: {trial.hint}")

    def _print_indented(self, text: str, more: str = "", below: str = "") -> None:
        lines = [text, *(f"{more}{line}" for line in below.splitlines())]
        for line in lines:
            self._results.print(Text(f"{_INDENT}{replace_unprintable(line)}"))

    def note(self, what: str, hint: str) -> None:
        self._results.print(Text("warning ", "yellow"), Text(replace_unprintable(what)), sep="")
        self._print_indented(hint)
