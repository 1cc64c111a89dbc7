"""The prefix that a cache can reuse, what a prompt holds of others' work, and what goes first."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, takewhile

import pytest

from bot.code import outline_file
from bot.models.token_estimate import estimate_tokens
from bot.plan import Task
from bot.prompts.budget import DROP_ORDER, TaskTooLargeError, fit_parts, make_part
from bot.prompts.inputs import FileContext, TaskPromptInput
from bot.prompts.neighbours import NearbyCalls
from bot.prompts.strategies import LOCAL_STRATEGIES, SENIOR_STRATEGIES, Strategy
from bot.prompts.task_prompt import TaskPrompt, compose_prompt

CODE = "def add(a, b):\n    return a - b\n"
TASK = Task(id="fix-add", file="src/sums.py", text="add() must add.")
OTHER = "def twice(a):\n    return add(a, a)\n\n\ndef old(a):\n    return a\n"
CODE_CALLS = f"from src.other import old\n\n\n{CODE}\n\ndef three():\n    return old(3)\n"
OUTLINES = {
    "src/sums.py": outline_file("src/sums.py", CODE_CALLS.encode()),
    "src/other.py": outline_file("src/other.py", OTHER.encode()),
}
ASKED = TaskPromptInput(
    task=TASK,
    content=CODE_CALLS,
    strategy=Strategy("all", tests="all", digest="all", draft="beside", hint="Take care."),
    window=8192,
    reply=1000,
    digest="x: " + "the digest of a long failure, " * 30,
    tests=(("tests/test_sums.py", "assert add(1, 2) == 3"),),
    reads=(("src/read.py", "READ = 1"),),
    answers=(("find-callers", "Nobody calls it."),),
    coaching=("Prefer plain functions.",),
    examples=("1a2b3c4: Add a sum.\n```\n+sum\n```",),
    guidance=(("src/AGENTS.md", "Sums take whole numbers."),),
    stalls=("The last answer left the file as it was.",),
    job="This is a part of the job: Sums.",
    draft="def add(a, b):\n    return b - a\n",
    file_context=FileContext(
        outline=OUTLINES["src/sums.py"],
        calls=NearbyCalls(OUTLINES),
        read={"src/other.py": OTHER}.get,
        folders=("src/: Sums of all kinds.",),
        finished_tasks=("before: src/x.py +1 -1; passed test; It must.",),
    ),
)
KINDS = {"read src/read.py": "reads", "answer of find-callers": "answers"}


def shared_by(one: str, two: str) -> str:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False))
    return "".join(a for a, _ in same)


def tighter() -> Iterator[TaskPrompt]:
    """The same call in ever smaller windows, until the task itself has no room."""
    for window in range(2000, 0, -5):
        try:
            yield compose_prompt(replace(ASKED, window=window))
        except TaskTooLargeError:
            return


def names(context: TaskPrompt) -> list[str]:
    return [part.name for part in context.parts]


def test_every_part_is_there_where_there_is_room_most_stable_first() -> None:
    """What holds for the job, then for the task, its code, and last what an attempt changes."""
    assert names(compose_prompt(ASKED)) == [
        "coaching",
        "job",
        "guidance",
        "folder notes",
        "memory",
        "read src/read.py",
        "examples",
        "answer of find-callers",
        "task",
        "neighbours",
        "neighbours' bodies",
        "file",
        "test tests/test_sums.py",
        "digest",
        "draft",
        "hints",
        "form",
    ]


def test_parts_go_in_one_order_and_it_is_said() -> None:
    """Examples, folder notes, memory, bodies, neighbours, and so on: a prefix of one list at any window."""
    order: list[str] = []
    for context in tighter():
        gone = [KINDS.get(name, name).split(",")[0] for name in context.dropped]
        gone = ["tests" if name.startswith("test ") else name for name in gone]
        assert gone[: len(order)] == order
        order = gone
        assert {"task", "file", "digest", "form"} <= set(names(context))
    present = [kind for kind in DROP_ORDER if kind not in {"line index", "failing test"}]
    assert order == present


@pytest.mark.parametrize("turn", [1, -1])
def test_of_equals_the_largest_goes_first(turn: int) -> None:
    """A huge part takes no small one along, wherever it stands."""
    huge, small = (
        make_part("read huge", "x " * 900, "", kind="reads"),
        make_part("read small", "y", ""),
    )
    small = replace(small, priority=huge.priority)
    fitted = fit_parts([huge, small][::turn], estimate_tokens, 100)
    assert fitted.dropped == ("read huge",)
    assert fitted.parts == (small,)


def test_what_is_left_of_a_failure_is_little_but_never_nothing() -> None:
    """The digest is the last to go, and its beginning stays."""
    *_, context = tighter()
    assert context.dropped[-1] == "digest, all but a little"
    told = next(part.text for part in context.parts if part.name == "digest")
    assert told.startswith("The check fails now:\nx: the digest of a long failure")
    assert estimate_tokens(told) <= 120


@pytest.mark.parametrize("angles", [LOCAL_STRATEGIES, SENIOR_STRATEGIES])
def test_attempts_at_one_task_share_all_up_to_what_the_last_one_left(
    angles: tuple[Strategy, ...],
) -> None:
    """Where two show the same file, the tests or the digest are the first that differ."""
    for one, two in pairwise(angles):
        first = compose_prompt(replace(ASKED, strategy=one, digest="first"))
        second = compose_prompt(replace(ASKED, strategy=two, digest="second", attempt=1, seed=2))
        same = [a for a, b in zip(first.parts, second.parts, strict=False) if a == b]
        assert "task" in [part.name for part in same]
        files = [next(p.text for p in c.parts if p.name == "file") for c in (first, second)]
        if files[0] == files[1]:
            shared = shared_by(first.prompt.user, second.prompt.user)
            assert files[0] in shared
            assert len(shared) >= first.prompt.user.index(files[0]) + len(files[0])


def test_the_next_task_of_a_job_shares_system_coaching_and_job() -> None:
    """Its folders, memory and file are its own."""
    other = replace(TASK, id="next", file="lib/next.py", text="Do the next thing.")
    known = FileContext(
        folders=("lib/: The rest.",), finished_tasks=("fix-add: src/sums.py +1 -1; passed test",)
    )
    first = compose_prompt(ASKED)
    second = compose_prompt(replace(ASKED, task=other, content="x = 1\n", file_context=known))
    assert first.prompt.system == second.prompt.system
    shared = shared_by(first.prompt.user, second.prompt.user)
    assert "Prefer plain functions." in shared
    assert "part of the job: Sums." in shared


def test_an_answer_of_a_query_has_two_hundred_tokens_at_most() -> None:
    """Whatever was recorded."""
    context = compose_prompt(replace(ASKED, answers=(("q", "0123456789 " * 400),)))
    told = next(part for part in context.parts if part.name == "answer of q")
    assert estimate_tokens(told.text) <= 200 + estimate_tokens("Answer to q: ")


def test_an_exact_count_takes_the_place_of_the_estimate() -> None:
    """A tier that counts for itself may send more, and never more than its window."""
    window = 1500
    exact = compose_prompt(replace(ASKED, window=window, count=lambda text: len(text) // 4))
    assert len(exact.dropped) < len(compose_prompt(replace(ASKED, window=window)).dropped)
    dear = compose_prompt(replace(ASKED, window=1800, count=lambda text: 2 * estimate_tokens(text)))
    assert dear.tokens + dear.prompt.reply <= 1800
    assert dear.dropped
