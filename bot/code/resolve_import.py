"""From an import to the files it means. What is ambiguous, or outside, means none."""

import re
from collections.abc import Callable
from types import MappingProxyType

from bot.code.path_index import PathIndex, folder_of, join_path
from bot.code.resolve_module import resolve_jvm, resolve_python, resolve_rust

LEADING_VARIABLE = re.compile(r"^(?:\$\([^()]*(?:\([^()]*\)[^()]*)*\)|\$\{[^}]*\}|\$\w+)\"?/")


def resolve_c(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    # The quote form looks beside the file first: https://gcc.gnu.org/onlinedocs/cpp/Search-Path.html
    # Other folders come from the build's `-I`, so the usual ones are looked into.
    return _find_beside(specifier, source, paths, "", "include", "src") or paths.only_file_ending(
        specifier
    )


def resolve_ruby(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    """Beside the file or under a `lib`: `require` and `require_relative` look alike here."""
    name = specifier if specifier.endswith(".rb") else f"{specifier}.rb"
    if specifier.startswith("."):
        return _find_beside(name, source, paths)
    return _find_beside(name, source, paths, "lib", "") or paths.only_file_ending(f"lib/{name}")


def resolve_php(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    if "\\" not in specifier and ("/" in specifier or specifier.endswith(".php")):
        return _find_beside(specifier.lstrip("/"), source, paths, "")
    # PSR-4 drops a prefix of the namespace, which one stands in composer.json:
    # https://www.php-fig.org/psr/psr-4/. The longest end of the name that is a file is meant.
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


JAVASCRIPT_EXTENSIONS = (
    *(".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs"),
    *(".d.ts", ".mts", ".cts", ".json"),
)
COMPILED_FROM = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""TypeScript is imported by the name it will be compiled to.

https://www.typescriptlang.org/docs/handbook/modules/theory.html#module-resolution
"""
SOURCE_ALIASES = ("@/", "~/")
"""By custom the root of the sources; a bundler's configuration may say otherwise."""


def resolve_javascript(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    if specifier.startswith("."):
        return _javascript_file(join_path(folder_of(source), specifier), paths)
    for alias in SOURCE_ALIASES:
        if specifier.startswith(alias):
            inner = specifier.removeprefix(alias)
            return _javascript_file(join_path("src", inner), paths) or _javascript_file(
                join_path("", inner), paths
            )
    if "/" not in specifier or specifier.startswith(("/", "@")):
        return ()
    return _javascript_file(join_path("", specifier), paths) or _javascript_file(
        join_path("src", specifier), paths
    )


def _javascript_file(at: str, paths: PathIndex) -> tuple[str, ...]:
    if not at:
        return paths.first_existing(*(f"index{end}" for end in JAVASCRIPT_EXTENSIONS))
    stem, dot, end = at.rpartition(".")
    compiled = [stem + written for written in COMPILED_FROM.get(dot + end, ())]
    return paths.first_existing(
        at,
        *compiled,
        *(at + end for end in JAVASCRIPT_EXTENSIONS),
        *(f"{at}/index{end}" for end in JAVASCRIPT_EXTENSIONS),
    )


def resolve_go(specifier: str, _source: str, paths: PathIndex) -> tuple[str, ...]:
    """A package is a folder: all its files but the tests."""
    # The module path of the nearest go.mod is the prefix: https://go.dev/ref/mod#modules-overview
    for module, folder in paths.go_modules:
        if specifier == module or specifier.startswith(f"{module}/"):
            inside = paths.files_in(join_path(folder, specifier.removeprefix(module)))
            return tuple(
                path for path in inside if path.endswith(".go") and not path.endswith("_test.go")
            )
    return ()


Resolver = Callable[[str, str, PathIndex], tuple[str, ...]]
RESOLVERS: MappingProxyType[str, Resolver] = MappingProxyType(
    {
        "python": resolve_python,
        "javascript": resolve_javascript,
        "typescript": resolve_javascript,
        "tsx": resolve_javascript,
        "go": resolve_go,
        "rust": resolve_rust,
        "java": resolve_jvm,
        "kotlin": resolve_jvm,
        "scala": resolve_jvm,
        "c": resolve_c,
        "cpp": resolve_c,
        "ruby": resolve_ruby,
        "php": resolve_php,
        "bash": resolve_bash,
    }
)
"""C# and Swift name no files: their imports are of whole namespaces."""
SAME_ANYWHERE = frozenset({resolve_go, resolve_jvm})
"""Here an import means the same in every file."""
MAX_RESOLVED = 100_000
"""Imports remembered with the paths they were resolved in."""


def resolve_import(
    language: str, specifier: str, source_path: str, paths: PathIndex
) -> tuple[str, ...]:
    """The files, sorted, that an import of `source_path` means; never that file itself."""
    resolver = RESOLVERS.get(language)
    if not resolver or not specifier:
        return ()
    key = (resolver, specifier, "" if resolver in SAME_ANYWHERE else source_path)
    if (found := paths.resolved.get(key)) is None:
        if len(paths.resolved) >= MAX_RESOLVED:
            paths.resolved.clear()
        found = paths.resolved[key] = resolver(specifier, source_path, paths)
    return tuple(sorted(path for path in found if path != source_path))
