"""Languages whose imports are paths: C and C++, Ruby, PHP, shells."""

import re

from bot.code.path_index import PathIndex, folder_of, join_path

LEADING_VARIABLE = re.compile(r"^(?:\$\([^()]*(?:\([^()]*\)[^()]*)*\)|\$\{[^}]*\}|\$\w+)\"?/")


def resolve_c(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    return _find_beside(specifier, source, paths, "", "include", "src") or paths.only_file_ending(
        specifier
    )


def resolve_ruby(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    """Beside the file or under a `lib`: the words require and require_relative are not told."""
    name = specifier if specifier.endswith(".rb") else f"{specifier}.rb"
    if specifier.startswith("."):
        return _find_beside(name, source, paths)
    return _find_beside(name, source, paths, "lib", "") or paths.only_file_ending(f"lib/{name}")


def resolve_php(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    if "\\" not in specifier and ("/" in specifier or specifier.endswith(".php")):
        return _find_beside(specifier.lstrip("/"), source, paths, "")
    parts = specifier.strip("\\").split("\\")
    shortest = 1 if len(parts) == 2 else 2  # noqa: PLR2004 - Vendor\Class and longer ones
    for dropped in range(max(0, len(parts) - shortest) + 1):
        if found := paths.files_ending("/".join(parts[dropped:]) + ".php"):
            return found if len(found) == 1 else ()
    return ()


def resolve_bash(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    """A leading variable stands, by custom, for the script's own folder."""
    name = LEADING_VARIABLE.sub("", specifier)
    return (
        () if "$" in name else _find_beside(name, source, paths, "") or paths.only_file_ending(name)
    )


def _find_beside(name: str, source: str, paths: PathIndex, *roots: str) -> tuple[str, ...]:
    """Beside the source, else in one of these folders."""
    return paths.first_existing(
        *(join_path(folder, name) for folder in (folder_of(source), *roots))
    )
