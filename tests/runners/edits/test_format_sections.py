"""What a reply says of sections lands there and nowhere else, and never stands for the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.edits import EditError, resolve_reply
from runners.edits.merge_reply import read_definitions
from runners.edits.target_file import FileNames

BLOCK = """\
class {0}:
    def rate(self):
        return 1

    def total(self, items):
        result = 0
        for item in items:
            result += item
        return result
"""
NAMES = ("Bank", "Shop", "Farm")
TEXT = "import math\n\n\n" + "\n\n".join(BLOCK.format(name) for name in NAMES)
LINES = TEXT.splitlines()
FIRST = {name: LINES.index(f"class {name}:") + 1 for name in NAMES}
SHOP = (FIRST["Shop"] + 4, FIRST["Shop"] + 8)
FARM = (FIRST["Farm"] + 4, FIRST["Farm"] + 8)
EDIT = "<<<<<<< SEARCH\n        result = 0\n=======\n        result = 7\n>>>>>>> REPLACE\n"


def lines(span: tuple[int, int]) -> str:
    return f"lines {span[0]}-{span[1]} of shop.py:"


def applied(reply: str, *sections: tuple[int, int], text: str = TEXT, path: str = "shop.py") -> str:
    files = {path: text.encode()}
    edits = resolve_reply(reply, files.get, default=path, only={path}, sections=sections)
    return (edits.files[path] or b"").decode()


def changed(after: str) -> list[int]:
    """Numbers of the lines that differ, where none came or went."""
    pairs = zip(LINES, after.splitlines(), strict=True)
    return [at for at, (old, new) in enumerate(pairs, start=1) if old != new]


def test_lines_that_stand_elsewhere_too_are_changed_where_they_were_shown() -> None:
    """Without a section the same reply is refused as ambiguous."""
    with pytest.raises(EditError, match="3 places"):
        applied(EDIT)
    assert changed(applied(EDIT, SHOP)) == [SHOP[0] + 1]


@pytest.mark.parametrize("span", [SHOP, FARM])
@pytest.mark.parametrize(
    "frame",
    [
        "{0}\n{1}",
        "**{0}**\n\n{1}",
        "{0}\n```python\n{1}```\n",
        "```python\n{0}\n{1}```\n",
        "### {0}\n{1}",
        "`{0}`\n{1}",
    ],
)
def test_of_two_sections_the_line_above_decides(span: tuple[int, int], frame: str) -> None:
    """However it is dressed up; without it nothing is changed."""
    assert changed(applied(frame.format(lines(span), EDIT), SHOP, FARM)) == [span[0] + 1]
    with pytest.raises(EditError, match="2 places"):
        applied(EDIT, SHOP, FARM)


def test_each_block_has_its_own_section() -> None:
    """Two blocks with equal lines change both places, in one reply."""
    reply = f"{lines(SHOP)}\n{EDIT}\n{lines(FARM)}\n{EDIT}"
    assert changed(applied(reply, SHOP, FARM)) == [SHOP[0] + 1, FARM[0] + 1]


def test_a_section_in_a_fence_takes_the_place_of_its_lines() -> None:
    """All of the file around it stays."""
    body = "\n".join(LINES[FARM[0] - 1 : FARM[1]]).replace("+= item", "+= item * 2")
    after = applied(f"Here:\n\n{lines(FARM)}\n```python\n{body}\n```\nDone.", SHOP, FARM)
    assert changed(after) == [FARM[0] + 3]


def test_a_reply_that_repeats_the_only_section_is_that_section() -> None:
    """Not the file: what was not shown stays."""
    body = "\n".join(LINES[SHOP[0] - 1 : SHOP[1]]).replace("+= item", "+= 2 * item")
    assert changed(applied(f"```python\n{body}\n```", SHOP)) == [SHOP[0] + 3]
    assert changed(applied(f"shop.py\n```python\n{body}\n```", SHOP)) == [SHOP[0] + 3]


@pytest.mark.parametrize(
    "reply",
    [
        "shop.py\n```python\n{0}\n\n{1}\n```",
        "```python\n{0}\n```\n```python\n{1}\n```",
        "{0}\n\n{1}",
        "shop.py\n{0}\n{1}",
        "*** Begin Patch\n*** Add File: shop.py\n+{0}\n*** End Patch",
    ],
)
def test_sections_repeated_without_their_lines_are_refused(reply: str) -> None:
    """Nobody can tell which is which, and they are not the file."""
    one, two = ("\n".join(LINES[a - 1 : b]).replace("0", "5") for a, b in (SHOP, FARM))
    with pytest.raises(EditError):
        applied(reply.format(one, two), SHOP, FARM)


@pytest.mark.parametrize(
    ("above", "body"),
    [
        (lines(SHOP), "    def other(self):\n        return 2"),
        (lines(SHOP), "        for item in items:\n            result += 1\n        return result"),
        (lines(SHOP), "def total(self, items):\n    return sum(items)"),
        (
            lines(SHOP),
            "    def total(self, items):\n        # ... existing code ...\n        return 1",
        ),
        (lines((1, 3)), "import maths"),
        ("lines 6-8 of other.py:", "    def total(self, items):\n        return 1"),
    ],
)
def test_what_is_not_a_whole_shown_section_is_refused(above: str, body: str) -> None:
    """Another function, a piece, another margin, left-out code, lines nobody saw, another file."""
    with pytest.raises(EditError):
        applied(f"{above}\n```python\n{body}\n```", SHOP, FARM)


def test_a_section_whose_fence_is_never_closed_is_refused() -> None:
    """It may have been cut off."""
    with pytest.raises(EditError, match="cut off"):
        applied(f"{lines(SHOP)}\n```python\n    def total(self, items):\n        res", SHOP)


def test_a_block_about_another_file_is_not_taken_for_this_one() -> None:
    """Its path counts, though the lines would fit here."""
    with pytest.raises(EditError, match=r"other\.py"):
        applied(f"lines 1-9 of other.py:\n{EDIT}", SHOP)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_stay_as_they_are(end: str) -> None:
    """A reply in LF changes a CRLF file in CRLF."""
    text = TEXT.replace("\n", end)
    after = applied(f"{lines(FARM)}\n{EDIT}", SHOP, FARM, text=text)
    assert after.count(end) == text.count(end)
    assert after.replace("result = 7", "result = 0") == text


def test_definitions_are_merged_only_where_they_were_shown() -> None:
    """A bare method goes to the class whose own was shown; one that nobody saw is not replaced."""
    reply = "```python\ndef total(self, items):\n    return sum(items)\n```"

    def merged(*shown: tuple[int, int]) -> str | None:
        names = FileNames({"shop.py": TEXT.encode()}.get, "shop.py", None, shown)
        found = read_definitions(reply.split("\n"), names)
        return None if found is None else found.text

    after = merged(SHOP)
    assert after is not None
    assert after.index("return sum(items)") > after.index("class Shop")
    assert after.index("return sum(items)") < after.index("class Farm")
    assert merged((1, 1)) is None
    assert merged(SHOP, FARM) is None
    assert merged() is None


def test_a_definition_given_back_as_it_was_is_said_to_change_nothing() -> None:
    """Which section it is does not matter then, and asking for it would help no model."""
    same = "\n".join(LINES[SHOP[0] - 1 : SHOP[1]])
    with pytest.raises(EditError, match="changes nothing"):
        applied(f"```python\n{same}\n```\n", SHOP, FARM)


PIECES = st.sampled_from(
    [
        *LINES,
        "```",
        "```python",
        lines(SHOP),
        lines(FARM),
        "shop.py",
        "<<<<<<< SEARCH",
        "=======",
        ">>>>>>> REPLACE",
        "Sure.",
        "        result = 7",
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_no_reply_touches_what_was_not_shown(pieces: list[str]) -> None:
    """Whatever is repeated in whatever frame: lines outside of the sections survive.

    Only a search for lines that stand nowhere in a section may reach beyond, to the one place
    that has them.
    """
    reply = "\n".join(pieces)
    try:
        after = applied(reply, SHOP, FARM).splitlines()
    except EditError:
        return
    if "<<<<<<< SEARCH" not in pieces:
        assert after[: SHOP[0] - 1] == LINES[: SHOP[0] - 1]
        gone = len(LINES) - FARM[1]
        assert not gone or after[-gone:] == LINES[-gone:]
    assert "class Bank:" in after or "class Bank:" in pieces
