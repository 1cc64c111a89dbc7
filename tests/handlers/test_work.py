"""A worker says what it lacks before it begins, and what waits is shown to whoever asks."""

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
from support.project import BRICKLAYER

from bot.config.machine import parse_settings
from bot.errors import UserError
from handlers.show_queue import list_queue_lines
from handlers.work import choose_lanes, work
from runners.queues.schedule import LaneRow, LeaseRow, QueueRow, Schedule
from runners.tickets.open_worker import list_queues

ROOT = Path(__file__).parents[2]
LANES = '[[lanes]]\nname = "left"\n[[lanes]]\nname = "right"\n'
LOCAL = '[tiers.local]\nmodels = ["script:/nowhere.md"]\n'


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (LOCAL, "shares the database of a server"),
        (f'database_url = "sqlite:////tmp/db"\n{LOCAL}', "shares the database of a server"),
        ('database_url = "postgresql://db/x"\n', "needs models"),
    ],
)
def test_what_a_worker_lacks_is_said_at_the_start(settings: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        work(parse_settings(settings))


@pytest.mark.parametrize("page", ["README.md", "docs/machines.md"])
def test_the_three_lines_of_the_pages_are_all_that_a_worker_needs(page: str) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    block = textwrap.dedent(next(each for each in blocks if "database_url" in each))
    settings = parse_settings(block)
    assert len(block.splitlines()) == 3
    assert settings.github.app_id
    assert settings.database_url.startswith("postgresql://")
    assert list_queues(settings) == ("builds",)


def test_lanes_are_chosen_by_name() -> None:
    settings = parse_settings(LANES)
    assert [lane.name for lane in choose_lanes(settings, ["right", "right"]).lanes] == ["right"]
    assert choose_lanes(settings, []) is settings
    with pytest.raises(UserError, match="no lane is named middle"):
        choose_lanes(settings, ["middle"])


@pytest.mark.parametrize(
    ("tiers", "queues"),
    [
        (("planner",), ("plans",)),
        (("local",), ("builds",)),
        (("planner", "senior"), ("plans", "builds")),
        ((), ("plans", "builds")),
    ],
)
def test_a_worker_takes_what_it_has_models_for(
    tiers: tuple[str, ...], queues: tuple[str, ...]
) -> None:
    text = "".join(f'[tiers.{tier}]\nmodels = ["script:/nowhere.md"]\n' for tier in tiers)
    assert list_queues(parse_settings(text)) == queues


@pytest.mark.slow
def test_where_nobody_ever_served_nothing_waits(home: Path) -> None:
    config = home / "bricklayer.toml"
    config.write_text(f'state_dir = "{home / "state"}"\n')
    argv = [BRICKLAYER, "jobs", "--queue"]
    env = {"BRICKLAYER_CONFIG": str(config), "HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert "No worker" in done.stdout
    argv.append("--json")
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    assert (told["queue"], told["workers"], told["lanes"], told["leases"]) == ([], [], [], [])


def test_the_queue_tells_who_does_what_and_what_is_before_it() -> None:
    rows = (
        QueueRow("build:7#1:x:0", "builds", "build", "7#1", "7", 30, "running", "one", 60.0, 0),
        QueueRow("build:7#2:x:0", "builds", "build", "7#2", "7", 30, "queued", "", 172_800.0, 2),
    )
    lanes = (LaneRow("one", 2, ("build:7#1:x:0",)),)
    leases = (LeaseRow("loop", "a-host (process 7)", 12.0),)
    text = "\n".join(list_queue_lines(Schedule(rows, (), lanes, leases)))
    assert "one" in text
    assert "2 before it" in text
    assert "1 min 00 s" in text
    assert "48 h 00 min" in text
