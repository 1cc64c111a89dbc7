"""The text of a reply, token by token: thought, stop words, characters of several bytes."""

import pytest

from bot.models.generated_text import THOUGHT_TAGS, GeneratedText, ThoughtTags, find_opened
from bot.models.reasoning import split_reasoning

ANSWER = "Here:\n```\nx = 1\n```\n"


def generate(pieces: list[bytes], opened: str = "", stops: tuple[str, ...] = ()) -> GeneratedText:
    text = GeneratedText(opened, stops)
    for piece in pieces:
        text.add_piece(piece)
    return text


@pytest.mark.parametrize("tags", THOUGHT_TAGS, ids=lambda tags: tags.begin)
@pytest.mark.parametrize("opened", [True, False])
def test_a_thought_of_any_tags(tags: ThoughtTags, opened: bool) -> None:
    """Whoever wrote its first tag, the thought is open up to its last one and its tokens are counted."""
    first = [] if opened else [tags.begin.encode()]
    text = generate([*first, b"\nLet", b" me see."], tags.begin if opened else "")
    assert text.open_thought == tags
    assert text.thought_tokens == len(first) + 2
    text.add_piece(tags.end.encode())
    assert text.open_thought is None
    assert text.thought_tokens == len(first) + 2


@pytest.mark.parametrize("tags", THOUGHT_TAGS, ids=lambda tags: tags.begin)
def test_a_thought_that_is_ended_for_the_model(tags: ThoughtTags) -> None:
    """What was added ends it for every reader, and what follows is the answer."""
    text = generate([b"\nLet me", b" see"], tags.begin)
    assert text.close_thought(tags, 4).endswith(tags.close)
    assert text.open_thought is None
    assert (text.tokens, text.thought_tokens) == (6, 6)
    text.add_piece(ANSWER.encode())
    split = split_reasoning(text.text)
    assert split.closed
    assert "Let me see" in split.thought
    assert split.answer.strip() == ANSWER.strip()


def test_no_thought() -> None:
    """An answer that speaks of a tag, or begins with another one, is no thought."""
    for piece in (b"Use <think> here", b"<thinker>", b"", b"```\n<think>"):
        assert generate([piece]).open_thought is None, piece


@pytest.mark.parametrize(
    ("prompt", "opened"),
    [
        ("<|im_start|>assistant\n<think>\n", "<think>"),
        ("<|Assistant|><think>", "<think>"),
        ("assistant\n<think>\n\n</think>\n\n", ""),
        ("<|im_start|>assistant\n", ""),
    ],
)
def test_what_a_prompt_ends_with(prompt: str, opened: str) -> None:
    """A thought is opened by a prompt whose last words are its first tag."""
    assert find_opened(prompt) == opened


def test_a_character_of_several_tokens() -> None:
    """Its bytes wait until they are all there."""
    text = GeneratedText("", ())
    assert [text.add_piece(bytes([byte])) for byte in "é".encode()] == ["", "é"]


def test_a_stop_word_over_two_tokens() -> None:
    """The text ends before it; a tag that the prompt wrote is none of the reply's own."""
    assert generate([b"one EN", b"D two"], stops=("END",)).text == "one "
    assert generate([b"one"], "<think>", stops=("think",)).text == "<think>one"
