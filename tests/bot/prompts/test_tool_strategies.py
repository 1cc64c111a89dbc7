"""Which tiers work by tools, and what their first prompt leaves for the turns."""

from bot.config.tiers import TierSettings
from bot.prompts.strategies import SIZES
from bot.prompts.tool_prompt import MAX_TURNS, describe_way, list_tools
from bot.prompts.tool_strategies import choose_mode, choose_tool_strategy, prompt_window


def tier(model: str, **more: object) -> TierSettings:
    return TierSettings.model_validate({"models": [model], **more})


def test_the_setting_decides_and_else_the_size() -> None:
    assert choose_mode(tier("openai-chat:q", mode="agent")) == "agent"
    assert choose_mode(tier("openai-chat:q-1.5b")) == SIZES["small"].mode == "one-file"
    assert choose_mode(tier("openai-chat:q", size="large")) == SIZES["large"].mode
    assert choose_mode(tier("agent:codex", size="large")) == "one-file"


def test_attempts_in_turns_differ() -> None:
    assert choose_tool_strategy(0) != choose_tool_strategy(1)
    assert choose_tool_strategy(2) == choose_tool_strategy(0)


def test_the_first_prompt_leaves_room_for_turns() -> None:
    assert prompt_window(8192, 2048) - 2048 <= 0.6 * (8192 - 2048)


def test_the_model_is_told_its_bounds() -> None:
    """What it may write, which checks there are, and how many turns."""
    told = describe_way("a.py", ["test tests/a.py"])
    assert ("nothing but a.py" in told, "`test tests/a.py`" in told) == (True, True)
    assert f"{MAX_TURNS} turns" in told
    names = [tool.name for tool in list_tools("a.py", ["test"])]
    assert names == ["read", "search", "edit", "check", "done"]
