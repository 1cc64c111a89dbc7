"""A process that reads files for another: a line with names in, a line with what they held out.

`python -m bot.repo_map.parallel_worker GIT_DIR KIND`. It ends when its standard input does.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.git.repo import Repo
from bot.repo_map.entry_kinds import ENTRY_KINDS, EntryKind


def serve_requests(repo: Repo, kind: EntryKind[object]) -> None:
    for line in sys.stdin.buffer:
        rows = read_files(repo, kind, json.loads(line))
        sys.stdout.buffer.write(json.dumps(rows).encode() + b"\n")
        sys.stdout.buffer.flush()


def read_files(
    repo: Repo, kind: EntryKind[object], request: Sequence[tuple[str, str, str]]
) -> list[tuple[str, str]]:
    """`request`: (key, object name, path) of each file; (key, text) of those that are here."""
    bodies = repo.read_blobs(dict.fromkeys(sha for _, sha, _ in request))
    found = {key: (path, bodies[sha]) for key, sha, path in request if sha in bodies}
    return [(key, kind.serialize(kind.read(path, body))) for key, (path, body) in found.items()]


if __name__ == "__main__":
    serve_requests(Repo(Path(sys.argv[1])), ENTRY_KINDS[sys.argv[2]])
