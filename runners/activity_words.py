"""What is under way, in a few words for a person; as hostile as what they were made of."""

from runners.progress import Activity

QUIET_SECONDS = 5.0
"""Without a sign, after which that is said."""
MIN_RATE_SECONDS = 1.0
"""Shorter, and a rate would be chance."""
_MAX_LINE_CHARS = 200
_ENDED = {"setup": "done", "read": "done", "load": "loaded", "ask": "answered", "check": "ended"}
KIND_WORDS: dict[str, str] = {
    "setup": "setup",
    "read": "read",
    "load": "model",
    "ask": "model",
    "check": "check",
}
"""Of the kinds of what is under way, as a line begins with them."""
_PREFIXES = {"setup": "setup: ", "check": "check "}


def describe_begin(state: Activity) -> str:
    match state.kind:
        case "ask":
            asked = f"waiting for {state.text}"
            return f"{describe_model(state)} answers" if state.tokens else asked
        case "check":
            return f"{state.text} runs"
        case "load":
            return f"{state.text} is loaded"
        case _:
            return state.text


def describe_activity(state: Activity, now: float = 0.0) -> str:
    """With how long it takes so far where `now` is given, in seconds since 1970."""
    words = [describe_begin(state)]
    if detail := describe_state(state, now):
        words.append(detail)
    if now:
        words.append(format_seconds(now - state.began))
    return ", ".join(words)


def describe_row(state: Activity, now: float) -> str:
    """Where no word says what kind it is, and the time stands beside it."""
    detail = describe_state(state, now)
    return _PREFIXES.get(state.kind, "") + ", ".join(filter(None, (describe_begin(state), detail)))


def describe_state(state: Activity, now: float = 0.0) -> str:
    """How far it is, as "312 tokens, 24/s" or the last line that it printed."""
    if state.note:
        return state.note
    if state.kind != "ask":
        line = last_line(state.tail)
        return f"last line: {line}" if line else ""
    if not state.tokens:
        return ""
    rate = describe_rate(state, now)
    word = "thought so far" if state.thinking else "so far"
    words = [f"{state.tokens:,} tokens {word}{rate}"]
    if now and now - state.heard >= QUIET_SECONDS:
        words.append(f"nothing more for {format_seconds(now - state.heard)}")
    return ", ".join(words)


def describe_rate(state: Activity, now: float) -> str:
    """As ", 24 tokens/s"; empty where it cannot be told yet."""
    taken = now - state.first if state.first else 0.0
    if taken < MIN_RATE_SECONDS:
        return ""
    rate = state.tokens / taken
    return f", {rate:.0f}/s" if rate >= 10 else f", {rate:.1f}/s"  # noqa: PLR2004  # as a person would


def last_line(text: str) -> str:
    """The last that has anything in it; a bar of progress writes over its line."""
    for line in reversed(text.replace("\r", "\n").split("\n")):
        if line.strip():
            return line.strip()[:_MAX_LINE_CHARS]
    return ""


def format_seconds(seconds: float) -> str:
    """As 40 s, 2 min 05 s or 1 h 02 min; 0 s where the clock was set back."""
    whole = max(0, int(seconds))
    if whole < 60:  # noqa: PLR2004
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def describe_end(state: Activity, how: str, taken: float) -> str:
    """`how` it ended in words, empty for the usual way; `taken` in seconds."""
    count = f"{state.tokens:,} tokens, " if state.tokens else ""
    what = describe_model(state) if state.kind == "ask" else state.text
    return f"{what}: {how or _ENDED[state.kind]} ({count}{format_seconds(taken)})"


def describe_model(state: Activity) -> str:
    return " ".join(filter(None, (state.tier, state.model))) or state.text
