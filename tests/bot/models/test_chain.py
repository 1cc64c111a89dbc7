import subprocess
import sys
from pathlib import Path

import pytest

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.chain import MAX_RETRY_SECONDS, choose_wait_seconds, open_tier
from bot.models.model import ModelError, Prompt
from bot.models.spec import HOSTED_KINDS, parse_spec


def keep_going(_: str) -> str:
    return ""


def write_scripts(folder: Path, *texts: str) -> tuple[str, ...]:
    paths = [folder / f"{number}.md" for number, _ in enumerate(texts)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return tuple(f"script:{path}" for path in paths)


def test_the_next_model_answers_and_the_failure_is_reported(tmp_path: Path) -> None:
    """A model that failed is named with its reason beside the answer of the next."""
    models = write_scripts(tmp_path, "## reply: *, fail 503", "## reply: *\nhere")
    waits: list[float] = []
    with open_tier(TierSettings(models=models, retries=2), sleep=waits.append) as chain:
        reply = chain.ask(Prompt("", "x", attempt=1), keep_going)
    assert (reply.text, reply.model) == ("here", "script:1.md")
    assert [(failure.model, failure.why) for failure in reply.failures] == [
        ("script:0.md", "HTTP 503 (3 tries)")
    ]
    assert waits == [1.0, 2.0]


def test_a_refusal_is_not_retried(tmp_path: Path) -> None:
    """After an error that a retry does not help, the next model is asked at once."""
    models = write_scripts(tmp_path, "## reply: *, fail 401", "## reply: *\nhere")
    waits: list[float] = []
    reply = open_tier(TierSettings(models=models), sleep=waits.append).ask(
        Prompt("", "x"), keep_going
    )
    assert reply.failures[0].why == "HTTP 401"
    assert waits == []


def test_the_wait_a_server_asks_for_is_kept_up_to_the_limit(tmp_path: Path) -> None:
    """Retry-After is honoured up to a minute; beyond that the next model is asked."""
    models = write_scripts(
        tmp_path,
        "## reply: *, fail 429, wait 30\n## reply: *, fail 429, wait 600",
        "## reply: *\nyes",
    )
    waits: list[float] = []
    reply = open_tier(TierSettings(models=models, retries=5), sleep=waits.append).ask(
        Prompt("", "x"), keep_going
    )
    assert waits == [30.0]
    assert reply.failures[0].why == "HTTP 429 (2 tries)"


def test_every_model_failed(tmp_path: Path) -> None:
    """With no model left, the error carries every failure, and until when the first may be back."""
    models = write_scripts(
        tmp_path, "## reply: *, fail 500, wait 950", "## reply: *, fail 429, wait 900"
    )
    with pytest.raises(ModelError) as raised:
        open_tier(TierSettings(models=models, retries=1), sleep=lambda _: None).ask(
            Prompt("", "x", attempt=1), keep_going
        )
    assert [failure.model for failure in raised.value.failures] == ["script:0.md", "script:1.md"]
    assert (raised.value.wait, raised.value.retryable) == (900, True)
    assert "HTTP 500" in str(raised.value)
    assert "HTTP 429" in str(raised.value)


def test_backoff_doubles_up_to_the_limit() -> None:
    """Waits double from a second to a minute; a longer wait that the server asks for is kept."""
    assert [choose_wait_seconds(n, 0) for n in (1, 2, 3, 7, 9)] == [
        1,
        2,
        4,
        MAX_RETRY_SECONDS,
        MAX_RETRY_SECONDS,
    ]
    assert choose_wait_seconds(1, 20) == 20
    assert choose_wait_seconds(1, MAX_RETRY_SECONDS + 1) is None


@pytest.mark.parametrize("text", ["gpt-5", "openai-caht:gpt", "C:/models/x.gguf", ":x", ""])
def test_an_unknown_kind_lists_the_known_ones(text: str) -> None:
    """A model of no known kind is refused when the tier is opened, with every kind there is."""
    with pytest.raises(UserError) as raised:
        open_tier(TierSettings(models=(text,)))
    for kind in ("openai-chat", "anthropic", "llama-cpp", "cli", "script"):
        assert kind in raised.value.hint


def test_the_nearest_kind_is_suggested() -> None:
    """The hint for a misspelt kind names the kind it is nearest to."""
    with pytest.raises(UserError) as raised:
        parse_spec("antropic:x")
    assert "Did you mean anthropic?" in raised.value.hint


@pytest.mark.slow
def test_every_hosted_kind_is_one_pydantic_ai_knows() -> None:
    """Every prefix listed here is a provider of the library."""
    from pydantic_ai.providers import infer_provider_class  # noqa: PLC0415  # slow to import

    for kind, (extra, _) in HOSTED_KINDS.items():
        try:
            infer_provider_class(kind)
        except ImportError as exc:
            assert extra in str(exc), kind  # noqa: PT017  # the registry names that very extra


def test_importing_the_tiers_is_cheap() -> None:
    """Importing the chain imports no provider, no model runtime and no event loop."""
    code = (
        "import sys, bot.models.chain; slow = ('pydantic_ai', 'llama_cpp', 'openai', 'asyncio'); "
        "print([m for m in slow if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
