"""What is shown never has more tokens than asked for, nor anything a person would not see."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.planted import Mapped

from bot.code import Outline, Symbol
from bot.models.token_estimate import estimate_tokens
from bot.repo_map.escape_names import escape_hidden
from bot.repo_map.files import Source
from bot.repo_map.ranking import RankedFile
from bot.repo_map.text import render_map

COUNTS: dict[str, Callable[[str], int]] = {
    "estimate": estimate_tokens,
    "characters": len,
    "a start and an end": lambda text: 7 + estimate_tokens(text) if text else 0,
    "always a start": lambda text: 3 + len(text) // 4,
    "more for a long text": lambda text: len(text) ** 2 // 900,
    "up and down": lambda text: len(text) * 7919 % 500,
}
HOSTILE = {
    "new\nline.py": "new\\u000aline.py",
    "tab\t.py": "tab\\u0009.py",
    "esc\x1b[31m.py": "esc\\u001b[31m.py",
    "bidi\u202egpj.py": "bidi\\u202egpj.py",
    "zero\u200bwidth.py": "zero\\u200bwidth.py",
    "selector\ufe01.py": "selector\\ufe01.py",
    "tag\U000e0041.py": "tag\\U000e0041.py",
    "caf\udce9.py": "caf\\udce9.py",
    "naïve 名前.py": "naïve 名前.py",
    "quote\"'`.py": "quote\"'`.py",
}

names = st.text(st.characters(codec=None), min_size=1, max_size=12)


@st.composite
def ranked(draw: st.DrawFn) -> tuple[list[RankedFile], dict[str, Outline]]:
    paths = draw(st.lists(names, unique=True, max_size=8))
    files = [
        RankedFile(Source(path, "", 1, "", "code"), draw(st.floats(0, 9)), ()) for path in paths
    ]
    outlines = {}
    for path in paths:
        found = draw(
            st.lists(st.tuples(names, st.integers(1, 9), st.sampled_from(["", "A", "A.b"])))
        )
        outlines[path] = Outline(
            "python", tuple(Symbol(n, "class", at, at + 3, f"class {n}", o) for n, at, o in found)
        )
    return files, outlines


@settings(suppress_health_check=list(HealthCheck))
@given(ranked(), st.integers(1, 400), st.sampled_from(sorted(COUNTS)))
def test_never_more_tokens_than_asked_for(
    what: tuple[list[RankedFile], dict[str, Outline]], tokens: int, count: str
) -> None:
    """By any way to count, one that is not the sum of its lines too."""
    files, outlines = what
    chart = render_map(files, outlines, {}, tokens, COUNTS[count])
    assert chart.tokens <= tokens
    assert chart.text == "" or COUNTS[count](chart.text) == chart.tokens
    assert all(escape_hidden(one.path) in chart.text for one in chart.files)


@pytest.mark.parametrize("count", COUNTS)
def test_every_budget_is_kept(mapped: Mapped, count: str) -> None:
    """From 1 token up, on a real map."""
    files = {f"pkg/m{n}.py": f"class C{n}:\n    def go(self, a{n}): pass\n" for n in range(12)}
    area = mapped(files)
    charts = [area.render_text("go", tokens, COUNTS[count]) for tokens in range(1, 260)]
    assert all(chart.tokens <= 1 + at for at, chart in enumerate(charts))
    assert all(not chart.text or COUNTS[count](chart.text) == chart.tokens for chart in charts)


def test_more_room_shows_more(mapped: Mapped) -> None:
    area = mapped({f"m{n}.py": f"def go{n}(): pass\n" for n in range(30)})
    small, large = (area.render_text("go", tokens) for tokens in (100, 1000))
    assert 0 < len(small.files) < len(large.files) == 30
    assert (
        0 < small.text.count("  go") < large.text.count("  go") + large.text.count("def go") == 30
    )


@pytest.mark.parametrize("path", HOSTILE, ids=ascii)
def test_a_name_is_shown_on_one_line_with_nothing_hidden(mapped: Mapped, path: str) -> None:
    """Terminals and models get to see what is there, in a path as in a signature."""
    raw = path.encode(errors="surrogateescape")
    text = (
        mapped({raw: f"def go(a='{path[:-3]}'): pass\n".encode(errors="replace")})
        .render_text("go", 500)
        .text
    )
    assert text.split("\n")[1] == HOSTILE[path]
    assert all(char.isprintable() or char == "\n" for char in text)


def test_a_folder_three_hundred_deep_is_one_line(mapped: Mapped) -> None:
    path = "/".join(["deep"] * 300) + "/a.py"
    assert path in mapped({path: "def go(): pass\n"}).render_text("go", 3000).text


@pytest.mark.parametrize("size", [900_000, 5_000_000])
def test_a_line_of_megabytes_is_not_shown(mapped: Mapped, size: int) -> None:
    body = b"def go(): pass\n" + b"x = '" + b"go " * (size // 3) + b"'\n"
    chart = mapped({"long.py": body, "a.py": "def go(): pass\n"}).render_text("go", 500)
    assert chart.files[0].path == "a.py"
    assert max(map(len, chart.text.split("\n"))) < 200


def test_a_name_stands_below_its_own_file_and_class(mapped: Mapped) -> None:
    """Two classes of one file may define the same name."""
    body = "class A:\n    def save(self): pass\n    def a(self): pass\n"
    body += "class B:\n    def save(self): pass\n    def b(self): pass\ndef top(): pass\n"
    text = mapped({"x.py": body, "y.py": "def top(): pass\n"}).render_text("zzz x.py", 90).text
    rows = text.split("\n")
    assert rows[rows.index("x.py") + 1 : rows.index("y.py")] == [
        "  A, B, top",
        "  A: save, a",
        "  B: save, b",
    ]
