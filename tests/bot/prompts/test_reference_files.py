"""What a task reads: in view within its share, in part where it is long, never silently absent."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.code import outline_file
from bot.models.token_estimate import estimate_call_tokens, estimate_tokens
from bot.plan import Task
from bot.prompts.budget import TaskTooLargeError
from bot.prompts.inputs import FileContext, TaskPromptInput
from bot.prompts.reference_files import MIN_EXCERPT_TOKENS, cut_excerpt
from bot.prompts.strategies import LOCAL_STRATEGIES
from bot.prompts.task_prompt import TaskPrompt, compose_prompt

FUNCTION = "def {0}(amount):\n    total = amount\n    for _ in range(9):\n        total += 1\n    return total\n"
LONG = "\n\n".join(FUNCTION.format(f"step_{n}") for n in range(600))
QUERY = TaskPromptInput(
    task=Task(id="ask", kind="query", text="What does `step_444` return?"),
    content=None,
    strategy=LOCAL_STRATEGIES[0],
    window=4096,
    reply=512,
)


def asked_of(content: str, text: str, *reads: tuple[str, str]) -> TaskPromptInput:
    known = FileContext(outline=outline_file("own.py", content.encode()))
    task = Task(id="t", file="own.py", text=text)
    return replace(QUERY, task=task, content=content, reads=reads, file_context=known, window=8192)


def read(context: TaskPrompt, path: str) -> str:
    return next((each.text for each in context.parts if each.name == f"read {path}"), "")


def test_a_question_is_shown_what_it_speaks_of_in_a_file_too_long() -> None:
    """Its index and its sections, within the window; that it is not all is said."""
    context = compose_prompt(replace(QUERY, reads=(("long.py", LONG), ("short.py", "SHORT = 1\n"))))
    told = read(context, "long.py")
    assert "def step_444(amount):\n    total = amount\n" in told
    assert "more definitions up to line" in told
    assert "SHORT = 1" in read(context, "short.py")
    assert context.dropped == ("read long.py, all but some of it",)
    assert estimate_call_tokens(context.prompt.system, context.prompt.user) <= 4096 - 512


@pytest.mark.parametrize("count", [lambda text: 2 * estimate_tokens(text), estimate_tokens])
def test_a_question_is_never_asked_without_what_it_reads(count: object) -> None:
    """Where nothing of a file has room, that file is named; where the count is dear, too."""
    asked = replace(QUERY, reads=(("long.py", LONG),), count=count)  # type: ignore[arg-type]
    with pytest.raises(TaskTooLargeError, match=r"no room for long\.py"):
        compose_prompt(replace(asked, window=512 + 180))


def test_what_is_read_takes_no_room_of_the_file_beyond_its_share() -> None:
    """Two huge files to read leave a long file most of what it has without them."""
    own = "\n\n".join(FUNCTION.format(f"own_{n}") for n in range(300))
    alone = compose_prompt(asked_of(own, "`own_7` and the steps of own."))
    beside = compose_prompt(
        asked_of(own, "`own_7` and the steps of own.", ("a.py", LONG), ("b.py", LONG))
    )
    sizes = [
        estimate_tokens(next(each.text for each in context.parts if each.name == "file"))
        for context in (alone, beside)
    ]
    assert sizes[1] * 2 >= sizes[0]
    assert all(
        estimate_tokens(read(beside, path)) > MIN_EXCERPT_TOKENS for path in ("a.py", "b.py")
    )


def test_what_is_read_is_whole_where_the_window_has_room() -> None:
    """A small file to write leaves more than a share."""
    text = "\n\n".join(FUNCTION.format(f"step_{n}") for n in range(110))
    assert estimate_tokens(text) > 8192 // 3
    context = compose_prompt(asked_of("X = 1\n", "Mend it.", ("a.py", text)))
    assert text in read(context, "a.py")
    assert not context.dropped


HOSTILE = {
    "empty": "",
    "blank": "\n" * 9000,
    "one line": "x" * 500_000,
    "ticks": "`" * 50_000,
    "bom": "\ufeff" + LONG,
    "nul": LONG + "\0",
    "cr": LONG.replace("\n", "\r"),
    "broken": "def f(:\n" * 5000,
    "wide": "é\u2028" * 9000,
}


@settings(max_examples=30)
@given(
    st.sampled_from(sorted(HOSTILE)),
    st.sampled_from(["a.py", "b.md", "c"]),
    st.integers(MIN_EXCERPT_TOKENS, 3000),
    st.sampled_from(["", "lines 7-90", "`step_9`"]),
)
@pytest.mark.slow
def test_an_excerpt_keeps_to_its_room(kind: str, path: str, room: int, said: str) -> None:
    """Whatever the file holds, and the same each time."""
    text = HOSTILE[kind]
    told = cut_excerpt(path, text, said, room)
    assert estimate_tokens(told) <= room
    assert told == cut_excerpt(path, text, said, room)
