"""llama-server against the model in this process: four candidates at once, and what is read again.

    python bench/llama_server.py MODEL.gguf [--rounds 3] [--threads 0] [--reply 48]
    python bench/llama_server.py MODEL.gguf --reuse EVIDENCE [--tasks 8]

Times are told as ratios within a round, in which both contenders do the same work one after the
other: the machine may have other work. Each round has a beginning of its own, so that none is read
by an earlier one. `--reuse` asks the first two prompts of each task of an evidence folder (of
`bench/small.py --evidence`), and tells what of the second the server had already: of the beginning
that both have, and of all of it.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.config.tiers import Lane, TierSettings  # noqa: E402 - a script finds the rooms by its place
from bot.models.chain import Chain, open_tier  # noqa: E402
from bot.models.llama_server.place import ServerPlace  # noqa: E402
from bot.models.model import Prompt, Reply  # noqa: E402

SYSTEM = "You change one file of a repository. You answer with the file."
CANDIDATES = 4
HEAD_FUNCTIONS = 40
TAILS = (
    "Write a function that adds them all up.",
    "Write a function that says which is the largest.",
    "Write a test for the first function.",
    "Say in one sentence what the file is for.",
)


def keep_going(*_: object) -> str:
    return ""


def make_head(number: int) -> str:
    """Code of some 900 tokens that no other round begins with."""
    functions = [
        f"def rule_{number}_{each}(value: int) -> int:\n    return value * {each} + {number}\n"
        for each in range(HEAD_FUNCTIONS)
    ]
    return f"# File {number}\n\n" + "\n".join(functions) + "\n\n"


def make_prompts(number: int, reply: int) -> list[Prompt]:
    head = make_head(number)
    return [
        Prompt(SYSTEM, head + tail, temperature=0.7, seed=seed, reply=reply)
        for seed, tail in enumerate(TAILS)
    ]


@dataclass(frozen=True, slots=True)
class Batch:
    """Four candidates of one contender. Tokens of the prompts, of them had already, and made."""

    seconds: float
    tokens_in: int
    cached: int
    made: int

    @property
    def reused(self) -> float:
        return self.cached / self.tokens_in


def measure(ask_all: Callable[[], list[Reply]]) -> Batch:
    began = time.monotonic()
    replies = ask_all()
    seconds = time.monotonic() - began
    counted = [(each.tokens_in, each.tokens_cached, each.tokens_out) for each in replies]
    return Batch(seconds, *(sum(column) for column in zip(*counted, strict=True)))


def ask_in_turn(chain: Chain, prompts: list[Prompt]) -> list[Reply]:
    return [chain.ask(prompt, keep_going) for prompt in prompts]


def ask_at_once(chain: Chain, prompts: list[Prompt]) -> list[Reply]:
    with ThreadPoolExecutor(len(prompts)) as pool:
        return list(pool.map(lambda prompt: chain.ask(prompt, keep_going), prompts))


def compare(asked: argparse.Namespace) -> None:
    """Cold: the head is new. Warm: the same head with four other tails, as a next attempt has."""
    tier = {"context": 4096, "threads": asked.threads or 2, "timeout": 3600}
    own = TierSettings.model_validate({**tier, "models": (f"llama-cpp:{asked.model}",)})
    llama = {"server_args": asked.server_args.split()}
    served = {**tier, "models": (f"llama-server:{asked.model}",), "slots": CANDIDATES}
    server = TierSettings.model_validate({**served, "llama": llama})
    with tempfile.TemporaryDirectory() as folder:
        place = ServerPlace(Path(folder), Lane(name="bench"))
        with open_tier(own) as process, open_tier(server, servers=place) as slots:
            for chain in (process, slots):
                chain.ask(Prompt(SYSTEM, "Say hello.", reply=4), keep_going)
            rounds = [_run_round(process, slots, number, asked) for number in range(asked.rounds)]
    _report(rounds)


Round = dict[str, tuple[Batch, Batch]]


def _run_round(process: Chain, slots: Chain, number: int, asked: argparse.Namespace) -> Round:
    cold = make_prompts(number, asked.reply)
    warm = [_vary(prompt) for prompt in cold]
    found: Round = {}
    for name, prompts in (("cold", cold), ("warm", warm)):
        one = measure(lambda: ask_in_turn(process, prompts))  # noqa: B023 - called at once
        other = measure(lambda: ask_at_once(slots, prompts))  # noqa: B023 - the same
        found[name] = (one, other)
        print(f"  round {number}, {name}: {one} {other}", file=sys.stderr, flush=True)
    return found


def _vary(prompt: Prompt) -> Prompt:
    return Prompt(
        prompt.system,
        f"{prompt.user} The last answer failed.",
        temperature=prompt.temperature,
        seed=prompt.seed + 100,
        reply=prompt.reply,
    )


def _report(rounds: list[Round]) -> None:
    print("| four candidates | server / in process, wall time | had already: in process, server |")
    print("| --- | --- | --- |")
    for name in ("cold", "warm"):
        ratios = [each[name][1].seconds / each[name][0].seconds for each in rounds]
        parts = [statistics.median(each[name][which].reused for each in rounds) for which in (0, 1)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {name} | {spread} | {parts[0]:.0%}, {parts[1]:.0%} |")


def list_pairs(evidence: Path) -> Iterator[tuple[str, list[str]]]:
    """The texts of the first two attempts at each task."""
    for folder in sorted(each for each in evidence.iterdir() if each.is_dir()):
        files = sorted(folder.glob("run-*/[!j]*-[12].txt"))
        texts = [_read_prompt(file.read_text()) for file in files]
        if len(texts) == 2:  # noqa: PLR2004  # two attempts
            yield folder.name, texts


def _read_prompt(text: str) -> str:
    """Without the lines that name its parts, which no model was shown."""
    shown = re.split(r"(?m)^===== (?:thought|reply)", text)[0]
    return re.sub(r"(?m)^===== .*\n", "", shown)


def _find_common(first: str, second: str) -> str:
    pairs = zip(first, second, strict=False)
    differ = (at for at, (one, other) in enumerate(pairs) if one != other)
    return first[: next(differ, min(len(first), len(second)))]


def reuse(asked: argparse.Namespace) -> None:
    tier = {"models": (f"llama-server:{asked.model}",), "context": 8192, "threads": asked.threads}
    settings = TierSettings.model_validate({**tier, "timeout": 3600})
    shares: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        place = ServerPlace(Path(folder), Lane(name="bench"))
        with open_tier(settings, servers=place) as chain:
            for name, (first, second) in list(list_pairs(asked.reuse))[: asked.tasks]:
                common = _find_common(first, second)
                chain.ask(Prompt(SYSTEM, first, reply=4), keep_going)
                reply = chain.ask(Prompt(SYSTEM, second, reply=4), keep_going)
                begins = chain.count_tokens(common)
                shares.append((reply.tokens_cached / begins, reply.tokens_cached / reply.tokens_in))
                told = f"had {reply.tokens_cached} of {begins} in common, of {reply.tokens_in}"
                print(f"{name}: {told}", flush=True)
    common_share, whole = (statistics.median(column) for column in zip(*shares, strict=True))
    print(
        f"medians of {len(shares)} tasks: {common_share:.0%} of what both begin with, {whole:.0%}"
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("model", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=0)
    options.add_argument("--reply", type=int, default=48)
    options.add_argument("--server-args", default="")
    options.add_argument("--reuse", type=Path, help="an evidence folder")
    options.add_argument("--tasks", type=int, default=8)
    asked = options.parse_args()
    if not asked.model.exists():
        print(f"skipped: no model at {asked.model}")
    elif asked.reuse:
        reuse(asked)
    else:
        compare(asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
