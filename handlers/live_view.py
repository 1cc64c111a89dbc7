"""What happens, on a terminal or as plain lines, with what is under way below it on a terminal."""

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from bot.text.invisible import replace_unprintable
from handlers.live_lines import Tally, list_live_lines
from handlers.plain_lines import to_line
from handlers.process_exit import forget_terminal, restore_terminal_at_exit
from runners.activities import Activities
from runners.activity_words import KIND_WORDS
from runners.progress import Activity, ProgressEvent

MARKS = {True: ("ok", "green"), False: ("no", "red"), None: ("..", "yellow")}
_LASTING = frozenset({"setup", "load", "read"})
"""Kinds whose end is told on a terminal too: no other event tells of it."""


class LiveView:
    """Shows events as they come. `show_progress` may be called from any thread.

    `quiet` shows warnings alone, `verbose` everything that is begun, and what commands print.
    """

    def __init__(
        self, console: Console | None = None, *, quiet: bool = False, verbose: bool = False
    ) -> None:
        # Without soft wrapping rich breaks lines at the terminal's width, within a path, too:
        # https://rich.readthedocs.io/en/stable/console.html
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.quiet = quiet
        self.verbose = verbose
        self.activities = Activities()
        if verbose:
            self.activities.told_after = 0.0
            self.activities.on_line = self._show_output
        self._tally, self._told = Tally(), ""
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._live = Live(
            console=self.console,
            refresh_per_second=4,
            transient=True,
            get_renderable=self._render,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        if self.console.is_terminal and not self.quiet:
            restore_terminal_at_exit(self.console.file)
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
            forget_terminal()

    def show_progress(self, event: ProgressEvent) -> None:
        with self._lock:
            self._tally.add(event)
            self._told = self._tally.describe()
            if self._is_shown(event):
                self._show(event)

    def _is_shown(self, event: ProgressEvent) -> bool:
        if self.quiet:
            return event.what == "job" and event.good is False
        if event.what != "step" or self.verbose or not self.console.is_terminal:
            return True
        # On a terminal the lines below tell what is under way.
        return event.facts.get("step") == "end" and event.facts.get("kind") in _LASTING

    def _show(self, event: ProgressEvent) -> None:
        mark, colour = MARKS[event.good]
        where = f"{event.task}: " if event.task else ""
        text = event.text
        if event.what == "task" and event.good is False:
            # All of it stands at the end, once.
            text = text.partition("; ")[0]
        line = replace_unprintable(f"{where}{text}".splitlines()[0] if text else where)
        detail = replace_unprintable(event.detail).splitlines()
        below = detail if event.what == "check" else []
        if detail and not below:
            line = f"{line}; {detail[0]}"
        what = KIND_WORDS.get(str(event.facts.get("kind", "")), event.what)
        # A plain string would be read as markup: https://rich.readthedocs.io/en/stable/markup.html
        self.console.print(Text(f"{mark:>2} ", colour), Text(f"{what:<7} {line}"), sep="")
        for each in below:
            self.console.print(Text(f"           {each}", "dim"))

    def _show_output(self, state: Activity, line: str) -> None:
        if state.kind in {"setup", "check"}:
            shown = replace_unprintable(line.rstrip("\r").rpartition("\r")[2])
            self.console.print(Text(f"   {KIND_WORDS[state.kind]:<7} | "), Text(shown), sep="")

    def _render(self) -> Text:
        """Made anew four times a second, as wide as the terminal is then."""
        activities = self.activities
        lines = list_live_lines(
            self._told,
            time.monotonic() - self._began,
            activities.list_running(),
            {to_line(name): task for name, task in activities.list_lanes().items()},
            activities.now(),
            # A line as wide as the terminal makes some of them begin another.
            max(1, self.console.width - 1),
        )
        first, *rest = lines
        text = Text(first, "bold", no_wrap=True, overflow="crop")
        for line in rest:
            text.append("\n")
            text.append(line, "not bold cyan")
        return text
