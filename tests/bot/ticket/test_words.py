"""Whom plain words are for, and what they ask for; the lines of a suggestion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.github.webhooks import Person
from bot.ticket.addressing import Spoken, bot_names, find_addressee, is_addressed
from bot.ticket.spoken_command import find_spoken_command
from bot.ticket.suggestions import (
    SuggestionError,
    choose_suggestion,
    find_suggestions,
    lay,
    map_lines,
    words_beside,
)
from bot.ticket.words import asks_for_more, read_ask

NAMES = bot_names(Person(1, "bricklayer[bot]", bot=True))


@pytest.mark.parametrize(
    ("ask", "bodies"),
    [
        (
            "question",
            (
                "Why is this needed?|Why a function?|This looks odd. Why is it needed?|what does this do"
                "|@bricklayer why is that?|Can you explain this?|Please explain why.|Is this right?"
            ),
        ),
        (
            "change",
            (
                "Could you rename it?|Rename x to y.|Should this be >=?|Why not use a set?|typo"
                "|Is this tested? If not, add a test.|Looks good, but rename it|It must be linear. Is it?"
                "|Please explain it in a docstring.|On second thought: do NOT raise|bank.py: wrong"
            ),
        ),
        (
            "nothing",
            (
                "Never mind.|nvm|Please ignore my comment above.|Nothing to change here.|:tada:"
                "|I'll do it myself.|Leave it as it is.|> ```\n> x\n> ```"
            ),
        ),
        (
            "change",
            (
                "Not needed.|No need to raise here.|Never mind the style, but rename it"
                "|Ignore this error|```python\nreturn 1\n```"
            ),
        ),
        ("nothing", "LGTM|Nice work, thanks!|+1|👍|> Rename it.\n\nok|`x = 1`|Looks fine to me."),
    ],
)
def test_words_ask_for_a_change_unless_they_are_thanks_or_only_a_question(
    ask: str, bodies: str
) -> None:
    assert {body: read_ask(body) for body in bodies.split("|")} == dict.fromkeys(
        bodies.split("|"), ask
    )


@pytest.mark.parametrize(
    ("whom", "bodies"),
    [
        (
            "bot",
            (
                "@bricklayer do|@bricklayer[bot] do|@Bricklayer, do|please @bricklayer.|@bricklayer's"
                "|@other and @bricklayer: x|**@bricklayer** do|- @bricklayer do it|(@bricklayer)"
            ),
        ),
        (
            "others",
            (
                "@other do|hi @other|@bricklayer-dev x|@bricklayer/team x|@other/team look, @bricklayer"
                "|@other, what does @bricklayer do?|@bricklayerx do"
            ),
        ),
        (
            "nobody",
            (
                "me@bricklayer.dev|`@bricklayer`|> @bricklayer|<!-- @bricklayer -->|[@bricklayer](x)"
                "|```\n@bricklayer\n```|https://x.dev/@bricklayer|@@bricklayer|bricklayer"
            ),
        ),
    ],
)
def test_a_mention_is_what_github_makes_one_and_never_in_code_or_quotation(
    whom: str, bodies: str
) -> None:
    found = {body: find_addressee(body, NAMES) for body in bodies.split("|")}
    assert found == dict.fromkeys(bodies.split("|"), whom)


def test_in_a_thread_an_answer_to_another_person_is_not_for_the_bot() -> None:
    said = [(1, "Rename."), (1, "@two ok?"), (2, "fine"), (1, "ah"), (9, ""), (1, "Do it.")]
    thread = [Spoken(by, body, ours=by == 9) for by, body in said]
    assert [is_addressed(thread, at, NAMES) for at in (0, 1, 2, 3, 5)] == [
        *(True, False, False, False, True)
    ]
    again = [Spoken(1, "@two ok?"), Spoken(1, "Do not raise.")]
    assert is_addressed(again, 1, NAMES)


def test_a_suggestion_is_a_block_of_the_writers_own_whatever_its_fence_and_line_ends() -> None:
    body = "Use this:\r\n````suggestion\r\na\r\n```\r\n````\r\n\r\n> ```suggestion\r\n> q\r\n> ```"
    assert find_suggestions(body) == ("a\n```\n",)
    assert words_beside(body).startswith("Use this:\n\n>")
    assert find_suggestions("```python\nx\n```\n```suggestions\nx\n```") == ()
    assert choose_suggestion("```suggestion\na\n```\n```suggestion\na\n```") == "a\n"
    with pytest.raises(SuggestionError):
        choose_suggestion("```suggestion\na\n```\n```suggestion\nb\n```")


@pytest.mark.parametrize(
    ("old", "new", "suggestion", "result"),
    [
        ("a\nb\nc\n", "b", "B\n", "a\nB\nc\n"),
        ("a\r\nb\r\nc\r\n", "b", "B\nBB\n", "a\r\nB\r\nBB\r\nc\r\n"),
        ("a\nb\nc", "c", "C\nD\n", "a\nb\nC\nD"),
        ("a\nb\nc\n", "b", "", "a\nc\n"),
        ("a\nb\nc\n", "b", "\n", "a\nc\n"),
        ("a\nb\nc\n", "b", "  B \n\n", "a\n  B \n\nc\n"),
    ],
)
def test_new_lines_stand_just_as_they_are_and_end_as_the_old_ones_did(
    old: str, new: str, suggestion: str, result: str
) -> None:
    line = [each.strip() for each in old.split("\n")].index(new) + 1
    assert lay(old.encode(), "a.py", line, 1, suggestion).content.decode() == result


@given(st.data())
def test_lines_are_found_where_they_moved_and_nowhere_once_they_changed(
    data: st.DataObject,
) -> None:
    """The lines of a hunk in the old file are gone; the others move by what came before them."""
    old = [f"line {n}" for n in range(1, data.draw(st.integers(2, 12)) + 1)]
    at = data.draw(st.integers(0, len(old)))
    gone = data.draw(st.integers(0, len(old) - at))
    come = data.draw(st.integers(0 if gone else 1, 3))
    new = [*old[:at], *(f"new {n}" for n in range(come)), *old[at + gone :]]
    header = f"@@ -{at + 1 if gone else at},{gone} +{at + 1 if come else at},{come} @@\n"
    first = data.draw(st.integers(1, len(old)))
    last = data.draw(st.integers(first, len(old)))
    wanted = old[first - 1 : last]
    found = map_lines(header, first, last)
    places = [n + 1 for n in range(len(new)) if new[n : n + len(wanted)] == wanted]
    assert found == (places[0] if places else None)


def test_words_beside_a_suggestion_are_its_explanation_unless_they_ask_for_more() -> None:
    assert not any(map(asks_for_more, ("Use this:", "Early return is clearer.", "Why both?")))
    assert all(map(asks_for_more, ("Also add a test.", "Please rename it.", "Same below.")))


@given(st.text(max_size=200))
def test_any_words_are_read(body: str) -> None:
    assert read_ask(body) in {"change", "question", "nothing"}
    assert find_addressee(body, NAMES) in {"bot", "others", "nobody"}
    assert isinstance(words_beside(body), str)


@pytest.mark.parametrize(
    ("name", "bodies"),
    [
        ("cancel", "@bricklayer stop|Please cancel this job|@bricklayer, abort!|Can you stop?"),
        ("approve", "@bricklayer LGTM|@bricklayer go ahead 🚀|yes please|Looks good to me"),
        ("update", "@bricklayer rebase on main|please update the branch"),
        ("", "stop raising here|update this|update the docs|thanks|hold the lock|" + "x " * 30_000),
    ],
)
def test_words_are_a_command_only_where_they_are_nothing_else(name: str, bodies: str) -> None:
    found = {body: find_spoken_command(body) for body in bodies.split("|")}
    assert found == dict.fromkeys(bodies.split("|"), name)
