"""The law of every forgiveness: counted before it is used, contradicted by nothing, and proved."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from runners.edits import EditError, resolve_reply
from runners.edits.match import EXACT, LEVELS, TYPOS
from runners.edits.match_indent import OTHER_MARGINS, RULES
from runners.edits.sign_blanks import SIGN_BLANKS

HEAD = ["def first(x):", "    start(x)", "", "", "def second(x, y):"]
TAIL = ["", "", "def third(x):", "    return stop(x)"]
OTHER = ["", "", "def fourth(x):"]


@dataclass(frozen=True)
class Slip:
    """What the file has at the place, how the reply quotes it, and what is to come of it."""

    body: list[str]
    quoted: list[str]
    new: list[str]
    wanted: list[str]
    is_diff: bool = False


BODY = ["    total = add(x, y)", "    if total > limit:", "        warn(total)"]
CHANGED = [BODY[0], "    if total >= limit:", BODY[2]]


def moved(lines: Sequence[str], cut: int = 0, add: str = "") -> list[str]:
    return [add + line[cut:] for line in lines]


def with_tabs(lines: Sequence[str]) -> list[str]:
    return [line.replace("    ", "\t") for line in lines]


def halved(lines: Sequence[str]) -> list[str]:
    return [line.replace("    ", "  ") for line in lines]


def numbered(lines: Sequence[str]) -> list[str]:
    return [f"{number}| {line}" for number, line in enumerate(lines, start=6)]


def escaped(lines: Sequence[str]) -> list[str]:
    return [line.replace(">", "&gt;") for line in lines]


SAYING = ["    say('so')", "    wave()"]
STEPPED = ["  total = add(x, y)", "  if total > limit:", "       warn(total)"]
SLIPS = {
    "trailing blanks": Slip(BODY, [f"{x}  " for x in BODY], CHANGED, CHANGED),
    "context without its blank": Slip(
        BODY,
        ["    total = add(x, y)", "-    if total > limit:"],
        ["+    if total >= limit:", "         warn(total)"],
        CHANGED,
        is_diff=True,
    ),
    "a margin cut off": Slip(BODY, moved(BODY, 4), moved(CHANGED, 4), CHANGED),
    "a margin too many": Slip(BODY, moved(BODY, add="  "), moved(CHANGED, add="  "), CHANGED),
    "blanks for tabs": Slip(with_tabs(BODY), BODY, CHANGED, with_tabs(CHANGED)),
    "tabs for blanks": Slip(BODY, with_tabs(BODY), with_tabs(CHANGED), CHANGED),
    "levels rescaled": Slip(BODY, halved(BODY), halved(CHANGED), CHANGED),
    "the first margin lost": Slip(
        BODY, [BODY[0].strip(), *BODY[1:]], [CHANGED[0].strip(), *CHANGED[1:]], CHANGED
    ),
    "margins one by one": Slip(
        BODY, STEPPED, [STEPPED[0], "  if total >= limit:", STEPPED[2]], CHANGED
    ),
    "typography": Slip(
        SAYING,
        ["    say(\u2018so\u2019)", SAYING[1]],
        ["    say(\u2018no\u2019)", SAYING[1]],
        ["    say('no')", SAYING[1]],
    ),
    "blank lines at an edge": Slip(BODY, ["", *BODY], ["", *CHANGED], CHANGED),
    "line numbers": Slip(BODY, numbered(BODY), numbered(CHANGED), CHANGED),
    "HTML entities": Slip(BODY, escaped(BODY), escaped(CHANGED), CHANGED),
    SIGN_BLANKS: Slip(
        BODY,
        [f" {BODY[0]}", f"-  {BODY[1][1:]}"],
        [f"+  {CHANGED[1][1:]}", f" {BODY[2]}"],
        CHANGED,
        is_diff=True,
    ),
}
MARGINS = {*RULES, *OTHER_MARGINS}


def text_of(*parts: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for part in parts for line in part).encode()


def write_reply(slip: Slip, heading: str = "", start: int = 0) -> str:
    if slip.is_diff:
        lines = [*slip.quoted, *slip.new]
        return "```diff\n--- a/m.py\n+++ b/m.py\n@@ {}\n{}\n```\n".format(heading, "\n".join(lines))
    stated = [f":start_line:{start}", "-------"] if start else []
    lines = ["<<<<<<< SEARCH", *stated, *slip.quoted, "=======", *slip.new, ">>>>>>> REPLACE"]
    return "m.py\n" + "\n".join(lines) + "\n"


def apply_to(text: bytes, reply: str) -> bytes | None:
    return resolve_reply(reply, {"m.py": text}.get).files["m.py"]


def test_every_forgiveness_is_held_to_the_law() -> None:
    """A forgiveness that is added to the tables needs a case here."""
    in_tables = {*LEVELS, *TYPOS, *RULES, *OTHER_MARGINS} - {EXACT, "indentation"}
    assert set(SLIPS) == in_tables | {SIGN_BLANKS}


@pytest.mark.parametrize("name", SLIPS)
def test_one_place_is_edited_as_the_file_has_it(name: str) -> None:
    """Where the lines stand once and nothing contradicts, the slip is undone in the new lines too."""
    slip = SLIPS[name]
    before, after = text_of(HEAD, slip.body, TAIL), text_of(HEAD, slip.wanted, TAIL)
    assert apply_to(before, write_reply(slip)) == after


@pytest.mark.parametrize("name", SLIPS)
def test_two_lookalikes_are_refused(name: str) -> None:
    """Lines that stand twice prove no place."""
    slip = SLIPS[name]
    with pytest.raises(EditError, match="2 places"):
        apply_to(text_of(HEAD, slip.body, OTHER, slip.body, TAIL), write_reply(slip))


@pytest.mark.parametrize("name", sorted(MARGINS))
def test_a_lookalike_counts_where_no_margin_could_be_made_to_fit(name: str) -> None:
    """Places are counted before anything is transformed: one that could not be is still one."""
    slip = SLIPS[name]
    crooked = [slip.body[0], f" {slip.body[1]}", *slip.body[2:]]
    with pytest.raises(EditError, match="2 places"):
        apply_to(text_of(HEAD, slip.body, OTHER, crooked, TAIL), write_reply(slip))


@pytest.mark.parametrize("name", SLIPS)
def test_what_contradicts_the_place_refuses(name: str) -> None:
    """A stated line that is another one, or the heading of another definition."""
    slip = SLIPS[name]
    before = text_of(HEAD, slip.body, TAIL)
    with pytest.raises(EditError, match=r"it says line 2, its old lines stand at line 6|heading"):
        apply_to(before, write_reply(slip, heading="def third(x):", start=2))


@pytest.mark.parametrize("name", SLIPS)
def test_what_agrees_with_the_place_changes_nothing(name: str) -> None:
    """The right line and the right heading refuse nothing that applies without them."""
    slip = SLIPS[name]
    before, after = text_of(HEAD, slip.body, TAIL), text_of(HEAD, slip.wanted, TAIL)
    assert apply_to(before, write_reply(slip, heading="def second(x, y):", start=6)) == after


def test_brackets_alone_prove_no_place() -> None:
    """A quotation without a word is forgiven nothing, and stands nowhere else in any margin."""
    before = text_of(["f {", "  g {", "    y()", "  }", "}", "z()"])
    for quoted in (["   }  ", " }"], ["  }  ", "}"]):
        with pytest.raises(EditError, match="not in the file"):
            apply_to(before, write_reply(Slip([], quoted, ["x()", "}"], [])))
    twice = text_of(["f {", "  {", "  }", "}", "g {", "    {", "    }", "  }"])
    with pytest.raises(EditError, match="2 places"):
        apply_to(twice, write_reply(Slip([], ["  }", "}"], ["  }", "  x()", "}"], [])))


@pytest.mark.parametrize(
    ("path", "mine", "wanted"),
    [
        ("Makefile", "    ", "tabs"),
        ("a.go", "  ", "tabs"),
        ("a.yml", "\t", "spaces"),
    ],
)
def test_the_other_indentation_is_refused_with_what_to_use(
    path: str, mine: str, wanted: str
) -> None:
    """The message quotes the line and says whether tabs or spaces are the file's own."""
    own = "\t" if wanted == "tabs" else "    "
    before = f"all:\n{own}one\n{own}two\n"
    reply = f"{path}\n```\nall:\n{own}one\n{mine}zero\n{own}two\n```\n"
    with pytest.raises(EditError, match=rf"{path} indents with {wanted}, .*zero") as no:
        resolve_reply(reply, {path: before.encode()}.get)
    assert no.value.hint == f"Indent with {wanted} as the file does."
