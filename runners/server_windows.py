"""A server whose window is smaller than the settings say: found out, and from then on known."""

import re
import threading
from dataclasses import dataclass, field
from typing import NoReturn

from bot.config.tiers import TierSettings
from bot.errors import ModelSettingsError
from bot.models.model import Prompt, Reply
from bot.models.spec import HOSTED_KINDS
from bot.models.token_estimate import estimate_call_tokens, estimate_tokens
from runners.outage_errors import shorten_why
from runners.progress import ProgressEvent, Report

MIN_COUNTED_TOKENS = 512
"""A shorter prompt fits any window."""
# Of thirteen tokenizers none makes fewer tokens of a text than it has runs of letters. Where those
# are most of it, none makes less than 0.49 of the estimate; `tokens_measured.jsonl` has the counts.
_LETTERS = re.compile(r"[A-Za-z]+")
_MARGIN = re.compile(r"([ \t])[ \t]+")
_LEAST_OF_ESTIMATE, _MOST_ESTIMATE_PER_WORD = 0.48, 5.0
_WINDOW_HINT = "Start the server with a larger window, or set `context` in {} to its own"


@dataclass(slots=True)
class ServerWindows:
    """The windows that one run has found out, in tokens, by tier; safe for many threads."""

    report: Report
    _learnt: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_learnt(self, name: str) -> bool:
        """Whether the tier's server turned out to have a smaller one than its settings say."""
        return name in self._learnt

    def learn(self, name: str, tier: TierSettings, window: int, why: str) -> TierSettings:
        """The tier with the window that its server turned out to have.

        Raises ModelSettingsError where that is not smaller than what was known, or leaves no room.
        """
        if not 0 < window < tier.context:
            refuse_window(tier, why)
        thinking = tier.thinking if isinstance(tier.thinking, int) else 0
        if window <= tier.answer + thinking:
            more = f"; `answer` = {tier.answer} must leave room for a prompt in {window:,} tokens"
            refuse_window(tier, why, more)
        with self._lock:
            self._learnt[name] = window
        text = f"{tier.table} {why}: from here on its prompts are made for {window:,} tokens"
        self.report(ProgressEvent("job", f"{text}. {_WINDOW_HINT.format(tier.table)}."))
        return tier.model_copy(update={"context": window})

    def narrow(self, name: str, tier: TierSettings) -> TierSettings:
        """The tier's settings, with the window that was learnt of its server."""
        window = self._learnt.get(name)
        return tier.model_copy(update={"context": window}) if window else tier


def warn_of_window(tier: TierSettings, why: str, report: Report) -> None:
    """Say that what came back may answer half a prompt."""
    report(ProgressEvent("job", f"{tier.table} {why}. {_WINDOW_HINT.format(tier.table)}."))


def refuse_window(tier: TierSettings, why: str, more: str = "") -> NoReturn:
    """Stop the run: the window is smaller than the settings say, and no shorter prompt will do."""
    hint = f"{_WINDOW_HINT.format(tier.table)}{more}."
    raise ModelSettingsError(shorten_why(why), where=tier.table, hint=hint)


def explain_truncation(prompt: Prompt, reply: Reply) -> str:
    """Why the server cannot have read all of the prompt; empty where it may have.

    Ollama cuts what its window has no room for, and says so in the count of tokens alone:
    https://docs.ollama.com/context-length
    """
    text = f"{prompt.system}\n{prompt.user}"
    counted = estimate_call_tokens(prompt.system, prompt.user)
    read = reply.tokens_in
    hosted = reply.model.partition(":")[0] in HOSTED_KINDS
    if not hosted or counted < MIN_COUNTED_TOKENS or read <= 0:
        return ""
    words = sum(1 for _ in _LETTERS.finditer(text))
    # Some vocabularies have a token for any margin, so it counts as one blank here.
    likely = estimate_tokens(_MARGIN.sub(r"\1", text))
    wordy = likely <= _MOST_ESTIMATE_PER_WORD * words
    if read < words or (wordy and read < _LEAST_OF_ESTIMATE * likely):
        return f"the server read only {read:,} of about {counted:,} tokens of the prompt"
    return ""
