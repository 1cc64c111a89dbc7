"""Applies edit cases of peers and of reports, parses real replies, applies mutated real edits.

python bench/edits.py                      the three suites in $BRICKLAYER_BENCH
python bench/edits.py --only reports -v    one of them: peers, reports or real
python bench/edits.py --repo PATH.git      mutated real edits from that repository's history
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

from edit_mutations import KINDS, mutate_edits  # noqa: E402 - after the path is set

from runners.edits import EditError, parse_blocks, resolve_reply  # noqa: E402 - after the path is set

Case = dict[str, Any]


def load_cases(name: str) -> list[Case]:
    folder = Path(os.environ.get("BRICKLAYER_BENCH", ROOT.parent / "shared" / "bench"))
    file = folder / name
    if not file.is_file():
        print(f"{name}: skipped, not in {folder} (set BRICKLAYER_BENCH)")
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def apply_to_files(
    before: dict[str, bytes], reply: str, default: str
) -> dict[str, bytes] | EditError:
    try:
        edits = resolve_reply(reply, before.get, default=default)
    except EditError as exc:
        return exc
    after = {**before, **edits.files}
    return {path: data for path, data in after.items() if data is not None}


def judge_case(case: Case) -> tuple[str, str]:
    """Whether it went right, was refused, `fine` to refuse, or WRONG; and what happened."""
    before = {path: text.encode() for path, text in case["original"].items()}
    chat = case.get("in_chat") or []
    default = case.get("file") or (chat[0] if len(chat) == 1 else "")
    got = apply_to_files(before, case["model_output"], default)
    if isinstance(got, EditError):
        if case["expect_error"]:
            return "right", got.reason
        return ("fine" if case.get("refusing_is_fine") else "refused"), got.reason
    wanted = {path: text.encode() for path, text in case["expected"].items()}
    if case["expect_error"]:
        return ("right" if got == before else "WRONG"), "an error was expected"
    return ("right" if got == wanted else "WRONG"), repr(got)[:300]


def run_peer_cases(*, verbose: bool) -> int:
    """Prints a row for marked and unmarked cases; returns how many unmarked ones went wrong."""
    tally: dict[str, Counter[str]] = {"unmarked": Counter(), "policy": Counter()}
    for case in load_cases("edits_peers.jsonl"):
        if case["kind"] != "apply":
            continue
        row = "policy" if case.get("policy") else "unmarked"
        verdict, why = judge_case(case)
        tally[row][verdict] += 1
        if verdict != "right" and (verbose or row == "unmarked"):
            print(f"  {verdict:8}{case['id']} [{case.get('policy', '')}]: {why}")
    for row, count in tally.items():
        if count.total():
            print(format_row(f"peers' apply cases, {row}", count))
    return tally["unmarked"]["WRONG"]


def run_report_cases(*, verbose: bool) -> int:
    """Prints a row for each kind; returns how many went wrong, or were refused for good."""
    tally: dict[str, Counter[str]] = {}
    for case in load_cases("edits_reports.jsonl"):
        verdict, why = judge_case(case)
        tally.setdefault(case["kind"], Counter())[verdict] += 1
        if verbose or verdict in {"WRONG", "refused"}:
            print(f"  {verdict:8}{case['id']} [{case['kind']}]: {why}"[:400])
    for kind, count in sorted(tally.items()):
        print(format_row(f"reports: {kind}", count))
    total = sum(tally.values(), Counter())
    if total:
        print(format_row("reports, all", total))
    return total["WRONG"] + total["refused"]


def run_real_replies(*, verbose: bool) -> None:
    count: Counter[str] = Counter()
    for case in load_cases("edits_real_replies.jsonl"):
        try:
            got = [[p, s, r] if p else [p, s] for p, s, r in parse_blocks(case["model_output"])]
        except EditError as exc:
            got, why = None, exc.reason
        agrees = got == case["expected"]["blocks"]
        count["right" if agrees else "WRONG"] += 1
        if not agrees and verbose:
            print(f"  {case['id']}: {why if got is None else got}"[:400])
    if count.total():
        print(format_row("real replies, parse agrees", count))


def run_mutations(repo: Path, limit: int, *, verbose: bool) -> int:
    """Prints a row for every kind of typo; returns how many results were wrong."""
    tally: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    reasons: Counter[str] = Counter()
    for typo in mutate_edits(repo, limit):
        got = apply_to_files(dict(typo.before), typo.reply, typo.default)
        if isinstance(got, EditError):
            verdict = "right" if typo.after is None else "refused"
            reasons[f"{typo.kind}: {got.reason[:110]}"] += verdict == "refused"
        else:
            verdict = "right" if got == typo.after else "WRONG"
        tally[typo.kind][verdict] += 1
        if verdict == "WRONG" or (verbose and verdict == "refused"):
            print(f"--- {verdict} {typo.kind} {typo.name}\n{typo.reply}\n--- got {got!r}"[:6000])
    for kind, count in tally.items():
        print(format_row(f"mutated: {kind}", count))
    total = sum(tally.values(), Counter())
    print(format_row("mutated real edits", total))
    for reason, times in reasons.most_common(15):
        print(f"  {times} x {reason}") if times else None
    return total["WRONG"]


def format_row(title: str, count: Counter[str]) -> str:
    total = count.total() or 1
    share = 100 * count["right"] / total
    return (
        f"{title:60} right {count['right']:4} ({share:5.1f} %)  refused {count['refused']:3}  "
        f"WRONG {count['WRONG']:2}"
        + (f"  refused, as is fine {count['fine']}" * bool(count["fine"]))
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo", type=Path, help="a git directory to take real commits from")
    parser.add_argument("--limit", type=int, default=40, help="real edits per kind of typo")
    parser.add_argument("--only", choices=("peers", "reports", "real"), help="one suite")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()
    wrong = 0
    if options.only in {None, "peers"}:
        wrong += run_peer_cases(verbose=options.verbose)
    if options.only in {None, "reports"}:
        wrong += run_report_cases(verbose=options.verbose)
    if options.only in {None, "real"}:
        run_real_replies(verbose=options.verbose)
    if options.repo:
        wrong += run_mutations(options.repo, options.limit, verbose=options.verbose)
    print(f"{time.monotonic() - started:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
