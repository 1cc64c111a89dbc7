"""The `bricklayer` command: it runs the packages installed beside this file, never others.

A wheel installs the top-level packages `bot`, `runners` and `handlers`, and Python searches the
folders of PYTHONPATH before site-packages: a project with a `bot.py` or a `handlers/` of its own
would be imported in their place. https://docs.python.org/3/library/sys_path_init.html
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import NoReturn

_INSTALLATION = Path(__file__).resolve().parent
_PACKAGES = ("bot", "runners", "handlers")
_MUST_FIX = 2


class OwnPackages:
    """A finder for `sys.meta_path` that knows the bot's packages, and leaves all else to others.

    https://docs.python.org/3/reference/import.html#the-meta-path
    """

    @staticmethod
    def find_spec(
        name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(name, [str(_INSTALLATION)]) if name in _PACKAGES else None


def main() -> NoReturn:
    """Ctrl-C while all that is loaded ends it without a trace: nothing was begun then."""
    is_usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_usual:
        signal.signal(signal.SIGINT, _exit_interrupted)
    for name in _PACKAGES:
        if place := _loaded_from(name):
            sys.stderr.write(
                f"{place}: the module {name!r} of another project is loaded already\n"
                "  Unset PYTHONPATH, or install the command by `uv tool install` or `pipx`.\n"
            )
            sys.exit(_MUST_FIX)
    if OwnPackages not in sys.meta_path:
        sys.meta_path.insert(0, OwnPackages)
    from handlers.cli import main as run_command  # noqa: PLC0415  # found by the finder above

    if is_usual:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run_command()


def _exit_interrupted(number: int, _frame: object) -> NoReturn:
    os._exit(128 + number)  # as a shell says it


def _loaded_from(name: str) -> str:
    """The path of a module of this name that is not ours; empty where none is loaded.

    A `sitecustomize` or a `.pth` file can import one before any command begins.
    https://docs.python.org/3/library/site.html
    """
    module = sys.modules.get(name)
    if module is None:
        return ""
    places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", ())]
    place = next(filter(None, places), "unknown place")
    return "" if Path(place).resolve().is_relative_to(_INSTALLATION / name) else place


if __name__ == "__main__":
    main()
