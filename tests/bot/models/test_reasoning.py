import pytest
from support.processor_time import require_within

from bot.models.reasoning import ThoughtWatch, split_reasoning

ANSWER = "```python\ncode()\n```\n"
THOUGHT = "Let me think: it is `x`.\n```python\ndraft()\n```\nDon't stop yet.\n"
MARKS = {
    "think": "<think>{}</think>",
    "think on lines": "<think>\n{}\n</think>\n\n",
    "thinking": "<thinking>{}</thinking>",
    "capitals": "<THINK>{}</THINK>",
    "square": "[THINK]{}[/THINK]",
    "thought": "<thought>{}</thought>",
    "reasoning": "<reasoning>\n{}</reasoning>\n",
    "seed": "<seed:think>{}</seed:think>",
    "scratchpad": "<SCRATCHPAD>{}</SCRATCHPAD>",
    "openthinker": "<|begin_of_thought|>{}<|end_of_thought|>",
    "cohere": "<|START_THINKING|>{}<|END_THINKING|>",
    "gemma": "<|channel>thought\n{}<channel|>",
    "kimi": "◁think▷{}◁/think▷",
    "titled": "<Think>\n{}</Think>\n",
    "titled, a word of code": "<Thought>\n{}</Thought>\n",
    "attributes": '<think time="3" effort=low>{}</think>\n',
    "analysis": "<analysis>\n{}</analysis>\n",
    "planning": "<planning>{}</planning>",
    "monologue": "<inner_monologue>\n{}\n</inner_monologue>\n",
    "cot": "<cot>{}</cot>",
    "granite": "Here is my thought process:\n{}\nHere is my response:\n",
    "granite, short": "Here's my thought process: {}\n\nHere's my response: \n",
    "apriel": "Here are my reasoning steps:\n{}\n[BEGIN FINAL RESPONSE]\n",
    "after a word": "Okay. <think>{}</think>",
    "two": "<think>\na\n</think>\n\n<think>\n{}\n</think>\n",
    "harmony": "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    "harmony, whole": "<|start|>assistant<|channel|>analysis<|message|>{}<|end|>"
    "<|start|>assistant<|channel|>commentary<|message|>I will.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>",
    "harmony, plain": "analysis{}assistantfinal",
}
OPENED_BY_TEMPLATE = {
    "template": "{}</think>",
    "template on lines": "\n{}\n</think>\n\n",
    "template, square": "{}[/THINK]",
    "a heading that may be an answer's": "**Thinking process:**\n{}\n**Answer:**\n",
    "plain words": "analysis\n{}\nfinal\n",
    "plain words, set off": "**analysis:**\n{}\n**final:**\n",
}
ENDS = (
    "</",
    "[/",
    "<channel|",
    "<|end",
    "<|END",
    "assistantfinal",
    "◁/",
    "Here is my r",
    "Here's my r",
    "[BEGIN",
)


@pytest.mark.parametrize("mark", {**MARKS, **OPENED_BY_TEMPLATE}.values())
@pytest.mark.parametrize("more", ["", "```python\nan open draft\n"])
def test_the_thought_is_taken_off_and_the_answer_is_whole(mark: str, more: str) -> None:
    """However it is marked, with drafts in it and fences it left open."""
    split = split_reasoning(mark.format(THOUGHT + more) + ANSWER)
    assert split.closed
    assert split.answer.removeprefix("Okay. \n") == ANSWER
    assert "draft()" in split.thought


@pytest.mark.parametrize("mark", MARKS.values())
def test_a_thought_that_never_ends_is_no_answer(mark: str) -> None:
    """Whatever drafts it holds."""
    text = mark.format(f"{THOUGHT}```python\nhalf a dra")
    end = max(text.rfind(closing) for closing in ENDS)
    split = split_reasoning(text[:end] if "<|end|>" not in text else text[: text.index("<|end|>")])
    assert (split.closed, split.answer) == (False, "")
    assert "draft()" in split.thought


@pytest.mark.parametrize(
    "answer",
    [
        "```python\nx = '</think>'\n```\n",
        "```html\n<think>\n</think>\n```\n",
        "```python\ns = a\n</think>\n```\n",
        "a.py\n<<<<<<< SEARCH\n</think>\n=======\n<think>\n>>>>>>> REPLACE\n",
        "*** Begin Patch\n*** Update File: a\n-<think>\n+</think>\n*** End Patch\n",
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-</think>\n+<think>\n",
        f'Use `</think>` here, not "<think>".\n{ANSWER}',
        f"It returns Vec<Thought> or Box<Reasoning> now.\n{ANSWER}",
        "```python\nd[think]\n```",
        "<Thought>\n  <Reasoning/>\n</Thought>\n",
        "<Think />\n<Think depth={2} />\n",
        "The `<analysis>` element and <planning/> stay.\n",
        "Thought process: none needed.\n```python\nx = 1\n```\n",
        "analysis\nof the file\n",
        "plain",
        "",
    ],
)
def test_what_an_answer_says_of_such_tags_stays(answer: str) -> None:
    """A tag in a fence, a block, a patch, a string or the name of a type is text of a file."""
    for before in ("", "<think>hm</think>\n", "I think.\n</think>\n"):
        assert split_reasoning(before + answer).answer == answer


def test_a_file_with_such_a_tag_asks_for_one_on_its_own_line() -> None:
    """Only there it ends a thought that has no beginning."""
    files = [b"one = 1\n# </think>\n"]
    inline = f"{ANSWER}<!-- </think> -->\n"
    assert split_reasoning(inline, files).answer == inline
    assert split_reasoning(f"I think.\n</think>\n{ANSWER}", files).answer == ANSWER


def test_an_answer_between_tags_of_its_own() -> None:
    """They are no part of it."""
    thought = f"<reasoning>\n{THOUGHT}</reasoning>\n"
    for opens, closes in (
        ("<answer>\n", "</answer>\n"),
        ("<|begin_of_solution|>", "<|end_of_solution|>"),
        ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ):
        assert split_reasoning(f"{thought}{opens}{ANSWER}{closes}").answer.strip() == ANSWER.strip()


@pytest.mark.parametrize(
    "hostile",
    [
        "</think>" * 60_000,
        "<think>" * 60_000,
        "<think a=" * 60_000,
        "Here is my thought process:\n" + "# Answer\n [BEGIN" * 60_000,
        "Thinking process:" + " \n" * 300_000,
        "<think></think>" * 40_000,
        "```\n</think>\n" * 40_000,
        "<<<<<<< S\n</think>\n" * 30_000,
        "<|channel|>a<|message|>" * 30_000,
        "analysisA" + "assistant " * 60_000,
        "\n@@\n" + "+</think>\n" * 50_000,
        "```" + " " * 900_000 + "`",
        "</think><answer>" + "</answer> " * 90_000,
    ],
)
@pytest.mark.slow
def test_hostile_text_takes_no_longer_than_any(hostile: str) -> None:
    """Time grows with the length of the text, whatever stands in it."""
    require_within(5, lambda: split_reasoning(hostile))


@pytest.mark.parametrize("mark", MARKS.values())
def test_while_it_streams_a_thought_is_no_answer(mark: str) -> None:
    """At whatever character the text ends so far, and however the pieces are cut."""
    text = mark.format(THOUGHT) + ANSWER
    for size in (1, 2, 3, 5, 8, 13, len(text)):
        watch = ThoughtWatch()
        ends = [*range(size, len(text), size), len(text)]
        answers = [text[:end][watch.find_answer(text[:end]) :] for end in ends]
        shown = [answer for answer in answers if "draft" in answer]
        # "Okay." stands before any mark, and the first of two thoughts ends before the second.
        assert not shown or mark.startswith(("Okay", "<think>\na"))
        assert ANSWER.startswith(answers[-1].strip()[:5]) or answers[-1].endswith(ANSWER)


def test_what_streams_without_a_mark_is_the_answer() -> None:
    """From its first character on."""
    watch = ThoughtWatch()
    assert [watch.find_answer(ANSWER[:end]) for end in range(len(ANSWER))] == [0] * len(ANSWER)


FORMS = {
    "fence": ANSWER,
    "blocks": "a.py\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n",
    "patch": "*** Begin Patch\n*** Update File: a.py\n@@\n-one\n+two\n*** End Patch\n",
    "diff": "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-one\n+two\n",
}


@pytest.mark.parametrize("answer", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(
    "draft", [*FORMS.values(), "```python\nan open draft", "*** Begin Patch\n-"]
)
@pytest.mark.parametrize("mark", ["<think>{}</think>", "[THINK]{}[/THINK]\n", "{}</think>\n\n"])
def test_no_draft_is_taken_for_the_answer(mark: str, draft: str, answer: str) -> None:
    """Whatever form either has, also where the tag stands right between the two."""
    assert split_reasoning(mark.format(draft.rstrip("\n")) + answer).answer == answer
