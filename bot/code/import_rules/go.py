from bot.code.path_index import PathIndex, join_path


def resolve_go(specifier: str, _source: str, paths: PathIndex) -> tuple[str, ...]:
    """A package is a folder: all its files but the tests."""
    for module, folder in paths.go_modules:
        if specifier == module or specifier.startswith(f"{module}/"):
            inside = paths.files_in(join_path(folder, specifier.removeprefix(module)))
            return tuple(
                path for path in inside if path.endswith(".go") and not path.endswith("_test.go")
            )
    return ()
