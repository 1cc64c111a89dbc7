"""Imports by the dotted name of a module: Python, Rust, and the languages of the JVM."""

from collections.abc import Iterator

from bot.code.path_index import PathIndex, folder_of, join_path, pick_single

PYTHON_ROOTS = ("", "src", "lib")


def resolve_python(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    """`from a.b import c` comes as a.b.c, so the last part may be a name inside a.b."""
    # A module is a.py or a/__init__.py: https://docs.python.org/3.11/reference/import.html#packages
    parts = specifier.lstrip(".").split(".")
    dots = len(specifier) - len(specifier.lstrip("."))
    parts = [part for part in parts if part]
    candidates = [parts, parts[:-1]] if dots or len(parts) > 1 else [parts]
    for names in candidates:
        if (
            found := _python_relative(names, dots, source, paths)
            if dots
            else _python_absolute(names, source, paths)
        ):
            return found
    return ()


def _python_relative(names: list[str], dots: int, source: str, paths: PathIndex) -> tuple[str, ...]:
    folders = source.split("/")[:-1]
    if dots - 1 > len(folders):
        return ()
    return _python_module([*folders[: len(folders) - dots + 1], *names], paths)


def _python_absolute(names: list[str], source: str, paths: PathIndex) -> tuple[str, ...]:
    if not names or not _is_top_level(names[0], paths):
        return ()
    for root in (*PYTHON_ROOTS, *_enclosing_folders(source)):
        if (root in PYTHON_ROOTS or not _is_python_package(root, paths)) and (
            found := _python_module([*filter(None, root.split("/")), *names], paths)
        ):
            return found
    end = "/".join(names)
    tops = [
        path
        for name in (f"{end}.py", f"{end}/__init__.py")
        for path in paths.files_ending(name)
        if not _is_python_package(path.removesuffix(name).rstrip("/"), paths)
    ]
    return (tops[0],) if len(tops) == 1 and "/" in tops[0].removesuffix("/__init__.py") else ()


def _is_top_level(top: str, paths: PathIndex) -> bool:
    """Most imports are of what is not in the repository: those are left at once."""
    return bool(paths.files_ending(f"{top}.py") or paths.folders_ending(top))


def _enclosing_folders(source: str) -> Iterator[str]:
    """The folders a file is in, the nearest first: a script imports what lies beside it."""
    folder = folder_of(source)
    while folder:
        yield folder
        folder = folder_of(folder)


def _is_python_package(folder: str, paths: PathIndex) -> bool:
    return f"{folder}/__init__.py" in paths.files


def _python_module(names: list[str], paths: PathIndex) -> tuple[str, ...]:
    at = "/".join(names)
    inside = f"{at}/" if at else ""
    plain = (f"{at}.py", f"{at}.pyi") if at else ()
    return paths.first_existing(*plain, f"{inside}__init__.py", f"{inside}__init__.pyi")


# https://doc.rust-lang.org/reference/items/modules.html#module-source-filenames
CRATE_ROOTS = ("lib.rs", "main.rs")
FOLDER_MODULES = (*CRATE_ROOTS, "mod.rs")
"""Files that are the module their folder is; any other file is a module of its own name."""
MAX_ITEM_PARTS = 2
"""Last parts of a path that may be no module: a type, and a variant or function of it."""


def resolve_rust(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    """`mod x;` comes as self::x."""
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


# By convention a package is a folder: https://kotlinlang.org/docs/coding-conventions.html
JVM_EXTENSIONS = (".java", ".kt", ".scala")


def resolve_jvm(specifier: str, _source: str, paths: PathIndex) -> tuple[str, ...]:
    """A class by its package's folder; all of a package; else the class a member is of."""
    parts = [part for part in specifier.split(".") if part]
    if parts and parts[-1] in {"*", "_"}:
        return _jvm_package("/".join(parts[:-1]), paths) or _jvm_class(parts[:-1], paths)
    return _jvm_class(parts, paths) or _jvm_class(parts[:-1], paths)


def _jvm_class(parts: list[str], paths: PathIndex) -> tuple[str, ...]:
    if len(parts) < 2:  # noqa: PLR2004 - a class of no package is not imported
        return ()
    at = "/".join(parts)
    return pick_single(
        tuple(path for end in JVM_EXTENSIONS for path in paths.files_ending(at + end))
    )


def _jvm_package(at: str, paths: PathIndex) -> tuple[str, ...]:
    folders = pick_single(paths.folders_ending(at)) if at else ()
    return tuple(
        path for each in folders for path in paths.files_in(each) if path.endswith(JVM_EXTENSIONS)
    )
