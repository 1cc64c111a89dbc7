"""A text may be cut before it is struck of secrets: no piece of one is shown."""

import random
import string
from collections.abc import Callable
from functools import partial

import pytest
from support.processor_time import find_growth

from bot.review.read_answer import read_answer
from bot.text.escape import code_block, commit_safe, defang_markdown, inline_text
from bot.text.invisible import make_printable
from bot.text.listed import cut_end
from bot.text.secret_pieces import PIECE_CHARACTERS, find_pieces
from bot.text.secrets import REDACTED, redact, redact_known, redact_line

SIZES = (16_000, 64_000)
BASE62 = string.ascii_letters + string.digits
PHRASE = "correct horse battery staple anyway"
ADDRESS = "postgresql://bricklayer:q8ZtR1wY6uK3@localhost:5432/bricklayer"
CUTS: dict[str, Callable[[str, int], str]] = {
    "bare": lambda text, most: text[:most],
    "bare, of the end": lambda text, most: text[-most:],
    "both ends": lambda text, most: text[most // 2 : most],
    "a line": lambda text, most: f"- said: {inline_text(text, most)} (see the log)",
    "a block": code_block,
    "a cell": lambda text, most: f"| `{make_printable(text, most)}` | x |",
    "counted": cut_end,
    "Markdown": lambda text, most: defang_markdown(text[:most]),
    "a commit": lambda text, most: commit_safe(text[:most]),
    "a slug": lambda text, most: text.lower()[:most],
    "the middle": lambda text, most: f"{text[: most // 2]} ... {text[-most // 2 :]}",
}


def _draw(rng: random.Random) -> str:
    return rng.choice(
        [
            "ghs_" + "".join(rng.choices(BASE62, k=36)),
            "github_pat_" + "".join(rng.choices(BASE62 + "_", k=60)),
            "".join(rng.choices("0123456789abcdef", k=40)),
            "sk-ant-api03-" + "".join(rng.choices(BASE62 + "-_", k=90)),
            "".join(rng.choices(BASE62, k=rng.randint(20, 30))),
        ]
    )


def _fill(rng: random.Random, most: int) -> str:
    words = ["the", "test", "fails", "`a_b`", "because", "of", "@x", "#1", "é", "(", "\n", "=", ":"]
    return " ".join(rng.choices(words, k=rng.randint(0, most)))


@pytest.mark.slow
@pytest.mark.parametrize("cut", CUTS)
def test_no_run_of_a_secret_is_left_wherever_and_however_the_text_was_cut(cut: str) -> None:
    rng = random.Random(cut)  # noqa: S311
    for _ in range(150):
        secret = _draw(rng)
        before = _fill(rng, 30) + rng.choice(["", " "])
        text = before + secret + rng.choice(["", " "]) + _fill(rng, 30)
        most = max(8, len(before) + rng.randint(-5, len(secret) + 10))
        shown = redact(CUTS[cut](text, most), [secret]).replace("\u200b", "").replace("\\", "")
        assert not _find_left(shown, secret), (text, most, shown)


def _find_left(shown: str, secret: str) -> list[str]:
    """Runs of what nobody can know: a prefix is that of all such tokens."""
    unknown = secret.removeprefix("github_pat_").removeprefix("sk-ant-api03-")
    size, low = PIECE_CHARACTERS, shown.lower()
    runs = (unknown[at : at + size] for at in range(len(unknown) - size + 1))
    return [run for run in runs if run.lower() in low]


@pytest.mark.parametrize("strike", [redact_known, redact_line])
def test_a_piece_is_struck_out_of_logs_and_errors_too(strike: Callable[..., str]) -> None:
    secret = "ghs_" + "q8ZtR1wY6uK3" * 3
    for size in range(12, len(secret)):
        assert not _find_left(
            strike(f"it said {secret[:size]} and {secret[-size:]}", [secret]), secret
        )


def test_of_a_reviewers_words_that_are_cut_nothing_of_a_secret_is_shown() -> None:
    secret = "ghs_" + "q8ZtR1wY6uK3" * 3
    for length in range(250, 1100, 10):
        fault = read_answer(f"a.py:1 - {'x ' * (length // 2)}{secret}{' x' * 600}").faults[0]
        assert not _find_left(redact(fault.why, [secret]), secret)


@pytest.mark.parametrize(
    "end", ["", "...", " ...", " …", "\n...", "\n[12 more characters are not shown]"]
)
def test_the_beginning_of_a_pass_phrase_before_a_cut_is_struck_out(end: str) -> None:
    assert redact(f"it is {PHRASE[:14]}{end}", [PHRASE]) == f"it is {REDACTED}{end}"


def test_the_end_of_a_pass_phrase_behind_a_cut_is_struck_out() -> None:
    for mark in ("", "... ", "…", "[3 lines left out]\n"):
        assert redact(f"{mark}{PHRASE[-12:]} x", [PHRASE]) == f"{mark}{REDACTED} x"


def test_words_that_a_secret_has_too_stay() -> None:
    for text in (
        "the password of bricklayer on localhost:5432/bricklayer is wrong",
        "a postgresql server, as bricklayer...",
        "correct horse riding",
        "one correct...",
        "http://[::1]:8080/v1",
        "github_pat_ begins a token, sk-ant-api03- a key",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    ):
        known = [
            "http://localhost:8080/v1",
            ADDRESS,
            PHRASE,
            "github_pat_11ABCq8ZtR1wY6",
            f"sk-ant-api03-{'q8ZtR1wY6uK3' * 4}",
            "a" * 40,
        ]
        assert redact(text, known) == text


def test_a_number_with_many_zeros_stays_though_a_secret_ends_with_one_like_it() -> None:
    text = "comment 3000000172, issue 30000001, 0000000000"
    assert redact(text, [f"ghs_{3000000171:036d}"]) == text


def test_a_long_text_with_many_secrets_is_read_in_time_that_follows_its_length() -> None:
    rng = random.Random(1)  # noqa: S311
    known = (*(_draw(rng) for _ in range(20)), PHRASE)
    for unit in (PHRASE[:8], f"{PHRASE[:20]} ... ", f"{known[0][:20]} "):
        one, four = (partial(find_pieces_in, unit * (size // len(unit)), known) for size in SIZES)
        assert not find_growth(one, four), unit


def find_pieces_in(text: str, known: tuple[str, ...]) -> list[tuple[int, int]]:
    return list(find_pieces(text, known))
