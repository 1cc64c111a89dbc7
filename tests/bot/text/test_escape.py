"""Somebody else's words act on nothing, wherever the bot posts them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.rendered_page import GFM, HOSTILE, Page, acts

from bot.text.escape import (
    ZERO_WIDTH_SPACE,
    code_block,
    commit_safe,
    defang_markdown,
    inline_text,
    link_to,
)

words = st.text(
    st.sampled_from("@#m1`~\n\r <>!/[]():-*_|&;x\\") | st.characters(codec="utf-8"), max_size=60
) | st.lists(st.sampled_from([*HOSTILE, "```", "~~~", "", "@mona", "#1", "<!--", "-->"])).map(
    "\n".join
)


@given(text=words)
def test_a_models_markdown_mentions_nobody_and_links_nowhere(text: str) -> None:
    assert not acts(defang_markdown(text))


@given(text=words)
def test_a_line_of_words_is_just_words(text: str) -> None:
    said = inline_text(text)
    assert "\n" not in said
    assert not acts(f"- {said} end")
    assert set(Page(f"- {said} end").tags) <= {"ul", "li"}


@given(text=words)
@example(text="````\n```\n@mona")
def test_what_is_verbatim_is_one_block_of_code(text: str) -> None:
    tokens = [t.type for t in GFM.parse(f"Before\n\n{code_block(text)}\n\nAfter") if t.level == 0]
    assert tokens == [
        "paragraph_open",
        "paragraph_close",
        "fence",
        "paragraph_open",
        "paragraph_close",
    ]


def test_posted_as_they_are_the_tricks_would_act() -> None:
    harmless = {"```\n@mona", "a\r```\r@mona\r```", "    @mona"}
    assert {text for text in HOSTILE if not acts(text)} == harmless


@pytest.mark.parametrize("text", HOSTILE)
def test_each_known_trick_is_only_shown(text: str) -> None:
    for said in (defang_markdown(text), inline_text(text), code_block(text)):
        assert not acts(f"Before\n\n{said}\n\nAfter")


@pytest.mark.parametrize(
    "url", ["https://a/)@mona", "https://a/)![x](//evil/p.png", "https://a\\", "https://a/)#1("]
)
def test_a_link_ends_where_it_is_meant_to_whatever_stands_in_its_address(url: str) -> None:
    page = Page(f"- {link_to('from', url)} end")
    assert (page.tags, page.text.split()) == (["ul", "li", "a"], ["from", "end"])


def test_code_of_an_answer_stays_as_it_is() -> None:
    code = "```python\n@property\ndef a(self): ...  # 1 <b>\n```"
    assert defang_markdown(f"Like this:\n\n{code}\n\nDone.") == f"Like this:\n\n{code}\n\nDone."


def test_ordinary_words_stay_as_they_are() -> None:
    text = "Withdraw must subtract: 5 - 2 is 3, and a < b & c. C# too."
    assert defang_markdown(text) == text
    assert (
        inline_text("Reject amounts that are not positive.")
        == "Reject amounts that are not positive."
    )


def test_what_nobody_sees_is_taken_out() -> None:
    assert inline_text("a\u202eb\U000e0041c\u2063") == "abc"
    assert "\u202e" not in code_block("a\u202eb")


def test_a_long_text_is_cut() -> None:
    assert len(inline_text("x" * 5000, 100)) == 100
    assert len(code_block("`" * 5000, 100)) < 400


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Fixes #12 and GH-3", "Fixes # 12 and GH- 3"),
        ("closes octocat/other#4", "closes octocat/other# 4"),
        ("thanks @mona", "thanks @ mona"),
        ("see https://github.com/o/r/pull/7", "see https://github.com/o/r/pull/ 7"),
        ("[skip ci] now", "(skip ci) now"),
        ("[CI SKIP] [no ci] [skip actions]", "(CI SKIP) (no ci) (skip actions)"),
        ("a@example.com, a[0], #fff", "a@example.com, a[0], #fff"),
    ],
)
def test_a_commits_message_names_nobody_closes_nothing_and_skips_no_ci(
    said: str, kept: str
) -> None:
    assert commit_safe(said) == kept


def test_the_break_is_what_github_looks_at_too() -> None:
    assert inline_text("@mona") == f"@{ZERO_WIDTH_SPACE}mona"
