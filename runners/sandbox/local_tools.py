"""Tools with one folder at home, or one file in ~/.local/bin and what that leads into."""

import re
from collections.abc import Iterator
from pathlib import Path

from runners.sandbox.toolchain_versions import Account, Candidate, read_text

# Installers that have one folder at home: its variable, its place, and the command.
OWN_FOLDERS = (
    ("bun", "BUN_INSTALL", (".bun",), "bin"),
    ("deno", "DENO_INSTALL", (".deno",), "bin"),
    ("pnpm", "PNPM_HOME", (".local", "share", "pnpm"), ""),
    ("dotnet", "DOTNET_ROOT", (".dotnet",), ""),
)


def find_own_folders(account: Account) -> Iterator[Candidate]:
    for name, variable, place, below in OWN_FOLDERS:
        root = account.root(variable, *place)
        env = {variable: str(root)} if name == "dotnet" else {}
        shown = root / below if below else root
        yield Candidate(name, "", name, (root / below,), (shown,), frozenset({name}), env)


# Tools that people install with pipx, `uv tool` or by a script, each with what comes beside it.
LOCAL_TOOLS = (
    ("uv", "uvx"), ("poetry",), ("pdm",), ("hatch",), ("pipenv",), ("tox",), ("nox",),
    ("pre-commit",), ("just",), ("task",), ("cmake", "ctest"), ("ninja",), ("meson",), ("yarn",),
    ("pnpm",), ("mise",),
)  # fmt: skip


def find_local_tools(account: Account) -> Iterator[Candidate]:
    """Single files in ~/.local/bin, and the environments that links there lead into.

    https://pipx.pypa.io/stable/how-to/configure-paths.html
    https://docs.astral.sh/uv/reference/storage/#tool-executables
    """
    for folder in (account.home / ".local" / "bin", account.root("CARGO_HOME", ".cargo") / "bin"):
        for names in LOCAL_TOOLS:
            files = [folder / name for name in names if (folder / name).is_file()]
            if not files:
                continue
            shown = dict.fromkeys(
                path for file in files for path in (file, *_behind(file, account))
            )
            proof = frozenset(names)
            yield Candidate(
                names[0], "", str(folder.parent.name), (folder,), tuple(shown), proof, {}, proof
            )


def _behind(file: Path, account: Account) -> Iterator[Path]:
    """What a link in a folder of commands leads into: a file, or the environment it is of."""
    real = file.resolve()
    environment = real.parent.parent
    if (environment / "pyvenv.cfg").is_file():
        yield environment
        home = re.search(r"^home\s*=\s*(.+)$", read_text(environment / "pyvenv.cfg"), re.MULTILINE)
        if home and (python := Path(home[1].strip()).resolve().parent).is_relative_to(account.home):
            yield python
    elif file.is_symlink():
        yield real
