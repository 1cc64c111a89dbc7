from bot.code.path_index import Paths, folder_of, joined

ENDS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".d.ts", ".mts", ".cts", ".json")
WRITTEN = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""TypeScript is imported by the name it will be compiled to."""
ALIASES = ("@/", "~/")
"""By custom the root of the sources."""


def javascript(specifier: str, source: str, paths: Paths) -> tuple[str, ...]:
    if specifier.startswith("."):
        return _file(joined(folder_of(source), specifier), paths)
    for alias in ALIASES:
        if specifier.startswith(alias):
            inner = specifier.removeprefix(alias)
            return _file(joined("src", inner), paths) or _file(joined("", inner), paths)
    if "/" not in specifier or specifier.startswith(("/", "@")):
        return ()
    return _file(joined("", specifier), paths) or _file(joined("src", specifier), paths)


def _file(at: str, paths: Paths) -> tuple[str, ...]:
    if not at:
        return paths.first(*(f"index{end}" for end in ENDS))
    stem, dot, end = at.rpartition(".")
    compiled = [stem + written for written in WRITTEN.get(dot + end, ())]
    return paths.first(
        at, *compiled, *(at + end for end in ENDS), *(f"{at}/index{end}" for end in ENDS)
    )
