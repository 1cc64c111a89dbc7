r"""`tier = "auto"` against fixed local-first and senior-first, on the same tasks.

    python bench/auto.py
    python bench/auto.py --local ollama:qwen2.5-coder:7b --senior openai:gpt-5 \
        --senior-prices 1.25,10

First the two tiers are measured by `bricklayer eval` on tasks that are not used again, thirty runs
of each kind and more. Then three machines, alike but for `tier`, do the same jobs by
`bricklayer run`. Without --local and --senior the models are scripted: how often an answer is right
follows from the kind of task (bench/auto_tasks.py), by a seed, over real HTTP. What is measured is
the decision and the engine around it, not any model. It may be stopped and started again: what is
in --out is not done twice.

--measure drawn writes what eval would have measured of the scripted models without doing it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from math import fsum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "tests")]

from auto_tasks import (  # noqa: E402 - after the path is set
    KINDS,
    PRICES,
    Task,
    draw,
    list_files,
    list_tasks,
    reply,
    write_plan,
)
from fake_models.server import ReceivedRequest, ScriptedAnswer, serve_models  # noqa: E402

from bot.config.machine import parse_settings  # noqa: E402
from bot.config.tiers import DoingTier  # noqa: E402
from bot.evaluation import Configuration, ReplayResult  # noqa: E402
from bot.evaluation.choose_start import offer_tier  # noqa: E402
from bot.ledger import LedgerRow  # noqa: E402
from bot.ledger_sums import compute_cost  # noqa: E402
from bot.pass_rate import PassRate  # noqa: E402
from bot.storage.database import sqlite_url  # noqa: E402
from bot.storage.jobs import open_store  # noqa: E402
from bot.storage.replays import open_replays  # noqa: E402

RULES = ("local", "senior", "auto")
TASKS_OF_A_JOB = 8
DRAWN_TOKENS = (600, 60)
"""Of one call of a scripted model, where nothing is asked: about what the engine's calls have."""
COMMAND = Path(sys.executable).parent / "bricklayer"


@dataclass(frozen=True)
class Model:
    """One tier's: `prices` are for a million tokens in and out."""

    tier: DoingTier
    name: str
    url: str
    prices: tuple[float, float]
    key: str = ""

    @property
    def table(self) -> str:
        lines = [f"[tiers.{self.tier}]", f"models = [{json.dumps(self.name)}]"]
        lines += [f"base_url = {json.dumps(self.url)}"] if self.url else []
        lines += [f"api_key_env = {json.dumps(self.key)}"] if self.key else []
        lines += [f"price_in = {self.prices[0]}", f"price_out = {self.prices[1]}"]
        return "\n".join([*lines, "candidates = 1"] if self.tier == "local" else lines)


@dataclass(frozen=True)
class Room:
    """One repository and one machine: settings, state, database."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state" / "bricklayer"

    def begin(self, tasks: list[Task], settings: str) -> None:
        repo = self.folder / "repo"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "bricklayer.toml").write_text(settings)
        if (repo / ".git").exists():
            return
        for path, text in list_files(tasks).items():
            (repo / path).parent.mkdir(parents=True, exist_ok=True)
            (repo / path).write_text(text)
        for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "Begin"]):
            by = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
            subprocess.run(["git", *by, *argv], cwd=repo, check=True)

    def bricklayer(self, *args: str) -> tuple[int, str]:
        state = {"XDG_STATE_HOME": str(self.folder / "state")}
        env = {**os.environ, **state, "BRICKLAYER_CONFIG": str(self.folder / "bricklayer.toml")}
        done = subprocess.run(
            [str(COMMAND), *args],
            cwd=self.folder / "repo",
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def run_jobs(self, tasks: list[Task], title: str) -> list[LedgerRow]:
        """In jobs of eight tasks; all rows of their ledgers."""
        for at in range(0, len(tasks), TASKS_OF_A_JOB):
            plan = self.folder / f"{title}-{at}.md"
            if plan.with_suffix(".done").exists():
                continue
            plan.write_text(write_plan(f"{title} {at}", tasks[at : at + TASKS_OF_A_JOB]))
            code, out = self.bricklayer("run", str(plan))
            if code not in {0, 1}:
                sys.exit(f"bricklayer run ended with {code}:\n{out}")
            plan.with_suffix(".done").write_text(out)
        store = open_store(sqlite_url(self.state))
        jobs = sorted((self.state / "jobs").iterdir())
        return [row for job in jobs for row in store.list_attempts(job.name)]


def main() -> None:
    asked = read_arguments()
    begun, out = time.monotonic(), asked.out
    with ExitStack() as stack:
        if asked.local:
            models = list_real(asked)
        else:
            server = stack.enter_context(serve_models())
            server.choose_answer = lambda received: answer(asked.seed, received)
            models = list_scripted(server.url)
        lanes = "\n".join(f'[[lanes]]\nname = "lane-{at}"' for at in range(asked.lanes))
        tables = "\n\n".join([*(model.table for model in models), lanes])
        measured = list_tasks(1, asked.measured)
        shared = Room(out / "auto")
        tasks = list_tasks(50, asked.tasks)
        shared.begin([*measured, *tasks], f'tier = "auto"\n\n{tables}\n')
        measure(asked, shared, measured, models, tables)
        found = {}
        for rule in RULES:
            room = Room(out / rule)
            room.begin([*measured, *tasks], f'tier = "{rule}"\n\n{tables}\n')
            names = {task.name for task in tasks}
            rows = room.run_jobs(tasks, "measured")
            found[rule] = [row for row in rows if row.task in names]
            print(*describe(rule, tasks, found[rule]), sep="\n", flush=True)
    (out / "rows.json").write_text(
        json.dumps({rule: [asdict(row) for row in rows] for rule, rows in found.items()})
    )
    print(f"seed {asked.seed}, {asked.measure}, {time.monotonic() - begun:.0f} s")


def measure(
    asked: argparse.Namespace, room: Room, tasks: list[Task], models: list[Model], tables: str
) -> None:
    """By `bricklayer eval`: done once by a model that is always right, then again by each tier."""
    if (room.folder / "measured.done").exists():
        return
    if asked.measure == "drawn":
        keep_drawn(asked, room, tasks, models, tables)
    else:
        finish_tasks(room, tasks, tables)
        runs = ("--runs", str(asked.runs), "--at-once", str(asked.lanes))
        code, out = room.bricklayer("eval", "--tiers", "local,senior", *runs)
        print(out)
        if code not in {0, 1}:
            sys.exit(f"bricklayer eval ended with {code}")
    (room.folder / "measured.done").touch()


def finish_tasks(room: Room, tasks: list[Task], tables: str) -> None:
    """As a person's jobs were: all of it by exact replies."""
    replies = [
        f"## reply: {task.name}\n{task.file}\n```\n{task.answer(right=True, salt=0)}```\n"
        for task in tasks
    ]
    (room.folder / "right.md").write_text("\n".join(replies))
    settings = room.folder / "bricklayer.toml"
    settings.write_text(f'[tiers.local]\nmodels = ["script:{room.folder}/right.md"]\n')
    room.run_jobs(tasks, "finished")
    settings.write_text(f'tier = "auto"\n\n{tables}\n')


def keep_drawn(
    asked: argparse.Namespace, room: Room, tasks: list[Task], models: list[Model], tables: str
) -> None:
    """What the scripted models would come to: a task passes with the first answer that is right."""
    room.state.mkdir(parents=True, exist_ok=True)
    store, settings = open_replays(sqlite_url(room.state)), parse_settings(tables)
    triples = ((m, t, r) for m in models for t in tasks for r in range(asked.runs))
    for model, task, run in triples:
        most = 4 if model.tier == "local" else 2
        name = "small" if model.tier == "local" else "large"
        calls = (draw(asked.seed, task, name, f"{run} {at}") for at in range(most))
        tries = next((at for at, right in enumerate(calls, 1) if right), 0)
        made = tries or most
        offer = offer_tier(model.tier, settings.tiers[model.tier])
        way = Configuration(
            *(offer.tier, offer.model, offer.size),
            thinking=offer.thinking,
            prompts=offer.prompts,
            identity=offer.identity,
        )
        tokens_in, tokens_out = (each * made for each in DRAWN_TOKENS)
        result = ReplayResult(
            task.name,
            task.kind,  # type: ignore[arg-type]  # one of KINDS
            "new" if task.before is None else "short",
            "md" if task.kind == "docs" else "python",
            way,
            run,
            passed=bool(tries),
            attempts=made,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=compute_cost(
                tokens_in, tokens_out, price_in=model.prices[0], price_out=model.prices[1]
            ),
            at=time.time(),
        )
        store.keep(f"{task.name} {model.tier} {run}", result)


def answer(seed: str, received: ReceivedRequest) -> ScriptedAnswer:
    body = received.body
    prompt = "\n".join(str(each.get("content", "")) for each in body["messages"])
    text = reply(seed, prompt, body["model"], int(body.get("seed") or 0))
    counted = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4}
    return ScriptedAnswer(text, reported={**counted, "total_tokens": sum(counted.values())})


def describe(rule: str, tasks: list[Task], rows: list[LedgerRow]) -> Iterator[str]:
    """A row for all tasks, and one for each kind."""
    passed = {row.task for row in rows if row.outcome == "passed"}
    for kind in ("all", *KINDS):
        names = {task.name for task in tasks if kind in {"all", task.kind}}
        own = [row for row in rows if row.task in names]
        rate = PassRate(len(names & passed), len(names))
        by_tier = [sum(row.tier == tier for row in own) for tier in ("local", "senior")]
        away = [row for row in own if row.tier == "senior"]
        share = 1 - sum(row.tokens for row in away) / max(sum(row.tokens for row in own), 1)
        cost, starts = fsum(row.cost for row in own), {row.start.split(",")[0] for row in own}
        yield (
            f"| {rule} | {kind} | {rate.passed} of {rate.runs} ({rate.low:.0%} to {rate.high:.0%})"
            f" | {by_tier[0]} + {by_tier[1]} | {cost:.4f} | {share:.0%}"
            f" | {', '.join(sorted(starts - {''})) or '-'} |"
        )


def list_scripted(url: str) -> list[Model]:
    return [
        Model("local", "openai-chat:small", url, PRICES["small"]),
        Model("senior", "openai-chat:large", url, PRICES["large"]),
    ]


def list_real(asked: argparse.Namespace) -> list[Model]:
    def prices(text: str) -> tuple[float, float]:
        first, second = map(float, text.split(","))
        return first, second

    return [
        Model("local", asked.local, asked.local_url, prices(asked.local_prices), asked.local_key),
        Model(
            "senior", asked.senior, asked.senior_url, prices(asked.senior_prices), asked.senior_key
        ),
    ]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("auto-bench").resolve())
    parser.add_argument("--seed", default="1")
    parser.add_argument("--tasks", type=int, default=8, help="of each kind, for each rule")
    parser.add_argument("--lanes", type=int, default=1, help="tasks at a time")
    parser.add_argument("--measured", type=int, default=10, help="tasks of each kind to measure")
    parser.add_argument("--runs", type=int, default=0, help="of each; default: thirty of a kind")
    parser.add_argument("--measure", choices=("eval", "drawn"), default="eval")
    for tier in ("local", "senior"):
        parser.add_argument(f"--{tier}", default="", help="a model; both, or neither")
        parser.add_argument(f"--{tier}-url", default="")
        parser.add_argument(f"--{tier}-prices", default="0,0", help="for a million, in and out")
        parser.add_argument(f"--{tier}-key", default="", help="the variable with its key")
    asked = parser.parse_args()
    asked.out = asked.out.resolve()
    asked.runs = asked.runs or -(-30 // asked.measured)
    if bool(asked.local) != bool(asked.senior) or (asked.local and asked.measure == "drawn"):
        parser.error("name both models, and measure them by eval")
    return asked


if __name__ == "__main__":
    main()
