from bot.code.path_index import PathIndex, folder_of, join_path

CRATE_ROOTS = ("lib.rs", "main.rs")
FOLDER_MODULES = (*CRATE_ROOTS, "mod.rs")
"""Files that are the module their folder is; any other file is a module of its own name."""
MAX_ITEM_PARTS = 2
"""Last parts of a path that may be no module: a type, and a variant or function of it."""


def resolve_rust(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    """`mod x;` is told as self::x."""
    first, *rest = specifier.split("::")
    here = (
        folder_of(source)
        if source.rpartition("/")[2] in FOLDER_MODULES
        else source.removesuffix(".rs")
    )
    if first == "crate":
        return _rust_module(_crate_root(source, paths), rest, paths)
    if first in {"self", "super"}:
        while first == "super":
            here = folder_of(here)
            first, *rest = rest or [""]
        return _rust_module(here, [first, *rest] if first not in {"self", ""} else rest, paths)
    beside = _rust_file(join_path(here, first), paths)
    return (
        _rust_module(here, [first, *rest], paths)
        if beside
        else _workspace_crate(first, rest, paths)
    )


def _crate_root(source: str, paths: PathIndex) -> str:
    """The nearest folder around with a crate's first file; else that of the source."""
    folder = folder_of(source)
    while not any(join_path(folder, name) in paths.files for name in CRATE_ROOTS):
        if not folder:
            return folder_of(source)
        folder = folder_of(folder)
    return folder


def _workspace_crate(name: str, rest: list[str], paths: PathIndex) -> tuple[str, ...]:
    """Another crate of the same workspace, its folder named as it is."""
    names = dict.fromkeys((name, name.replace("_", "-")))
    found = [path for each in names for path in paths.files_ending(f"{each}/src/lib.rs")]
    return _rust_module(folder_of(found[0]), rest, paths) if len(found) == 1 else ()


def _rust_module(folder: str, names: list[str], paths: PathIndex) -> tuple[str, ...]:
    names = [name for name in names if name != "*"]
    for known in range(len(names), max(-1, len(names) - MAX_ITEM_PARTS - 1), -1):
        if found := _rust_file(join_path(folder, "/".join(names[:known])), paths):
            return found
    return ()


def _rust_file(at: str, paths: PathIndex) -> tuple[str, ...]:
    plain = f"{at}.rs" if at else ""
    return paths.first_existing(plain, *(join_path(at, name) for name in ("mod.rs", *CRATE_ROOTS)))
