"""Finding stalls while a reply streams: text that repeats itself, and a CLI's repeated actions.

An event is a dict. `kind` is `action` (with `tool` and `args`), `observation` or `error` (with
`text`), `message` (with `source` and `text`), `condensation`, or anything else, which is ignored.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.models.model import Event, Watch

RUNAWAY = "runaway-repetition"
_TAIL_CHARACTERS = 20_000
# Wherever the last characters stand further up, the text may have begun to repeat itself.
_PROBE_CHARACTERS = 32
_MAX_PERIODS = 64
_WORD = re.compile(r"[^\W\d_]{2,}")
_LITERALS = frozenset({"none", "null", "nil", "true", "false"})


@dataclass(frozen=True, slots=True)
class LoopBounds:
    """At least `repeats` copies in a row that cover at least `chars` characters."""

    repeats: int
    chars: int


# As Gemini CLI: ten copies of 50 characters (CONTENT_LOOP_THRESHOLD, CONTENT_CHUNK_SIZE).
# https://github.com/google-gemini/gemini-cli/blob/main/packages/core/src/services/loopDetectionService.ts
PROSE_BOUNDS = LoopBounds(10, 500)
# Code repeats itself by nature, so it needs more characters; Gemini CLI counts nothing in a fence.
CODE_BOUNDS = LoopBounds(6, 2_000)
# Some models end in line breaks without end; no file has 300 of them in a row.
BLANK_BOUNDS = LoopBounds(300, 300)
DATA_BOUNDS = LoopBounds(12, 12_000)
"""For zeros, Nones, dots and rulers, of which real tables are full: only a huge amount counts."""
THOUGHT_BOUNDS = LoopBounds(20, 4_000)
"""For a thought, in prose and in its drafts of code alike: it says the same thing several times."""


def ends_in_loop(
    text: str, prose: LoopBounds = PROSE_BOUNDS, code: LoopBounds | None = CODE_BOUNDS
) -> bool:
    """Whether `text` ends in exact copies of one piece, too many for what it is.

    Lines that are only alike (a counter, a name) are a table, not a loop. `code` is what counts
    inside an open fence; None means nothing there does.
    """
    tail, fenced = text[-_TAIL_CHARACTERS:], _is_in_fence(text)
    for size in islice(_find_periods(tail), _MAX_PERIODS):
        bounds = _choose_bounds(tail[-size:], prose, code, fenced=fenced)
        copies = _count_copies(tail, size)
        if bounds and copies >= bounds.repeats and copies * size >= bounds.chars:
            return True
    return False


def _choose_bounds(
    unit: str, prose: LoopBounds, code: LoopBounds | None, *, fenced: bool
) -> LoopBounds | None:
    if fenced and code is None:
        return None
    if not unit.strip():
        return BLANK_BOUNDS
    if not _has_word(unit):
        return DATA_BOUNDS
    return code if fenced else prose


def _has_word(unit: str) -> bool:
    """Whether it holds a word. `unit` may begin inside one, so whole words of its copies count."""
    copies = unit * 3
    words = [w for w in _WORD.finditer(copies) if w.start() > 0 and w.end() < len(copies)]
    return any(word.group().lower() not in _LITERALS for word in words)


def _find_periods(tail: str) -> Iterator[int]:
    """How far back the last characters were seen before, nearest first: each may be a period."""
    probe = tail[-_PROBE_CHARACTERS:]
    # Without its last character, or the search would find the probe itself.
    at = tail.rfind(probe, 0, len(tail) - 1) if len(probe) == _PROBE_CHARACTERS else -1
    while at >= 0:
        yield len(tail) - _PROBE_CHARACTERS - at
        at = tail.rfind(probe, 0, at + _PROBE_CHARACTERS - 1)


def _count_copies(tail: str, size: int) -> int:
    """How many whole copies of the last `size` characters stand in a row at the end."""
    unit, copies = tail[-size:], 1
    while tail.endswith(unit, 0, len(tail) - copies * size):
        copies += 1
    return copies


def _is_in_fence(text: str) -> bool:
    # Every second fence closes: a guess, cheap enough to be made at each piece of a stream.
    return (text.startswith("```") + text.count("\n```")) % 2 == 1


@dataclass(frozen=True, slots=True)
class StallLimits:
    """How often is too often; 0 turns a signal off.

    `observations`, `errors`: one action with one outcome, or with any error, in a row.
    `messages`: agent messages with no observation between; `identical_messages`: only equal ones.
    `alternating`: actions of A-B-A-B with their outcomes. `cycle_repeats`: rounds of the same 1 to
    `max_cycle_actions` actions, whatever came of them. `window_events`: the last events only, 0 for
    all. `since_user`: only what followed the last message of a person.

    Other agents' limits, to compare:
    https://docs.openhands.dev/sdk/guides/agent-stuck-detector and, for text,
    https://github.com/google-gemini/gemini-cli/blob/main/packages/core/src/services/loopDetectionService.ts
    """

    observations: int = 4
    errors: int = 4
    messages: int = 3
    identical_messages: bool = False
    alternating: int = 6
    cycle_repeats: int = 0
    max_cycle_actions: int = 1
    condensations: int = 10
    chunk_characters: int = 50
    chunk_repeats: int = 10
    window_events: int = 0
    since_user: bool = True


DEFAULT_LIMITS = StallLimits()


def find_stall(events: Sequence[Event], profile: StallLimits = DEFAULT_LIMITS) -> str | None:
    """Name the first signal the stream shows, or None. It may be asked again after every event."""
    events = events[-profile.window_events :] if profile.window_events else events
    events = _events_since_user(events) if profile.since_user else events
    return next((name for name, shows in SIGNALS.items() if shows(events, profile)), None)


def _events_since_user(events: Sequence[Event]) -> Sequence[Event]:
    spoke = [at for at, event in enumerate(events) if _is_message_from(event, "user")]
    return events[spoke[-1] + 1 :] if spoke else events


def _repeats_outcome(events: Sequence[Event], profile: StallLimits) -> bool:
    last = _pair_outcomes(events)[-profile.observations :] if profile.observations else []
    return 0 < profile.observations == len(last) and len(set(last)) == 1 and bool(last[0][1])


def _repeats_error(events: Sequence[Event], profile: StallLimits) -> bool:
    last = _pair_outcomes(events)[-profile.errors :] if profile.errors else []
    # An outcome is kept as its kind, a NUL and its text: see `_pair_outcomes`.
    failed = all(kind == "error" for _, outcome in last for kind in [outcome[:5]])
    return 0 < profile.errors == len(last) and failed and len({action for action, _ in last}) == 1


def _is_monologue(events: Sequence[Event], profile: StallLimits) -> bool:
    if not profile.messages:
        return False
    outcomes = [at for at, event in enumerate(events) if event.get("kind") in _OUTCOMES]
    unanswered = events[outcomes[-1] + 1 :] if outcomes else events
    messages = [
        str(event.get("text", "")) for event in unanswered if _is_message_from(event, "agent")
    ]
    last = messages[-profile.messages :]
    return len(last) == profile.messages and (not profile.identical_messages or len(set(last)) == 1)


def _alternates(events: Sequence[Event], profile: StallLimits) -> bool:
    last = _pair_outcomes(events)[-profile.alternating :] if profile.alternating else []
    if not 0 < profile.alternating == len(last):
        return False
    return len(set(last[::2])) == 1 and len(set(last[1::2])) == 1


def _cycles(events: Sequence[Event], profile: StallLimits) -> bool:
    actions = [_action_key(event) for event in events if event.get("kind") == "action"]
    return profile.cycle_repeats > 0 and any(
        len(actions) >= size * profile.cycle_repeats
        and actions[-size * profile.cycle_repeats :] == actions[-size:] * profile.cycle_repeats
        for size in range(1, profile.max_cycle_actions + 1)
    )


# OpenHands condensed its history again and again without a step between:
# https://github.com/All-Hands-AI/OpenHands/issues/8630
def _only_condenses(events: Sequence[Event], profile: StallLimits) -> bool:
    kinds = [event.get("kind") for event in events if event.get("kind") in _PROGRESS]
    last = kinds[-profile.condensations :] if profile.condensations else []
    return len(last) == profile.condensations > 0 and set(last) == {"condensation"}


def _message_loops(events: Sequence[Event], profile: StallLimits) -> bool:
    if not profile.chunk_repeats:
        return False
    text = "".join(
        str(event.get("text", "")) for event in events if _is_message_from(event, "agent")
    )
    bounds = LoopBounds(profile.chunk_repeats, profile.chunk_characters * profile.chunk_repeats)
    return ends_in_loop(text, prose=bounds, code=None)


_OUTCOMES = ("observation", "error")
_PROGRESS = ("action", "condensation", *_OUTCOMES)

SIGNALS: dict[str, Callable[[Sequence[Event], StallLimits], bool]] = {
    "same-action-same-outcome": _repeats_outcome,
    "same-action-same-error": _repeats_error,
    "alternating": _alternates,
    "cycle": _cycles,
    RUNAWAY: _message_loops,
    "monologue": _is_monologue,
    "condensing": _only_condenses,
}


def _pair_outcomes(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Each action with its outcome; an action still without one has an empty outcome."""
    steps: list[tuple[str, str]] = []
    for event in events:
        if event.get("kind") == "action":
            steps.append((_action_key(event), ""))
        elif event.get("kind") in _OUTCOMES and steps:
            steps[-1] = (steps[-1][0], f"{event['kind']}\0{event.get('text', '')}")
    return steps


def _action_key(event: Event) -> str:
    # Sorted, since the order of an object's keys means nothing: https://www.rfc-editor.org/rfc/rfc8259#section-4
    return json.dumps([event.get("tool"), event.get("args")], sort_keys=True, default=str)


def _is_message_from(event: Event, who: str) -> bool:
    return event.get("kind") == "message" and event.get("source") == who


_STRIDE_CHARACTERS = 64
_TEXT_ONLY = StallLimits(messages=0, chunk_repeats=0)
"""Without messages: a CLI may answer in several, and `ends_in_loop` reads their text."""


def create_watch() -> Watch:
    """A fresh watcher for one reply: called with what came so far, it returns a stall's name or "".

    A thought has bounds of its own: it may go round far longer than an answer before it is lost.

    It looks again only after `_STRIDE_CHARACTERS` new characters or a new event, to cost little.
    """
    seen_characters = seen_events = seen_thought = 0

    def name_stall(text: str, events: Sequence[Event] = (), thought: str = "", /) -> str:
        nonlocal seen_characters, seen_events, seen_thought
        if len(thought) - seen_thought >= _STRIDE_CHARACTERS:
            seen_thought = len(thought)
            if ends_in_loop(thought, prose=THOUGHT_BOUNDS, code=THOUGHT_BOUNDS):
                return RUNAWAY
        if len(events) != seen_events:
            seen_events = len(events)
            if signal := find_stall(events, _TEXT_ONLY):
                return signal
        if len(text) - seen_characters < _STRIDE_CHARACTERS:
            return ""
        seen_characters = len(text)
        return RUNAWAY if ends_in_loop(text) else ""

    return name_stall
