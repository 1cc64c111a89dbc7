"""With too little disk a job waits, and says so; it goes on by itself once there is room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import CONFIG, MODELS, bank, status

from bot.errors import DiskFloorError
from bot.ticket.stages import Stage
from runners.tickets import services as services_module

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


def test_a_job_waits_for_room_in_whatever_stage_it_is(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is blocked, no attempt is counted, and its page says nothing of paths."""
    issue = bank(github, {".bricklayer.toml": f"{CONFIG}[approval]\nmode = 'always'\n"})
    issue.label("bricklayer", by=github.person("mona"))

    def refuse(_settings: object) -> None:
        raise DiskFloorError("1 MiB are free", where="/var/lib/bricklayer")

    for stage in (Stage.PLANNING, Stage.BUILDING):
        with monkeypatch.context() as patched:
            patched.setattr(services_module, "require_free_disk", refuse)
            ticket = bot.advance()
            assert (ticket.stage, ticket.outage, ticket.paused) == (stage, "disk", False)
        assert "too little disk is free on my machine" in status(issue)
        assert "/var/lib" not in status(issue)
        assert "/var/lib/bricklayer: 1 MiB are free" in caplog.text
        ticket = bot.advance()
        assert not ticket.outage
        if stage is Stage.PLANNING:
            issue.comment(f"/approve {ticket.approval.code}", by=github.person("mona"))
    assert ticket.stage in {Stage.CI, Stage.REVIEW}
