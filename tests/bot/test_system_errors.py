import errno
import os

import pytest

from bot.errors import GitError, GitMessage
from bot.system_errors import explain_system_error


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "Make room"),
        (errno.EROFS, "right to write"),
        (errno.EACCES, "right to write"),
        (errno.EMFILE, "ulimit"),
        (errno.ENOMEM, "memory"),
        (errno.EIO, "dmesg"),
    ],
)
def test_an_error_of_the_machine_says_what_to_do(number: int, word: str) -> None:
    """Whether the system told it, or git in the words of the system."""
    assert word in explain_system_error(OSError(number, os.strerror(number)))
    if number != errno.EACCES:
        said = f"unable to write: {os.strerror(number)}"
        told = GitError(["hash-object"], 128, f"fatal: {said}", (GitMessage(said, said),))
        assert word in explain_system_error(told)


def test_nothing_is_guessed_of_others() -> None:
    assert not explain_system_error(OSError(errno.ENOENT, os.strerror(errno.ENOENT)))
    assert not explain_system_error(GitError(["log"], 128, "fatal: bad object"))
