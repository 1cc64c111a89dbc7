"""Trees of files for what is found out about a repository without running it."""

from collections.abc import Mapping

from runners.onboarding.source_tree import SourceTree


def make_tree(files: Mapping[str, str]) -> SourceTree:
    return SourceTree(frozenset(files), lambda path: files[path].encode())
