"""What a person can do about an error of the machine."""

import errno
import os

from bot.errors import GitError

_SYSTEM_ERRORS = (
    (
        {errno.ENOSPC, errno.EDQUOT},
        os.strerror(errno.ENOSPC),
        "Make room: `bricklayer doctor` says how much each disk has, `bricklayer gc` frees some.",
    ),
    (
        {errno.EROFS, errno.EACCES, errno.EPERM},
        os.strerror(errno.EROFS),
        "Get the right to write there, or name another folder: state_dir, XDG_CACHE_HOME, TMPDIR.",
    ),
    (
        {errno.EMFILE, errno.ENFILE},
        os.strerror(errno.EMFILE),
        "Let this account have more open files: `ulimit -n` shows how many it may.",
    ),
    (
        {errno.ENOMEM},
        os.strerror(errno.ENOMEM),
        "Free memory, or let jobs use fewer lanes and a smaller `memory` in [sandbox].",
    ),
    (
        {errno.EIO},
        os.strerror(errno.EIO),
        "The disk itself failed: see `dmesg`.",
    ),
)
"""Numbers, the words that stand for the first, and what to do."""


def explain_system_error(exc: Exception) -> str:
    """One sentence or two; empty where nothing is known.

    The names are errno(3)'s: https://man7.org/linux/man-pages/man3/errno.3.html. git tells of its
    own in words, in the C locale: by the forms of its messages, as a path may have such words.
    """
    number = exc.errno if isinstance(exc, OSError) else None
    text = "\n".join(exc.forms) if isinstance(exc, GitError) else ""
    return next(
        (
            hint
            for numbers, words, hint in _SYSTEM_ERRORS
            if number in numbers or (number is None and words in text)
        ),
        "",
    )
