"""What a person's words say of a finding: it is so, it is not, or neither."""

import pytest

from bot.ticket.verdict_words import asks_for_task, read_verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("/confirm", "confirmed"),
        ("/dismiss the caller checks it", "dismissed"),
        ("This looks right.\n\n/dismiss", "dismissed"),
        ("False alarm.", "dismissed"),
        ("This is by design, see the docs.", "dismissed"),
        ("That's not a bug.", "dismissed"),
        ("Never mind.", "dismissed"),
        ("That cannot happen: the caller has checked it.", "dismissed"),
        ("Good catch!", "confirmed"),
        ("Yes, fix it please.", "confirmed"),
        ("Please raise a ValueError here.", "confirmed"),
        ("Why would that be None?", ""),
        ("Is this really a bug?", ""),
        ("thanks", ""),
        ("Hm.", ""),
        ("", ""),
    ],
)
def test_the_form_of_the_words_decides_and_doubt_is_no_verdict(body: str, verdict: str) -> None:
    assert read_verdict(body) == verdict


def test_a_command_that_is_quoted_says_nothing() -> None:
    assert read_verdict("> /confirm\n\nHm.") == ""
    assert not asks_for_task("`/confirm`")
    assert asks_for_task("/confirm")
