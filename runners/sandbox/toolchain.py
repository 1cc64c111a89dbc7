"""What of this machine, outside its system folders, checks get to see: interpreters."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.errors import UserError

SYSTEM = Path("/usr")
NEVER = tuple(
    Path("/", name)
    for name in ("", "box", "dev", "etc", "opt", "proc", "root", "run", "sys", "tmp", "var")
)


def toolchains(named: Sequence[str] = ()) -> tuple[Path, ...]:
    """Folders shown read-only at their own path, their `bin` on PATH.

    The named ones; the virtual environment active where the bot was started, if any, as that is
    the `python` its user meant; and the Python installation this process runs on. The bot's own
    virtual environment is not among them: a check must not find the bot's libraries by accident.
    """
    active = _virtual_environment(os.environ.get("VIRTUAL_ENV", ""))
    python = [p for p in (Path(sys.base_prefix).resolve(),) if _is_python(p)]
    found = [_named(name) for name in named] + list(active) + python
    return tuple(dict.fromkeys(p for p in found if not p.is_relative_to(SYSTEM)))


def _named(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_dir() or path.resolve() in (*NEVER, Path.home().resolve()):
        raise UserError(
            f"{name} cannot be shown to checks",
            where="toolchains",
            hint="Name the folder of one toolchain, ~/.cargo say: one that has a bin folder.",
        )
    return path.resolve()


def _virtual_environment(name: str) -> Iterable[Path]:
    """The environment, and the installation its interpreter is a link into."""
    config = Path(name) / "pyvenv.cfg"
    if not name or not config.is_file():
        return
    yield Path(name).resolve()
    for line in config.read_text(errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home" and _is_python(prefix := Path(value.strip()).resolve().parent):
            yield prefix


def _is_python(prefix: Path) -> bool:
    """Looks like an installation and is nothing wider: neither a home folder nor a system one."""
    inside = prefix not in NEVER and prefix != Path.home().resolve()
    return inside and any(prefix.glob("lib/python3*"))
