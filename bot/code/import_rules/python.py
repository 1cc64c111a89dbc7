from collections.abc import Iterator

from bot.code.path_index import PathIndex, folder_of

PYTHON_ROOTS = ("", "src", "lib")


def resolve_python(specifier: str, source: str, paths: PathIndex) -> tuple[str, ...]:
    """`from a.b import c` is told as a.b.c, so the last part may be a name inside a.b."""
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
    """Most imports are of what is not in the repository: those are told at once."""
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
