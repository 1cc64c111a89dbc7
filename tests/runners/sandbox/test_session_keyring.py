"""The operator's keys stay with the operator: a check cannot even name them."""

import ctypes
import platform
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from runners.sandbox import open_sandbox
from runners.sandbox.session_keyring import join_session_keyring

NUMBERS = {"x86_64": (250, 248), "aarch64": (219, 217)}
SESSION, GET_ID, READ = -3, 0, 11
"""<linux/keyctl.h>"""


def call(number: int, *arguments: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    words = (ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)
    return int(libc.syscall(ctypes.c_long(number), *words))


@pytest.fixture
def keyctl() -> tuple[int, int]:
    numbers = NUMBERS.get(platform.machine())
    if numbers is None or call(numbers[0], GET_ID, SESSION, 1) < 0:
        pytest.skip("this machine, or the container it is, has no keyrings")
    return numbers


def test_only_the_thread_that_joins_gets_another_keyring(keyctl: tuple[int, int]) -> None:
    """And joins once, whatever it starts: a user may have few keyrings."""
    found: list[int] = []

    def join() -> None:
        for _ in range(2):
            assert join_session_keyring()
            found.append(call(keyctl[0], GET_ID, SESSION, 0))

    before = call(keyctl[0], GET_ID, SESSION, 0)
    thread = threading.Thread(target=join)
    thread.start()
    thread.join()
    assert call(keyctl[0], GET_ID, SESSION, 0) == before
    assert found[0] == found[1] != before


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_a_check_does_not_possess_the_operators_keys(
    keyctl: tuple[int, int], tmp_path: Path, kind: str
) -> None:
    """Where nothing filters calls, too, what is in the session's keyring cannot be found by name."""
    key = call(keyctl[1], b"user", b"bricklayer-test", b"swordfish", 9, SESSION)
    assert key > 0
    code = (
        "import ctypes; libc = ctypes.CDLL(None); room = ctypes.create_string_buffer(99);"
        f"search = libc.syscall({keyctl[0]}, 10, -3, b'user', b'bricklayer-test', 0);"
        f"libc.syscall({keyctl[0]}, {READ}, search, room, 99); print(search, room.value)"
    )
    sandbox = open_sandbox(Settings.model_validate({"sandbox": kind}), RepoConfig())
    # In a thread of its own, for another test's check may have left this one without the session's.
    with ThreadPoolExecutor(1) as pool:
        argv = ["python3", "-c", code]
        found = pool.submit(sandbox.run, argv, checkout=tmp_path, timeout=20).result()
    assert found.output == "-1 b''\n"
