"""What a text asks for is found in time proportional to it, whatever it holds."""

import pytest

from bot.repo_map import terms as module
from bot.repo_map.terms import MAX_PATHS, parse_question

SHAPES = [
    *("`", "/", ".", "-", "@", "a.", "a/", "/a", "a.a/", "`a", "```", "```a\n", "a.b/", "\\", "("),
    *(
        "_",
        "aA",
        "a-",
        "``a",
        "` \n",
        "é",
        "a@",
        ":/",
        "-.",
        "x" * 79 + ".",
        "../",
        "\0",
        "[a-z]+*",
    ),
]
TRACE = """Fails since Monday

Traceback (most recent call last):
  File "/home/ann/bank/src/bank/app.py", line 3, in main
    at com.acme.Store.save(Store.java:12)
see ./tools/run.sh, web/api.ts:12:5 and https://example.com/o/r/blob/main/src/other.py
"""


@pytest.mark.timeout(20)
@pytest.mark.parametrize("shape", SHAPES, ids=ascii)
def test_every_pattern_is_linear(shape: str) -> None:
    """100,000 characters of any shape: a pattern that went back over them would take an hour."""
    text = (shape * 100_000)[:100_000]
    for pattern in (module.PATH, module.QUOTED, module.IDENTIFIER):
        assert sum(map(len, pattern.findall(text))) <= len(text)
    parse_question(text)


def test_paths_are_found_as_people_and_traces_write_them() -> None:
    """Absolute ones too; what stands in a web address is no path of this repository."""
    found = parse_question(TRACE).paths
    assert found[0] == "/home/ann/bank/src/bank/app.py"
    assert {"Store.java", "./tools/run.sh", "web/api.ts"} <= set(found)
    assert not any("other.py" in path for path in found)


def test_only_the_first_paths_are_looked_for() -> None:
    assert len(parse_question(" ".join(f"a{n}.py" for n in range(5000))).paths) == MAX_PATHS


def test_what_stands_in_the_title_or_in_code_marks_weighs_more() -> None:
    found = parse_question("heading\n\nprose `quoted`").words
    assert found["head"] == found["quot"] > found["pros"]


def test_names_are_words_that_can_only_be_code_and_those_in_code_marks() -> None:
    assert parse_question("fix parseHeader and to_json in `Bank` soon").names == {
        "parseHeader",
        "to_json",
        "Bank",
    }


@pytest.mark.parametrize("text", ["", " \n\t", "the of and", "\0\0", "?!*", "\ud800"])
def test_a_text_that_says_nothing_asks_for_nothing(text: str) -> None:
    asked = parse_question(text)
    assert (asked.words, asked.paths, asked.names) == ({}, (), frozenset())
