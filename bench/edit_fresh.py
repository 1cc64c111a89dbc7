"""Replies of many kinds to real edits of repositories that nothing here was tuned on.

python bench/edit_fresh.py PATH.git [PATH.git ...] [--edits 60] [--kind WORDS] [-v]

Each kind is drawn for each edit with probability 1/2, seeded. Kinds are of four groups: `must`
apply; `may` be refused; `two` files of one commit, which may be refused too; `none` must change
nothing. A result that differs from what the author of the commit wrote is WRONG in every group.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import edit_fresh_blocks  # noqa: E402 - after the path is set
import edit_fresh_diffs  # noqa: E402 - after the path is set
import edit_fresh_files  # noqa: E402 - after the path is set
import edit_fresh_refused  # noqa: E402 - after the path is set
from edit_fresh_commits import pick_edits  # noqa: E402 - after the path is set
from edit_fresh_kinds import KINDS, Draft, Group  # noqa: E402 - after the path is set

from runners.edits import EditError, resolve_reply  # noqa: E402 - after the path is set

REGISTERED = (edit_fresh_blocks, edit_fresh_diffs, edit_fresh_files, edit_fresh_refused)
"""Importing them fills KINDS, in this order."""
PROBABILITY = 1 / 2


def draw_replies(repos: list[Path], edits: int, words: str, seed: int = 11) -> Iterator[Draft]:
    for repo in repos:
        for edit in pick_edits(repo, edits, seed):
            for name, kind in KINDS.items():
                dice = random.Random(f"{seed} {name} {edit.name}")  # noqa: S311 - sampling
                if dice.random() >= PROBABILITY or words not in name:
                    continue
                if (draft := kind.make(edit, dice)) is not None:
                    yield replace(draft, kind=name, name=edit.name, group=kind.group)


def judge_reply(draft: Draft) -> tuple[str, str]:
    """right, refused, WRONG or blanks (wrong in white space alone); and why."""
    try:
        edits = resolve_reply(draft.reply, draft.before.get, default=draft.default)
    except EditError as exc:
        return ("right" if draft.after is None else "refused"), exc.reason
    after = {**draft.before, **edits.files}
    got = {path: data for path, data in after.items() if data is not None}
    wanted = draft.before if draft.after is None else {**draft.before, **draft.after}
    if got == wanted:
        return "right", ""
    squeezed = [{path: b"".join(data.split()) for path, data in x.items()} for x in (got, wanted)]
    return ("blanks" if squeezed[0] == squeezed[1] else "WRONG"), show_difference(got, wanted)


def show_difference(got: dict[str, bytes], wanted: dict[str, bytes]) -> str:
    import difflib  # noqa: PLC0415 only where something went wrong

    out = []
    for path in sorted({*got, *wanted}):
        texts = [side.get(path, b"").decode("utf-8", "replace") for side in (wanted, got)]
        rows = [text.splitlines() for text in texts]
        out += difflib.unified_diff(*rows, f"wanted/{path}", f"got/{path}", n=1, lineterm="")
    return "\n".join(out)[:3000]


def print_table(tally: dict[str, Counter[str]]) -> int:
    """A row for each kind, a sum for each group; returns how many went wrong."""
    groups: dict[Group, Counter[str]] = {}
    for name in [kind for kind in KINDS if kind in tally]:
        count = tally[name]
        print(format_row(name, count))
        groups.setdefault(KINDS[name].group, Counter()).update(count)
    for group, count in groups.items():
        print(format_row(f"all that {group}", count))
    total = sum(tally.values(), Counter())
    print(format_row("all", total))
    return total["WRONG"] + total["blanks"]


def format_row(title: str, count: Counter[str]) -> str:
    share = 100 * count["right"] / (count.total() or 1)
    return (
        f"{title:58} right {count['right']:5} ({share:5.1f} %)  refused {count['refused']:4}  "
        f"WRONG {count['WRONG']:3}  blanks {count['blanks']:3}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repos", type=Path, nargs="+", help="git directories with real commits")
    parser.add_argument("--edits", type=int, default=60, help="edits of each repository")
    parser.add_argument("--kind", default="", help="only kinds with these words in their name")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the refused ones too")
    options = parser.parse_args()
    started = time.monotonic()
    tally: dict[str, Counter[str]] = {}
    for draft in draw_replies(options.repos, options.edits, options.kind):
        verdict, why = judge_reply(draft)
        tally.setdefault(draft.kind, Counter())[verdict] += 1
        refused = verdict == "refused" and (options.verbose or draft.group == "must")
        if verdict in {"WRONG", "blanks"}:
            shown = draft.reply[:4000] if options.verbose else ""
            print(f"--- {verdict} [{draft.kind}] {draft.name} --file {draft.default}\n{shown}{why}")
        elif refused:
            print(f"--- refused [{draft.kind}] {draft.name}: {why}")
            print(draft.reply[:4000] if options.verbose else "", end="")
    wrong = print_table(tally)
    print(f"{time.monotonic() - started:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
