"""`tokens_measured.jsonl` holds texts and how many tokens each is in the vocabularies of real models.

`bench/tokens.py VOCABULARIES --fixture` wrote it, from texts that `bench/token_texts.py` generates
and from stretches of this repository's files.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.token_estimate import (
    ANY,
    LARGE,
    SLACK_TOKENS,
    TURN_OVERHEAD_TOKENS,
    Family,
    estimate_call_tokens,
    estimate_tokens,
    family_of,
    tokens_of_weight,
    weigh_text,
)

MEASURED = [
    json.loads(row)
    for row in Path(__file__).with_name("tokens_measured.jsonl").read_text().splitlines()
]
CODE = st.lists(
    st.sampled_from(
        [
            "def f(x):",
            "    return",
            "HTTPServer",
            "ab",
            "\n",
            "\r\n",
            "\t",
            " ",
            "(",
            "==",
            "é",
            "漢",
            "42",
        ]
    ),
).map("".join)
TEXT = st.one_of(st.text(), st.text("aB1_ \n\r\t(=-é", max_size=200), CODE)


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row["name"])
def test_never_below_a_real_count(row: dict[str, object]) -> None:
    """No text is estimated to be fewer tokens than it is in any vocabulary of the family."""
    text, counts = str(row["text"]), row["counts"]
    assert isinstance(counts, dict)
    assert estimate_tokens(text) >= max(counts.values())
    assert estimate_tokens(text, LARGE) >= max(
        counts[name] for name in counts if name.startswith("large-")
    )


@pytest.mark.parametrize(("family", "max_ratio"), [(ANY, 1.25), (LARGE, 1.3)])
def test_the_estimate_is_tight(family: Family, max_ratio: float) -> None:
    """This repository's code is estimated at most so many times its tokens in the largest count."""
    rows = [row for row in MEASURED if ".py from" in row["name"]]
    assert len(rows) > 20
    known = [name for name in rows[0]["counts"] if family is ANY or name.startswith("large-")]
    counted = sum(max(row["counts"][name] for name in known) for row in rows)
    assert sum(estimate_tokens(row["text"], family) for row in rows) < max_ratio * counted


def test_many_vocabularies_were_measured() -> None:
    """The comparison is with small and large vocabularies, of several makers."""
    for row in MEASURED:
        assert len(row["counts"]) >= 8
        assert sum(name.startswith("large-") for name in row["counts"]) >= 3


@pytest.mark.slow
@given(st.lists(TEXT))
def test_lines_add_up(texts: list[str]) -> None:
    """The weights of texts cut after a line's end add up to at least the weight of the whole."""
    lines = [*(f"{text}\n" for text in texts), "end"]
    for family in (ANY, LARGE):
        assert weigh_text("".join(lines), family) <= sum(weigh_text(line, family) for line in lines)


@given(TEXT, TEXT)
def test_a_text_is_no_more_than_its_two_parts(left: str, right: str) -> None:
    """Wherever a text is cut, its estimate is at most both parts' and one slack more."""
    for family in (ANY, LARGE):
        assert (
            estimate_tokens(left + right, family)
            <= estimate_tokens(left, family) + estimate_tokens(right, family) + SLACK_TOKENS
        )


@given(TEXT)
def test_every_text_has_an_estimate(text: str) -> None:
    """Only an empty text has an estimate of 0; no estimate is more than four tokens a byte and the slack."""
    size = len(text.encode("utf-8", "surrogatepass"))
    for family in (ANY, LARGE):
        assert (estimate_tokens(text, family) == 0) == (not text)
        assert estimate_tokens(text, family) <= 4 * size + SLACK_TOKENS


def test_half_a_surrogate_pair_is_counted() -> None:
    """A text that cannot be encoded has an estimate all the same."""
    assert estimate_tokens("\ud800" * 10) >= 30


def test_the_weight_of_nothing_is_nothing() -> None:
    assert tokens_of_weight(0) == 0
    assert estimate_call_tokens("", "") == TURN_OVERHEAD_TOKENS


@pytest.mark.parametrize(
    ("name", "large"),
    [
        ("openai-chat:gpt-4o-mini", True),
        ("openai:o3-mini", True),
        ("ollama:qwen2.5-coder:7b", True),
        ("groq:llama-3.3-70b", True),
        ("llama-cpp:Meta-Llama-3.1-8B.gguf", True),
        ("ollama:codellama-34b", False),
        ("ollama:llama-30b", False),
        ("openrouter:deepseek/deepseek-r1-distill-qwen-32b", False),
        ("anthropic:claude-sonnet-4-5", False),
        ("ollama:smollm2", False),
        ("script:replies.md", False),
    ],
)
def test_the_name_decides_the_family(name: str, large: bool) -> None:
    """What is not known to have a large vocabulary is estimated for any."""
    assert (family_of(name) is LARGE) == large


def test_the_same_count_under_any_hash_seed() -> None:
    """The estimate of a text does not depend on the process."""
    code = "from bot.models.token_estimate import estimate_tokens as e; print(e('def withdraw(self): return 42 # naïve\\n' * 9))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("piece", ["a", "ab=", "=", "\t", " ", "0", "é", "Aa"])
def test_a_line_of_megabytes(piece: str) -> None:
    """A line without an end costs about a thousand times what a thousandth of it does."""
    for family in (ANY, LARGE):
        part = weigh_text(piece * 1_000, family)
        assert 500 * part < weigh_text(piece * 1_000_000, family) < 1_500 * part
