"""`bricklayer watch` on a terminal, with Textual: jobs, tasks, lanes and what is printed, live.

What blocks, reading the state or steering a job, is done in threads; the screen never waits.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from bot.errors import HintedError, UserError
from handlers import steer_job
from handlers.plain_lines import fit_line, to_line
from handlers.watch_lines import (
    Line,
    format_job_row,
    list_head,
    list_lanes,
    list_output,
    list_tasks,
)
from handlers.watch_screens import AskFirst, TextScreen
from runners.history.job_model import JobSummary
from runners.history.list_jobs import list_jobs
from runners.history.open_history import OpenHistory
from runners.history.watch_job import JobWatch, WatchedJob

T = TypeVar("T")
LOOK_SECONDS = 0.5
JOBS_SECONDS = 2.0
MAX_JOBS = 30
MAX_OUTPUT_LINES = 400
HELP = """\
What is shown: at the top the newest jobs; below it the chosen one with its phases and tasks,
what each lane is at, and a reply or a check as it prints.

up, down    choose a job            tab       what happened, or what is printed
a           approve what it waits for
r           retry what did not pass; a paused or killed job goes on
e           explain: what became of each task, and why
c           cancel it (asks first)
p           pause it; r goes on
q, ctrl+c   leave; nothing else is ended
?           this help

It only reads, and another process builds. The same by commands: bricklayer approve, retry, resume,
cancel, pause, show, logs."""


class WatchApp(App[None]):
    """`name` is the job that is chosen first; empty for the newest."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "bricklayer watch"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012  # as App declares it
    CSS = """
    Screen { layout: vertical; overflow: hidden; }
    #jobs { height: auto; max-height: 5; border: none; padding: 0; background: $surface; }
    #jobs > .option-list--option-highlighted { background: $panel; color: $text; text-style: bold; }
    #jobs:focus > .option-list--option-highlighted {
        background: $panel; color: $text; text-style: bold;
    }
    #head { height: auto; max-height: 3; margin-top: 1; }
    #body { height: 1fr; layout: vertical; }
    #job { height: auto; max-height: 60%; }
    #tasks { height: auto; max-height: 100%; }
    #lanes { height: auto; max-height: 6; }
    #printed { height: 1fr; min-height: 3; border-top: solid $primary; }
    .-wide #body { layout: horizontal; }
    .-wide #job { width: 50%; height: 1fr; max-height: 100%; }
    .-wide #printed { width: 50%; height: 1fr; border-top: none; border-left: solid $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "steer('approve')", "approve"),
        Binding("r", "steer('retry')", "retry"),
        Binding("e", "explain", "explain"),
        Binding("c", "cancel", "cancel"),
        Binding("p", "steer('pause')", "pause"),
        Binding("q", "quit", "quit"),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("tab", "toggle_events", "events", show=False, priority=True),
        Binding("ctrl+c", "quit", "quit", show=False, priority=True),
    ]

    def __init__(self, history: OpenHistory, name: str = "") -> None:
        super().__init__()
        self.history = history
        self.chosen = name
        self.watched: WatchedJob | None = None
        self.jobs: tuple[JobSummary, ...] = ()
        self._job_watch = JobWatch(history)
        self._shows_events = False
        self._fault = ""

    def compose(self) -> ComposeResult:
        yield OptionList(id="jobs")
        yield Static(id="head")
        with Vertical(id="body"):
            with Vertical(id="job"):
                with VerticalScroll(id="tasks", can_focus=False):
                    yield Static(id="task-lines")
                yield Static(id="lanes")
            with VerticalScroll(id="printed", can_focus=False):
                yield Static(id="output")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#jobs").focus()
        self._end_on_signals()
        self.look_at_jobs()
        self.look_at_job()
        self.set_interval(JOBS_SECONDS, self.look_at_jobs)
        self.set_interval(LOOK_SECONDS, self.look_at_job)

    def _end_on_signals(self) -> None:
        """A terminal that is closed, or a `kill`, leaves it as it was before."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with suppress(RuntimeError, ValueError):  # in a test's thread there are no signals
                loop.add_signal_handler(number, self.exit)

    @work(thread=True, exclusive=True, group="jobs")
    def look_at_jobs(self) -> None:
        if (found := self._try(lambda: list_jobs(self.history, MAX_JOBS))) is not None:
            self.call_from_thread(self.show_jobs, found.jobs)

    @work(thread=True, exclusive=True, group="job")
    def look_at_job(self) -> None:
        if (found := self._try(lambda: self._job_watch.look(self.chosen))) is not None:
            self.call_from_thread(self.show_job, found)

    def _try(self, look: Callable[[], T]) -> T | None:
        """None where it cannot be read now: a database that is away may come back."""
        try:
            return look()
        except HintedError as exc:
            self._fault = str(exc)
        except OSError as exc:
            self._fault = f"cannot be read: {exc}"
        self.call_from_thread(self._show_fault)
        return None

    def show_jobs(self, jobs: Sequence[JobSummary]) -> None:
        """The list, with the chosen job highlighted; it stays so when others begin."""
        self.jobs = tuple(jobs)
        listed = self.query_one("#jobs", OptionList)
        width = max(1, listed.size.width or self.size.width)
        rows = [format_job_row(job, time.time(), width - 1) for job in jobs]
        if [option.id for option in listed.options] == [job.id for job in jobs]:
            for at, row in enumerate(rows):
                listed.replace_option_prompt_at_index(at, _to_text([row]))
        else:
            listed.set_options(
                Option(_to_text([row]), id=job.id) for row, job in zip(rows, jobs, strict=True)
            )
        self._highlight()

    def _highlight(self) -> None:
        listed = self.query_one("#jobs", OptionList)
        chosen = self.watched.name if self.watched else self.chosen
        names = [job.id for job in self.jobs]
        if chosen in names and listed.highlighted != names.index(chosen):
            listed.highlighted = names.index(chosen)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        name = event.option.id or ""
        if name and self.watched and name != self.watched.name:
            self.chosen = name
            self.look_at_job()

    def show_job(self, watched: WatchedJob) -> None:
        first = self.watched is None
        self.watched, self._fault = watched, ""
        self.chosen = watched.name
        if first:
            self._highlight()
        now, width = time.time(), max(1, self.size.width)
        half = width // 2 - 1 if self.screen_stack[0].has_class("-wide") else width
        self.query_one("#head", Static).update(_to_text(list(list_head(watched, now, width))))
        tasks = list(list_tasks(watched.phases, half - 2))
        self.query_one("#task-lines", Static).update(_to_text(tasks))
        self.query_one("#lanes", Static).update(_to_text(list(list_lanes(watched, now, half))))
        self._show_output(watched, half)

    def _show_output(self, watched: WatchedJob, width: int) -> None:
        title, lines = list_output(watched, events=self._shows_events)
        pane = self.query_one("#printed", VerticalScroll)
        pane.border_title = Text(fit_line(title, max(1, width - 4)))
        rows = [Line(fit_line(line, max(1, width - 2))) for line in lines[-MAX_OUTPUT_LINES:]]
        self.query_one("#output", Static).update(_to_text(rows))
        pane.scroll_end(animate=False)

    def _show_fault(self) -> None:
        width = max(1, self.size.width)
        rows = [Line(fit_line(to_line(row), width), "red") for row in self._fault.splitlines()]
        self.query_one("#head", Static).update(_to_text(rows[:3]))

    def action_steer(self, command: str) -> None:
        if self.watched:
            self._steer(command, self.watched)

    @work(thread=True, group="steer")
    def _steer(self, command: str, watched: WatchedJob) -> None:
        acts: dict[str, steer_job.Act] = {
            "approve": steer_job.approve,
            "retry": steer_job.retry,
            "pause": steer_job.pause,
            "cancel": steer_job.cancel,
        }
        self.call_from_thread(self._tell, f"{command} {watched.name} ...", "information")
        try:
            told = acts[command](self.history, watched)
        except UserError as exc:
            self.call_from_thread(self._tell, str(exc), "warning")
        except (HintedError, OSError) as exc:
            self.call_from_thread(self._tell, str(exc), "error")
        else:
            self.call_from_thread(self._tell, told, "information")
        self.call_from_thread(self.look_at_jobs)
        self.call_from_thread(self.look_at_job)

    def _tell(self, text: str, severity: str) -> None:
        lines = "\n".join(to_line(line) for line in text.splitlines())
        self.notify(lines, severity=severity, timeout=8, markup=False)  # type: ignore[arg-type]  # one of its words

    def action_cancel(self) -> None:
        if not (watched := self.watched):
            return
        title = fit_line(to_line(watched.summary.title), 50)
        question = f"Cancel {watched.name} ({title})?\nIts branch stays as it is."

        def steer(yes: bool | None) -> None:  # what the screen gives
            if yes:
                self._steer("cancel", watched)

        self.push_screen(AskFirst(question), steer)

    def action_explain(self) -> None:
        if self.watched:
            self._explain(self.watched)

    @work(thread=True, group="explain")
    def _explain(self, watched: WatchedJob) -> None:
        if text := self._try(lambda: self._job_watch.explain(watched)):
            self.call_from_thread(self.push_screen, TextScreen(text))

    def action_help(self) -> None:
        self.push_screen(TextScreen(HELP))

    def action_toggle_events(self) -> None:
        self._shows_events = not self._shows_events
        if self.watched:
            self.show_job(self.watched)

    def on_resize(self) -> None:
        """Every line is made anew for the width that there is now."""
        if self.watched:
            self.call_after_refresh(self.show_job, self.watched)
        if self.jobs:
            self.call_after_refresh(self.show_jobs, self.jobs)


def watch_on_terminal(history: OpenHistory, name: str) -> None:
    """Until it is left. Raises UserError for a name that is no job's, before anything is shown."""
    JobWatch(history).look(name)
    WatchApp(history, name).run()


def _to_text(lines: Sequence[Line]) -> Text:
    """Styled, and with no markup read from it."""
    text = Text(no_wrap=True, overflow="crop")
    for at, line in enumerate(lines):
        text.append("\n" if at else "")
        text.append(line.text, line.style or None)
    return text
