"""From an import to the files it means. What is ambiguous, or outside, means none."""

from collections.abc import Callable
from types import MappingProxyType

from bot.code.import_rules.by_path import resolve_bash, resolve_c, resolve_php, resolve_ruby
from bot.code.import_rules.go import resolve_go
from bot.code.import_rules.javascript import resolve_javascript
from bot.code.import_rules.jvm import resolve_jvm
from bot.code.import_rules.python import resolve_python
from bot.code.import_rules.rust import resolve_rust
from bot.code.path_index import PathIndex

Resolver = Callable[[str, str, PathIndex], tuple[str, ...]]
RESOLVERS: MappingProxyType[str, Resolver] = MappingProxyType(
    {
        "python": resolve_python,
        "javascript": resolve_javascript,
        "typescript": resolve_javascript,
        "tsx": resolve_javascript,
        "go": resolve_go,
        "rust": resolve_rust,
        "java": resolve_jvm,
        "kotlin": resolve_jvm,
        "scala": resolve_jvm,
        "c": resolve_c,
        "cpp": resolve_c,
        "ruby": resolve_ruby,
        "php": resolve_php,
        "bash": resolve_bash,
    }
)
"""C# and Swift name no files: their imports are of whole namespaces."""


def resolve_import(
    language: str, specifier: str, source_path: str, paths: PathIndex
) -> tuple[str, ...]:
    """The files, sorted, that an import of `source_path` means; never that file itself."""
    resolver = RESOLVERS.get(language)
    found = resolver(specifier, source_path, paths) if resolver and specifier else ()
    return tuple(sorted(path for path in found if path != source_path))
