"""From an import to the files it means. What is ambiguous, or outside, means none."""

from collections.abc import Callable
from types import MappingProxyType

from bot.code.import_rules.by_path import bash, c, php, ruby
from bot.code.import_rules.go import go
from bot.code.import_rules.javascript import javascript
from bot.code.import_rules.jvm import jvm
from bot.code.import_rules.python import python
from bot.code.import_rules.rust import rust
from bot.code.path_index import Paths

Resolver = Callable[[str, str, Paths], tuple[str, ...]]
RESOLVERS: MappingProxyType[str, Resolver] = MappingProxyType(
    {
        "python": python,
        "javascript": javascript,
        "typescript": javascript,
        "tsx": javascript,
        "go": go,
        "rust": rust,
        "java": jvm,
        "kotlin": jvm,
        "scala": jvm,
        "c": c,
        "cpp": c,
        "ruby": ruby,
        "php": php,
        "bash": bash,
    }
)
"""C# and Swift name no files: their imports are of whole namespaces."""


def resolve(language: str, specifier: str, source_path: str, paths: Paths) -> tuple[str, ...]:
    """The files, sorted, that an import of `source_path` means; never that file itself."""
    resolver = RESOLVERS.get(language)
    found = resolver(specifier, source_path, paths) if resolver and specifier else ()
    return tuple(sorted(path for path in found if path != source_path))
