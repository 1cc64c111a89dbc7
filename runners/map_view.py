"""The map of a repository for a person: what a model would see of it for a text."""

from dataclasses import dataclass
from pathlib import Path

from bot.config.repository import MapConfig, parse_repo_config
from bot.errors import UserError
from bot.git.find_repo import checked_out_commit, open_repo
from bot.repo_map import MapText, RepoMap, shared_maps
from bot.repo_map.svg import MAX_FILES, draw_svg

CONFIG = ".bricklayer.toml"
MAX_FILES_FOR_TEXT = 60
"""Files drawn where a text chooses them."""


@dataclass(frozen=True, slots=True)
class MapView:
    """A commit's map and what of it a text brings up."""

    commit: str
    map: RepoMap
    text: MapText


def view_map(folder: Path, rev: str, text: str, tokens: int) -> MapView:
    commit, repo_map = open_commit_map(folder, rev)
    return MapView(commit, repo_map, repo_map.render_text(text, tokens))


def draw_picture(folder: Path, rev: str, text: str) -> str:
    """The graph as an SVG: all of it, or the files that the text is about."""
    commit, repo_map = open_commit_map(folder, rev)
    most = MAX_FILES_FOR_TEXT if text else MAX_FILES
    ranked, imports = repo_map.select_graph(text, most)
    about = f", about: {' '.join(text.split())}" if text else ""
    return draw_svg(ranked, imports, f"{commit[:12]}{about}", most=most, mark=bool(text))


def open_commit_map(folder: Path, rev: str) -> tuple[str, RepoMap]:
    """A commit and its map. Read-only but for the cache; UserError for what is not there."""
    repo = open_repo(folder)
    commit = repo.resolve_rev(rev) if rev else checked_out_commit(folder)
    if not commit:
        what = f"{rev!r} is no commit here" if rev else "the repository has no commit yet"
        raise UserError(what, where=str(folder), hint="Name a branch or commit that is here: --rev")
    found = repo.read_file(commit, CONFIG)
    config = parse_repo_config(found.decode(errors="replace")).map if found else MapConfig()
    return commit, shared_maps().map_of(repo, commit, config)
