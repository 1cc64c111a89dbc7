"""Measures the repository map beside its peers: the same cases, checkouts, machine and run.

python bench/context_peers.py --install DIR           once; brings aider and archex
python bench/context.py --mirrors DIR --peers DIR     the cases are in $BRICKLAYER_BENCH

A mirror is DIR/OWNER+NAME/repo, a git directory. Without --peers only the floor and we are asked.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from context_cases import Case, borrowed, checkout, load  # noqa: E402 - after the path is set
from context_ours import NAME, ours  # noqa: E402
from context_peers import Contender, contenders, counter  # noqa: E402
from context_process import answer, bare_environment, run  # noqa: E402
from context_table import recalled, table  # noqa: E402

BUDGETS = [4000, 1000, 8000]
"""In tokens. The first is asked with nothing cached, and timed."""
SEEDED = 2
"""Every second case is asked again under another hash seed."""
TRACES = (".aider.tags.cache.v4", ".archex")

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirrors", type=Path, default=ROOT.parent / ".mirror")
    parser.add_argument("--peers", type=Path, help="where bench/context_peers.py put them")
    parser.add_argument("--work", type=Path, help="keeps the checkouts for the next time")
    parser.add_argument("--out", type=Path, help="every row as JSON, and each text that was sent")
    parser.add_argument("--only", nargs="*", default=[""], help="contenders whose name holds one")
    parser.add_argument("--limit", type=int, default=0, help="so many cases")
    options = parser.parse_args()
    default = ROOT.parent / "shared/bench"
    cases = load(Path(os.environ.get("BRICKLAYER_BENCH", default)))
    with tempfile.TemporaryDirectory() as folder:
        options.work = options.work or Path(folder)
        rows = measured(cases[: options.limit or None], options)
    if options.out and rows:
        options.out.write_text(json.dumps(rows, indent=1), "utf-8")
    if rows:
        print(table(rows))


def measured(cases: list[Case], options: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    for number, case in enumerate(cases):
        mirror = options.mirrors / case.repo.replace("/", "+") / "repo"
        if not mirror.is_dir():
            print(f"{case.id}: skipped, no mirror of {case.repo} in {options.mirrors}")
            continue
        repo = borrowed(mirror, options.work / mirror.parent.name)
        root = checkout(repo, case.base, options.work / case.id)
        for contender in contenders(options.peers):
            if wanted(contender.name, options.only):
                seeds = (1, 2) if number % SEEDED == 0 else (1,)
                said = [asked(contender, case, repo, root, seed) for seed in seeds]
                same = said[0]["sent"] == said[-1]["sent"] if len(said) > 1 else None
                rows.append(judged(case, contender.name, {**said[0], "same_bytes": same}, options))
        if wanted(NAME, options.only):
            with tempfile.TemporaryDirectory() as room:
                rows.append(judged(case, NAME, ours(repo, case, BUDGETS, Path(room)), options))
    return rows


def wanted(name: str, only: list[str]) -> bool:
    return any(part in name for part in only)


def asked(contender: Contender, case: Case, repo: Path, root: Path, seed: int) -> Row:
    """With an empty home and no trace of an earlier time."""
    for trace in TRACES:
        shutil.rmtree(root / trace, ignore_errors=True)
    given = {
        "root": str(root),
        "git": str(repo),
        "rev": case.base,
        "text": case.text,
        "budgets": BUDGETS,
    }
    with tempfile.TemporaryDirectory() as home:
        env = bare_environment(Path(home), seed)
        env["TIKTOKEN_CACHE_DIR"] = contender.vocabularies
        return answer(contender.argv, given, env)


def judged(case: Case, name: str, said: Row, options: argparse.Namespace) -> Row:
    texts = said["sent"].values()
    row = {"case": case.id, "repo": case.repo, "gold": case.gold, "named": case.named}
    row |= {"contender": name, **said}
    row["recall"] = {budget: recalled(text, case.gold) for budget, text in said["sent"].items()}
    if "code" in said:
        row["recall_in_code"] = {
            budget: len(set(case.gold) & set(paths)) / len(case.gold)
            for budget, paths in said["code"].items()
        }
    row["tokens"] = dict(zip(said["sent"], counted(list(texts), options.peers), strict=True))
    print(f"{case.id:18}{name:22} recall {row['recall']}  cold {said['cold']:.2f} s", flush=True)
    return row


def counted(texts: list[str], peers: Path | None) -> list[dict[str, int]]:
    """By real tokenizers where they are installed, else empty."""
    argv = counter(peers)
    if not argv:
        return [{} for _ in texts]
    got: list[dict[str, int]] = json.loads(
        run(argv, json.dumps(texts), {"PATH": os.environ["PATH"]}).stdout
    )
    return got


if __name__ == "__main__":
    main()
