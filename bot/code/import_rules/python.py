from collections.abc import Iterator

from bot.code.path_index import Paths, folder_of

ROOTS = ("", "src", "lib")


def python(specifier: str, source: str, paths: Paths) -> tuple[str, ...]:
    """`from a.b import c` is told as a.b.c, so the last part may be a name inside a.b."""
    parts = specifier.lstrip(".").split(".")
    dots = len(specifier) - len(specifier.lstrip("."))
    parts = [part for part in parts if part]
    tried = [parts, parts[:-1]] if dots or len(parts) > 1 else [parts]
    for names in tried:
        if (
            found := _relative(names, dots, source, paths)
            if dots
            else _absolute(names, source, paths)
        ):
            return found
    return ()


def _relative(names: list[str], dots: int, source: str, paths: Paths) -> tuple[str, ...]:
    folders = source.split("/")[:-1]
    if dots - 1 > len(folders):
        return ()
    return _module([*folders[: len(folders) - dots + 1], *names], paths)


def _absolute(names: list[str], source: str, paths: Paths) -> tuple[str, ...]:
    if not names or not _known(names[0], paths):
        return ()
    for root in (*ROOTS, *_around(source)):
        if (root in ROOTS or not _package(root, paths)) and (
            found := _module([*filter(None, root.split("/")), *names], paths)
        ):
            return found
    end = "/".join(names)
    tops = [
        path
        for name in (f"{end}.py", f"{end}/__init__.py")
        for path in paths.ending(name)
        if not _package(path.removesuffix(name).rstrip("/"), paths)
    ]
    return (tops[0],) if len(tops) == 1 and "/" in tops[0].removesuffix("/__init__.py") else ()


def _known(top: str, paths: Paths) -> bool:
    """Most imports are of what is not in the repository: those are told at once."""
    return bool(paths.ending(f"{top}.py") or paths.folders_ending(top))


def _around(source: str) -> Iterator[str]:
    """The folders a file is in, the nearest first: a script imports what lies beside it."""
    folder = folder_of(source)
    while folder:
        yield folder
        folder = folder_of(folder)


def _package(folder: str, paths: Paths) -> bool:
    return f"{folder}/__init__.py" in paths.files


def _module(names: list[str], paths: Paths) -> tuple[str, ...]:
    at = "/".join(names)
    inside = f"{at}/" if at else ""
    plain = (f"{at}.py", f"{at}.pyi") if at else ()
    return paths.first(*plain, f"{inside}__init__.py", f"{inside}__init__.pyi")
