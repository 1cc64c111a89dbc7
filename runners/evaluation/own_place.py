"""Where replays are done: a folder, a database and repositories of the evaluation's own.

So nobody's branch is touched, no replay stands in the list of jobs or counts as work of a model,
and it may all be removed at any time: what was measured is in the machine's database.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings
from bot.config.private_dir import make_private, open_state_dir
from bot.errors import UserError
from bot.git.find_repo import open_repo
from bot.git.repo import Repo, is_partial, make_bare
from bot.locks import find_holder, note_holder, try_lock

FOLDER = "evaluation"


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """`settings` are the machine's, for work in this folder."""

    folder: Path
    settings: Settings

    @property
    def repos(self) -> Path:
        return self.folder / "git"

    def open_copy(self, source: Path) -> Repo:
        """A bare repository that has the objects of `source` and none of its branches.

        Objects are borrowed, not copied: it costs nothing, however large the source is.
        https://git-scm.com/docs/gitrepository-layout#Documentation/gitrepository-layout.txt-objectsinfoalternates
        Raises UserError for a repository that cannot lend them.
        """
        lender = open_repo(source).git_dir.resolve()
        if is_partial(lender):
            raise UserError("it is a partial clone", where=str(source), hint="Clone all of it.")
        repo = self.open_empty(str(lender))
        told = repo.git_dir / "objects" / "info" / "alternates"
        _write_whole(told, os.fsencode(lender / "objects") + b"\n")
        return repo

    def open_empty(self, name: str) -> Repo:
        """The repository of that name, with what an earlier evaluation has left in it."""
        folder = self.repos / f"{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}.git"
        folder.parent.mkdir(parents=True, exist_ok=True)
        return make_bare(folder)


@contextmanager
def open_own_place(settings: Settings) -> Iterator[OwnPlace]:
    """Raises UserError while another process is at it."""
    folder = open_state_dir(settings) / FOLDER
    make_private(folder)
    with try_lock(folder / "lock") as held:
        if not held:
            who = find_holder(folder / "lock")
            what = f"another evaluation is running{f' (process {who})' if who else ''}"
            raise UserError(what, where=str(folder), hint="Wait until it has ended, or end it.")
        note_holder(folder / "lock")
        own = {"state_dir": str(folder), "database_url": ""}
        yield OwnPlace(folder, settings.model_copy(update=own))


def _write_whole(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    half = path.with_suffix(".part")
    half.write_bytes(content)
    half.replace(path)
