"""A model that thinks, in this process: the real small one, with the template of such a model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.gguf import thinking_gguf

from bot.config.tiers import TierSettings
from bot.models.llama_cpp import LlamaModel
from bot.models.model import ModelError, Prompt, Reply
from bot.models.spec import Spec

pytestmark = pytest.mark.model
ROOM = 64
CLOSING_TOKENS = 8
"""At least what the small model's tokenizer takes to end a thought."""
FILE = "Write the file hello.txt. It has one line: hello world. Answer with the file in a fence."
STORY = "Tell a very long story about a boat. Leave out no detail."


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    file = thinking_gguf(tmp_path_factory.mktemp("model"))
    yield file
    file.unlink()


@pytest.fixture(scope="module")
def ask(gguf: Path) -> Iterator["Ask"]:
    ask = Ask(gguf)
    yield ask
    ask.close()


class Ask:
    """Asks the model in one process after another, each with its own settings."""

    def __init__(self, gguf: Path) -> None:
        self._spec = Spec("llama-cpp", str(gguf))
        self._open: dict[str, LlamaModel] = {}
        self.seen: list[tuple[str, str]] = []

    def __call__(self, prompt: Prompt, **settings: object) -> Reply:
        self.seen = []
        return self._model(settings).ask(prompt, self._watch)

    def close(self) -> None:
        for model in self._open.values():
            model.close()

    def _watch(self, text: str, _: object = (), thought: str = "") -> str:
        self.seen.append((thought, text))
        return ""

    def _model(self, settings: dict[str, object]) -> LlamaModel:
        if (key := str(settings)) not in self._open:
            self.close()
            fields = {"models": (str(self._spec),), "context": 2048, "threads": 1, **settings}
            self._open = {key: LlamaModel(self._spec, TierSettings.model_validate(fields), None)}
        return self._open[key]


def prompt_of(thinking: int, user: str = FILE, **rest: object) -> Prompt:
    fields = {"temperature": 0.0, "reply": 120 + thinking, "thinking": thinking, **rest}
    return Prompt("You are brief.", user, **fields)  # type: ignore[arg-type]


def test_a_thought_the_template_opens_is_no_answer(ask: Ask) -> None:
    """The thought is told from the answer, watched beside it, and its tokens are counted."""
    reply = ask(prompt_of(200), thinking=200)
    assert reply.thought
    assert reply.text
    assert "think>" not in reply.thought + reply.text
    assert 0 < reply.tokens_thought < reply.tokens_out
    assert reply.stop == "end"
    first_thought, first_text = ask.seen[1]
    assert first_thought
    assert not first_text


def test_a_thought_ends_where_its_room_does(ask: Ask) -> None:
    """A thought that uses up its room is ended, and the answer has the rest of the reply."""
    free = ask(prompt_of(3 * ROOM, STORY), thinking=3 * ROOM)
    assert free.tokens_thought > 2 * ROOM
    reply = ask(prompt_of(ROOM, STORY), thinking=ROOM)
    assert ROOM < reply.tokens_thought <= ROOM + CLOSING_TOKENS
    assert free.thought.startswith(reply.thought)
    assert reply.text


def test_not_to_think_reaches_the_template(ask: Ask) -> None:
    """Without room for thought the template writes an empty one, and nothing of it is in the reply."""
    thinking, off = ask(prompt_of(200), thinking=200), ask(prompt_of(0), thinking=200)
    assert off.tokens_in > thinking.tokens_in
    assert off.text
    assert (off.thought, off.tokens_thought) == ("", 0)


def test_a_persons_switches_reach_the_template(ask: Ask) -> None:
    """`extra.chat_template_kwargs` has the effect that it has on llama-server."""
    extra = {"chat_template_kwargs": {"enable_thinking": False}}
    told = ask(prompt_of(200), thinking=200, extra=extra)
    assert told.tokens_in == ask(prompt_of(0), thinking=200).tokens_in
    assert told.text


def test_a_template_without_the_switch(ask: Ask) -> None:
    """Where a thought is opened although nobody asked for one, it is ended at once."""
    extra = {"chat_template_kwargs": {"enable_thinking": True}}
    reply = ask(prompt_of(0), thinking="off", extra=extra)
    assert reply.text
    assert reply.thought == ""
    assert reply.tokens_thought <= CLOSING_TOKENS


def test_a_grammar_is_for_the_answer(ask: Ask) -> None:
    """The thought is free; what follows it is what the grammar allows."""
    reply = ask(prompt_of(ROOM, grammar='root ::= "yes" | "no"'), thinking=ROOM)
    assert reply.text in {"yes", "no"}
    assert len(reply.thought) > len("yes")


def test_a_window_that_the_thought_fills(ask: Ask) -> None:
    """A reply without room for the end of its thought has no answer and says `length`."""
    reply = ask(prompt_of(ROOM, STORY, reply=ROOM + 2), thinking=ROOM)
    assert (reply.text, reply.stop) == ("", "length")
    assert reply.thought


def test_a_variable_that_the_template_has_already(ask: Ask) -> None:
    """It is an error of that call with its name; the child lives on."""
    with pytest.raises(ModelError, match=r"template fails.+bos_token"):
        ask(prompt_of(0), extra={"chat_template_kwargs": {"bos_token": "x"}})
