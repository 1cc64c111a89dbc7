"""A machine without room blocks no job: it waits, and goes on by itself once there is some."""

import errno
import logging
from typing import NoReturn

import pytest
from fake_github.world import GitHub
from support.in_process import Clock, Inside, placed
from support.machine import status

from bot.github.errors import MIN_PAUSE_SECONDS
from bot.machine_faults import MachineFaultError, find_machine_fault
from bot.ticket.stages import Stage
from runners.tickets import advance

NO_ROOM = OSError(errno.ENOSPC, "No space left on device", "/var/lib/bricklayer")


@pytest.mark.parametrize(
    "fault",
    [
        NO_ROOM,
        BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
        MachineFaultError(str(find_machine_fault(NO_ROOM))),
    ],
    ids=["disk", "fork", "in its process"],
)
@pytest.mark.slow
def test_a_step_that_the_machine_has_no_room_for_is_taken_again(  # noqa: PLR0913, PLR0917
    github: GitHub,
    bot: Inside,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
) -> None:
    """The page says that it waits, without a path of the machine; its log has what to do."""
    issue = placed(github, bot, Stage.APPROVAL)
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):

        def refuse(*_: object) -> NoReturn:
            raise fault

        patched.setattr(advance, "observe_github", refuse)
        waiting = bot.advance()
    assert (waiting.stage, waiting.outage) == (Stage.APPROVAL, "machine")
    assert 0 < waiting.wake_at - clock() <= MIN_PAUSE_SECONDS + 1
    assert "my machine or its database has no room" in status(issue)
    assert "/var/lib" not in status(issue)
    assert "Make room" in caplog.text or "no more processes" in caplog.text
    clock.ahead += 4000
    assert not bot.advance().outage
