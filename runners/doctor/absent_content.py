"""What a commit names and does not hold: files in Git LFS, and submodules.

Checks run on what git itself has of a commit, where a file of LFS is a pointer of three lines and a
submodule an empty folder: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from bot.config.repository import parse_repo_config
from bot.errors import UserError, list_names
from bot.git.repo import Repo
from runners.doctor.finding import Finding
from runners.project import CONFIG

MAX_ATTRIBUTE_FILES = 50
MAX_ATTRIBUTE_BYTES = 1 << 16
# https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-track.adoc
_LFS = re.compile(rb"^[^\n#]*\bfilter=lfs\b", re.MULTILINE)
_MOCK = "Have checks skip what needs it, or run them in CI, which fetches it."
_FETCH = "Write submodules = true under [setup] to have them fetched, false to leave it so."


def find_absent_content(repo: Repo, head: str, name: str) -> Iterator[Finding]:
    """What checks on this machine do not see of the repository `name` at `head`."""
    entries = repo.list_entries(head)
    paths = [path for path in sorted(entries) if path.rpartition("/")[2] == ".gitattributes"]
    files = [path for path in paths if entries[path].kind == "file"][:MAX_ATTRIBUTE_FILES]
    if any(_tracks_lfs(repo, head, path) for path in files):
        what = f"{name}: checks see files of Git LFS as pointers, not as their content"
        yield Finding(what, good=None, hint=_MOCK)
    modules = [path for path in sorted(entries) if entries[path].kind == "submodule"]
    if modules and not _settles_submodules(repo, head):
        what = f"{name}: checks see submodules as empty folders: {list_names(modules)}"
        yield Finding(what, good=None, hint=_FETCH)


def _settles_submodules(repo: Repo, head: str) -> bool:
    """Whether the configuration says that they are fetched, or that they are not."""
    text = (repo.read_file(head, CONFIG) or b"").decode(errors="replace")
    with suppress(UserError):  # what is wrong with it is told elsewhere
        setup = parse_repo_config(text).setup
        return setup is not None and setup.submodules is not None
    return False


def _tracks_lfs(repo: Repo, head: str, path: str) -> bool:
    raw = repo.read_file(head, path) or b""
    return bool(_LFS.search(raw[:MAX_ATTRIBUTE_BYTES]))
