"""Spend arithmetic, and trailers that nothing in a value can forge."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger import (
    LedgerRow,
    compute_cost,
    compute_local_share,
    format_trailers,
    made_by_job,
    parse_row,
    parse_trailers,
    strip_to_line,
    sum_by_tier,
    total_row,
)
from bot.models.model import FailedModel

ROWS = (
    LedgerRow("a", 1, "manifest", "exact blocks", seconds=0.5, outcome="check failed"),
    LedgerRow("a", 2, "local", "qwen", 1000, 200, 600, 2.0, "echo"),
    LedgerRow("a", 3, "local", "llama", 500, 100, 0, 1.0, "check failed"),
    LedgerRow("a", 4, "senior", "gpt", 300, 100, 0, 3.0, "passed", 0.25),
)
KEYS = ["Job", "Task", "Attempt", "Tier", "Model", "Tokens-In", "Tokens-Out", "Check"]
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "x\nBricklayer-Task: forged", "x\r\n\r\nBricklayer-Tokens-In: 0",
            "\u2028Bricklayer-Job: f", "\x85Bricklayer-Job: f", "\n\n", "-", " ", "a: b", "#",
            "\ud800", "x" * 5000, "\u202eevil",
        ]
    ),
)  # fmt: skip
COUNTS = st.integers(0, 10**12)


def test_cost_is_by_the_million_and_cached_tokens_by_their_own_price() -> None:
    """Cached tokens are a part of those that went in, never paid for twice."""
    assert compute_cost(1_000_000, 500_000, price_in=2.0, price_out=8.0) == pytest.approx(6.0)
    cached = compute_cost(
        1_000_000, 0, price_in=2.0, price_out=8.0, tokens_cached=400_000, price_cached=0.5
    )
    assert cached == pytest.approx(1.4)
    assert compute_cost(10, 0, price_in=1, price_out=1, tokens_cached=99, price_cached=0) == 0


def test_sums_by_tier_and_model_keep_everything() -> None:
    """No attempt is lost and the tiers stand in the order they were asked."""
    sums = sum_by_tier(ROWS)
    assert [(s.tier, s.model, s.attempts) for s in sums] == [
        ("manifest", "exact blocks", 1), ("local", "qwen", 1), ("local", "llama", 1),
        ("senior", "gpt", 1),
    ]  # fmt: skip
    assert sum(s.tokens_in for s in sums) == 1800
    assert sums[1].table_cells()[3] == "1,000 (600 cached)"
    assert sums[3].table_cells() == ("senior", "gpt", "1", "300", "100", "3.0", "0.2500")


def test_a_model_that_fell_has_its_own_sum() -> None:
    """What it spent stays under its name, and no token and no cost is counted twice."""
    row = replace(
        ROWS[3], failures=(FailedModel("codex", "HTTP 429", 50, 5), FailedModel("claude", "down"))
    )
    sums = sum_by_tier([row])
    assert [(s.model, s.tokens_in, s.cost) for s in sums] == [
        ("codex", 50, 0.0), ("claude", 0, 0.0), ("gpt", 300, 0.25),
    ]  # fmt: skip
    assert row.tokens == sum(s.tokens_in + s.tokens_out for s in sums) == 455
    assert compute_local_share([*ROWS, row]) == pytest.approx(1800 / (2200 + 455))
    assert total_row([row]).tokens_in == 350


def test_the_share_that_stayed_here() -> None:
    """Local tokens of all tokens; a job of exact blocks alone sent nothing away."""
    assert compute_local_share(ROWS) == pytest.approx(1800 / 2200)
    assert compute_local_share(ROWS[:1]) == 1.0
    assert compute_local_share(ROWS[3:]) == 0.0


def test_a_commit_carries_the_spend_of_all_attempts() -> None:
    """The attempts that failed are paid for too; the last one gives tier, model and number."""
    row = total_row(ROWS)
    assert (row.number, row.tier, row.model, row.outcome) == (4, "senior", "gpt", "passed")
    assert (row.tokens_in, row.tokens_out, row.tokens_cached) == (1800, 400, 600)
    assert (row.seconds, row.cost) == (6.5, 0.25)


@pytest.mark.parametrize("rows", [(), (ROWS[0], LedgerRow("b", 1, "local", "m"))])
def test_a_total_is_of_one_task(rows: tuple[LedgerRow, ...]) -> None:
    """Mixing tasks in one commit's total is a bug of ours and says so."""
    with pytest.raises(ValueError, match="exactly one task"):
        total_row(rows)


@given(st.tuples(HOSTILE, HOSTILE, HOSTILE), HOSTILE, HOSTILE, st.tuples(COUNTS, COUNTS))
def test_no_value_forges_a_trailer(
    names: tuple[str, str, str], job: str, check: str, tokens: tuple[int, int]
) -> None:
    """Whatever the values hold, eight lines come out, and the same row comes back."""
    task, tier, model = names
    text = format_trailers(LedgerRow(task, 1, tier, model, *tokens), job, check)
    assert [line.partition(": ")[0] for line in text.splitlines()] == [
        f"Bricklayer-{key}" for key in KEYS
    ]
    expected = LedgerRow(
        strip_to_line(task), 1, strip_to_line(tier), strip_to_line(model), *tokens, outcome="passed"
    )
    assert parse_row(f"subject\n\nbody\n\n{text}") == expected


@given(HOSTILE)
def test_the_body_of_a_message_says_nothing(body: str) -> None:
    """Only the last paragraph is believed: a task's own text above it forges nothing."""
    text = format_trailers(ROWS[1], "job", "test")
    assert parse_row(f"subject\n\nBricklayer-Task: forged\n{body}\n\n{text}") == parse_row(
        f"s\n\n{text}"
    )


@pytest.mark.parametrize(
    "message",
    [
        "",
        "subject",
        format_trailers(ROWS[1], "job", "test"),
        "subject\n\nBricklayer-Task: a\n",
        f"subject\n\n{format_trailers(ROWS[1], 'job', 'test')}Bricklayer-Task: b\n",
        f"subject\n\n{format_trailers(ROWS[1], 'job', 'test')}".replace("In: 1000", "In: -5"),
        f"subject\n\n{format_trailers(ROWS[1], 'job', 'test')}".replace("In: 1000", "In: ١٢"),
    ],
)
def test_trailers_that_are_not_whole_are_no_row(message: str) -> None:
    """Missing, doubled or mangled trailers are told apart from a row, not guessed at."""
    assert parse_row(message) is None


@pytest.mark.parametrize("value", ["", " ", "-"])
def test_a_trailer_without_a_value_names_no_job(value: str) -> None:
    """Least of all one that there is not: anybody can write such a line."""
    message = f"subject\n\nBricklayer-Job:{value}\nBricklayer-Task: a\n"
    assert not made_by_job(message, "")
    assert not made_by_job(message, "1a")
    assert made_by_job(f"subject\n\n{format_trailers(ROWS[1], '1a', 'test')}", "1a")


def test_git_reads_the_same_trailers(tmp_path: Path) -> None:
    """What git says of the commit's trailers is what the ledger reads back."""
    row = LedgerRow("fix", 3, "local", "qwen\nBricklayer-Task: forged", 12, 34)
    message = f"fix: it\n\nSome: text\n\n{format_trailers(row, 'job-1', 'test a.py; x: y')}"

    def git(*words: str) -> str:
        return subprocess.run(
            ("git", *words), cwd=tmp_path, check=True, capture_output=True, text=True,
            timeout=30, input=message,
        ).stdout  # fmt: skip

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-F", "-")
    told = git("log", "-1", "--format=%(trailers:only,unfold)").strip().splitlines()
    assert dict(line.split(": ", 1) for line in told) == parse_trailers(message)
    assert len(told) == 8
    assert parse_row(git("log", "-1", "--format=%B")) == parse_row(message)
    assert parse_trailers(message)["Bricklayer-Model"] == "qwen Bricklayer-Task: forged"
