"""What docs/ quotes of messages and names of environment variables stands in the code."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

from bot.ledger import AttemptOutcome
from runners.stalls import STALL_SENTENCES

ROOT = Path(__file__).parents[2]
TROUBLES = (ROOT / "docs/troubleshooting.md").read_text()
VARIABLES = (ROOT / "docs/reference/environment.md").read_text()
QUOTED = re.findall(r"^### `(.+)`$", TROUBLES, re.MULTILINE)
OWN_VARIABLE = re.compile(r"\bBRICKLAYER_[A-Z_]*[A-Z]\b")
READ = re.compile(r"""(?:\benviron(?:\.get\(|\[)|\b_find_base\()\s*["'](\w+)["']""")
MIN_PART_CHARACTERS = 5


@cache
def list_sources() -> tuple[Path, ...]:
    folders = [ROOT / name for name in ("bot", "runners", "handlers")]
    return tuple(file for each in folders for file in each.rglob("*.py"))


@cache
def list_texts() -> tuple[str, ...]:
    """Every text of the code, of an f-string what stands between its fields.

    Of the compiled modules, which the tests have made already: to parse them takes seconds.
    """
    codes = (SourceFileLoader(file.stem, str(file)).get_code(file.stem) for file in list_sources())
    return tuple(text for code in codes if code for text in list_constants(code.co_consts))


def list_constants(found: Iterable[object]) -> Iterator[str]:
    for each in found:
        if isinstance(each, str):
            yield each
        elif isinstance(each, CodeType):
            yield from list_constants(each.co_consts)
        elif isinstance(each, tuple | frozenset):
            yield from list_constants(each)


def test_each_message_that_is_explained_is_one_the_program_prints() -> None:
    """Each part of it that is fixed stands in the code; where it is long, in one text of it."""
    assert len(QUOTED) > 50
    whole = "\n".join(list_texts())
    for message in QUOTED:
        parts = [
            part for part in message.split("…") if len(part.strip(" :;,`.")) >= MIN_PART_CHARACTERS
        ]
        longest = max((part.strip(" `") for part in message.split("…")), key=len)
        assert longest in whole, f"no message says: {longest}"
        for part in parts:
            assert part.strip(" `:;,") in whole, f"no message says: {part}"


def test_no_message_is_explained_twice() -> None:
    assert len(set(QUOTED)) == len(QUOTED)


def test_every_way_in_which_an_attempt_ends_is_explained() -> None:
    for name in (*AttemptOutcome, *STALL_SENTENCES):
        assert f"`{name}`" in TROUBLES, name


def test_every_variable_of_its_own_stands_on_the_page() -> None:
    named = {name for text in list_texts() for name in OWN_VARIABLE.findall(text)}
    named |= {f"BRICKLAYER_{tier}" for tier in ("LOCAL", "SENIOR", "PLANNER")}
    assert len(named) > 5
    assert {name for name in named if f"`{name}`" not in VARIABLES} == set()


def test_every_variable_that_is_read_stands_on_the_page() -> None:
    """By its name in the call: `os.environ.get("NAME")`, `os.environ["NAME"]`, or a folder's."""
    read = {name for file in list_sources() for name in READ.findall(file.read_text())}
    assert "BRICKLAYER_CONFIG" in read
    assert {name for name in read if f"`{name}`" not in VARIABLES} == set()
