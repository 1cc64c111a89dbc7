"""What is run for a check: its shell line with the paths a plan gives it, in its folder."""

import shlex
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from bot.config.repository import CheckCommand
from bot.plan import make_relative
from runners.sandbox import Prepared
from runners.sandbox.layout import COMMAND_FOLDERS


def shell_command(
    command_config: CheckCommand,
    words: Collection[str],
    checkout: Path,
    prepared: Prepared | None = None,
    before: str = "",
) -> list[str]:
    """The paths are arguments of the last line, never part of it, and never options.

    `before`: shell lines ahead of the command, which run at the root.
    """
    run, folder = command_config.run.strip(), command_config.dir
    if folder:
        words = make_relative(words, folder, lambda name: is_there(checkout, name))
        run = f"{_enter_folder(folder, checkout, prepared)}{run}"
    run = f"{before}{run}"
    if not words:
        return ["/bin/sh", "-c", run]
    # The words after the script are $0, $1 and so on: https://man7.org/linux/man-pages/man1/sh.1p.html
    arguments = [f"./{word}" if word.startswith("-") else word for word in words]
    return ["/bin/sh", "-c", f'{run} "$@"', "check", *arguments]


def _enter_folder(folder: str, checkout: Path, prepared: Prepared | None) -> str:
    """Shell lines that go there, with the commands on PATH that setup installed there."""
    made = prepared.root / "repo" / folder if prepared else Path()
    names = [name for kind, name in COMMAND_FOLDERS if kind == "repo"] if prepared else []
    # Those of a folder that the checkout has itself are a model's, or a pull request's.
    tops = {name: PurePosixPath(folder, name).parts for name in names if (made / name).is_dir()}
    found = [
        name
        for name, parts in tops.items()
        if not is_there(checkout, "/".join(parts[: len(PurePosixPath(folder).parts) + 1]))
    ]
    path = "".join(f"$PWD/{name}:" for name in found)
    return f"cd {shlex.quote(f'./{folder}')} || exit 126\n" + (
        f'PATH="{path}$PATH"\n' if found else ""
    )


def is_there(checkout: Path, path: str) -> bool:
    """A link counts as itself. What lies behind a linked folder, or outside, is not there."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        return False
    parents = [checkout.joinpath(*parts[:n]) for n in range(1, len(parts))]
    if any(folder.is_symlink() for folder in parents):
        return False
    try:
        # lstat(2) tells of a link itself, also of one that leads nowhere:
        # https://man7.org/linux/man-pages/man2/stat.2.html
        checkout.joinpath(*parts).lstat()
    except OSError:
        return False
    return True
