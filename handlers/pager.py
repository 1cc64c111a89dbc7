"""Long text on a terminal: through a pager, as git shows it; anywhere else as it is."""

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress

import typer

_DEFAULT_PAGER = "less"
# Leave what fits on the screen there, and end at once. No -R: nothing in it is a colour.
# https://git-scm.com/docs/git-config#Documentation/git-config.txt-corepager
_LESS = "FX"


def page(text: str) -> None:
    argv = _find_pager()
    if not sys.stdout.isatty() or shutil.which(argv[0]) is None:
        typer.echo(text)
        return
    env = {"LESS": _LESS, **os.environ}
    sys.stdout.flush()
    with subprocess.Popen(argv, stdin=subprocess.PIPE, env=env) as pager:
        # Who leaves it early closes the pipe; Ctrl-C is the pager's, which stays until `q`.
        with suppress(BrokenPipeError, KeyboardInterrupt):
            pager.communicate(f"{text}\n".encode(errors="backslashreplace"))
        while pager.poll() is None:
            with suppress(KeyboardInterrupt):
                pager.wait()


def _find_pager() -> list[str]:
    try:
        return shlex.split(os.environ.get("PAGER", _DEFAULT_PAGER)) or ["cat"]
    except ValueError:  # a quote without its end
        return [_DEFAULT_PAGER]
