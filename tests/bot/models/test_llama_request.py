"""What a model in this process is asked: template variables, sampling and room."""

import pytest

from bot.config.tiers import TierSettings
from bot.models.llama_generation import limit_thought
from bot.models.llama_request import ask_request
from bot.models.model import Prompt


def request(
    model: str, *, thinking: int = 0, reply: int = 500, **settings: object
) -> dict[str, object]:
    fields = {"models": (model,), "context": 32_768, **settings}
    prompt = Prompt("", "x", temperature=0.2, reply=reply + thinking, thinking=thinking)
    return ask_request(prompt, TierSettings.model_validate(fields), model)


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        ("llama-cpp:/m/house-7b.gguf", 0, {"enable_thinking": False}),
        ("llama-cpp:/m/Qwen3.5-27B-Q4_K_M.gguf", 0, {"enable_thinking": False}),
        ("llama-cpp:/m/Qwen3.5-27B-Q4_K_M.gguf", 4096, {"enable_thinking": True}),
        ("llama-cpp:/m/DeepSeek-V3.1.gguf", 0, {"enable_thinking": False, "thinking": False}),
        ("llama-cpp:/m/gpt-oss-20b.gguf", 0, {"enable_thinking": False, "reasoning_effort": "low"}),
        ("llama-cpp:/m/gpt-oss-20b.gguf", 4096, {"enable_thinking": True}),
    ],
)
def test_the_template_gets_the_switches_of_the_family(
    model: str, thinking: int, expected: dict[str, object]
) -> None:
    """They are what llama-server gives it, and those that the family's own template reads."""
    assert request(model, thinking=thinking)["variables"] == expected


def test_a_persons_variables_win() -> None:
    """`extra` may name any variable of the template, and the effort as a request to a server does."""
    extra = {"chat_template_kwargs": {"enable_thinking": True, "style": "x"}, "id_slot": 1}
    made = request("llama-cpp:/m/qwen3.gguf", extra={**extra, "reasoning_effort": "high"})
    expected = {"enable_thinking": True, "style": "x", "reasoning_effort": "high"}
    assert made["variables"] == expected


def test_a_persons_grammar() -> None:
    """It holds for each answer, as it does on llama-server."""
    made = request("llama-cpp:/m/house-7b.gguf", extra={"grammar": 'root ::= "yes"'})
    assert made["grammar"] == 'root ::= "yes"'
    assert request("llama-cpp:/m/house-7b.gguf")["grammar"] == ""


def test_a_model_that_does_not_think_gives_back_the_room() -> None:
    """A prompt for a whole tier has room for the thought of another model of it."""
    thinks, plain = (
        request(f"llama-cpp:/m/{name}.gguf", thinking=4096, reply=500)
        for name in ("qwen3.5-27b", "qwen2.5-coder")
    )
    assert (thinks["thinking"], thinks["reply"]) == (4096, 4596)
    assert (plain["thinking"], plain["reply"]) == (0, 500)


def test_nothing_is_sampled_with_that_nobody_asked_for() -> None:
    """A family without a card has the temperature of the attempt and what a person has set."""
    assert request("llama-cpp:/m/house-7b.gguf")["sampling"] == {"temperature": 0.2}
    made = request("llama-cpp:/m/house-7b.gguf", sampling={"min_p": 0.1, "temperature": 0.9})
    assert made["sampling"] == {"temperature": 0.9, "min_p": 0.1}


@pytest.mark.parametrize(("room", "thinking"), [(900, 400), (700, 300), (400, 0), (100, 0)])
def test_a_window_without_room_for_both(room: int, thinking: int) -> None:
    """What is missing is taken from the thought, so that the answer has its own."""
    made = request("llama-cpp:/m/qwen3.5-27b.gguf", thinking=400, reply=400)
    assert limit_thought(made, room) == thinking
