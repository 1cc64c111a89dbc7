"""Renders a page: every text in it is escaped, and shows what it would hide or reorder."""

import datetime as dt
import re
import time
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from bot.storage.overview import JobLine
from bot.text.invisible import replace_unprintable
from handlers.plain_lines import format_age, format_clock, format_cost, format_time
from runners.dashboard.job_page import AttemptLine
from runners.dashboard.server_words import describe_load, name_server
from runners.history.attempts import KeptAttempt
from runners.stalls import name_outcome

HERE = Path(__file__).parent
_FENCE = re.compile(r"^(?:`{3,}|~{3,})[a-z]*$\n?", re.MULTILINE)


def render_page(name: str, status: int = 200, **data: object) -> HTMLResponse:
    """`name` is a file of `templates/`; `data` what it shows."""
    text = _environment().get_template(name).render(now=time.time(), **data)
    return HTMLResponse(text, status)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_show,
        # An upgrade may put other files in their place under a server that runs.
        auto_reload=False,
    )
    made.filters |= {
        "age": format_age,
        "cost": format_cost,
        "count": lambda number: f"{number:,}",
        "utc": _format_utc,
        "local": format_time,
        "job_path": job_path,
        "name_path": name_path,
        "clock": format_clock,
        "outcome": describe_outcome,
        "server_name": name_server,
        "server_load": describe_load,
        "unfenced": strip_fences,
    }
    made.globals["attempt_path"] = attempt_path
    return made


def load_templates() -> None:
    """All of them at once: what this process was started with, it shows to its end."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def _show(value: object) -> object:
    """Of all that a template prints: what is not seen, or reorders other text, is made seen."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return replace_unprintable(value)
    return value


def _format_utc(at: float) -> str:
    """As the `datetime` of a `time` element has it."""
    return dt.datetime.fromtimestamp(at, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def describe_outcome(outcome: str) -> str:
    """How an attempt ended; that it made no progress is said, with the signal in words."""
    words = name_outcome(outcome)
    return outcome if words == outcome else f"stalled: {words}"


def strip_fences(markdown: str) -> str:
    """A reason as it is read, without the lines that make it a block of code on GitHub."""
    return _FENCE.sub("", markdown).strip()


def job_path(job: JobLine) -> str:
    """Where its page is: an issue's by repository and number, another one's by its id."""
    return name_path(job.name)


def name_path(name: str) -> str:
    """Of a job's name, as `bricklayer show` takes it."""
    repo, mark, issue = name.rpartition("#")
    return f"/jobs/{quote(repo)}/{quote(issue)}" if mark else f"/jobs/{quote(name, safe='')}"


def attempt_path(job: str, line: AttemptLine | KeptAttempt) -> str:
    """`job` is the job's name; a job of an issue has several builds."""
    task = quote(line.task, safe="")
    return f"{name_path(job)}/attempts/{quote(line.job, safe='')}/{line.run}/{task}/{line.number}"
