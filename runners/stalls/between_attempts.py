"""Finding stalls by comparing the attempts at one task, each made from the same clean base."""

from collections.abc import Sequence
from dataclasses import dataclass

from runners.stalls.between_turns import (
    BACK_AND_FORTH,
    MAX_IDLE_TURNS,
    MAX_SAME_CALLS,
    MAX_UNREAD_TURNS,
    NO_CALLS,
    NO_CHANGE,
    SAME_CALL,
    TURN_SENTENCES,
)
from runners.stalls.while_streaming import RUNAWAY

MONOLOGUE = "monologue"
ECHO = "echo"
BUILT_NOTHING = "built-nothing"
SAME_EDIT = "same-edit"
SAME_FAILURE = "same-failure"
COPIES = frozenset({BUILT_NOTHING, SAME_EDIT, BACK_AND_FORTH})
"""Stalls of an answer that gave back what was there before."""

STALL_SENTENCES: dict[str, str] = {
    RUNAWAY: "The last answer repeated itself without end and was cut off: write each line once.",
    ECHO: "The last answer repeated the request: answer with the changed code only.",
    MONOLOGUE: "The last answer held no edit that could be applied: answer with code in a fence.",
    BUILT_NOTHING: "The last answer left the file as it was: the code must change.",
    SAME_EDIT: "The last two answers were the same and failed: write it another way.",
    BACK_AND_FORTH: "The last answer went back to one that had failed: write something new.",
    SAME_FAILURE: "The last two answers failed alike: the cause is elsewhere.",
    **TURN_SENTENCES,
}
"""By the name that stands in the ledger, what the next prompt says. Strongest first."""
_WORDS: dict[str, str] = {
    RUNAWAY: "the answer repeated itself without end",
    ECHO: "the answer only repeated the request",
    MONOLOGUE: "no edit in the answer could be applied",
    BUILT_NOTHING: "the answer left the file as it was",
    SAME_EDIT: "the same edit as before",
    BACK_AND_FORTH: "an edit that had failed before",
    SAME_FAILURE: "the same failure as before",
    SAME_CALL: f"the same call {MAX_SAME_CALLS} times",
    NO_CHANGE: f"{MAX_IDLE_TURNS} turns without any change",
    NO_CALLS: f"{MAX_UNREAD_TURNS} replies without a call that could be read",
}
_STREAM_SENTENCE = (
    "The last try went round in circles with tools: use none, answer with code in a fence."
)

_MIN_ECHO_LINES = 3
_ECHO_SHARE = 0.8
"""The share of a reply's lines that stand in the prompt from which the reply counts as an echo."""


@dataclass(frozen=True, slots=True)
class AttemptSummary:
    """What one attempt did.

    `applied`: the reply held an edit and it fitted. `files`: a hash of the task's files as they
    then stood. `failure`: equal for equal failures (`runners.checks.failure_digest.failure_key`),
    empty where no check ran. `cut`: the stall for which the watch cut the reply.
    """

    reply: str
    prompt: str = ""
    applied: bool = False
    files: str = ""
    failure: str = ""
    cut: str = ""


def find_stalls(
    attempt: AttemptSummary, earlier: Sequence[AttemptSummary], base: str
) -> tuple[str, ...]:
    """Name every stall `attempt` shows, strongest first. `base`: a hash of the task's clean files.

    All but `same-failure` are found before any check runs, which then need not run.
    """
    found = {attempt.cut} if attempt.cut else set()
    if not attempt.applied:
        found.add(ECHO if _echoes_prompt(attempt.reply, attempt.prompt) else MONOLOGUE)
    elif attempt.files == base:
        found.add(BUILT_NOTHING)
    else:
        found |= _find_repetitions(attempt, [past for past in earlier if past.applied])
    return (
        *sorted(found - STALL_SENTENCES.keys()),
        *(name for name in STALL_SENTENCES if name in found),
    )


def describe_stall(name: str) -> str:
    """What the next prompt says; a signal of a CLI's stream has one sentence for all its kinds."""
    return STALL_SENTENCES.get(name, _STREAM_SENTENCE)


def name_outcome(outcome: str) -> str:
    """An attempt's outcome for people; only a stall's name needs other words than the ledger's."""
    return _WORDS.get(outcome, outcome)


def _find_repetitions(attempt: AttemptSummary, earlier: Sequence[AttemptSummary]) -> set[str]:
    if not earlier:
        return set()
    found = set()
    if attempt.files == earlier[-1].files:
        found.add(SAME_EDIT)
    # The earliest attempts count too: every attempt starts from the same base, so equal files mean
    # that the same checks would fail again.
    elif any(attempt.files == past.files for past in earlier):
        found.add(BACK_AND_FORTH)
    if attempt.failure and attempt.failure == earlier[-1].failure:
        found.add(SAME_FAILURE)
    return found


def _echoes_prompt(reply: str, prompt: str) -> bool:
    """Most of the reply's lines stand in the prompt. A short reply is never called an echo."""
    known = {line.strip() for line in prompt.splitlines()}
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    # Fences stand in nearly every prompt and every reply, so they say nothing.
    lines = [line for line in lines if not line.startswith("```")]
    return len(lines) >= _MIN_ECHO_LINES and sum(
        map(known.__contains__, lines)
    ) >= _ECHO_SHARE * len(lines)
