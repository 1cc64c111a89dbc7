"""Webhooks accepted at a steady rate: how soon, and whether each is there after a kill."""

import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from kinds import kinds
from load import Kind, Load, finish, start
from stage import stage
from support.machine import Machine, free_port, until

FLOOR = Path(__file__).with_name("floor.py")


def accept(rate: float, seconds: float) -> None:
    """The floors and ours, one after the other, with the same load."""
    with stage(hook=False) as (machine, github):
        events = kinds(github)
        told = sorted(len(body) for _, body in events)
        print(
            f"{len(events)} events of {told[0]} to {told[-1]} bytes, {rate:g}/s for {seconds:g} s"
        )
        for database in ("", str(machine.room / "floor.sqlite")):
            load = _floor(events, rate, seconds, database)
            print(f"floor, {'verify and commit' if database else 'verify only'}: {load.told()}")
        machine.start()
        load = finish(start(machine.port, machine.secret, events, rate, seconds, "calm"))
        print(f"serve: {load.told()}; {_lost(machine, load)}")
        began = time.monotonic()
        until(lambda: dealt_with(machine), machine.told, 600)
        print(f"serve: all dealt with {time.monotonic() - began:.1f} s after the last")


def kill(rate: float, seconds: float) -> None:
    """The same, with kill -9 in the middle and a new start at once."""
    with stage(hook=False) as (machine, github):
        events = kinds(github)
        machine.start()
        sender = start(machine.port, machine.secret, events, rate, seconds, "kill")
        time.sleep(seconds / 2)
        machine.kill()
        machine.start()
        load = finish(sender)
        print(f"serve, killed and started again: {load.told()}; {_lost(machine, load)}")


def _floor(events: Sequence[Kind], rate: float, seconds: float, database: str) -> Load:
    port, secret = free_port(), secrets.token_hex(16)
    process = subprocess.Popen([sys.executable, FLOOR, str(port), secret, database])
    try:
        until(lambda: _answers(port), lambda: "the floor did not start")
        return finish(start(port, secret, events, rate, seconds, "floor"))
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    return Machine(Path(), None, port=port).answers()  # type: ignore[arg-type]


def _lost(machine: Machine, load: Load) -> str:
    """How many of the accepted are not in the table."""
    known = {row[0] for row in asked(machine, "SELECT id FROM bricklayer_deliveries")}
    lost = [one for one, _, _ in load.accepted if one not in known]
    return f"lost {len(lost)} of {len(load.accepted)}"


def dealt_with(machine: Machine) -> bool:
    """Whether nothing is left of what came in."""
    left = asked(machine, "SELECT count(*) FROM bricklayer_deliveries WHERE state = 'new'")
    return left[0][0] == 0


def asked(machine: Machine, question: str) -> list[tuple[object, ...]]:
    path = machine.room / "state" / "bricklayer.sqlite"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
        return db.execute(question).fetchall()
