"""Asks this project's map in one process: cold, unchanged, and after one file changed.

It runs the command's own entry, so what is timed is all that a caller in the same process pays.
`cold` has an empty cache but a warm process: it has drawn the map of a one-file repository before.
"""

import contextlib
import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from handlers.cli import app

OTHER = "Reject what is empty before it is stored"
UNLIKE = """Connection is not returned to the pool after a failed commit in a nested transaction.

The interceptor swallows the exception and the next caller waits until it times out."""


def mapped(git_dir: str, rev: str, text: str, budget: int) -> dict[str, Any]:
    sys.stdin, out = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"), io.StringIO()
    argv = [
        "map",
        "--query",
        "-",
        "--tokens",
        str(budget),
        "--rev",
        rev,
        "--repo",
        git_dir,
        "--json",
    ]
    with contextlib.redirect_stdout(out):
        app(argv, standalone_mode=False)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def timed(git_dir: str, rev: str, text: str, budget: int) -> tuple[dict[str, Any], float, float]:
    """The answer, its seconds, and its seconds of processor with those of what it started."""
    began, used = time.perf_counter(), sum(os.times()[:4])
    answer = mapped(git_dir, rev, text, budget)
    return answer, time.perf_counter() - began, sum(os.times()[:4]) - used


def ranked(answer: dict[str, Any]) -> list[str]:
    """The files on the largest map, best first."""
    best = sorted(answer["files"], key=lambda file: (-file["score"], file["path"]))
    return [file["path"] for file in best]


def main() -> None:
    given = json.load(sys.stdin)
    git_dir, rev, text, budgets = (given[k] for k in ("git", "rev", "text", "budgets"))
    home = os.environ["XDG_CACHE_HOME"]
    os.environ["XDG_CACHE_HOME"] = f"{home}-tiny"
    mapped(*given["tiny"], text, budgets[0])
    os.environ["XDG_CACHE_HOME"] = home
    first, cold, _ = timed(git_dir, rev, text, budgets[0])
    answers = {budgets[0]: first}
    _, same, _ = timed(git_dir, rev, text, budgets[0])
    _, other, other_cpu = timed(git_dir, rev, f"{OTHER}\n\n{text}", budgets[0])  # not remembered
    _, unlike, unlike_cpu = timed(git_dir, rev, UNLIKE, budgets[0])
    answers |= {budget: mapped(git_dir, rev, text, budget) for budget in budgets[1:]}
    after = {len(files): timed(git_dir, to, text, budgets[0])[1:] for to, files in given["changed"]}
    json.dump(
        {
            "sent": {budget: answer["text"] for budget, answer in answers.items()},
            "ranked": ranked(answers[max(budgets)]),
            "own": {budget: answer["tokens"] for budget, answer in answers.items()},
            "cold": cold,
            "same": same,
            "other": other,
            "changed": {count: seconds for count, (seconds, _) in after.items()},
            "changed_cpu": {count: cpu for count, (_, cpu) in after.items()},
            "other_cpu": other_cpu,
            "unlike": unlike,
            "unlike_cpu": unlike_cpu,
            "answered": time.time(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
