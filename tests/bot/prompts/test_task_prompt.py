from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.code import outline_file
from bot.failures import Failure, Place
from bot.models.model import Prompt
from bot.models.token_estimate import estimate_call_tokens
from bot.plan import Task
from bot.prompts.budget import TaskTooLargeError
from bot.prompts.inputs import FileContext, TaskPromptInput
from bot.prompts.strategies import (
    LOCAL_STRATEGIES,
    SENIOR_STRATEGIES,
    DigestDetail,
    Strategy,
    choose_strategy,
)
from bot.prompts.task_prompt import SYSTEM, compose_prompt

TASK = Task(id="fix-add", file="src/sums.py", text="add() must add.")
CODE = "def add(a, b):\n    return a - b\n"
RED = (
    'Traceback (most recent call last):\n  File "t.py", line 1, in test_add\n'
    "    assert add(1, 2) == 3\nAssertionError"
)
EVERYTHING = Strategy("all", tests="all", digest="all", draft="beside", hint="Take care.")
FIX = Strategy("fix", "fix", draft="instead")


def build(task: Task, content: str | None, **parts: object) -> Prompt:
    return compose_prompt(TaskPromptInput(task=task, content=content, **parts)).prompt  # type: ignore[arg-type]


def full(window: int = 8000, **changes: object) -> Prompt:
    parts: dict[str, object] = {
        "strategy": EVERYTHING,
        "window": window,
        "reply": 1000,
        "digest": "the digest",
        "tests": [("tests/test_sums.py", "assert add(1, 2) == 3")],
        "reads": [("src/other.py", "OTHER = 1")],
        "answers": [("find-callers", "Nobody calls it.")],
        "coaching": ["Prefer plain functions."],
        "stalls": ["The last answer left the file as it was."],
        "job": "src/sums.py: add",
        "draft": "def add(a, b):\n    return b - a\n",
    }
    return build(TASK, CODE, **{**parts, **changes})


TOLD: tuple[DigestDetail, ...] = ("brief", "all")
ORDER = [
    "Prefer plain functions.",
    "src/sums.py: add",
    "OTHER = 1",
    "Nobody calls it.",
    "add() must add.",
    "return a - b",
    "assert add(1, 2)",
    "the digest",
    "return b - a",
    "left the file as it was",
    "Take care.",
    "Reply with",
]
DROPPED_FIRST = [
    "src/sums.py: add",
    "return b - a",
    "assert add(1, 2)",
    "OTHER = 1",
    "Nobody calls it.",
    "Prefer plain functions.",
]


def test_parts_run_from_most_to_least_stable() -> None:
    """Coaching, map, the task with its file, and last what changes with each attempt."""
    places = [full().user.index(part) for part in ORDER]
    assert places == sorted(places)


def test_the_same_parts_give_the_same_bytes() -> None:
    """Nothing but the arguments goes into a prompt."""
    assert full() == full()


def test_attempts_share_their_beginning() -> None:
    """What failed comes after task and file, so a prefix cache still serves the next attempt."""
    one, two = full(digest="first").user, full(digest="second", stalls=["again"]).user
    assert one[: one.index("first")] == two[: two.index("second")]


@pytest.mark.parametrize("window", range(1210, 1600, 10))
def test_the_window_is_never_exceeded(window: int) -> None:
    """Prompt and reply fit, and what is dropped is the least valuable part."""
    prompt = full(window)
    assert estimate_call_tokens(prompt.system, prompt.user) + prompt.reply <= window
    gone = [part not in prompt.user for part in DROPPED_FIRST]
    assert gone == sorted(gone, reverse=True)
    assert "add() must add." in prompt.user
    assert "return a - b" in prompt.user


def test_the_task_itself_is_never_cut() -> None:
    """A text that does not fit is a fault of the plan, said with the numbers."""
    long = replace(TASK, text="add() must add. " * 2000)
    with pytest.raises(TaskTooLargeError, match=r"split it$") as raised:
        build(long, CODE, strategy=LOCAL_STRATEGIES[0], window=4096, reply=1024)
    assert raised.value.window == 4096
    assert raised.value.needs > 4096
    assert "fix-add" in str(raised.value)


@pytest.mark.parametrize(
    ("mergeable", "strategy", "asked"),
    [
        (True, Strategy("whole", "file"), "the functions, methods or classes that you change"),
        (True, Strategy("blocks", "file", blocks=True), "SEARCH"),
        (False, Strategy("whole", "file"), "SEARCH"),
    ],
)
def test_a_file_too_long_to_repeat_is_asked_for_by_its_changes(
    mergeable: bool, strategy: Strategy, asked: str
) -> None:
    """By definitions where those can be told apart, unless the strategy wants blocks."""
    known = FileContext(mergeable=mergeable)
    prompt = build(TASK, CODE * 60, strategy=strategy, window=8000, reply=400, file_context=known)
    assert asked in prompt.user
    assert "complete new" not in prompt.user


def test_a_file_that_is_not_there_is_asked_for_whole() -> None:
    """Nothing can be edited in a new file, whatever the angle."""
    prompt = build(TASK, None, strategy=Strategy("whole", "file"), window=4096, reply=1024)
    assert "src/sums.py does not exist yet." in prompt.user
    assert "complete new src/sums.py" in prompt.user


def test_the_room_of_a_reply_does_not_follow_from_the_file() -> None:
    """A stub of two lines may be answered with the whole room that the tier has."""
    stub = "def parse(text):\n    raise NotImplementedError\n"
    for content in (stub, CODE, None):
        prompt = build(TASK, content, strategy=FIX, window=8192, reply=2048, thinking=1024)
        assert (prompt.reply, prompt.thinking) == (2048, 1024)


def test_each_attempt_takes_up_another_failure() -> None:
    """Asked to fix one thing at a time, a model is not asked for the same one for ever."""
    failures = tuple(Failure((f"test_{n}",), (f"add({n})",)) for n in range(2))
    asked = {"strategy": replace(FIX, tests="one"), "digest": "red", "failures": failures}
    told = [full(**asked, attempt=n).user for n in (2, 3)]
    assert "add(0)" in told[0]
    assert "add(1)" not in told[0]
    assert "add(1)" in told[1]


def test_a_draft_stands_in_the_place_of_the_file() -> None:
    """As what it is, and asked for whole; of the file only what it dropped stands beside it."""
    before = f"{CODE}\n\ndef double(a):\n    return 2 * a\n"
    draft = before.replace("a - b", "b - a")
    prompt = compose_prompt(
        TaskPromptInput(
            task=TASK, content=before, draft=draft, strategy=FIX, window=8000, reply=1000,
            file_context=FileContext(outline=outline_file("src/sums.py", before.encode())),
        )
    ).prompt.user  # fmt: skip
    assert "src/sums.py, a first version, which still fails" in prompt
    assert "complete fixed src/sums.py" in prompt
    shown, _, dropped = prompt.partition("src/sums.py, as it was before that version")
    assert "return b - a" in shown
    assert "def add(a, b):\n    return a - b\n" in dropped
    assert prompt.count("def double(a):") == 1


def test_a_draft_that_dropped_nothing_stands_alone() -> None:
    prompt = full(strategy=FIX, draft=f"{CODE}\n\nx = add(1, 2)\n")
    assert "before that version" not in prompt.user


def test_without_a_draft_to_fix_the_file_is_shown() -> None:
    """Nothing came nearer than the file itself, and the attempt before may have hidden a body."""
    prompt = full(strategy=FIX, draft="", reply=300)
    assert "first version" not in prompt.user
    assert "return a - b" in prompt.user
    assert "complete new src/sums.py" in prompt.user


def test_where_bodies_are_left_out_the_failures_places_are_told() -> None:
    """Where it failed says most, and the one line of it is a hint, no body to copy."""
    failed = Failure(
        titles=("test_add",),
        message=("AssertionError",),
        places=(
            Place("src/sums.py", 2, "add", "return a - b"),
            Place("t.py", 1, source="add(1, 2)"),
        ),
    )
    rewrite = Strategy("rewrite", "rewrite", tests="failing")
    prompt = full(strategy=rewrite, draft="", digest="it fails", failures=(failed,)).user
    assert "    ..." in prompt
    assert prompt.count("return a - b") == 1
    assert "add(1, 2)" in prompt


def test_a_task_without_words_has_those_of_its_job() -> None:
    """And they stay, however tight it is."""
    wordless = replace(TASK, text="")
    job = "This is a part of the job: Sums must be right."
    prompt = build(wordless, CODE, strategy=FIX, window=1024, reply=700, job=job)
    assert job in prompt.user
    assert "do what the job asks for in src/sums.py" in prompt.user


def test_a_query_asks_for_words() -> None:
    """A query task is answered in sentences and names no file to write."""
    task = Task(id="q", kind="query", text="Who calls add()?")
    prompt = build(task, None, strategy=LOCAL_STRATEGIES[0], window=4096, reply=512)
    assert "plain sentences" in prompt.user
    assert "code block" not in prompt.user


def test_a_fence_inside_the_file_does_not_close_its_own() -> None:
    """A file that holds fences is shown in a longer one."""
    prompt = build(TASK, "```\ninner\n```\n", strategy=LOCAL_STRATEGIES[0], window=4096, reply=512)
    assert "````python\n```\ninner\n```\n````" in prompt.user


def test_the_failure_is_told_as_the_angle_says() -> None:
    """What failed by test, or the whole digest: never nothing, though the test is in view."""
    angles = {told: Strategy("x", tests="all", digest=told) for told in TOLD}
    test = [("t.py", "assert add(1, 2) == 3")]
    texts = {
        told: build(TASK, CODE, strategy=one, digest=RED, tests=test, window=4096, reply=512).user
        for told, one in angles.items()
    }
    assert "AssertionError" in texts["brief"]
    assert ": assert add(1, 2) == 3" in texts["brief"]
    assert RED in texts["all"]


def test_bodies_are_never_left_out_at_two_attempts_in_a_row() -> None:
    """In the round of a local tier, its beginning anew included."""
    forms = [one.form for one in (*LOCAL_STRATEGIES, LOCAL_STRATEGIES[0])]
    assert "rewrite" in forms
    assert ("rewrite", "rewrite") not in pairwise(forms)


@pytest.mark.parametrize("angles", [LOCAL_STRATEGIES, SENIOR_STRATEGIES])
def test_no_attempt_repeats_the_call_before_it(angles: tuple[Strategy, ...]) -> None:
    """Neighbouring angles differ in what is asked or shown, not only in the seed."""
    asked = [replace(one, name="", temperature=0) for one in angles]
    assert all(one != after for one, after in pairwise(asked))
    assert len({one.name for one in angles}) == len(angles)


def test_more_attempts_than_angles_begin_again() -> None:
    """The registry is a round: a seventh attempt has an angle too."""
    assert choose_strategy("local", len(LOCAL_STRATEGIES)) == LOCAL_STRATEGIES[0]
    assert choose_strategy("senior", 1) == SENIOR_STRATEGIES[1]


@given(st.text(max_size=300), st.text(max_size=600), st.integers(900, 3000))
def test_any_content_fits_or_is_refused(text: str, digest: str, window: int) -> None:
    """Hostile text of any kind is either within the window or refused."""
    task = replace(TASK, text=text)
    try:
        prompt = build(task, CODE, strategy=EVERYTHING, digest=digest, window=window, reply=256)
    except TaskTooLargeError:
        return
    assert prompt.system == SYSTEM
    assert estimate_call_tokens(prompt.system, prompt.user) + prompt.reply <= window


def test_written_anew_the_old_body_is_not_shown() -> None:
    """A small model copies what it sees; what nobody speaks of is shown as it stands."""
    rewrite = Strategy("rewrite", "rewrite", tests="failing")
    assert "return a - b" not in full(strategy=rewrite).user
    assert "    ..." in full(strategy=rewrite).user
    other = build(replace(TASK, text="Mend it."), CODE, strategy=rewrite, window=4096, reply=512)
    assert "return a - b" in other.user
    assert "left out" not in other.user


def test_of_a_draft_only_what_the_failing_test_speaks_of_is_written_anew() -> None:
    """The task may speak of what is right by now, and the draft's faults are copied, too."""
    code = "def add(a, b):\n    return a - b\n\n\ndef double(a):\n    return a + 1\n"
    draft = code.replace("a - b", "a + b")
    task = replace(TASK, text="add() and double() are wrong.")
    test = ("t.py", "def test_double():\n    assert double(2) == 4\n")
    strategy = Strategy("anew", "rewrite", tests="one", draft="instead")
    prompt = build(
        task, code, strategy=strategy, draft=draft, tests=[test], digest=RED, window=4096, reply=512
    ).user
    assert "return a + b" in prompt
    assert "def double(a):\n    ..." in prompt
    assert "a first version, which still fails" in prompt
    assert "functions that are left out" in prompt


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\nimport os\n\nX = 1\n", "It begins like this:\nimport os"),
        ("X = '`'\n", ""),
        ("x" * 121, ""),
        ("", ""),
    ],
)
def test_a_whole_file_is_asked_for_with_its_first_line(content: str, told: str) -> None:
    """A small model copies the test, which stands nearer; a line that would mislead is not told."""
    prompt = build(TASK, content, strategy=LOCAL_STRATEGIES[0], window=4096, reply=512).user
    assert (told in prompt) if told else ("It begins like" not in prompt)


SUITE = """import unittest
from sums import add


class SumTest(unittest.TestCase):
    def test_positive(self):
        self.assertEqual(add(1, 2), 3)

    def test_zero(self):
        self.assertEqual(add(0, 0), 0)
"""


def test_where_bodies_are_left_out_the_passing_tests_say_what_they_did() -> None:
    """Each test stands there once, as failing or as passing."""
    failed = Failure(titles=("SumTest", "test_positive"), message=("AssertionError: -1 != 3",))
    known = FileContext(outline=outline_file("src/sums.py", CODE.encode()))
    prompt = full(
        strategy=Strategy("anew", "rewrite", tests="failing"), draft="", digest="it fails", failures=(failed,), file_context=known,
        tests=(("tests/test_sums.py", SUITE),),
    ).user  # fmt: skip
    _, failing, passing = prompt.partition("tests/test_sums.py, this must pass")[2].rpartition(
        "tests/test_sums.py, this passes already and must stay so"
    )
    assert failing
    assert "test_zero" in passing
    assert prompt.count("def test_zero") == prompt.count("def test_positive") == 1
