"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Plan = Annotated[
    Path, typer.Argument(metavar="PLAN", help="The plan, a job.md.", show_default=False)
]
RepoFolder = Annotated[Path, typer.Option("--repo", help="A git repository.")]
EXIT_CODES = """\
\b
Exit codes: 0 done; 1 ended without it; 2 something for you to mend;
70 the machine failed; 130 interrupted.
"""
