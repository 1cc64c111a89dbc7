from dataclasses import replace

import pytest

from runners.stalls import (
    RUNAWAY,
    STALL_SENTENCES,
    AttemptSummary,
    describe_stall,
    find_stalls,
    name_outcome,
)

BASE = "base"
FIX = AttemptSummary(
    "```python\nx = 1\n```", applied=True, files="a", failure="AssertionError: 1 != 2"
)


def test_a_first_attempt_that_changes_the_file_shows_no_stall() -> None:
    """An attempt that applied something new is not a stall, whatever the check then says."""
    assert find_stalls(FIX, [], BASE) == ()


@pytest.mark.parametrize("name", STALL_SENTENCES)
def test_people_are_told_each_stall_in_words(name: str) -> None:
    assert name_outcome(name) != name
    assert name_outcome("check failed") == "check failed"


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


def test_attempts_that_applied_nothing_do_not_hide_a_repetition() -> None:
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
    """Every stall that can be found tells the next attempt something, in one line."""
    assert describe_stall(name).endswith(".")
    assert "\n" not in describe_stall(name)
