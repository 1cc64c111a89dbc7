"""The map of a repository: which of its files and definitions a text is about, in few tokens."""

from bot.repo_map.cache import BlobCache
from bot.repo_map.ranking import RankedFile
from bot.repo_map.repo_map import Maps, RepoMap, shared_maps
from bot.repo_map.text import MapText

__all__ = ["BlobCache", "MapText", "Maps", "RankedFile", "RepoMap", "shared_maps"]
