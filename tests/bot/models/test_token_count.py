from collections.abc import Iterator, Sequence

import pytest
from support.gguf import small_gguf

from bot.config.tiers import TierSettings
from bot.models.chain import Chain, open_tier
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.models.token_count import count_line, counter_for, estimator_for
from bot.models.token_estimate import LARGE, SLACK_TOKENS, TURN_OVERHEAD_TOKENS, estimate_tokens

TEXT = "def withdraw(account, amount):\n    return account.balance - amount\n"


class CountsLetters:
    """A model whose tokens are letters; it records what it was asked to count."""

    def __init__(self, name: str, failure: str = "") -> None:
        self.name = name
        self.failure = failure
        self.asked: list[list[str]] = []

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        raise ModelError(self.name, f"was only to count {prompt.task}{watch('')}")

    def close(self) -> None:
        self.asked.clear()

    def count_tokens_of(self, texts: Sequence[str]) -> list[int]:
        if self.failure:
            raise ModelError(self.name, self.failure)
        self.asked.append(list(texts))
        return [len(text) for text in texts]

    def turn_overhead(self) -> int:
        if self.failure:
            raise ModelError(self.name, self.failure)
        return 7


class CountsNothing:
    """A model without a tokenizer."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        raise ModelError(self.name, f"was only to count {prompt.task}{watch('')}")

    def close(self) -> None:
        self.name = ""


@pytest.fixture(scope="module")
def smol() -> Iterator[Chain]:
    spec = f"llama-cpp:{small_gguf()}"
    with open_tier(TierSettings(models=(spec,), context=2048, threads=1)) as chain:
        yield chain


def test_a_models_own_count_is_exact() -> None:
    """A model that can tell is believed to the token."""
    count = counter_for([CountsLetters("a")])
    assert count("twelve signs") == 12
    assert count.count_call(["system", "user"]) == 6 + 4 + 1 + 7


def test_the_largest_of_a_chain_counts() -> None:
    """Any model of a chain may be the one asked, so the largest count decides."""
    assert counter_for([CountsLetters("a"), CountsNothing("b")])(TEXT) == len(TEXT)
    assert counter_for([CountsNothing("b"), CountsLetters("a")])("漢" * 50) == estimate_tokens(
        "漢" * 50
    )


def test_a_part_is_counted_once() -> None:
    """Fitting drops part after part: none is sent to the model twice, and all go in one trip."""
    model = CountsLetters("a")
    count = counter_for([model])
    parts = ["task", "file", "notes", "file"]
    while parts:
        assert count.count_total(parts) == sum(map(len, parts)) + len(parts) - 1
        parts.pop()
    assert model.asked == [["task", "file", "notes"]]


def test_a_model_that_cannot_answer_is_estimated() -> None:
    """A model that fails does so when it is asked, not when a prompt for its chain is counted."""
    count = counter_for([CountsLetters("a", failure="no memory")])
    assert count(TEXT) == estimate_tokens(TEXT)
    assert count.count_call([TEXT]) == estimate_tokens(TEXT) + TURN_OVERHEAD_TOKENS


def test_names_are_enough_for_an_estimate() -> None:
    """A command that only shows a prompt counts without opening a model; the largest estimate decides."""
    large, both = "openai-chat:gpt-4o", ["openai-chat:gpt-4o", "llama-cpp:/nowhere.gguf"]
    assert estimator_for([large])(TEXT) == estimate_tokens(TEXT, LARGE)
    assert estimator_for(both)(TEXT) == max(estimate_tokens(TEXT), estimate_tokens(TEXT, LARGE))


def test_lines_have_one_slack_among_them() -> None:
    """What lines add to others, and one slack, is no less than the whole and little more."""
    lines = [f"src/bank/part_{n}/account.py: class Account{n}(Base)\n" for n in range(80)]
    for count in (estimator_for([]), estimator_for(["openai-chat:gpt-4o"])):
        added = sum(count_line(count, line) for line in lines)
        assert count("".join(lines)) <= added + SLACK_TOKENS <= count("".join(lines)) + len(lines)
    assert count_line(len, TEXT) == len(TEXT)


def test_the_same_names_have_the_same_estimator() -> None:
    """The counter for the same families is the same, with what it remembers."""
    assert estimator_for(["ollama:a", "ollama:b"]) is estimator_for(["ollama:c"])


@pytest.mark.model
def test_a_call_is_never_more_than_counted(smol: Chain) -> None:
    """What the server says it was sent is at most what was counted, and not far below."""
    count = smol.open_counter()
    for system, user in [
        ("", "Hello."),
        ("You fix.", TEXT * 20),
        ("\n", "\n\n"),
        (TEXT, "<|im_end|>"),
    ]:
        sent = smol.ask(Prompt(system, user, reply=64), lambda *_: "enough").tokens_in
        assert sent <= count.count_call([system, user]) <= sent + 8


@pytest.mark.model
def test_the_parts_of_a_call_add_up(smol: Chain) -> None:
    """Parts that are counted one by one come to no less than the text they make."""
    parts = [TEXT, "\n\n", "Task: fix it.", "\n\n", "```\n", "x = 1\n" * 30, "```"]
    assert smol.open_counter().count_total(parts) >= smol.count_tokens("".join(parts))
