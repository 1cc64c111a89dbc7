"""Looking up the files and names of a commit that the planner is shown or asks to see."""

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bot.config.repository import MapConfig
from bot.git.repo import Repo
from bot.models.token_count import estimator_for
from bot.models.token_estimate import estimate_tokens
from bot.prompts.path_mentions import find_closest
from bot.repo_map import RepoMap, shared_maps
from bot.text.escape import fence_section
from bot.text.invisible import has_hidden, make_printable
from bot.text.plain_text import is_binary
from bot.text.secret_files import NOT_SHOWN, is_secret_file
from bot.text.visible_markdown import show_file_text


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

    def list_definitions(self, path: str) -> Sequence[tuple[int, str]]:
        """(line, signature) of everything the file defines; nothing for one that is not mapped."""
        found = self.repo_map.read_outlines([path] if path in self.repo_map.by_path else [])
        return [(s.first, s.signature) for outline in found.values() for s in outline.symbols]


def open_map(repo: Repo, commit: str, config: MapConfig) -> CommitMap:
    return CommitMap(shared_maps().map_of(repo, commit, config))


def count_map_tokens(wanted: int, window: int) -> int:
    """What the map may take of a planner's window: as set, and never so much that it must go."""
    return min(wanted, window // MIN_WINDOWS_OF_MAP)


def find_map_paths(map_: str, known: Collection[str]) -> frozenset[str]:
    """The files a map names, each on a line of its own."""
    return frozenset(map_.split("\n")) & set(known)


Read = Callable[[str], bytes | None]
MIN_WINDOWS_OF_MAP = 4
"""The map takes at most one part in so many: the issue, what is looked up and a reply stay."""
MAX_PLACES = 3
MAX_SIGNATURE_CHARS = 200
_MAX_FILE_BYTES = 1 << 20
_WORD = re.compile(r"[A-Za-z_]\w{2,}")


@dataclass(frozen=True, slots=True)
class RepoLookup:
    """Where names are looked up: the map, the tracked paths, their contents."""

    map: CommitMap
    paths: Collection[str]
    read: Read


def open_repo_lookup(repo: Repo, commit: str, config: MapConfig) -> RepoLookup:
    # A name in git may have any byte but NUL and `/`, so it may hide text from a reviewer:
    # https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath
    paths = frozenset(path for path in repo.list_entries(commit) if not has_hidden(path))
    return RepoLookup(
        open_map(repo, commit, config), paths, lambda path: repo.read_file(commit, path)
    )


def show_names(lookup: RepoLookup, names: Sequence[str], max_names: int, budget: int) -> str:
    """Show what was asked for within `budget` tokens; names past the first `max_names` are listed.

    Each gets an equal share of what the ones before it left.
    """
    texts: list[str] = []
    rest: list[str] = []
    whole: set[str] = set()
    left = min(len(names), max_names)
    for name in names:
        if place := _find_shown_place(lookup, name, whole):
            texts.append(f"{make_printable(name)} stands above: {place}.")
        elif not left:
            rest.append(name)
        else:
            text = _show_name(lookup, name, budget // left)
            budget -= estimate_tokens(text) + 2
            left -= 1
            texts.append(text)
            whole |= {path for path in _paths_of(lookup, name) if _is_whole(lookup, path, text)}
    if rest:
        listed = ", ".join(map(make_printable, rest[:20]))
        texts.append(f"Not shown, you may ask for {max_names}: {listed}.")
    return "\n\n".join(["You asked for:", *texts]) if texts else ""


def _find_shown_place(lookup: RepoLookup, name: str, whole: Collection[str]) -> str:
    """Where a definition stands in a file that is shown whole already; empty where in none."""
    if not whole or _paths_of(lookup, name):
        return ""
    places = lookup.map.find_lines(name)
    if not places or any(path not in whole for path, _, _ in places):
        return ""
    return ", ".join(
        f"{make_printable(path)}, lines {first} to {last}" for path, first, last in places
    )


def _paths_of(lookup: RepoLookup, name: str) -> list[str]:
    return [name] if name in lookup.paths else _paths_ending(lookup, name)


def _is_whole(lookup: RepoLookup, path: str, text: str) -> bool:
    return text == fence_section(path, "\n".join(_read_lines(lookup, path) or []))


def _show_name(lookup: RepoLookup, name: str, budget: int) -> str:
    paths = _paths_of(lookup, name)
    if len(paths) == 1:
        return _show_file(lookup, paths[0], budget)
    places = lookup.map.find_lines(name)[:MAX_PLACES] if not paths else ()
    if not places:
        return _describe_absent(lookup, name, paths)
    share = budget // len(places)
    return "\n\n".join(_show_section(lookup, *place, budget=share) for place in places)


def _paths_ending(lookup: RepoLookup, name: str) -> list[str]:
    return sorted(path for path in lookup.paths if path.endswith(f"/{name}"))


def _describe_absent(lookup: RepoLookup, name: str, several: Sequence[str]) -> str:
    near = several or find_closest(name, lookup.paths) or _near_words(lookup, name)
    listed = ", ".join(map(make_printable, near[:MAX_PLACES]))
    closest_names = f" The closest: {listed}." if near else ""
    what = "names several files" if several else "is not in the repository"
    return f"{make_printable(name)} {what}.{closest_names}"


def _near_words(lookup: RepoLookup, name: str) -> Sequence[str]:
    """Symbols spelled alike, of those the map shows."""
    words = sorted(set(_WORD.findall(lookup.map.render_text(name, 4000))))
    # Above the default of 0.6, at which short names resemble nearly everything:
    # https://docs.python.org/3.11/library/difflib.html#difflib.get_close_matches
    return difflib.get_close_matches(name, words, n=MAX_PLACES, cutoff=0.7)


def _read_lines(lookup: RepoLookup, path: str) -> list[str] | None:
    raw = NOT_SHOWN.encode() if is_secret_file(path) else lookup.read(path)
    if raw is None or len(raw) > _MAX_FILE_BYTES or is_binary(raw):
        return None
    # A file's author may be anybody, and hidden text in it would speak to the planner alone.
    text = show_file_text(path, raw.decode(errors="replace"))
    return text.replace("\r\n", "\n").split("\n")


def _show_file(lookup: RepoLookup, path: str, budget: int) -> str:
    lines = _read_lines(lookup, path)
    if lines is None:
        return f"{make_printable(path)} is no text that can be shown."
    whole = fence_section(path, "\n".join(lines)) or f"{path} is empty."
    if estimate_tokens(whole) <= budget:
        return whole
    return _show_outline(lookup, path, len(lines), budget)


def _show_section(lookup: RepoLookup, path: str, first: int, last: int, *, budget: int) -> str:
    lines = _read_lines(lookup, path) or []
    title = f"{path}, lines {first} to {last}"
    text = fence_section(title, "\n".join(lines[first - 1 : last]))
    if text and estimate_tokens(text) <= budget:
        return text
    return _show_outline(lookup, path, len(lines), budget)


def _show_outline(lookup: RepoLookup, path: str, lines: int, budget: int) -> str:
    """Its definitions with their lines, as many as fit."""
    title = f"{path}, too large to be shown: its definitions"
    left = budget - estimate_tokens(title) - 8
    kept = []
    for number, signature in lookup.map.list_definitions(path):
        text = f"{number}: {make_printable(signature, MAX_SIGNATURE_CHARS)}"
        left -= estimate_tokens(text) + 1
        if left < 0:
            break
        kept.append(text)
    large = f"{path} has {lines} lines, too large to be shown."
    return fence_section(title, "\n".join(kept)) or large
