"""Trailers that nothing in a value can forge."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commit_trailers import format_trailers, made_by_job, parse_row, parse_trailers
from bot.ledger import LedgerRow, strip_to_line

ROW = LedgerRow("a", 2, "local", "qwen", 1000, 200, 600, 2.0, "echo")
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
    text = format_trailers(ROW, "job", "test")
    assert parse_row(f"subject\n\nBricklayer-Task: forged\n{body}\n\n{text}") == parse_row(
        f"s\n\n{text}"
    )


@pytest.mark.parametrize(
    "message",
    [
        "",
        "subject",
        format_trailers(ROW, "job", "test"),
        "subject\n\nBricklayer-Task: a\n",
        f"subject\n\n{format_trailers(ROW, 'job', 'test')}Bricklayer-Task: b\n",
        f"subject\n\n{format_trailers(ROW, 'job', 'test')}".replace("In: 1000", "In: -5"),
        f"subject\n\n{format_trailers(ROW, 'job', 'test')}".replace("In: 1000", "In: ١٢"),
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
    assert made_by_job(f"subject\n\n{format_trailers(ROW, '1a', 'test')}", "1a")


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
