"""What the scripts of a check run in turn: a change to one of these decides what is proved, too."""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import islice

from bot.approval.check_scripts import find_check_of_script, list_programs
from bot.approval.setup_paths import list_entered_folders
from bot.config.repository import RepoConfig
from bot.git.objects import Entry
from bot.git.repo import Repo

MAX_PROGRAMS = 100
MAX_READ_BYTES = 256 * 1024
"""Of all checks: files that they run, and bytes of one in which further ones are looked for."""
MAX_NAMES = 2000
MAX_FOLDERS = 20
"""Of one text."""

# Their own content says what they prove, and is compared (`changed_tests.py`).
_TEST_FILE = re.compile(r"(?:^|/)(?:test[_-][^/]*|tests?\.\w+|[^/]*[_.-](?:test|spec)s?\.\w+)$")
# Files of commands, by the words that have them read.
_LISTS = (
    (re.compile(r"\bg?make\b"), ("GNUmakefile", "makefile", "Makefile")),
    (re.compile(r"\b(?:npm|yarn|pnpm|bun)\b"), ("package.json",)),
    (re.compile(r"\btox\b"), ("tox.ini",)),
    (re.compile(r"\bjust\b"), ("justfile", "Justfile")),
)
_SHELL_ENDS = frozenset({"", ".bash", ".inc", ".mk", ".sh"})
# A line of make may begin with signs that are no part of its command:
# https://www.gnu.org/software/make/manual/html_node/Echoing.html
_SIGNS = re.compile(r"^[ \t]*[@+-]+", re.MULTILINE)
_NO_QUOTES = str.maketrans("'\"`", "   ")


def list_check_programs(
    repo: Repo, entries: Mapping[str, Entry], config: RepoConfig
) -> frozenset[str]:
    """What the scripts of a check's command run, as far as their words say it, and so on.

    `entries` are those of the tree that the checks are known for. Tests are not among them, nor is
    what the command itself names (`find_check_of_script`).
    """
    found: set[str] = set()
    texts = [(check.run, check.dir) for check in config.checks.values()]
    for text, folder in texts:
        for path in _find_named(text, folder):
            entry = entries.get(path)
            if entry is None or path in found or len(found) == MAX_PROGRAMS:
                continue
            found.add(path)
            texts.append((_read_commands(repo, path, entry), posixpath.dirname(path)))
    return frozenset(
        path
        for path in found
        if not _TEST_FILE.search(path) and not find_check_of_script(path, config.checks)
    )


def _find_named(text: str, folder: str) -> Iterator[str]:
    entered = list_entered_folders(text)[:MAX_FOLDERS]
    below = (posixpath.join(folder, each) for each in entered)
    folders = dict.fromkeys(("", folder, *entered, *below))
    names = [
        *(name for word, files in _LISTS if word.search(text) for name in files),
        *list_programs(_SIGNS.sub("", text.translate(_NO_QUOTES))),
    ]
    for name in islice(dict.fromkeys(names), MAX_NAMES):
        for at in folders:
            yield posixpath.normpath(posixpath.join(at, name))


def _read_commands(repo: Repo, path: str, entry: Entry) -> str:
    """The part of a file that may name further programs: all of a shell script, say."""
    name = posixpath.basename(path)
    is_list = any(name in files for _, files in _LISTS)
    is_read = is_list or posixpath.splitext(name)[1] in _SHELL_ENDS
    if entry.kind != "file" or entry.size > MAX_READ_BYTES or not is_read:
        return ""
    content = repo.read_blobs([entry.sha]).get(entry.sha, b"")
    text = content.decode(errors="replace")
    if name != "package.json":
        return text if b"\0" not in content else ""
    try:
        return "\n".join(map(str, json.loads(text)["scripts"].values()))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return ""
