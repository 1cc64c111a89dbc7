"""Languages whose imports are paths: C and C++, Ruby, PHP, shells."""

import re

from bot.code.path_index import Paths, folder_of, joined

VARIABLE = re.compile(r"^(?:\$\([^()]*(?:\([^()]*\)[^()]*)*\)|\$\{[^}]*\}|\$\w+)\"?/")


def c(specifier: str, source: str, paths: Paths) -> tuple[str, ...]:
    return _near(specifier, source, paths, "", "include", "src") or paths.only(specifier)


def ruby(specifier: str, source: str, paths: Paths) -> tuple[str, ...]:
    """Beside the file or under a `lib`: the words require and require_relative are not told."""
    name = specifier if specifier.endswith(".rb") else f"{specifier}.rb"
    if specifier.startswith("."):
        return _near(name, source, paths)
    return _near(name, source, paths, "lib", "") or paths.only(f"lib/{name}")


def php(specifier: str, source: str, paths: Paths) -> tuple[str, ...]:
    if "\\" not in specifier and ("/" in specifier or specifier.endswith(".php")):
        return _near(specifier.lstrip("/"), source, paths, "")
    parts = specifier.strip("\\").split("\\")
    shortest = 1 if len(parts) == 2 else 2  # noqa: PLR2004 - Vendor\Class and longer ones
    for dropped in range(max(0, len(parts) - shortest) + 1):
        if found := paths.ending("/".join(parts[dropped:]) + ".php"):
            return found if len(found) == 1 else ()
    return ()


def bash(specifier: str, source: str, paths: Paths) -> tuple[str, ...]:
    """A leading variable stands, by custom, for the script's own folder."""
    name = VARIABLE.sub("", specifier)
    return () if "$" in name else _near(name, source, paths, "") or paths.only(name)


def _near(name: str, source: str, paths: Paths, *roots: str) -> tuple[str, ...]:
    """Beside the source, else in one of these folders."""
    return paths.first(*(joined(folder, name) for folder in (folder_of(source), *roots)))
