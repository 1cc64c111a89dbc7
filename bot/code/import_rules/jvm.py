from bot.code.path_index import PathIndex, pick_single

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
