"""Reading objects by one `git cat-file --batch` that is kept running, in place of one git a read.

https://git-scm.com/docs/git-cat-file#_batch_output
"""

import os
import select
import subprocess
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from bot.errors import GitError
from bot.git.clean_dir import open_clean_dir
from bot.git.command import TIMEOUT_SECONDS, git_argv

MAX_READERS = 8
"""Repositories with a git of their own at one time, those used last."""

_CHUNK_BYTES = 1 << 20
_ABSENT = (b" missing", b" ambiguous")
_BATCH = ("cat-file", "--batch")
_FATAL = 128
"""The exit code of a git that dies: https://git-scm.com/docs/api-error-handling"""


@dataclass(frozen=True, slots=True)
class GitObject:
    """`kind` is blob, tree, commit or tag."""

    sha: str
    kind: str
    content: bytes


class ObjectReader:
    """One repository's git. It may be used by many threads, and dies with this process.

    Its end is that of its standard input: whoever kills us closes that, too.
    """

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._one_at_a_time = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._received = bytearray()
        self._folder: tuple[int, int] | None = None

    def read_object(self, name: str) -> GitObject | None:
        """What `name` leads to, a revision or an object's own name; None where nothing has it.

        Of a damaged object git says that it is missing. Raises GitError where git cannot answer.
        """
        if "\n" in name or "\0" in name:
            return None
        message = ""
        where = open_clean_dir(self._git_dir).path  # which has HEAD as it is now
        with self._one_at_a_time:
            self._leave_removed_folder()
            for _ in range(2):  # it may have been killed since it was asked last
                try:
                    return self._ask(where, name)
                except _EndedError:
                    message = self._end()
                except BaseException:  # a Ctrl-C too: the rest of an answer must not be read as one
                    self._end()
                    raise
        raise GitError((*_BATCH, name), _FATAL, message)

    def close(self) -> None:
        with self._one_at_a_time:
            self._end()

    def _leave_removed_folder(self) -> None:
        """A git that runs has packs open, and finds what is in them though they were removed.

        https://git-scm.com/docs/git-config#Documentation/git-config.txt-corepackedGitLimit
        """
        folder = _identify(self._git_dir / "objects")
        if folder != self._folder:
            self._end()
            self._folder = folder

    def _ask(self, where: Path, name: str) -> GitObject | None:
        process = self._process or self._start(where)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        self._send(process, os.fsencode(name) + b"\n")
        header = self._receive_line(process, deadline)
        if header.endswith(_ABSENT):
            return None
        sha, kind, size = header.decode().split(" ")
        content = self._receive(process, int(size) + 1, deadline)
        return GitObject(sha, kind, content[:-1])

    def _start(self, where: Path) -> "subprocess.Popen[bytes]":
        self._received.clear()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed by _end
        self._process = subprocess.Popen(
            git_argv((f"--git-dir={where}", *_BATCH)),
            bufsize=0,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # a Ctrl-C in the terminal must not stop it
        )
        return self._process

    def _end(self) -> str:
        """What it said on its standard error."""
        process, errors = self._process, self._errors
        self._process = self._errors = None
        if process is None or errors is None:
            return ""
        with process, errors:  # closes its input, and waits for it
            process.kill()
            process.wait()
            errors.seek(0)
            return errors.read().decode(errors="replace")

    @staticmethod
    def _send(process: "subprocess.Popen[bytes]", line: bytes) -> None:
        """A line is far shorter than what a pipe holds: it is written at once."""
        try:
            cast("IO[bytes]", process.stdin).write(line)
        except BrokenPipeError:
            raise _EndedError from None

    def _receive_line(self, process: "subprocess.Popen[bytes]", deadline: float) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            self._receive_more(process, deadline)
        return self._take(end + 1)[:-1]

    def _receive(self, process: "subprocess.Popen[bytes]", size: int, deadline: float) -> bytes:
        while len(self._received) < size:
            self._receive_more(process, deadline)
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _receive_more(self, process: "subprocess.Popen[bytes]", deadline: float) -> None:
        stdout = cast("IO[bytes]", process.stdout)
        poll = select.poll()  # unlike select.select, it takes descriptors above 1023
        poll.register(stdout, select.POLLIN)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise GitError(_BATCH, _FATAL, f"no answer within {TIMEOUT_SECONDS:.0f} s")
        chunk = os.read(stdout.fileno(), _CHUNK_BYTES)
        if not chunk:
            raise _EndedError
        self._received += chunk


def _identify(folder: Path) -> tuple[int, int] | None:
    """Device and number of a folder, another one's where it was made anew; None where none is."""
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


class _EndedError(Exception):
    """The git that was asked is no more."""


_readers: OrderedDict[Path, ObjectReader] = OrderedDict()
_choosing = threading.Lock()


def reader_of(git_dir: Path) -> ObjectReader:
    """The one reader of this repository; the one that was not used for longest is ended for it."""
    with _choosing:
        reader = _readers.pop(git_dir, None) or ObjectReader(git_dir)
        _readers[git_dir] = reader
        oldest = _readers.popitem(last=False)[1] if len(_readers) > MAX_READERS else None
    if oldest:
        oldest.close()
    return reader


def _forget_all() -> None:
    """A fork has the parent's pipes, and must not read what the parent asked for."""
    global _choosing  # noqa: PLW0603  # another thread of the parent may hold it for ever
    _choosing = threading.Lock()
    _readers.clear()


os.register_at_fork(after_in_child=_forget_all)
