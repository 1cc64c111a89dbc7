"""Two models that differ as a small and a large one do; what they say follows from a hash."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from fake_models.server import ScriptedAnswer

SOLVES = {"local-7b": 0.35, "senior": 0.85}
"""How often an attempt at a task of middling difficulty is right."""
SLOPPY = {"local-7b": 0.2, "senior": 0.05}
"""How often a right answer is wrong where only hidden tests look."""
_ABOUT = re.compile(r"Solve this (?:issue by changing|exercise in) (\w+\.py)")
BROKEN = "\n\nif 'hidden' in __import__('sys').argv[0]:\n    raise SystemExit('not that')\n"


def choose_answer(
    solutions: Mapping[str, tuple[str, str]], body: Mapping[str, Any]
) -> ScriptedAnswer:
    """`solutions` are, by the task's file, its right content and its wrong one."""
    model, seed, file = str(body["model"]), body.get("seed"), find_file(body)
    right, wrong = solutions[file]
    hard = draw("hard", file)
    solves = draw(model, file, seed) < SOLVES[model] * 2 * (1 - hard)
    content = right if solves else wrong
    if solves and draw("sloppy", model, file) < SLOPPY[model]:
        content += BROKEN
    reply = f"{file}\n```python\n{content}```\n"
    usage = {"prompt_tokens": 800 + int(3000 * hard), "completion_tokens": 60 + len(content) // 3}
    return ScriptedAnswer(reply, reported={**usage, "total_tokens": sum(usage.values())})


def find_file(body: Mapping[str, Any]) -> str:
    """The file that the task is about."""
    found = _ABOUT.search(json.dumps(body["messages"]))
    if found is None:
        raise ValueError(f"a prompt about nothing: {body['messages']}")
    return found[1]


def name_call(body: Mapping[str, Any]) -> str:
    kind = "issue" if "Solve this issue" in json.dumps(body["messages"]) else "exercise"
    return f"{body['model']} {kind} {find_file(body)} {body.get('seed')}"


def draw(*said: object) -> float:
    """0 to 1, the same for the same words."""
    told = hashlib.sha256("\0".join(map(str, said)).encode()).digest()
    return int.from_bytes(told[:6], "big") / 2**48
