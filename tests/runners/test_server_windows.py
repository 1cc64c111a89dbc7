"""A server whose window is smaller than the settings say is found out, whatever it answers."""

import pytest

from bot.config.tiers import TierSettings
from bot.errors import ModelSettingsError
from bot.models.model import Prompt, Reply
from runners.progress import ProgressEvent
from runners.server_windows import ServerWindows, explain_truncation

CODE = "def withdraw(balance, amount):\n    return balance - amount\n\n\n"


@pytest.mark.parametrize(
    ("text", "read", "model", "cut"),
    [
        (CODE * 120, 1024, "openai-chat:x", True),
        (CODE * 120, 1024, "script:x", False),
        (CODE * 120, 1024, "cli:claude", False),
        (CODE * 120, 2100, "openai-chat:x", False),
        (CODE * 120, 0, "openai-chat:x", False),
        (CODE, 3, "openai-chat:x", False),
        ("The quick brown fox jumps over the lazy dog. " * 200, 2000, "vllm:x", False),
        ("The quick brown fox jumps over the lazy dog. " * 200, 1024, "vllm:x", True),
        ("\u65e5\u672c\u8a9e" * 900, 1200, "vllm:x", False),
        ("-" * 9000, 90, "vllm:x", False),
        (" " * 9000, 90, "vllm:x", False),
    ],
)
def test_a_server_that_read_less_than_any_tokenizer_makes_of_the_prompt_cut_it(
    text: str, read: int, model: str, *, cut: bool
) -> None:
    """Only what no vocabulary could explain is called cut."""
    told = explain_truncation(Prompt("", text), Reply("x", read, 1, 0.1, model))
    assert bool(told) == cut, told
    if cut:
        assert f"the server read only {read:,} of about " in told


def test_a_window_that_is_learnt_must_be_smaller_and_leave_room() -> None:
    """Else a shorter prompt changes nothing, and the run stops with what to mend."""
    told = list[ProgressEvent]()
    windows = ServerWindows(told.append)
    tier = TierSettings(models=("openai-chat:x",), context=8192, answer=1024)
    assert not windows.is_learnt("local")
    assert windows.learn("local", tier, 4096, "it read less").context == 4096
    assert windows.narrow("local", tier).context == 4096
    assert "its prompts are made for 4,096 tokens" in told[0].text
    for window in (0, 8192, 9000, 1000):
        with pytest.raises(ModelSettingsError) as raised:
            windows.learn("local", tier, window, "it read less")
        assert "larger window" in raised.value.hint
