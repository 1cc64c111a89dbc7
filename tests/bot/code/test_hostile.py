"""Whatever a file holds, its outline comes, and comes out the same."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.code import Outline, outline_file
from bot.code.languages import EXTENSIONS
from bot.code.parse_limits import MAX_BYTES, MAX_DEPTH, MAX_LINE_BYTES
from bot.code.queries import QUERY_FILES

NAMES = [*sorted(f"a.{each}" for each in EXTENSIONS), "a.md", "a.rst", "a", "Rakefile"]
PIECES = st.sampled_from(
    [
        "def ",
        "class ",
        "fn ",
        "func ",
        "(",
        ")",
        "{",
        "}",
        "<",
        ">",
        "\n",
        " ",
        "x",
        '"',
        "'",
        "${",
        "import ",
        "é",
        "\r\n",
        "# ",
        "===",
        ":",
        ";",
        "=>",
        "@",
    ]
).map(lambda piece: piece.encode("latin-1"))
BODIES = st.binary(max_size=200) | st.lists(PIECES, max_size=60).map(b"".join)


@given(st.sampled_from(NAMES), BODIES)
def test_any_bytes_have_an_outline_and_always_the_same(name: str, body: bytes) -> None:
    found = outline_file(name, body)
    assert outline_file(name, body) == found
    lines = body.count(b"\n") + 1
    assert all(1 <= each.first <= each.last <= lines for each in found.symbols)
    assert all(1 <= line <= lines for _, line in found.references)
    assert [each.first for each in found.symbols] == sorted(each.first for each in found.symbols)
    assert all(each.signature.isprintable() for each in found.symbols)


def test_a_file_with_a_nul_byte_is_binary_and_says_nothing() -> None:
    assert outline_file("a.py", b"def f(): pass\n\0") == Outline()


@pytest.mark.parametrize(
    "body",
    [
        b"def f(): pass\n" * (MAX_BYTES // 14 + 1),
        b"def f(): pass\nx = '" + b"a" * MAX_LINE_BYTES + b"'\n" * 2,
        b"def f(): pass\n" + b"(" * (MAX_DEPTH + 1) + b")" * (MAX_DEPTH + 1),
        b"def f(): pass\n" + b"[{(" * 100_000,
        b"def f(): pass\n" + b"x = 1;" * 1_000_000,
        b"def f(): pass\n" + (b"y" * 500 + b"\n") * 20,
    ],
    ids=["too long", "long line", "deep", "very deep", "one line of 6 MB", "minified"],
)
def test_what_no_person_wrote_is_not_parsed(body: bytes) -> None:
    assert outline_file("a.py", body) == Outline("python")


def test_a_file_just_within_the_limits_is_parsed() -> None:
    nested = b"(" * (MAX_DEPTH - 2) + b"1" + b")" * (MAX_DEPTH - 2)
    body = (
        b"def f(): pass\n"
        + b"\n" * 100
        + b"x = '"
        + b"a" * (MAX_LINE_BYTES - 7)
        + b"'\ny = "
        + nested
        + b"\n"
    )
    assert [each.name for each in outline_file("a.py", body).symbols] == ["f", "x", "y"]


@pytest.mark.parametrize("language", sorted(QUERY_FILES))
@pytest.mark.parametrize("unit", [b"f(x)", b'"\n', b"a<b,\n", b"x = \xff\n", b"if x\n"])
def test_hostile_repetition_ends(language: str, unit: bytes) -> None:
    name = next(f"a.{ext}" for ext, each in EXTENSIONS.items() if each == language)
    assert outline_file(name, unit * 1_000).language in {language, "c", "cpp"}


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("a.py", b"/*\n"),
        ("a.py", b"%\n*"),
        ("a.java", b"a =>\n"),
        ("a.cs", b"a<\n"),
        ("a.java", b"a<\n"),
        ("a.ts", b"a<b,\n"),
        ("a.tsx", b"a<b,\n"),
        ("a.kt", b"@a\n"),
        ("a.c", b"/*\n"),
        ("a.swift", b"/*\n"),
        ("a.rb", b"=begin\n"),
    ],
)
def test_what_makes_a_parser_grow_without_end_is_not_parsed(name: str, unit: bytes) -> None:
    """In a process of its own with 1 GB and 30 s: one that grows would die there."""
    code = (
        "import resource, sys\n"
        "from bot.code import outline_file\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (30, 30))\n"
        "print(len(outline_file(sys.argv[1], sys.stdin.buffer.read()).symbols))"
    )
    for size in (900, 60_000):
        argv = [sys.executable, "-c", code, name]
        subprocess.run(argv, input=unit * (size // len(unit)), timeout=100, check=True)


def test_strings_inside_strings_do_not_end_the_process() -> None:
    body = b'"""${' * 1_100
    code = "import sys; from bot.code import outline_file; print(outline_file('a.kt', sys.stdin.buffer.read()).language)"
    nested = subprocess.run(
        [sys.executable, "-c", code],
        input=body + b"\n'}'" * 2_000,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert nested.stdout == b"kotlin\n"


def test_invalid_utf8_hides_nothing_else() -> None:
    found = outline_file("a.py", b"# \xff\xfe\ndef f(a='\xe9'):\n    g()\n")
    assert [(each.name, each.first) for each in found.symbols] == [("f", 2)]
    assert found.references == (("g", 3),)


def test_importing_the_package_does_not_load_the_parsers() -> None:
    code = "import sys, bot.code as c; c.language_of('a.py'); print('tree_sitter' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=True
    )
    assert shown.stdout == b"False\n"
