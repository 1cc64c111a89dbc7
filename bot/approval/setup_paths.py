"""Which paths of a repository the words of `[setup]` may name: its command and its lock files."""

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise

from bot.config.repository import Setup

# `$HERE/lib.sh` and `"$(dirname "$0")/lib.sh"`: where a script lies, most often.
_VARIABLE = re.compile(r"\$(?:\{\w+\}|\w+)/")
_WORD = re.compile(r"[^\s;&|<>(){}'\"`$=,:]+")
# Options and commands after which the rest is read from within a folder:
# https://www.gnu.org/software/make/manual/html_node/Options-Summary.html
_ENTERS = frozenset({"cd", "pushd", "-C", "--prefix", "--directory", "--dir", "--cwd"})


def list_setup_paths(setup: Setup | None) -> frozenset[str]:
    """Lock files, and every word of the command that could be a path, there or not."""
    if setup is None:
        return frozenset()
    return frozenset((*setup.lock_files, *list_named_paths(setup.command)))


def list_named_paths(text: str, folder: str = "") -> tuple[str, ...]:
    """What the words of a shell text name, seen from the root, from `folder` and where it goes."""
    folders = dict.fromkeys(("", folder, *list_entered_folders(text)))
    seen: dict[str, None] = {}
    for word in _words(text):
        # `-rfile`, as pip takes it, is an option and a path.
        for name in (word, word[2:] if word.startswith("-") else ""):
            paths = (
                (_normalize(posixpath.join(each, name.lstrip("/"))) for each in folders)
                if name
                else ()
            )
            seen.update(dict.fromkeys(path for path in paths if path))
    return tuple(seen)


def list_entered_folders(text: str) -> tuple[str, ...]:
    """Folders that a shell text goes into, `cd web` say, seen from the root."""
    words = list(_words(text))
    entered = (to for word, to in pairwise(words) if word in _ENTERS)
    return tuple(dict.fromkeys(path for path in map(_normalize, entered) if path))


def _words(text: str) -> Iterator[str]:
    return (match.group() for match in _WORD.finditer(_VARIABLE.sub(" ", text)))


def _normalize(path: str) -> str:
    """Empty for what lies outside, and for the root itself."""
    normal = posixpath.normpath(path)
    outside = normal.startswith(("/", "../")) or normal in {"..", "."}
    return "" if outside or "\0" in normal else normal
