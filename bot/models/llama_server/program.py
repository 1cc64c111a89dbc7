"""Which llama-server there is, and which flags it knows, by its own help."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.config.paths import resolve_path
from bot.errors import UserError, find_nearest

NAME = "llama-server"
HELP_SECONDS = 30.0
"""A build for GPUs looks for them before it prints its help."""
MAX_HELP_CHARACTERS = 1 << 20
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
_HOW_TO_GET = (
    "Build it from https://github.com/ggml-org/llama.cpp (docs/build.md there) or take one of its"
    " releases; then put it on PATH, or name it by `server` in [tiers.NAME.llama]."
)


@dataclass(frozen=True, slots=True)
class Program:
    """`flags` are those that its help lists, `help_text` is all of it."""

    path: Path
    flags: frozenset[str]
    help_text: str = ""

    def choose(self, *names: str) -> str:
        """The first of several names of a flag that it knows; empty where it knows none."""
        return next((name for name in names if name in self.flags), "")


def find_program(setting: str, env: Mapping[str, str] = os.environ) -> Program:
    """The one that is named, else on PATH, else beside this interpreter.

    Raises UserError where none is there, or it does not run, or listens on no Unix socket.
    """
    path = _find_path(setting, env)
    try:
        found = path.stat()
    except OSError as exc:
        raise UserError(
            f"no llama-server: {exc.strerror}", where=str(path), hint=_HOW_TO_GET
        ) from exc
    program = _read_program(path, found.st_mtime_ns, found.st_size)
    # https://github.com/ggml-org/llama.cpp/pull/12613
    if ".sock" not in program.help_text:
        what = "this llama-server is too old: it listens on no Unix socket"
        raise UserError(
            what, where=str(path), hint=f"Take one of April 2025 or later. {_HOW_TO_GET}"
        )
    return program


def _find_path(setting: str, env: Mapping[str, str]) -> Path:
    if setting:
        return resolve_path(setting, where="server")
    if found := shutil.which(NAME, path=env.get("PATH")):
        return Path(found).absolute()
    beside = Path(sys.executable).with_name(NAME)
    if os.access(beside, os.X_OK):
        return beside
    raise UserError("llama-server is not on PATH", where=NAME, hint=_HOW_TO_GET)


@lru_cache(maxsize=8)
def _read_program(path: Path, _mtime: int, _size: int) -> Program:
    """Asked once as long as the file is the same."""
    try:
        run = subprocess.run(  # the person's own program, with a fixed word
            (str(path), "--help"),
            capture_output=True,
            timeout=HELP_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        what = f"llama-server does not run: {exc}"
        raise UserError(what, where=str(path), hint=_HOW_TO_GET) from exc
    text = run.stdout.decode(errors="replace")[:MAX_HELP_CHARACTERS]
    if run.returncode or "--model" not in text:
        said = " ".join(run.stderr.decode(errors="replace").split())[-300:]
        what = f"llama-server does not run (exit code {run.returncode}): {said or text[-300:]}"
        hint = "See that it starts by hand: llama-server --help"
        raise UserError(what, where=str(path), hint=hint)
    return Program(path, frozenset(_list_flags(text)), text)


def _list_flags(text: str) -> Iterable[str]:
    """Its lists begin at the margin, and go on below where they are long."""
    for line in text.splitlines():
        if line.startswith("-"):
            yield from _FLAG.findall(line)


def require_flags(program: Program, words: Iterable[str], names: Mapping[str, str]) -> None:
    """Raises UserError for flags that this build does not know; `names` says what sets each."""
    unknown = [word for word in words if _FLAG.fullmatch(word.partition("=")[0])]
    unknown = [word for word in unknown if word.partition("=")[0] not in program.flags]
    if not unknown:
        return
    flag = unknown[0].partition("=")[0]
    near = find_nearest(flag, sorted(program.flags))
    meant = f" Did you mean {near}?" if near and flag not in names else ""
    setting = names.get(flag, "server_args")
    what = f"this llama-server knows no {flag}"
    hint = f"Take {setting} out of the tier, or take a newer llama-server.{meant}"
    raise UserError(what, where=str(program.path), hint=hint)
