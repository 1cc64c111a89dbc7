"""Measures the repository map beside its peers: the same cases, checkouts, machine and run.

python bench/context_peers.py --install DIR           once; brings aider and archex
python bench/context.py --mirrors DIR --peers DIR     the cases are in $BRICKLAYER_BENCH
python bench/context.py --cases FILE...               other ones, of bench/context_gold.py

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

from context_cases import (  # noqa: E402 - after the path is set
    CASE_FILES,
    Case,
    borrowed,
    checkout,
    load,
    mirror_of,
    paths_of,
)
from context_judge import code_alone, first_rank, named, shown  # noqa: E402
from context_ours import NAME, ours  # noqa: E402
from context_peers import Contender, contenders, counter  # noqa: E402
from context_process import answer, bare_environment, run  # noqa: E402
from context_table import table  # noqa: E402

BUDGETS = [4000, 1000, 2000, 8000]
"""In tokens. The first is asked with nothing cached, and timed."""
SEEDED = 2
"""Every second case is asked again under another hash seed."""
TRACES = (".aider.tags.cache.v4", ".archex")

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirrors", type=Path, default=ROOT.parent / ".mirror")
    parser.add_argument("--cases", type=Path, nargs="*", help="files of cases")
    parser.add_argument("--peers", type=Path, help="where bench/context_peers.py put them")
    parser.add_argument("--work", type=Path, help="keeps the checkouts for the next time")
    parser.add_argument("--out", type=Path, help="every row as JSON, and each text that was sent")
    parser.add_argument("--only", nargs="*", default=[""], help="contenders whose name holds one")
    parser.add_argument("--limit", type=int, default=0, help="so many cases")
    options = parser.parse_args()
    default = ROOT.parent / "shared/bench"
    folder = Path(os.environ.get("BRICKLAYER_BENCH", default))
    files = options.cases or [folder / name for name in CASE_FILES]
    with tempfile.TemporaryDirectory() as room:
        options.work = options.work or Path(room)
        for file in files:
            cases = load([file], options.mirrors)[: options.limit or None]
            if rows := measured(cases, options):
                print(f"\n{file.name}\n\n{table(rows)}\n")
                if options.out:
                    out = options.out.with_stem(f"{options.out.stem}-{file.stem}")
                    kept = [{key: row[key] for key in row if key != "paths"} for row in rows]
                    out.write_text(json.dumps(kept, indent=1), "utf-8")


def measured(cases: list[Case], options: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    for number, case in enumerate(cases):
        mirror = mirror_of(case.repo, options.mirrors)
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
    gold = {path: list(names) for path, names in case.gold.items()}
    paths = paths_of(mirror_of(case.repo, options.mirrors), case.base)
    row = {"case": case.id, "repo": case.repo, "gold": gold, "paths": paths, **said}
    row["contender"] = name
    for key, judge in (("shown", shown), ("named", named)):
        row[key] = {budget: judge(text, gold, paths) for budget, text in said["sent"].items()}
    if "ranked" in said:
        row["rank"] = first_rank(code_alone(row.pop("ranked"), gold), gold)
    texts = said["sent"].values()
    row["tokens"] = dict(zip(said["sent"], counted(list(texts), options.peers), strict=True))
    print(f"{case.id:18}{name:22} shown {row['shown']}  cold {said['cold']:.2f} s", flush=True)
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
