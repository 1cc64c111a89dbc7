"""All that the doctor looks at, as one."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import runners.doctor
from bot.config.machine import Settings
from bot.errors import GitError, GitMessage
from runners.doctor import Finding, examine_all

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
SAID = f"write error: {FULL.strerror}"
FULL_GIT = GitError(["log"], 128, f"fatal: {SAID}", (GitMessage(SAID, SAID),))


@pytest.mark.parametrize("fault", [FULL, FULL_GIT])
def test_an_ill_machine_is_a_finding_and_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """A disk without room is what a doctor is called for."""

    def fail(*_args: object, **_named: object) -> Iterator[Finding]:
        yield Finding("before", good=True)
        raise fault

    names = ("examine_machine", "examine_models", "examine_github", "examine_repository")
    for name in names:
        monkeypatch.setattr(runners.doctor, name, fail)
    found = list(examine_all(Settings(), tmp_path))
    assert [one.sign for one in found] == ["ok", "error"] * len(names)
    assert all("Make room" in one.hint for one in found if one.sign == "error")
