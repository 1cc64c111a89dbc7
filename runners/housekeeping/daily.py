"""Cleaning up by itself, once a day, by whichever of a machine's processes looks first."""

import logging
from pathlib import Path

from bot.config.machine import Settings, state_dir
from bot.locks import try_lock
from runners.history.open_history import find_history
from runners.housekeeping.clean_up import clean_up
from runners.housekeeping.removal import DAY_SECONDS, CleanUp, Removal

log = logging.getLogger("bricklayer")
_DONE = "cleaned-up"
"""A file of the state folder: it was changed when that was done last, and is locked meanwhile."""


def clean_up_daily(settings: Settings) -> list[Removal]:
    """Remove what has come to its end, unless that was done within a day; what came of it.

    Cheap to call often. What a job uses is left, and a kill at any point leaves the rest for the
    next day. Raises what the database raises.
    """
    options = CleanUp(settings, older_than=DAY_SECONDS)
    done = state_dir(settings) / _DONE
    if not _is_due(options, done):
        return []
    done.parent.mkdir(parents=True, exist_ok=True)
    with try_lock(done) as held:
        if not held:
            return []
        removals = list(clean_up(options, find_history(settings)))
        done.write_text("")
    for each in removals:
        log.info("cleaned up: %s, %d bytes %s", each.what, each.size, each.kept_because)
    return removals


def _is_due(options: CleanUp, done: Path) -> bool:
    """To take the lock makes the file, so one that was killed begins again a day later."""
    try:
        at = done.stat()
    except FileNotFoundError:
        return True
    # A clock that was set back must not put it off for ever.
    return options.is_old(at.st_mtime) or at.st_mtime > options.now() + DAY_SECONDS
