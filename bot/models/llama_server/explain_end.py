"""Why a llama-server ended, by its last lines, and what a person can do about it."""

import re
import signal
from dataclasses import dataclass

from bot.models.llama_server.keeper_link import Ended
from bot.models.model import Cause

MAX_SAID_CHARACTERS = 300
OWN_SERVER = "llama-server ended"
"""How each explanation begins."""
_NO_MEMORY = re.compile(
    r"out of memory|OutOfDeviceMemory|insufficient memory|bad_alloc|cannot allocate memory"
    r"|(?:failed|unable|could not) to allocate|ENOMEM",
    re.IGNORECASE,
)
_LESS_MEMORY = (
    "there is not enough memory for it; a lower `context` or fewer `slots`, a `cache_type_k` and"
    ' `cache_type_v` of "q8_0", or fewer `gpu_layers` need less'
)
_ADVICE = (
    (re.compile("error while loading shared libraries"), "install what brings that library"),
    (
        re.compile(r"unknown (?:model )?architecture|unknown pre-tokenizer type", re.IGNORECASE),
        "take a newer llama-server for this model",
    ),
    (
        re.compile(r"^error:? .*argument", re.IGNORECASE | re.MULTILINE),
        "see `server_args` and the others in the tier's table `llama`",
    ),
    (
        re.compile(
            r"error loading model|failed to load model|invalid magic|not within (?:the )?file"
            r" bounds|model is corrupted",
            re.IGNORECASE,
        ),
        "the file is damaged, or no model that this llama-server knows",
    ),
)
"""What its own words mean. With none of them it may be another time's trouble."""
_TROUBLE = re.compile(
    r"\berror\b|\bfail|\bfatal|abort|assert|exception|\b E \b|no such|invalid", re.IGNORECASE
)
# "0.00.005.165 E srv  load_model: ...": since when, how bad, who.
_PREFIX = re.compile(r"^[\d.]+ [A-Z] ")


@dataclass(frozen=True, slots=True)
class EndExplanation:
    """`cause` is `settings` where the same start would end the same way again."""

    why: str
    cause: Cause


def explain_end(ended: Ended, *, loaded: bool) -> EndExplanation:
    """`loaded`: whether it had answered before, so that its file and its flags are good."""
    log = ended.log.rpartition("----- start ")[2]
    how = _describe_exit(ended.code)
    said = _find_trouble(log)
    ending = f"{OWN_SERVER} {how}{f': {said}' if said else ''}"
    if _NO_MEMORY.search(log) or (not loaded and ended.code == -signal.SIGKILL):
        # Who else has the memory may give it back.
        return EndExplanation(f"{ending}; {_LESS_MEMORY}", "outage" if loaded else "unreached")
    if loaded:
        return EndExplanation(ending, "outage")
    if ended.code == -signal.SIGILL:
        return EndExplanation(f"{ending}; it was built for another processor", "settings")
    advice = next((words for pattern, words in _ADVICE if pattern.search(log)), "")
    cause: Cause = "settings" if advice else "unreached"
    return EndExplanation(f"{ending}{f'; {advice}' if advice else ''}", cause)


def _describe_exit(code: int) -> str:
    # -N: ended by signal N. https://docs.python.org/3.11/library/subprocess.html#subprocess.Popen.returncode
    if code >= 0:
        return f"with exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"


def _find_trouble(log: str) -> str:
    """The lines that tell of trouble, the first ones, else the last line."""
    lines = [_PREFIX.sub("", line).strip() for line in log.splitlines()[1:]]
    lines = [line for line in lines if line]
    told = [line for line in lines if _TROUBLE.search(line)] or lines[-1:]
    return " ".join("; ".join(dict.fromkeys(told)).split())[:MAX_SAID_CHARACTERS]
