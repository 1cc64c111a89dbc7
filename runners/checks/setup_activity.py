"""`[setup]` as something under way, with the last line that it printed."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.config.repository import RepoConfig
from runners.activities import Activities
from runners.sandbox.thread_commands import hear_output

MAX_COMMAND_CHARS = 100


@contextmanager
def begin_setup(activities: Activities, config: RepoConfig) -> Iterator[None]:
    """For the block, in which it is run, waited for, or found to be there."""
    if config.setup is None:
        yield
        return
    text = shorten_command(config.setup.command)
    with activities.begin("setup", text) as running, hear_output(running.hear_output):
        yield
        running.end("", good=True)


def shorten_command(command: str) -> str:
    """Its first line that has anything in it; dots stand for the rest."""
    lines = [line.strip() for line in command.splitlines() if line.strip()]
    line = lines[0] if lines else ""
    cut = f"{line[:MAX_COMMAND_CHARS]}..." if len(line) > MAX_COMMAND_CHARS else line
    return cut if len(lines) < 2 or cut is not line else f"{line} ..."  # noqa: PLR2004
