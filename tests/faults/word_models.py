"""The models of the job, behind one server over HTTP, which notes each call that it answers."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer, serve_models
from fake_models.wire import TOKENS_IN, TOKENS_OUT

from faults.twelve import FAILED, choose_word, count_calls, write_plan

TOKENS = TOKENS_IN + TOKENS_OUT
TIERS = ("planner", "local", "senior")


@dataclass(frozen=True)
class ReceivedCall:
    """`task` is empty for the planner's; `at` is when it came in, in seconds since 1970.

    `failed`: the prompt tells of an earlier attempt whose check failed.
    """

    tier: str
    task: str
    prompt: str
    at: float
    failed: bool


@dataclass
class WordModels:
    """`faults` are answers that come first, in place of the next ones, whoever asks."""

    server: ModelServer
    faults: list[ScriptedAnswer] = field(default_factory=list)
    calls: list[ReceivedCall] = field(default_factory=list)
    pause: float = 0.0
    """Seconds before each piece of an answer, of which there are about five; a plan has hundreds,
    and comes at once."""
    failures: int = 0
    fail: Callable[[], ScriptedAnswer | None] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.server.choose_answer = self.answer

    def fail_now_and_then(self, share: float, seed: int) -> None:
        """From now on that share of the calls is answered with an error, or with half an answer."""
        chance = random.Random(seed)

        def fail() -> ScriptedAnswer | None:
            if chance.random() >= share:
                return None
            self.failures += 1
            broken = ScriptedAnswer("```", broken=True)
            return chance.choice((ScriptedAnswer("overloaded", status=503), broken))

        self.fail = fail

    def answer(self, request: ReceivedRequest) -> ScriptedAnswer:
        tier = str(request.body["model"])
        prompt = "\n".join(str(message["content"]) for message in request.body["messages"])
        task, text = ("", write_plan()) if tier == "planner" else choose_word(prompt, tier)
        with self._lock:
            self.calls.append(ReceivedCall(tier, task, prompt, time.time(), FAILED in prompt))
            fault = self.faults.pop(0) if self.faults else self.fail()
        return fault or ScriptedAnswer(text, pause=self.pause if task else 0.0)

    def repeated(self, jobs: int = 1) -> Counter[tuple[str, str]]:
        """How much more often than needed each task asked each tier, and the planner was asked."""
        with self._lock:
            asked = Counter((call.task, call.tier) for call in self.calls)
        needed = count_calls()
        if asked["", "planner"]:
            needed["", "planner"] = 1
        return asked - Counter({call: jobs * times for call, times in needed.items()})

    def settings(self, url: str = "", *, tiers: Sequence[str] = TIERS, more: str = "") -> str:
        """The tiers, as they stand in this machine's settings."""
        return "".join(
            f'[tiers.{tier}]\nmodels = ["openai-chat:{tier}"]\n'
            f'base_url = "{url or self.server.url}"\n{more}\n'
            for tier in tiers
        )


@contextmanager
def serve_words() -> Iterator[WordModels]:
    with serve_models() as server:
        yield WordModels(server)
