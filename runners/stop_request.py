"""Asking the process that builds a job to stop, by a word in the job's folder."""

from pathlib import Path
from typing import Literal

from bot.errors import UserError

STOP_FILE = "stop"
StopRequest = Literal["", "pause", "cancel"]


class JobStoppedError(UserError):
    """A person asked for it. Nothing is lost, and the step under way is done again."""

    def __init__(self, how: StopRequest, job: str) -> None:
        word, command = ("paused", "resume") if how == "pause" else ("cancelled", "retry")
        hint = f"Nothing is lost: `bricklayer {command} {job}` goes on where it was."
        super().__init__(f"{word} from the terminal", where=f"job {job}", hint=hint)
        self.how = how


def ask_to_stop(folder: Path, how: StopRequest) -> None:
    (folder / STOP_FILE).write_text(how, encoding="utf-8")


def read_stop_request(folder: Path) -> StopRequest:
    """Empty where nobody asked. After a pause it stays until the job is taken up again."""
    try:
        said = (folder / STOP_FILE).read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    if said == "pause":
        return "pause"
    return "cancel" if said == "cancel" else ""


def forget_stop_request(folder: Path) -> None:
    (folder / STOP_FILE).unlink(missing_ok=True)
