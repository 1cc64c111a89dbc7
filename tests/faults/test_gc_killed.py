"""`bricklayer gc` is killed: the next one finishes, and what a living job needs is there."""

import functools
import os
import pkgutil
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.old_state import KEEP, NOW, add_job, commit, make_ticket, set_age

from bot.config.machine import Settings
from bot.git.repo import Repo, make_bare
from bot.locks import try_lock
from bot.storage.jobs import open_store
from bot.storage.tickets import open_ticket_store
from faults.seeds import ONLY_HERE, seeds
from runners.history.open_history import find_history
from runners.housekeeping.clean_up import clean_up
from runners.housekeeping.removal import DAY_SECONDS, CleanUp

BOUNDARIES = (
    "runners.housekeeping.removal.CleanUp._move_away",
    "runners.housekeeping.removal._remove",
    "runners.housekeeping.job_folders.drop_tries",
    "runners.housekeeping.job_folders.pack_old",
    "runners.housekeeping.other_folders._remove_if_empty",
    "runners.checks.setup_sweep.remove_cache",
    "bot.git.repo.Repo.run",
    "bot.storage.expiry.Expiry._remove_in",
    "bot.storage.expiry.Expiry._remove_tickets",
)
"""Each is one removal, or what leads to one: killed before it and after it."""
LIVING = ("tree-1", "start", "passed", "judged")
MANY_FILES = 200
KILLS = 8
MOST_SECONDS = 0.4
"""Into a clean-up that is killed; undisturbed it takes about as long."""
TABLES = ("jobs", "attempts", "tickets", "marks")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Everything old is there, beside a job that was killed and one that is being built."""
    state = tmp_path / "state"
    state.mkdir()
    settings = Settings(state_dir=str(state), keep=KEEP)
    store = open_store(f"sqlite:///{state}/bricklayer.sqlite")
    desk = open_ticket_store(store)
    (folder := state / "mirrors" / "0123456789abcdef.git").mkdir(parents=True)
    mirror = make_bare(folder)
    head = commit(mirror, "kept")
    mirror.run("update-ref", "refs/remotes/origin/main", head)
    for days, job_state in ((50, "passed"), (15, "blocked"), (30, "cancelled"), (1, "building")):
        folder = add_job(store, state, days, job_state)
        tree = folder / "lanes/of-1/lane-0/tree"
        for number in range(MANY_FILES):
            (tree / f"{number}").write_text("x")
        set_age(days, folder)
        row = store.find_job(folder.name)
        assert row
        store.save_job(replace(row, repo=str(mirror.git_dir)))
        for what in LIVING:
            ref = f"refs/bricklayer/tries/{folder.name}/fix/{what}"
            mirror.run("update-ref", ref, commit(mirror, f"{folder.name} {what}"))
    set_age(8, mirror.git_dir / "HEAD")
    _add_the_rest(state)
    make_ticket(desk, 11, "review")
    over = make_ticket(desk, 1, "merged")
    desk.write_mark(f"over:{over.key}", str(NOW - 41 * DAY_SECONDS))
    store.engine.dispose()
    return settings


def _add_the_rest(state: Path) -> None:
    old = ("jobs/gate-1", "plans/p/1", "answers/a", "tickets/0123", "repos/one/setup/aa-11")
    for name in old:
        (state / name).mkdir(parents=True)
        # Answers go one by one.
        for number in range(3 if name == "answers/a" else MANY_FILES):
            (state / name / f"{number}").write_text("x")
    (state / "repos/one/setup/aa-11/complete.json").write_text('{"size": 5}')
    set_age(50, *(state / name for name in old))


@pytest.fixture
def again(settings: Settings, tmp_path: Path) -> Callable[[], None]:
    """Puts the state folder back as it was at first."""
    state, kept = Path(settings.state_dir), tmp_path / "kept"
    subprocess.run(["cp", "-a", state, kept], check=True, timeout=60)

    def restore() -> None:
        shutil.rmtree(state)
        subprocess.run(["cp", "-a", kept, state], check=True, timeout=60)

    return restore


def collect(settings: Settings, prepare: Callable[[], None] = lambda: None) -> int:
    """In a process of its own; its exit code."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        prepare()
        list(clean_up(CleanUp(settings, now=lambda: NOW), find_history(settings)))
        code = 0
    finally:
        os._exit(code)


def kill_at(boundary: int, counted: Path | None = None) -> None:
    """In the process that cleans up: killed at the boundary of that number, from 1."""
    met = 0

    def reach() -> None:
        nonlocal met
        met += 1
        if met == boundary:
            os.kill(os.getpid(), signal.SIGKILL)
        if counted:
            counted.write_text(str(met))

    for path in BOUNDARIES:
        owner_path, _, name = path.rpartition(".")
        owner: Any = pkgutil.resolve_name(owner_path)
        setattr(owner, name, _surround(getattr(owner, name), reach))
    # It is named where it is called from, too.
    called = pkgutil.resolve_name("runners.housekeeping.clean_up")
    called.remove_cache = pkgutil.resolve_name("runners.checks.setup_sweep.remove_cache")


def _surround(act: Callable[..., Any], reach: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(act)
    def surrounded(*args: object, **kwargs: object) -> object:
        reach()
        done = act(*args, **kwargs)
        reach()
        return done

    return surrounded


def describe(settings: Settings) -> set[str]:
    """All that is left: files, references and rows."""
    state = Path(settings.state_dir)
    mirror = Repo(next((state / "mirrors").iterdir()))
    found = set(mirror.read_output("for-each-ref", "--format=%(refname) %(objectname)").split("\n"))
    for path in state.rglob("*"):
        name = path.relative_to(state)
        is_ours = name.parts[0] == "mirrors" or name.name.startswith(("bricklayer.sqlite", "lock"))
        if path.is_file() and not is_ours and path.suffix != ".lock":
            found.add(str(name))
    with closing(sqlite3.connect(state / "bricklayer.sqlite")) as db:
        for table in TABLES:
            rows = db.execute(f"SELECT * FROM bricklayer_{table}")  # noqa: S608  # names of ours
            found |= {f"{table} {row}" for row in rows}
    return found


def require_living(settings: Settings) -> None:
    """What the killed job goes on from; its checkouts are made anew by each run."""
    state = Path(settings.state_dir)
    (folder,) = state.glob("jobs/0*3")
    assert (folder / "story.sqlite").read_text()
    assert (folder / "evidence/run-1").is_dir()
    mirror = Repo(next((state / "mirrors").iterdir()))
    for what in LIVING:
        assert mirror.resolve_rev(f"refs/bricklayer/tries/{folder.name}/fix/{what}"), what
    mirror.run("fsck", "--strict", "--no-dangling")


def list_left_locks(settings: Settings) -> Iterator[Path]:
    """Of git, which would refuse to change anything from then on."""
    for path in (Path(settings.state_dir) / "mirrors").rglob("*.lock"):
        if path.name != "bricklayer.lock":
            yield path


@ONLY_HERE
def test_killed_at_each_boundary_the_next_one_finishes(
    settings: Settings, again: Callable[[], None], tmp_path: Path
) -> None:
    """As if nothing had been: the same is left, and nothing of it twice."""
    counted = tmp_path / "counted"
    assert collect(settings, lambda: kill_at(0, counted)) == 0
    wanted = describe(settings)
    assert not any("1\n" in each for each in wanted)
    require_living(settings)
    last = int(counted.read_text())
    assert last > 2 * len(BOUNDARIES)
    for boundary in range(1, last + 1):
        again()
        assert collect(settings, lambda at=boundary: kill_at(at)) == -signal.SIGKILL, boundary
        require_living(settings)
        assert collect(settings) == 0, boundary
        assert describe(settings) == wanted, boundary
        require_living(settings)
    assert not list(list_left_locks(settings))


@pytest.mark.parametrize("seed", seeds(5, in_ci=1))
def test_killed_at_seeded_instants_the_next_one_finishes(
    settings: Settings, again: Callable[[], None], seed: int
) -> None:
    """Again and again, in the middle of a removal as well, beside a job that is being built."""
    instants = random.Random(seed)
    assert collect(settings) == 0
    wanted = describe(settings)
    again()
    (built,) = Path(settings.state_dir).glob("jobs/0*1")
    before = list_files(built)
    with try_lock(built / "lock"):
        for _ in range(KILLS):
            seconds = instants.uniform(0.005, MOST_SECONDS)
            collect(settings, lambda wait=seconds: kill_after(wait))
            require_living(settings)
            assert list_files(built) == before
        assert collect(settings) == 0
        assert list_files(built) == before
    assert collect(settings) == 0
    assert describe(settings) == wanted
    require_living(settings)


def kill_after(seconds: float) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()


def list_files(folder: Path) -> list[str]:
    """Old evidence is packed, whoever builds the job."""
    paths = (path for path in folder.rglob("*") if path.name != "lock")
    return sorted(str(path).removesuffix(".gz") for path in paths)
