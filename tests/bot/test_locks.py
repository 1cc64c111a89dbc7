"""A lock is held by one at a time, and the kernel lets go of it with its holder."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.locks import hold_lock, lock_shared, share_lock, try_lock

HOLD = """
import sys, time
from pathlib import Path
from bot.locks import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_two_of_one_process_exclude_each_other(lock: Path) -> None:
    """As two processes do; whoever comes second is told at once, and finds it free later."""
    with try_lock(lock) as first, try_lock(lock) as second:
        assert (first, second) == (True, False)
    with try_lock(lock) as again:
        assert again


def test_a_killed_holder_holds_nothing(lock: Path) -> None:
    """Even by SIGKILL, which lets nobody clean up."""
    argv = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with try_lock(lock) as held:
            assert not held
        holder.kill()
        holder.wait(60)
        with try_lock(lock) as held:
            assert held


def test_who_waits_has_it_once_it_is_free(lock: Path) -> None:
    """A wait ends with the end of the other's hold, not before."""
    order: list[str] = []

    def wait() -> None:
        with hold_lock(lock):
            order.append("second")

    with try_lock(lock):
        thread = threading.Thread(target=wait)
        thread.start()
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]


def test_a_shared_lock_keeps_out_only_who_wants_it_alone(lock: Path) -> None:
    """An exclusive one becomes shared without being given up."""
    with lock.open("a+") as one, lock.open("a+") as other:
        share_lock(one)
        assert lock_shared(other)
        with try_lock(lock) as alone:
            assert not alone
