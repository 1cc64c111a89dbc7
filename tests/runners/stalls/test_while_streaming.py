from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.stalls import (
    DEFAULT_LIMITS,
    AttemptSummary,
    StallLimits,
    create_watch,
    describe_stall,
    ends_in_loop,
    find_stall,
    find_stalls,
)


def streamed(text: str, step: int = 5) -> int:
    """Characters let through before the watch cut; the whole length where it never did."""
    watch = create_watch()
    for end in range(step, len(text) + step, step):
        if watch(text[:end]):
            return end
    return len(text)


def call(
    args: str, *, tool: str = "run", text: str = "out", kind: str = "observation"
) -> list[dict[str, object]]:
    return [{"kind": "action", "tool": tool, "args": args}, {"kind": kind, "text": text}]


def test_the_watch_ends_a_cli_that_goes_round_in_circles() -> None:
    """The fourth call of one tool with one outcome ends the reply, however little it has said."""
    watch, events = create_watch(), list[dict[str, object]]()
    cut = [watch("", events) for _ in range(4) if events.extend(call("ls")) is None]
    assert cut == ["", "", "", "same-action-same-outcome"]
    assert "tools" in describe_stall(cut[-1])
    assert find_stalls(AttemptSummary("x", cut=cut[-1]), [], "base") == (cut[-1], "monologue")


def test_an_answer_in_several_messages_is_no_stall() -> None:
    """A CLI asked for text only says it in as many messages as it likes."""
    watch = create_watch()
    messages = [{"kind": "message", "source": "agent", "text": f"part {n}"} for n in range(9)]
    assert not any(watch("", messages[:end]) for end in range(len(messages)))


@pytest.mark.parametrize(
    "text",
    [
        "I will fix it now. " * 200,
        "```python\n" + "def test_one():\n    assert solve(1) == 1\n\n" * 200,
        "```python\ndef f():\n" + " " * 5000,
        "Sure!\n" + "\n" * 5000,
        "```\n" + "0, " * 20_000,
    ],
)
def test_runaway_repetition_is_cut_while_it_streams(text: str) -> None:
    """The same piece over and over is cut before the reply's room is used up."""
    assert streamed(text) < len(text)


@pytest.mark.parametrize(
    "text",
    [
        "```python\nCODES = {\n"
        + "".join(f'    "name_{n}": {n},\n' for n in range(400))
        + "}\n```",
        "```python\nGRID = [\n" + "    [0, 0, 0, 0, 0, 0, 0, 0],\n" * 64 + "]\n```",
        "```python\nMAYBE = [\n" + "    None,\n" * 256 + "]\n```",
        "```python\n# " + "=" * 120 + "\nx = 1\n# " + "=" * 120 + "\n```",
        "```python\n" + "".join(f"assert f({n}) == {n * n}\n" for n in range(200)) + "```",
        "| a | b |\n|---|---|\n" + "".join(f"| {n} | row |\n" for n in range(300)),
        "```yaml\n" + "      - restart: always\n" * 20 + "```",
    ],
)
def test_tables_are_never_cut(text: str) -> None:
    """Lines that are alike, and data that is all zeros, are legitimate code."""
    assert streamed(text) == len(text)


def test_a_real_module_is_never_cut() -> None:
    """A long file of ordinary code passes the watch as it stands."""
    import argparse  # noqa: PLC0415 - only its source is wanted here
    from pathlib import Path  # noqa: PLC0415

    source = Path(argparse.__file__).read_text()
    assert streamed("```python\n" + source[:30_000], step=50) == len(
        "```python\n" + source[:30_000]
    )


@given(st.text(min_size=40, max_size=300), st.integers(0, 40))
def test_any_sentence_said_ten_times_and_more_is_a_loop(unit: str, offset: int) -> None:
    """Whatever the words and wherever the stream stands, prose that repeats exactly is a loop."""
    unit = unit.replace("`", "'") + " so it goes. "
    assert ends_in_loop((unit * 15)[: len(unit) * 14 + offset])


def test_same_action_same_outcome_needs_the_threshold() -> None:
    """One action with one outcome is a loop at the profile's count and not one sooner."""
    assert find_stall(call("ls") * 3) is None
    assert find_stall(call("ls") * 4) == "same-action-same-outcome"
    assert find_stall(call("ls") * 4, replace(DEFAULT_LIMITS, observations=5)) is None


def test_the_same_action_with_new_outcomes_is_progress() -> None:
    """Running the tests again after each edit is no loop."""
    events = [event for n in range(9) for event in call("test", text=f"{n} failed")]
    assert find_stall(events) is None


def test_errors_need_not_be_alike() -> None:
    """One action that errs each time is a loop, also where the errors differ."""
    events = [event for n in range(4) for event in call("boom", text=f"no {n}", kind="error")]
    assert find_stall(events) == "same-action-same-error"


def test_a_persons_word_starts_the_count_again() -> None:
    """What a person says clears what came before it, unless the profile counts on."""
    events = [*call("ls") * 4, {"kind": "message", "source": "user", "text": "go on"}]
    assert find_stall(events) is None
    assert find_stall(events, replace(DEFAULT_LIMITS, since_user=False)) is not None


def test_alternating_actions() -> None:
    """A-B-A-B-A-B with the same outcomes is a loop."""
    assert find_stall((call("ls") + call("pwd")) * 3) == "alternating"
    assert find_stall((call("ls") + call("pwd")) * 2 + call("ls")) is None


def test_cycles_of_bare_actions() -> None:
    """Actions without outcomes are counted by cycle, up to the longest one asked for."""
    step = [{"kind": "action", "tool": "t", "args": name} for name in "abc"]
    assert find_stall(step * 3, StallLimits(cycle_repeats=3, max_cycle_actions=3)) == "cycle"
    assert find_stall(step * 3, StallLimits(cycle_repeats=3, max_cycle_actions=2)) is None


def test_agent_talk_is_a_monologue_until_something_is_observed() -> None:
    """Messages with no observation between them are a monologue."""
    messages = [{"kind": "message", "source": "agent", "text": f"hm {n}"} for n in range(3)]
    assert find_stall(messages) == "monologue"
    assert find_stall([*messages[:2], {"kind": "observation", "text": "ok"}, messages[2]]) is None
    assert find_stall(messages, replace(DEFAULT_LIMITS, identical_messages=True)) is None


def test_hostile_events_are_no_crash() -> None:
    """Events of any shape are read or ignored, never an error."""
    odd: list[dict[str, object]] = [{}, {"kind": None}, {"kind": "action", "args": {"a": {1}}}]
    assert find_stall(odd * 2) is None
