from bot.code.path_index import PathIndex, folder_of, join_path

JAVASCRIPT_EXTENSIONS = (
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mjs",
    ".cjs",
    ".d.ts",
    ".mts",
    ".cts",
    ".json",
)
COMPILED_FROM = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""TypeScript is imported by the name it will be compiled to."""
SOURCE_ALIASES = ("@/", "~/")
"""By custom the root of the sources."""


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
