"""Arguments and options that several commands have."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer


def complete_job(incomplete: str) -> list[str]:
    """For a shell: the newest jobs by each short name; none where they cannot be read."""
    from contextlib import suppress

    from bot.config.machine import read_settings
    from bot.errors import UserError
    from runners.history.find_job import list_names
    from runners.history.open_history import find_history

    with suppress(UserError, OSError):
        history = find_history(read_settings())
        return list_names(history, incomplete) if history else []
    return []


Plan = Annotated[
    Path, typer.Argument(metavar="PLAN", help="The plan, a job.md.", show_default=False)
]
RepoFolder = Annotated[Path, typer.Option("--repo", help="A git repository.")]
JobName = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="A job's id or the beginning of it, its branch, title or plan, or an issue"
        " (owner/name#12). Default: the newest.",
        show_default=False,
        autocompletion=complete_job,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="The same as data (docs/json.md).")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Show warnings and how it ended, nothing else.")
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Show everything that is begun, and what setup and checks print."
    ),
]
EXIT_CODES = """\
\b
Exit codes: 0 done; 1 ended without it; 2 something for you to mend;
70 the machine failed; 130 interrupted.
"""


def print_json(data: Mapping[str, object]) -> None:
    """In ASCII: nothing in it acts on a terminal."""
    import json

    typer.echo(json.dumps(data, indent=2))
