"""A process that reads files for another: a line with names in, a line with what they held out.

`python -m bot.repo_map.parallel_worker GIT_DIR KIND`. It ends when nobody speaks to it any more.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.git.repo import Repo
from bot.repo_map.entry_kinds import KINDS, Kind


def serve(repo: Repo, kind: Kind[object]) -> None:
    for line in sys.stdin.buffer:
        rows = answer(repo, kind, json.loads(line))
        sys.stdout.buffer.write(json.dumps(rows).encode() + b"\n")
        sys.stdout.buffer.flush()


def answer(
    repo: Repo, kind: Kind[object], asked: Sequence[tuple[str, str, str]]
) -> list[tuple[str, str]]:
    """`asked`: (key, object name, path) of each file; (key, text) of those that are here."""
    bodies = repo.blobs(dict.fromkeys(sha for _, sha, _ in asked))
    found = {key: (path, bodies[sha]) for key, sha, path in asked if sha in bodies}
    return [(key, kind.text(kind.make(path, body))) for key, (path, body) in found.items()]


if __name__ == "__main__":
    serve(Repo(Path(sys.argv[1])), KINDS[sys.argv[2]])
