"""The windows that `bricklayer watch` opens over its own: a question, and a long text."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from bot.text.invisible import replace_unprintable

MAX_SHOWN_CHARS = 100_000
CUT_NOTE = "\n... the rest: bricklayer show"


class AskFirst(ModalScreen[bool]):
    """Yes or no; whatever is not y is no."""

    CSS = """
    AskFirst { align: center middle; }
    #asked { width: 90%; max-width: 70; height: auto; padding: 1 2; border: round $warning;
             background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,q,enter", "answer(False)", "no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        text = Text(replace_unprintable(self._question))
        text.append("\n\ny yes    n no", "bold")
        with Vertical(id="asked"):
            yield Static(text)

    def action_answer(self, yes: bool) -> None:  # as a key's binding gives it
        self.dismiss(yes)


class TextScreen(ModalScreen[None]):
    """A text to read and leave; no terminal obeys it, and where it is cut it says so."""

    CSS = """
    TextScreen { align: center middle; }
    #read { width: 96%; height: auto; max-height: 92%; padding: 0 1; border: round $primary;
            background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,enter,e,question_mark", "leave", "back"),
        Binding("up,k", "move(-1)", "up"),
        Binding("down,j,space", "move(1)", "down"),
        Binding("pageup", "move(-10)", "up"),
        Binding("pagedown", "move(10)", "down"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        cut = text[:MAX_SHOWN_CHARS] + (CUT_NOTE if len(text) > MAX_SHOWN_CHARS else "")
        self._text = Text(replace_unprintable(cut).expandtabs(4))

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="read") as pane:
            pane.border_subtitle = "q back"
            yield Static(self._text)

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_move(self, lines: int) -> None:
        self.query_one("#read", VerticalScroll).scroll_relative(y=lines, animate=False)
