"""Looking up what a planner asks to see of a commit: files, their lines, definitions, words."""

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bot.code import Outline
from bot.config.repository import MapConfig
from bot.git.repo import Repo
from bot.git.search import find_mentions
from bot.models.token_count import estimator_for
from bot.models.token_estimate import estimate_tokens
from bot.prompts.path_mentions import find_closest
from bot.repo_map import RepoMap, shared_maps
from bot.text.escape import fence_section
from bot.text.invisible import has_hidden, make_printable
from bot.text.secret_files import is_secret_file
from runners.planning.file_views import Read, read_shown_lines, show_file, show_span
from runners.planning.grep_words import show_word
from runners.planning.shown_lines import Shown, ShownLines, is_shown, join_shown


@dataclass(frozen=True, slots=True)
class CommitMap:
    """What is in a commit: the map for a text, and where a name is defined."""

    repo_map: RepoMap

    def render_text(self, query: str, tokens: int, models: Sequence[str] = ()) -> str:
        """The map for `query`, in at most `tokens` for each of the models."""
        return self.repo_map.render_text(query, tokens, estimator_for(models)).text

    def find_lines(self, name: str) -> Sequence[tuple[str, int, int]]:
        """(path, first line, last line) of each definition, as `name` or as `Owner.name`."""
        # C++, Rust, Ruby and PHP write `Owner::name`; the map has a dot for every language.
        return self.repo_map.find_lines(name.replace("::", "."))

    def read_outline(self, path: str) -> Outline:
        """Of everything the file defines; an empty one where it is not mapped."""
        found = self.repo_map.read_outlines([path] if path in self.repo_map.by_path else [])
        return found.get(path, Outline())

    def sort_paths(self, paths: Collection[str]) -> list[str]:
        """Code first, then tests, then all else."""
        by_path = self.repo_map.by_path
        role = {path: by_path[path].role if path in by_path else "text" for path in paths}
        return sorted(paths, key=lambda path: (_ROLES.index(role[path]), path))


def open_map(repo: Repo, commit: str, config: MapConfig) -> CommitMap:
    return CommitMap(shared_maps().map_of(repo, commit, config))


def count_map_tokens(wanted: int, window: int) -> int:
    """What the map may take of a planner's window: as set, and never so much that it must go."""
    return min(wanted, window // MIN_WINDOWS_OF_MAP)


MIN_WINDOWS_OF_MAP = 4
"""The map takes at most one part in so many: the issue, what is looked up and a reply stay."""
MAX_PLACES = 3
MAX_NAMES = 12
"""Things that one look shows; what is asked for beyond them is named."""
MAX_ENTRIES = 80
"""Entries of a folder that are listed."""
MIN_LOOK_TOKENS = 200
"""Less room than that shows nothing worth a look."""
REACH = 20
"""Lines on each side of a line that is asked for alone."""
_ROLES = ("code", "unparsed", "test", "text")
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_GREP = re.compile(r"grep\s+(?P<word>\S.*)", re.IGNORECASE)
_QUOTES = "`'\""
_LINES = re.compile(
    r"(?P<path>\S.*?)(?::|,?\s+(?:lines?|L)\s*)L?(?P<first>\d{1,7})"
    r"(?:\s*(?:-|\u2013|to)\s*L?(?P<last>\d{1,7}))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RepoLookup:
    """Where names are looked up: the map, the tracked paths, their contents.

    `find_holders` gives the paths of the text files that have a whole word.
    """

    map: CommitMap
    paths: Collection[str]
    read: Read
    find_holders: Callable[[str], Sequence[str]]


def open_repo_lookup(repo: Repo, commit: str, config: MapConfig) -> RepoLookup:
    # A name in git may have any byte but NUL and `/`, so it may hide text from a reviewer:
    # https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath
    paths = frozenset(path for path in repo.list_entries(commit) if not has_hidden(path))
    return RepoLookup(
        open_map(repo, commit, config),
        paths,
        lambda path: repo.read_file(commit, path),
        lambda word: find_mentions(repo, commit, [word]),
    )


def look_up(
    lookup: RepoLookup,
    names: Sequence[str],
    about: str,
    budget: int,
    seen: Sequence[ShownLines] = (),
) -> Shown:
    """Show what was asked for within `budget` tokens, each within an equal share of what is left.

    `about` is the text that says which parts of a long file matter. What is `seen`, in an earlier
    look or in this one, is not shown again.
    """
    parts: list[Shown] = []
    known, rest = list(seen), list(names[MAX_NAMES:])
    for number, name in enumerate(names[:MAX_NAMES]):
        share = budget // (len(names[:MAX_NAMES]) - number)
        if budget < MIN_LOOK_TOKENS:
            rest.insert(number - len(parts), name)
            continue
        part = _Look(lookup, about, share, known).show(name)
        budget -= estimate_tokens(part.text) + 2
        known += part.lines
        parts.append(part)
    listed = ", ".join(map(make_printable, rest[:20]))
    left_out = Shown(f"There was no room left for: {listed}." if rest else "")
    return join_shown([Shown("You asked for:"), *parts, left_out]) if names else Shown()


@dataclass(frozen=True, slots=True)
class _Look:
    """One thing that was asked for, as a planner names it."""

    lookup: RepoLookup
    about: str
    budget: int
    seen: Sequence[ShownLines]

    def show(self, name: str) -> Shown:
        if found := _GREP.fullmatch(name):
            return self._grep(found["word"].strip())
        if paths := self._find_paths(name):
            return self._show_file(paths[0]) if len(paths) == 1 else self._say_absent(name, paths)
        if (found := _LINES.fullmatch(name)) and (paths := self._find_paths(found["path"])):
            if len(paths) > 1:
                return self._say_absent(found["path"], paths)
            return self._show_lines(paths[0], int(found["first"]), found["last"])
        if (entries := self._list_folder(name.strip("/"))).text:
            return entries
        places = self.lookup.map.find_lines(name)[:MAX_PLACES]
        share = self.budget // max(1, len(places))
        shown = (self._show_span(path, (first, last), share) for path, first, last in places)
        return join_shown(shown) if places else self._say_absent(name, ())

    def _find_paths(self, name: str) -> list[str]:
        if name in self.lookup.paths:
            return [name]
        return sorted(path for path in self.lookup.paths if path.endswith(f"/{name}"))

    def _read(self, path: str) -> list[str] | None:
        return read_shown_lines(self.lookup.read, path)

    def _show_file(self, path: str) -> Shown:
        lines = self._read(path)
        if lines is None:
            return Shown(f"{make_printable(path)} is no text that can be shown.")
        if lines and is_shown(self.seen, path, (1, len(lines))):
            return Shown(f"{make_printable(path)} stands above.")
        outline = self.lookup.map.read_outline(path)
        return show_file(path, lines, outline, self.about, self.budget)

    def _show_lines(self, path: str, first: int, last: str | None) -> Shown:
        ends = sorted((first, int(last))) if last else (max(1, first - REACH), first + REACH)
        return self._show_span(path, (ends[0], ends[1]), self.budget)

    def _show_span(self, path: str, span: tuple[int, int], budget: int) -> Shown:
        if is_shown(self.seen, path, span):
            return Shown(f"{make_printable(path)}, lines {span[0]} to {span[1]}, stands above.")
        lines = self._read(path)
        if lines is None:
            return Shown(f"{make_printable(path)} is no text that can be shown.")
        return show_span(path, lines, span, budget, self.lookup.map.read_outline(path))

    def _grep(self, words: str) -> Shown:
        """`WORD`, or `WORD PATH` with a file or folder to look in."""
        word, _, where = words.rpartition(" ")
        folder = where.strip("./" + _QUOTES)
        if not word or not self._is_within(folder):
            word, folder = words, ""
        word = word.strip().strip(_QUOTES)
        if not word:
            return Shown("`grep` wants a word.")
        held = (path for path in self.lookup.find_holders(word) if path in self.lookup.paths)
        inside = [
            path
            for path in held
            if not is_secret_file(path)
            and (not folder or path == folder or path.startswith(f"{folder}/"))
        ]
        return show_word(word, self.lookup.map.sort_paths(inside), self._read, self.budget)

    def _is_within(self, folder: str) -> bool:
        paths = self.lookup.paths
        return folder in paths or any(path.startswith(f"{folder}/") for path in paths)

    def _list_folder(self, folder: str) -> Shown:
        """What stands in it, folders with their number of files; nothing where it is none."""
        inside = [path for path in sorted(self.lookup.paths) if path.startswith(f"{folder}/")]
        names = [path.removeprefix(f"{folder}/").split("/") for path in inside]
        files = [name[0] for name in names if len(name) == 1]
        counts: dict[str, int] = {}
        for name in names:
            if len(name) > 1:
                counts[name[0]] = counts.get(name[0], 0) + 1
        rows = [f"{name}/ ({count} files)" for name, count in counts.items()] + files
        more = len(rows) - MAX_ENTRIES
        rows = rows[:MAX_ENTRIES] + ([f"... and {more} more"] if more > 0 else [])
        title = f"{make_printable(folder)}/ holds:"
        return Shown(fence_section(title, "\n".join(map(make_printable, rows))))

    def _say_absent(self, name: str, several: Sequence[str]) -> Shown:
        near = several or find_closest(name, self.lookup.paths) or self._find_near_words(name)
        listed = ", ".join(map(make_printable, near[:MAX_PLACES]))
        closest_names = f" The closest: {listed}." if near else ""
        what = "names several files" if several else "is not in the repository"
        return Shown(f"{make_printable(name)} {what}.{closest_names}")

    def _find_near_words(self, name: str) -> Sequence[str]:
        """Symbols spelled alike, of those the map shows."""
        words = sorted(set(_WORD.findall(self.lookup.map.render_text(name, 4000))))
        # Above the default of 0.6, at which short names resemble nearly everything:
        # https://docs.python.org/3.11/library/difflib.html#difflib.get_close_matches
        return difflib.get_close_matches(name, words, n=MAX_PLACES, cutoff=0.7)
