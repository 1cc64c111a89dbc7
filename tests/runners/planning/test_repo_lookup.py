"""What a planner is shown of the repository: what it asked for, within its room, nothing guessed."""

import pytest
from support.lookups import make_lookup

from bot.models.token_estimate import estimate_tokens
from runners.planning.repo_lookup import RepoLookup, count_map_tokens, look_up
from runners.planning.shown_lines import ShownLines, find_whole_paths, is_shown

LONG = [
    "import money\n\n",
    *(f"def f{n}(a):\n    # number {n}\n    return a + {n}\n\n\n" for n in range(1, 301)),
    "def withdraw_slowly(balance):\n    return balance - fee\n",
]
FILES = {
    "src/bank.py": b"import x\n\ndef withdraw(b, a):\n    return b - a\n",
    "src/long.py": "".join(LONG).encode(),
    "src/big.py": b"def one():\n    pass\n\n\ndef two():\n    pass\n" + b"# filler\n" * 1500,
    "tests/test_bank.py": b"from src.bank import withdraw\nwithdrawn = withdraw(5, 2)\n",
    "docs/use.md": b"Call withdraw(). <!-- withdraw everything at once -->\n",
    "a/same.py": b"1\n",
    "b/same.py": b"2\n",
    "logo.png": b"\x89PNG\0\0 withdraw",
    "empty.py": b"",
    ".env": b"withdraw=secret\n",
    "huge.txt": b"a needle\n" * 200_000,
    "minified.js": b"withdraw(" + b"x" * 5000 + b")\n",
}
ABOUT = "withdraw_slowly() forgets the fee"


@pytest.fixture(scope="module")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> RepoLookup:
    """A commit that holds FILES."""
    return make_lookup(tmp_path_factory.mktemp("repo"), FILES)


@pytest.mark.parametrize(("window", "tokens"), [(200_000, 4000), (8192, 2048), (400, 100)])
def test_the_map_takes_what_is_set_and_at_most_a_quarter_of_the_window(
    window: int, tokens: int
) -> None:
    """A map that did not fit would be left out whole."""
    assert count_map_tokens(4000, window) == tokens


def test_a_short_file_is_shown_whole_and_a_symbol_by_its_lines(lookup: RepoLookup) -> None:
    """Under the full path, also where only its end was named; and that is known of it."""
    shown = look_up(lookup, ["withdraw", "bank.py"], "", 4000)
    assert "src/bank.py\n```\nimport x\n" in shown.text
    assert (
        "src/bank.py, lines 3 to 4\n```\ndef withdraw(b, a):\n    return b - a\n```" in shown.text
    )
    assert find_whole_paths(shown.lines) == {"src/bank.py"}


def test_what_stands_above_is_not_shown_again(lookup: RepoLookup) -> None:
    """Be it of this look or of an earlier one."""
    first = look_up(lookup, ["bank.py", "withdraw"], "", 4000)
    assert "src/bank.py, lines 3 to 4, stands above." in first.text
    again = look_up(lookup, ["src/bank.py", "src/bank.py:3"], "", 4000, first.lines)
    assert again.text.count("stands above") == 2
    assert "```" not in again.text


def test_a_long_file_is_shown_by_its_outline_and_what_the_issue_is_about(
    lookup: RepoLookup,
) -> None:
    """It is said how long it is and how to ask for the rest; what was shown counts as read."""
    shown = look_up(lookup, ["src/long.py"], ABOUT, 30_000)
    assert "return balance - fee" in shown.text
    assert "What else src/long.py defines:" in shown.text
    assert "src/long.py has 1504 lines, and the others are not shown" in shown.text
    assert "`src/long.py:FIRST-LAST`" in shown.text
    assert estimate_tokens(shown.text) < 2500
    assert is_shown(shown.lines, "src/long.py", (1503, 1504))
    assert not is_shown(shown.lines, "src/long.py", (700, 702))
    assert not find_whole_paths(shown.lines)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("src/long.py:120-180", 120, 180),
        ("long.py:180-120", 120, 180),
        ("src/long.py lines 120 to 180", 120, 180),
        ("src/long.py:L120-L180", 120, 180),
        ("src/long.py:120", 100, 140),
        ("src/long.py:1490-9999", 1490, 1504),
    ],
)
def test_lines_of_a_file_are_shown_as_they_were_asked_for(
    lookup: RepoLookup, name: str, first: int, last: int
) -> None:
    """In either order, and no further than the file goes; one alone with what is around it."""
    shown = look_up(lookup, [name], "", 4000)
    assert f"src/long.py, lines {first} to {last}\n" in shown.text
    assert shown.lines == (ShownLines("src/long.py", first, last),)


def test_lines_that_have_no_room_are_named(lookup: RepoLookup) -> None:
    """So that they can be asked for; only what stands there counts as read."""
    shown = look_up(lookup, ["src/big.py:1-1500"], "", 400)
    ((line),) = shown.lines
    assert line.last < 1500
    assert f"ask for `src/big.py:{line.last + 1}-1500`" in shown.text
    assert estimate_tokens(shown.text) <= 420


def test_all_lines_of_a_file_are_the_whole_file(lookup: RepoLookup) -> None:
    """However they were asked for."""
    shown = look_up(lookup, ["src/long.py:1-1504"], "", 40_000)
    assert find_whole_paths(shown.lines) == {"src/long.py"}


def test_a_word_is_found_as_a_whole_word_with_its_lines(lookup: RepoLookup) -> None:
    """Code first; not in longer words, files of keys, binaries, or what a page does not show."""
    text = look_up(lookup, ["grep withdraw"], "", 4000).text
    rows = [line for line in text.splitlines() if ": " in line and ":" in line.split(" ")[0]]
    assert rows[:1] == ["src/bank.py:3: def withdraw(b, a):"] or "minified.js" in rows[0]
    assert "src/bank.py:3: def withdraw(b, a):" in rows
    assert "tests/test_bank.py:2: withdrawn = withdraw(5, 2)" in rows
    assert "docs/use.md:1: Call withdraw()." in text
    assert not any(word in text for word in ("secret", "everything", "withdraw_slowly", ".png"))
    assert all(len(line) < 250 for line in rows)


def test_a_word_is_looked_for_in_a_folder_alone(lookup: RepoLookup) -> None:
    """Or in one file; whatever quotes stand around the word."""
    text = look_up(lookup, ["grep `withdraw` tests/"], "", 4000).text
    assert "tests/test_bank.py:2" in text
    assert "src/bank.py" not in text
    assert "No line has `nowhere_at_all`" in look_up(lookup, ["grep nowhere_at_all"], "", 900).text


def test_of_a_frequent_word_some_lines_are_shown_and_the_rest_counted(lookup: RepoLookup) -> None:
    """With what to ask for instead."""
    text = look_up(lookup, ["grep return"], "", 4000).text
    assert text.count("src/long.py:") == 8
    assert "293 more lines have it" in text
    assert "Ask for `grep return FOLDER/` or a file." in text


def test_a_folder_is_shown_by_what_is_in_it(lookup: RepoLookup) -> None:
    text = look_up(lookup, ["src/"], "", 4000).text
    assert "src/ holds:\n```\nbank.py\nbig.py\nlong.py\n```" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("src/bnak.py", "The closest: src/bank.py"),
        ("same.py", "names several files. The closest: a/same.py, b/same.py"),
        ("same.py:3", "names several files"),
        ("logo.png", "no text that can be shown"),
        ("empty.py", "is empty"),
        (".env", "no model is shown one"),
        ("x" * 200, "is not in the repository"),
        ("../../etc/passwd", "is not in the repository"),
        ("/etc/passwd:1-9", "is not in the repository"),
        ("src/bank.py:900-999", "src/bank.py has 4 lines"),
        ("grep -e --help", "No line has"),
        ("grep needle huge.txt", "No line with `needle` can be shown: huge.txt."),
    ],
)
def test_a_name_that_shows_nothing_is_said(lookup: RepoLookup, name: str, said: str) -> None:
    """Never passed over, never guessed."""
    assert said in look_up(lookup, [name], "", 4000).text


def test_what_has_no_room_is_named(lookup: RepoLookup) -> None:
    """Names beyond a look's number, too."""
    text = look_up(lookup, [f"f{n}" for n in range(1, 16)], "", 4000).text
    assert "There was no room left for: f13, f14, f15." in text
    assert "There was no room left for: a/same.py." in look_up(lookup, ["a/same.py"], "", 50).text
