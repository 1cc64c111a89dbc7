from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.stalls import (
    DEFAULT_LIMITS,
    RUNAWAY,
    STALL_SENTENCES,
    AttemptSummary,
    StallLimits,
    describe_stall,
    ends_in_loop,
    find_stall,
    find_stalls,
)
from runners.stalls import create_watch as fresh_watch

BASE = "base"
FIX = AttemptSummary(
    "```python\nx = 1\n```", applied=True, files="a", failure="AssertionError: 1 != 2"
)


def streamed(text: str, step: int = 5) -> int:
    """Characters let through before the watch cut; the whole length where it never did."""
    watch = fresh_watch()
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
    watch, events = fresh_watch(), list[dict[str, object]]()
    cut = [watch("", events) for _ in range(4) if events.extend(call("ls")) is None]
    assert cut == ["", "", "", "same-action-same-outcome"]
    assert "tools" in describe_stall(cut[-1])
    assert find_stalls(AttemptSummary("x", cut=cut[-1]), [], BASE) == (cut[-1], "monologue")


def test_an_answer_in_several_messages_is_no_stall() -> None:
    """A CLI asked for text only says it in as many messages as it likes."""
    watch = fresh_watch()
    said = [{"kind": "message", "source": "agent", "text": f"part {n}"} for n in range(9)]
    assert not any(watch("", said[:end]) for end in range(len(said)))


def test_a_first_try_that_changes_the_file_shows_no_stall() -> None:
    """A try that applied something new is not a stall, whatever the check then says."""
    assert find_stalls(FIX, [], BASE) == ()


def test_monologue() -> None:
    """A reply with no edit that applies is a monologue."""
    assert find_stalls(
        AttemptSummary("I would first look at the tests.\nThen\nI would act."), [], BASE
    ) == ("monologue",)


def test_echo() -> None:
    """A reply without an edit, made of the prompt's own lines, is an echo and not a monologue."""
    prompt = "Fix add.\ndef add(a, b):\n    return a - b\nReply with code."
    reply = "def add(a, b):\n    return a - b\nFix add."
    assert find_stalls(AttemptSummary(reply, prompt), [], BASE) == ("echo",)


def test_a_whole_file_with_one_changed_line_is_no_echo() -> None:
    """Most lines of a good whole-file answer stand in the prompt: applied, it is no echo."""
    prompt = "\n".join(f"line_{n} = {n}" for n in range(20))
    reply = prompt.replace("line_7 = 7", "line_7 = 8")
    assert find_stalls(AttemptSummary(reply, prompt, applied=True, files="a"), [], BASE) == ()


def test_built_nothing() -> None:
    """An edit that leaves the task's base as it was built nothing."""
    assert find_stalls(replace(FIX, files=BASE), [], BASE) == ("built-nothing",)


def test_same_edit_comes_with_same_failure() -> None:
    """The same files again are the same edit, and where the check ran, the same failure."""
    assert find_stalls(FIX, [FIX], BASE) == ("same-edit", "same-failure")


def test_same_failure_of_another_edit() -> None:
    """Another edit with an equal failure is only the same failure."""
    assert find_stalls(replace(FIX, files="b"), [FIX], BASE) == ("same-failure",)


def test_back_and_forth() -> None:
    """A, then B, then A again goes back and forth; failures that differ are not called the same."""
    earlier = [FIX, replace(FIX, files="b", failure="NameError: y")]
    assert find_stalls(FIX, earlier, BASE) == ("back-and-forth",)


def test_tries_that_applied_nothing_do_not_hide_a_repetition() -> None:
    """A monologue between two equal edits does not make the second one new."""
    assert "same-edit" in find_stalls(FIX, [FIX, AttemptSummary("Let me think about it.")], BASE)


def test_no_check_ran_means_no_same_failure() -> None:
    """An empty failure key equals nothing."""
    blank = replace(FIX, failure="")
    assert find_stalls(replace(blank, files="b"), [blank], BASE) == ()


def test_a_cut_reply_is_named_for_its_cut_first() -> None:
    """What cut the reply leads, so the next prompt says that first."""
    assert find_stalls(AttemptSummary("so so so", cut=RUNAWAY), [], BASE) == (RUNAWAY, "monologue")


@pytest.mark.parametrize("name", STALL_SENTENCES)
def test_every_stall_has_one_sentence_for_the_next_prompt(name: str) -> None:
    """Every stall that can be read tells the next attempt something, in one line."""
    assert describe_stall(name).endswith(".")
    assert "\n" not in describe_stall(name)


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
    said = [{"kind": "message", "source": "agent", "text": f"hm {n}"} for n in range(3)]
    assert find_stall(said) == "monologue"
    assert find_stall([*said[:2], {"kind": "observation", "text": "ok"}, said[2]]) is None
    assert find_stall(said, replace(DEFAULT_LIMITS, identical_messages=True)) is None


def test_hostile_events_are_no_crash() -> None:
    """Events of any shape are read or ignored, never an error."""
    odd: list[dict[str, object]] = [{}, {"kind": None}, {"kind": "action", "args": {"a": {1}}}]
    assert find_stall(odd * 2) is None
