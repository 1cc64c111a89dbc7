"""How models that think are asked, over real HTTP, each as its server streams it."""

from dataclasses import dataclass, replace

import pytest
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer
from fake_models.thinking import (
    CACHED_TOKENS,
    PROMPT_TOKENS,
    Marks,
    ThinkingModel,
    split_tokens,
)
from support.unmetered import Unmetered

from bot.config.machine import parse_settings
from bot.config.tiers import Sampling, TierSettings
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import open_tier
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.models.profiles import thinking_room
from runners.edits import EditError, resolve_reply
from runners.model_call import ModelCall, call_model

# Real servers and their waits: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

CODE = "def total(prices):\n    return sum(prices)\n"
ANSWER = f"Here it is.\n\n```python\n{CODE}```\n"
DRAFT = "```python\ndef total(prices):\n    return 0\n```\n"
THOUGHT = f"The sum is wanted. Let me try:\n{DRAFT}Hmm, no. " + "I go on thinking about it. " * 14
BASE = b"def total(prices):\n    raise NotImplementedError\n"
TAGS = {
    "think": Marks(opens="<think>\n", closes="\n</think>\n\n"),
    "think, no blanks": Marks(opens="<think>", closes="</think>"),
    "square": Marks(opens="[THINK]", closes="[/THINK]"),
    "thought": Marks(opens="<thought>\n", closes="</thought>\n"),
    "reasoning": Marks(opens="<reasoning>", closes="</reasoning>"),
    "opened by the template": Marks(closes="\n</think>\n\n"),
    "channels": Marks(
        opens="<|channel|>analysis<|message|>",
        closes="<|end|><|start|>assistant<|channel|>final<|message|>",
    ),
    "plain channels": Marks(opens="analysis", closes="assistantfinal"),
}


def call(
    server: ModelServer, model: ThinkingModel, name: str = "house-7b", **fields: object
) -> ModelCall:
    server.choose_answer = model
    tier = TierSettings(models=(f"openai-chat:{name}",), base_url=server.url, retries=0, **fields)  # type: ignore[arg-type]
    thinking = thinking_room(tier)
    prompt = Prompt("", "Sum.", reply=tier.answer + thinking, thinking=thinking, attempt=1)
    with open_tier(tier) as chain:
        return call_model(chain, prompt, LedgerRow("fix", 1, "local", ""), tier, Unmetered())


IN_A_FIELD = Marks("reasoning_content")


def apply(call: ModelCall) -> bytes | None:
    """The file as the answer makes it; None where the answer is refused."""
    assert call.reply is not None, call.why
    try:
        edits = resolve_reply(
            call.reply.text,
            {"a.py": BASE}.get,
            default="a.py",
            truncated=call.cut_at > 0 or call.end_unknown,
        )
    except EditError:
        return None
    return edits.files["a.py"]


@dataclass(frozen=True)
class GoneModel:
    """One that never answers."""

    name: str

    def ask(self, _prompt: Prompt, _watch: Watch) -> Reply:
        raise ModelError(self.name, "gone")

    def close(self) -> None:
        """Nothing is open."""


def say(answer: str = ANSWER, **fields: object) -> ThinkingModel:
    return ThinkingModel(THOUGHT, answer, **fields)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Row:
    """`asked` is how often the server was asked, `why` what is said of a try that gave no answer.

    `chunks` are how many characters of the text share an event, 0 for a token each.
    """

    model: ThinkingModel
    name: str = "house-7b"
    asked: int = 1
    why: str = ""
    answer: int = 512
    thinking: int | str = "auto"
    chunks: tuple[int, ...] = (0,)


NO_ROOM = "had no room to answer"
UNHEEDING: frozenset[str] = frozenset()
SWITCH = frozenset({"enable_thinking"})
ROWS = {
    "1": Row(say(obeys=SWITCH), "qwen3.6-27b", 2, NO_ROOM, 64, 64),
    "1, another field": Row(
        say(marks=Marks("reasoning"), obeys=SWITCH), "qwen3-8b", 2, NO_ROOM, 64, 64
    ),
    "1, of no known family": Row(say(), asked=2, why=NO_ROOM, answer=128),
    "1, of a family that a person told": Row(
        say(obeys=SWITCH), asked=2, why=NO_ROOM, answer=64, thinking=64
    ),
    "1, the switch is not heeded": Row(say(obeys=UNHEEDING), "glm-4.6", 3, NO_ROOM, 64, 64),
    "2": Row(say(stops_after_thought=1), "qwen3.6-27b", 2, "gave no answer", thinking=512),
    "2, of no known family": Row(say(stops_after_thought=2), asked=3, why="gave no answer"),
    "2, of a family that a person told": Row(say(stops_after_thought=9), thinking="off"),
    "2, never told not to": Row(say(stops_after_thought=1), "gpt-oss-20b", 2, "gave no answer"),
    "3": Row(say(marks=Marks("reasoning"))),
    "9": Row(say(), "qwen3.6-27b", thinking=64),
    "9, off": Row(say(), "qwen3.6-27b", answer=64, thinking="off"),
    "9, a person's off": Row(say(), answer=64, thinking="off"),
    "9, a person's tokens": Row(say(), answer=64, thinking=64),
    "9, others": Row(say(strict=True), "qwen3.6-27b", thinking=512),
    "9, nothing is asked for": Row(say(strict=True)),
    "10": Row(say(finish="length")),
    **{
        f"4 5 6 8, {name}": Row(say(marks=marks), chunks=(0, 1, 7, 10_000))
        for name, marks in TAGS.items()
    },
    **{
        f"7, {name}": Row(say(marks=marks), asked=2, why=NO_ROOM, answer=128)
        for name, marks in TAGS.items()
        if marks.opens
    },
    "7, opened by the template": Row(
        say(marks=TAGS["opened by the template"], obeys=UNHEEDING), "qwq-32b", 2, NO_ROOM, 64, 64
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_stream_ends_in_the_answer(model_server: ModelServer, row: Row) -> None:
    """However a server sends a thought: one without an answer is asked again, and said in words."""
    for chunk in row.chunks:
        model = replace(row.model, chunk=chunk)
        made = call(model_server, model, row.name, answer=row.answer, thinking=row.thinking)
        assert apply(made) == CODE.encode()
        tries = [failure.why for failure in made.row.failures]
        assert len(tries) == row.asked - 1
        assert all(why.startswith("thought ") and why.endswith(row.why) for why in tries)
        assert made.row.tokens_cached == CACHED_TOKENS


def test_a_thought_is_counted_by_the_server(model_server: ModelServer) -> None:
    """Its own usage stands in the ledger: of the try that had no room and of the one that answered."""
    made = call(model_server, say(obeys=SWITCH), "qwen3.6-27b", answer=64, thinking=64)
    (tried,) = made.row.failures
    assert tried.why == "thought 128 tokens and had no room to answer"
    assert (tried.tokens_in, tried.tokens_out) == (PROMPT_TOKENS, 128)
    assert (tried.tokens_cached, tried.tokens_thought) == (CACHED_TOKENS, 128)
    assert made.row.tokens_thought == 0
    assert made.row.tokens_out == len(split_tokens(ANSWER))
    assert made.thoughts[0][0].endswith(tried.why)
    again = model_server.requests[1].body
    assert again["chat_template_kwargs"] == {"enable_thinking": False}
    assert "thought 128 tokens" in str(again["messages"])
    assert again["seed"] != model_server.requests[0].body["seed"]


def test_no_answer_after_all_is_said_in_words(model_server: ModelServer) -> None:
    """After a few tries it ends, with what to change; every try is in the ledger."""
    made = call(model_server, say(stops_after_thought=99), answer=512)
    assert (made.reply, made.outcome) == (None, AttemptOutcome.NO_ANSWER)
    assert len(model_server.requests) == 5
    assert made.why.startswith("5 times without an answer; the last time it thought ")
    assert "`thinking`" in made.why
    assert len(made.row.failures) == 4
    assert len(made.thoughts) == 5


def test_more_room_is_never_more_than_the_window_has(model_server: ModelServer) -> None:
    """A prompt and what is asked for stay within `context`, however often it is asked again."""
    call(model_server, say(stops_after_thought=99), answer=1024, context=3000)
    rooms = [request.body["max_tokens"] for request in model_server.requests]
    assert rooms[0] == 1024
    assert all(PROMPT_TOKENS + room <= 3000 for room in rooms)
    assert rooms == sorted(rooms)


@pytest.mark.parametrize("marks", [IN_A_FIELD, TAGS["think"]])
def test_an_answer_that_is_cut_off_is_refused_whole(
    model_server: ModelServer, marks: Marks
) -> None:
    """Half a file is none, and the tokens at which it ended are known."""
    made = call(model_server, say(ANSWER + CODE * 40, marks=marks, obeys=UNHEEDING), answer=256)
    assert made.cut_at == 256
    assert made.row.failures == ()


def test_a_key_of_a_person_that_the_server_does_not_know(model_server: ModelServer) -> None:
    """It is named with where to take it out; the profile's own are left out without a word."""
    model_server.choose_answer = say(strict=True)
    text = (
        f'[tiers.local]\nmodels = ["openai-chat:qwen3-8b"]\nbase_url = "{model_server.url}"\n'
        "extra = {id_slot = 3}\n"
    )
    tier = parse_settings(text).tiers["local"]
    with open_tier(tier) as chain:
        made = call_model(
            chain, Prompt("", "x"), LedgerRow("fix", 1, "local", ""), tier, Unmetered()
        )
    assert "the server does not know `id_slot`: take it out of [tiers.local] extra" in made.why
    asked_for = say(strict=True)
    made = call(model_server, asked_for, "qwen3-8b", sampling=Sampling(min_p=0.1))
    assert "`min_p`: take it out of this tier's sampling" in made.why


def test_a_cut_stream_reports_what_it_cost(model_server: ModelServer) -> None:
    """The usage that a server sends with each event counts, once; without any, an estimate does."""
    endless = "The same again and again. " * 400
    for in_each in (True, False):
        model = ThinkingModel("Hm. ", endless, usage_in_each=in_each)
        made = call(model_server, model, answer=4000)
        assert made.reply is not None
        assert made.reply.stop == "cut"
        sent = len(split_tokens(made.reply.text)) + 2
        assert sent / 2 <= made.row.tokens_out <= 2 * sent
        assert 0 < made.row.tokens_thought < 20


def test_a_thought_may_go_round_longer_than_an_answer(model_server: ModelServer) -> None:
    """What would end an answer does not end a thought; one without end is asked again."""
    again = "Wait, I should look at the sum once more before I say so. "
    marks = TAGS["think"]
    made = call(model_server, ThinkingModel(again * 15, ANSWER, marks, chunk=70), answer=2000)
    assert (apply(made), made.row.failures) == (CODE.encode(), ())
    endless = ThinkingModel(again * 200, ANSWER, marks, chunk=500)
    made = call(model_server, endless, answer=8000, context=30_000)
    assert all("went round in circles" in failure.why for failure in made.row.failures)
    assert made.outcome == AttemptOutcome.NO_ANSWER


def test_it_ends_whatever_else_fails_in_the_tier(model_server: ModelServer) -> None:
    """Three models that cannot answer before one that only thinks: each call has all of them."""
    model_server.choose_answer = say(stops_after_thought=99)
    gone = tuple(f"script:{name}.md" for name in "abc")
    tier = TierSettings(models=("openai-chat:house-7b",), base_url=model_server.url, retries=0)
    with open_tier(tier) as chain:
        failing = replace(chain, models=(*(GoneModel(name) for name in gone), *chain.models))
        made = call_model(
            failing, Prompt("", "x"), LedgerRow("fix", 1, "local", ""), tier, Unmetered()
        )
    assert made.outcome == AttemptOutcome.NO_ANSWER
    assert len(model_server.requests) == 5
    assert [failure.model for failure in made.row.failures].count("script:a.md") == 5


def scripted(server: ModelServer, answer: ScriptedAnswer, name: str = "house-7b") -> ModelCall:
    server.answers = [answer]
    tier = TierSettings(models=(f"openai-chat:{name}",), base_url=server.url, retries=0)
    thinking = thinking_room(tier)
    prompt = Prompt("", "Sum.", reply=tier.answer + thinking, thinking=thinking, attempt=1)
    with open_tier(tier) as chain:
        return call_model(chain, prompt, LedgerRow("fix", 1, "local", ""), tier, Unmetered())


@pytest.mark.parametrize(
    ("answer", "lands"),
    [
        (ScriptedAnswer(ANSWER, no_reason=True), True),
        (ScriptedAnswer(ANSWER[:-6], no_reason=True), False),
        (ScriptedAnswer(ANSWER, one_body=True), True),
        (ScriptedAnswer(ANSWER[:-6], one_body=True, stop="length"), False),
        (ScriptedAnswer(ANSWER, stop="length"), True),
        (ScriptedAnswer(ANSWER[:-6], stop="length"), False),
    ],
)
@pytest.mark.parametrize("name", ["house-7b", "qwen3.6-27b"])
def test_an_answer_is_judged_by_what_came(
    model_server: ModelServer, answer: ScriptedAnswer, name: str, *, lands: bool
) -> None:
    """No reason for the end, no stream, or a limit: what proves whole lands, at the first call."""
    made = scripted(model_server, answer, name)
    assert len(model_server.requests) == 1
    assert (apply(made) == CODE.encode()) is lands
    assert made.end_unknown is answer.no_reason


@pytest.mark.parametrize("body", [b'{"status": "up"}', b"{", b'{"choices": 3}'])
def test_a_body_that_is_no_reply_is_told_in_plain_words(
    model_server: ModelServer, body: bytes
) -> None:
    """With what to check, and without the name of any class."""
    made = scripted(model_server, ScriptedAnswer(body=body))
    assert made.reply is None
    assert "check that base_url" in made.why
    assert "Error" not in made.why


def test_a_stream_that_breaks_off_is_no_answer(model_server: ModelServer) -> None:
    """Without its orderly end it is the machine's fault, however whole it looks."""
    made = scripted(model_server, ScriptedAnswer(ANSWER, broken=True))
    assert (made.reply, made.outcome) == (None, AttemptOutcome.NO_MODEL)


def test_a_server_that_knows_no_stream_options(model_server: ModelServer) -> None:
    """They are ours: it is asked again without them, once and for all."""

    def refuse(request: ReceivedRequest) -> ScriptedAnswer:
        if "stream_options" in request.body:
            return ScriptedAnswer("Unknown parameter: 'stream_options'", status=400)
        return ScriptedAnswer(ANSWER)

    model_server.choose_answer = refuse
    tier = TierSettings(models=("openai-chat:house-7b",), base_url=model_server.url, retries=0)
    with open_tier(tier) as chain:
        for _ in range(2):
            made = call_model(
                chain, Prompt("", "x"), LedgerRow("fix", 1, "local", ""), tier, Unmetered()
            )
            assert apply(made) == CODE.encode()
    assert len(model_server.requests) == 3


@pytest.mark.parametrize(
    ("name", "thinking", "told", "not_told"),
    [
        ("house-7b", "auto", 'thinking = "off"', "was told"),
        ("house-7b", "off", "It was told not to think", '"off"'),
        ("gpt-oss-20b", "auto", "`thinking`", '"off"'),
        ("qwen3-8b", 512, "It was told not to think", '"off"'),
    ],
)
def test_the_advice_fits_the_settings(
    model_server: ModelServer, name: str, thinking: int | str, told: str, not_told: str
) -> None:
    """What is set, what these calls tried already, or what the family does not heed, is not advised."""
    model = say(stops_after_thought=99, obeys=UNHEEDING)
    made = call(model_server, model, name, answer=512, thinking=thinking)
    assert told in made.why
    assert not_told not in made.why


def test_an_empty_answer_is_not_called_a_thought(model_server: ModelServer) -> None:
    """Where nothing was thought, less thought is no advice."""
    made = call(model_server, ThinkingModel("", ""), "qwen3-8b", answer=512, thinking=512)
    assert "it gave an empty answer" in made.why
    assert "server's log" in made.why
    assert "think" not in f"{made.outcome}: {made.why}"
