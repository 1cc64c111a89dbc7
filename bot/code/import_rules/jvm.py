from bot.code.path_index import Paths, one

ENDS = (".java", ".kt", ".scala")


def jvm(specifier: str, _source: str, paths: Paths) -> tuple[str, ...]:
    """A class by its package's folder; all of a package; else the class a member is of."""
    parts = [part for part in specifier.split(".") if part]
    if parts and parts[-1] in {"*", "_"}:
        return _package("/".join(parts[:-1]), paths) or _class(parts[:-1], paths)
    return _class(parts, paths) or _class(parts[:-1], paths)


def _class(parts: list[str], paths: Paths) -> tuple[str, ...]:
    if len(parts) < 2:  # noqa: PLR2004 - a class of no package is not imported
        return ()
    at = "/".join(parts)
    return one(tuple(path for end in ENDS for path in paths.ending(at + end)))


def _package(at: str, paths: Paths) -> tuple[str, ...]:
    folders = one(paths.folders_ending(at)) if at else ()
    return tuple(path for each in folders for path in paths.inside(each) if path.endswith(ENDS))
