from bot.code.path_index import Paths, folder_of, joined

CRATE = ("lib.rs", "main.rs")
WHOLE = (*CRATE, "mod.rs")
"""Files that are the module their folder is; any other file is a module of its own name."""
ITEMS = 2
"""Last parts of a path that may be no module: a type, and a variant or function of it."""


def rust(specifier: str, source: str, paths: Paths) -> tuple[str, ...]:
    """`mod x;` is told as self::x."""
    first, *rest = specifier.split("::")
    here = folder_of(source) if source.rpartition("/")[2] in WHOLE else source.removesuffix(".rs")
    if first == "crate":
        return _module(_root(source, paths), rest, paths)
    if first in {"self", "super"}:
        while first == "super":
            here = folder_of(here)
            first, *rest = rest or [""]
        return _module(here, [first, *rest] if first not in {"self", ""} else rest, paths)
    beside = _file(joined(here, first), paths)
    return _module(here, [first, *rest], paths) if beside else _crate(first, rest, paths)


def _root(source: str, paths: Paths) -> str:
    """The nearest folder around with a crate's first file; else that of the source."""
    folder = folder_of(source)
    while not any(joined(folder, name) in paths.files for name in CRATE):
        if not folder:
            return folder_of(source)
        folder = folder_of(folder)
    return folder


def _crate(name: str, rest: list[str], paths: Paths) -> tuple[str, ...]:
    """Another crate of the same workspace, its folder named as it is."""
    names = dict.fromkeys((name, name.replace("_", "-")))
    found = [path for each in names for path in paths.ending(f"{each}/src/lib.rs")]
    return _module(folder_of(found[0]), rest, paths) if len(found) == 1 else ()


def _module(folder: str, names: list[str], paths: Paths) -> tuple[str, ...]:
    names = [name for name in names if name != "*"]
    for known in range(len(names), max(-1, len(names) - ITEMS - 1), -1):
        if found := _file(joined(folder, "/".join(names[:known])), paths):
            return found
    return ()


def _file(at: str, paths: Paths) -> tuple[str, ...]:
    plain = f"{at}.rs" if at else ""
    return paths.first(plain, *(joined(at, name) for name in ("mod.rs", *CRATE)))
