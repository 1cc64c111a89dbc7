"""Whatever people read of many things says how many it leaves out: nothing is cut without a word."""

from collections.abc import Callable

import pytest

from bot.ticket.messages_ci import MAX_LISTED_NAMES, nothing_to_show
from runners.doctor.toolchains import MAX_TOLD, offer_toolchains
from runners.sandbox.toolchains import Toolchain

MANY = tuple(f"n{number:03}" for number in range(100))


def offer() -> str:
    (found,) = offer_toolchains([Toolchain(name, "1", "", (), ()) for name in MANY], ())
    return found.what


LISTS: dict[str, tuple[Callable[[], str], int]] = {
    "jobs of CI": (lambda: nothing_to_show([(name, "?") for name in MANY]), MAX_LISTED_NAMES),
    "toolchains": (offer, MAX_TOLD),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_how_many_it_leaves_out(name: str) -> None:
    write, shown = LISTS[name]
    text = write()
    assert sum(each in text for each in MANY) == shown
    assert f"and {len(MANY) - shown} more" in text
