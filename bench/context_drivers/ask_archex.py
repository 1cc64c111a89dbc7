"""Asks archex for a bundle under an explicit budget, with its defaults. Run by its own Python."""

import json
import os
import sys
import time

ANSWER = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what it prints for people is no answer

from archex.api import query  # noqa: E402 - after standard output is out of the way
from archex.models import RepoSource  # noqa: E402


def main() -> None:
    given = json.load(sys.stdin)
    source = RepoSource(local_path=given["root"])
    began, cold, answered, cpu = time.perf_counter(), 0.0, 0.0, 0.0
    sent, own, code = {}, {}, {}
    for budget in given["budgets"]:
        bundle = query(source, given["text"], token_budget=budget, explicit_token_budget=True)
        sent[budget], own[budget] = bundle.to_prompt(), bundle.token_count
        code[budget] = sorted({ranked.chunk.file_path for ranked in bundle.chunks})
        if not answered:
            cold, answered = time.perf_counter() - began, time.time()
            cpu = sum(os.times()[:4])
    said = {"sent": sent, "own": own, "code": code, "cold": cold, "answered": answered}
    said["cpu"] = cpu
    json.dump(said, ANSWER)


if __name__ == "__main__":
    main()
