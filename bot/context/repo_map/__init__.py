"""The map of a repository: which of its files and definitions a text is about, in few tokens."""

from bot.context.repo_map.kept import Kept
from bot.context.repo_map.maps import Maps, RepoMap, shared_maps
from bot.context.repo_map.ranking import Ranked
from bot.context.repo_map.rendering import Chart

__all__ = ["Chart", "Kept", "Maps", "Ranked", "RepoMap", "shared_maps"]
