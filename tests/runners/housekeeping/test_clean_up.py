"""What has come to its end goes, by its age; what a job or another process uses stays."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.old_state import (
    KEEP,
    NOW,
    add_job,
    commit,
    exists,
    make_ticket,
    set_age,
    write_blob,
)

from bot.config.machine import Settings
from bot.git.progress_commit import write_progress
from bot.git.repo import Repo, make_bare
from bot.locks import try_lock
from bot.storage.jobs import JobRow, Store, open_store
from bot.storage.tables import CALLS, EVIDENCE, MARKS, QUOTAS, REPLAYS
from bot.storage.tickets import open_ticket_store
from bot.ticket.keys import name_folder, shown_mark
from bot.ticket.stages import Stage
from runners.history.open_history import find_history
from runners.housekeeping.clean_up import clean_up
from runners.housekeeping.daily import clean_up_daily
from runners.housekeeping.removal import DAY_SECONDS, CleanUp, Removal


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def settings(state: Path) -> Settings:
    state.mkdir()
    return Settings(state_dir=str(state), keep=KEEP)


@pytest.fixture
def store(settings: Settings) -> Store:
    return open_store(f"sqlite:///{settings.state_dir}/bricklayer.sqlite")


def collect(settings: Settings, *, dry_run: bool = False) -> list[Removal]:
    options = CleanUp(settings, dry_run=dry_run, now=lambda: NOW)
    return list(clean_up(options, find_history(settings)))


def left_of(folder: Path) -> set[str]:
    names = ("lanes", "evidence/run-1", "story.sqlite", "events.jsonl")
    return {name for name in names if (folder / name).exists()}


@pytest.mark.parametrize(
    "case",
    [
        (9, "passed", {"evidence/run-1", "story.sqlite", "events.jsonl"}),
        (11, "passed", {"evidence/run-1", "events.jsonl"}),
        (21, "blocked", {"events.jsonl"}),
        (21, "building", {"story.sqlite", "events.jsonl"}),
        (41, "cancelled", set()),
        (41, "building", {"events.jsonl"}),
    ],
)
def test_each_piece_of_a_jobs_folder_has_an_age_of_its_own(
    settings: Settings, store: Store, state: Path, case: tuple[float, str, set[str]]
) -> None:
    """A job that may go on keeps its records longer, and its folder always."""
    days, job_state, left = case
    folder = add_job(store, state, days, job_state)
    promised = collect(settings, dry_run=True)
    assert len(left_of(folder)) == 4
    did = collect(settings)
    assert [each.what for each in promised] == [each.what for each in did]
    assert sum(each.size for each in did) >= 5000
    assert left_of(folder) == left
    assert folder.exists() == bool(left)
    assert bool(store.find_job(folder.name)) == bool(left)
    assert bool(store.list_attempts(folder.name)) == bool(left)
    assert collect(settings) == []


def test_nothing_of_a_job_that_another_process_builds_is_touched(
    settings: Settings, store: Store, state: Path
) -> None:
    folder = add_job(store, state, 41)
    with try_lock(folder / "lock"):
        (told,) = [each for each in collect(settings) if each.path == str(folder)]
        assert told.kept_because == "it is being built"
    assert len(left_of(folder)) == 4


def test_who_waits_for_a_lock_that_is_removed_gets_the_new_one(tmp_path: Path) -> None:
    """Two that hold two files of one name would both believe to be alone."""
    lock = tmp_path / "job" / "lock"
    lock.parent.mkdir()
    with lock.open("a+") as opened_before:
        lock.unlink()
        with try_lock(lock) as held, lock.open("a+") as again:
            assert held
            assert not os.path.samestat(os.fstat(opened_before.fileno()), os.fstat(again.fileno()))
            with try_lock(lock) as second:
                assert not second


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("days", "goes"), [(21, True), (19, False)])
def test_the_place_of_an_evaluation_goes_with_evidence(
    settings: Settings, state: Path, days: float, *, goes: bool
) -> None:
    """But not while one is at it, however long that takes."""
    folder = state / "evaluation"
    folder.mkdir()
    (folder / "lock").write_text("1")
    set_age(days, folder)
    with try_lock(folder / "lock"):
        collect(settings)
        assert folder.exists()
    collect(settings)
    assert folder.exists() is not goes


@pytest.mark.usefixtures("store")
def test_rooms_plans_answers_and_logs_go_by_their_age(settings: Settings, state: Path) -> None:
    old, young = 50.0, 0.5
    for days in (old, young):
        room = state / "jobs" / f"gate-{days}"
        plan = state / "plans" / f"p{days}" / "1"
        answer = state / "answers" / f"a{days}"
        log = state / "tickets" / name_folder(f"7#{days}")
        server = state / "servers" / f"s{days}"
        for folder in (room, plan, answer, log, server):
            folder.mkdir(parents=True)
            (folder / "x").write_text("x")
            set_age(days, folder)
    assert len([each for each in collect(settings) if each.path.startswith(str(state))]) == 5
    left = {path.relative_to(state).parts[:2] for path in state.glob("*/*") if path.is_dir()}
    assert left == {
        ("jobs", "gate-0.5"),
        ("plans", "p0.5"),
        ("answers", "a0.5"),
        ("tickets", name_folder("7#0.5")),
        ("servers", "s0.5"),
    }


def test_rows_go_once_they_are_long_over_and_tickets_with_what_was_noted_of_them(
    settings: Settings, store: Store
) -> None:
    """A ticket that is open, or was opened again, stays; so does what is noted of others."""
    desk = open_ticket_store(store)
    over, going = (make_ticket(desk, n, stage) for n, stage in ((1, "merged"), (11, "review")))
    again = make_ticket(desk, 2, "closed")
    with store.engine.begin() as db:
        for days in (39, 41):
            at = NOW - days * DAY_SECONDS
            row = {"at": at, "job": "7#1", "repo": "7", "person": 0, "tier": "local"}
            db.execute(sa.insert(CALLS).values(row | {"tokens": 1, "cost": 0.0, "ended": True}))
            replay = {"key": str(days), "at": at, "body": {}}
            named = dict.fromkeys(("task", "kind", "tier", "model"), "")
            db.execute(sa.insert(REPLAYS).values(named | replay))
        for name, days in (("old", 21), ("new", 19)):
            at = NOW - days * DAY_SECONDS
            db.execute(sa.insert(EVIDENCE).values(job="7#1", run=1, name=name, at=at, body=b""))
            until = NOW - days if name == "old" else NOW + days
            db.execute(sa.insert(QUOTAS).values(name=name, model="m", until=until, why=""))
    clock = [NOW - 41 * DAY_SECONDS]
    options = CleanUp(settings, now=lambda: clock[0])
    list(clean_up(options, find_history(settings)))
    desk.change_ticket(again.key, lambda ticket: replace(ticket, stage=Stage.REVIEW))
    list(clean_up(options, find_history(settings)))
    assert desk.find_ticket(over.key)
    clock[0] = NOW
    list(clean_up(options, find_history(settings)))
    assert desk.find_ticket(over.key) is None
    assert {desk.find_ticket(each.key) is not None for each in (going, again)} == {True}
    with store.engine.connect() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(CALLS)).scalar() == 1
        assert db.execute(sa.select(REPLAYS.c.key)).scalars().all() == ["39"]
        assert db.execute(sa.select(EVIDENCE.c.name)).scalars().all() == ["new"]
        assert db.execute(sa.select(QUOTAS.c.name)).scalars().all() == ["new"]
        marks = set(db.execute(sa.select(MARKS.c.key)).scalars())
    assert marks == {shown_mark(going.key), shown_mark(again.key)}


@pytest.fixture
def mirror(state: Path) -> Repo:
    folder = state / "mirrors" / "0123456789abcdef.git"
    folder.mkdir(parents=True)
    return make_bare(folder)


def test_a_mirror_is_packed_under_its_lock_and_loses_only_what_nobody_needs(
    settings: Settings, store: Store, mirror: Repo
) -> None:
    """Objects that nothing refers to stay for two weeks; trees of attempts until the job ends."""
    kept = commit(mirror, "kept")
    mirror.run("update-ref", "refs/remotes/origin/main", kept)
    for name, job_state in (("ended", "blocked"), ("going", "building")):
        store.save_job(JobRow(name, str(mirror.git_dir), "b", kept, "", NOW, state=job_state))
        for what in ("tree-1", "passed"):
            ref = f"refs/bricklayer/tries/{name}/fix/{what}"
            mirror.run("update-ref", ref, commit(mirror, name))
    young, old = write_blob(mirror, "young"), write_blob(mirror, "old")
    fifteen_days = 15 * DAY_SECONDS
    path = mirror.git_dir / "objects" / old[:2] / old[2:]
    os.utime(path, (path.stat().st_mtime - fifteen_days,) * 2)
    os.utime(mirror.git_dir / "HEAD", (NOW - 8 * DAY_SECONDS,) * 2)
    with try_lock(mirror.git_dir / "bricklayer.lock"):
        assert collect(settings) == []
    told = [each.what for each in collect(settings)]
    assert told == [
        "1 references of jobs that ended, in a mirror",
        "unpacked and unused objects of a mirror",
    ]
    refs = mirror.read_output("for-each-ref", "--format=%(refname)").split()
    left = ("ended/fix/passed", "going/fix/passed", "going/fix/tree-1")
    tries = [f"refs/bricklayer/tries/{each}" for each in left]
    assert refs == [*tries, "refs/remotes/origin/main"]
    assert len([*(mirror.git_dir / "objects" / "pack").glob("*.pack")]) == 1
    assert exists(mirror, kept)
    assert exists(mirror, young)
    assert not exists(mirror, old)
    mirror.run("fsck", "--strict")


@pytest.mark.parametrize("days", [39, 41])
def test_what_the_server_had_of_old_work_in_progress_goes(
    settings: Settings, store: Store, mirror: Repo, days: int
) -> None:
    """Its commit has no time of its own: that of the work counts."""
    del store
    at = f"@{int(NOW - days * DAY_SECONDS)} +0000"
    tree = mirror.read_output("mktree", stdin=b"").strip()
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    head = mirror.read_output("commit-tree", tree, "-m", "x", env=dates).strip()
    mirror.run("update-ref", "refs/bricklayer/wip/1", write_progress(mirror, head))
    mirror.run("update-ref", "refs/bricklayer/waiting/1", head)
    collect(settings)
    left = mirror.read_output("for-each-ref", "--format=%(refname)").split()
    assert len(left) == (0 if days > KEEP.history else 2)


def test_by_itself_it_is_done_once_a_day_and_by_one_at_a_time(
    settings: Settings, store: Store, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_job(store, state, 41)
    at_that_time = partial(CleanUp, now=lambda: NOW)
    monkeypatch.setattr("runners.housekeeping.daily.CleanUp", at_that_time)
    with try_lock(state / "cleaned-up"):
        set_age(2, state / "cleaned-up")
        assert clean_up_daily(settings) == []
    set_age(2, state / "cleaned-up")
    assert clean_up_daily(settings)
    set_age(0.9, state / "cleaned-up")
    add_job(store, state, 41)
    assert clean_up_daily(settings) == []
    set_age(1.1, state / "cleaned-up")
    assert clean_up_daily(settings)
