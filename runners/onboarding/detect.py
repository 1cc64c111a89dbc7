"""Finds the parts of a repository, in its root and in the folders of a monorepo."""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace

from runners.onboarding.detect_compiled import detect_c, detect_go, detect_rust
from runners.onboarding.detect_managed import detect_java, detect_php, detect_ruby
from runners.onboarding.detect_node import detect_node
from runners.onboarding.detect_other import detect_other, detect_recipe
from runners.onboarding.detect_python import detect_python
from runners.onboarding.found import Part
from runners.onboarding.source_tree import SourceTree

DETECTORS: dict[str, Callable[[SourceTree], Part | None]] = {
    "rust": detect_rust,
    "go": detect_go,
    "php": detect_php,
    "ruby": detect_ruby,
    "java": detect_java,
    "node": detect_node,
    "python": detect_python,
    "other": detect_other,
    "c": detect_c,
    "recipe": detect_recipe,
}
"""In the order in which the parts of one folder are named: the first is the main one."""

# What has a manifest of its own and is no part of the product.
_ASIDE = frozenset(
    {
        "bench", "benches", "benchmark", "benchmarks", "ci", "contrib", "demo", "demos", "doc",
        "docs", "example", "examples", "fixture", "fixtures", "fuzz", "integration",
        "integration-tests", "node_modules", "playground", "sample", "samples", "script",
        "scripts", "site", "spec", "specs", "template", "templates", "test", "testdata",
        "testing", "tests", "third_party", "tool", "tools", "vendor", "vendored", "website",
        "buildsrc",
    }
)  # fmt: skip
_MANIFESTS = frozenset(
    {
        "Cargo.toml", "go.mod", "composer.json", "Gemfile", "pom.xml", "build.gradle",
        "build.gradle.kts", "package.json", "pyproject.toml", "setup.py", "setup.cfg",
        "requirements.txt", "Pipfile", "CMakeLists.txt", "meson.build", "Makefile", "mix.exs",
    }
)  # fmt: skip
_LAST = frozenset({"c", "make", "just", "task"})
"""Those that count only where nothing else is tested; the last three call others' tools."""
MAX_FOLDERS = 12
MAX_DEPTH = 2


def detect_parts(tree: SourceTree) -> tuple[Part, ...]:
    """Those with tests, the root's first; without any, those that are only installed."""
    root = [part for part in _detect_all(tree) if part is not None]
    others = [part for part in root if part.language not in _LAST]
    if any(part.check for part in others):
        root = others
    elif others:
        # What a Makefile beside another project's manifest calls is installed as that one says.
        root = [_join(others[0], part) if part.manager in _LAST else part for part in root]
    root = _keep_first(root)
    known = {part.language for part in root if part.check}
    below = [part for part in _detect_below(tree) if part.language not in known]
    found = [*root, *below]
    tested = [part for part in found if part.check]
    return tuple(tested or root)


def _join(project: Part, caller: Part) -> Part:
    """A project without a test of its own, tested by what calls its tools."""
    commands = (*project.commands, *caller.commands)
    return replace(project, check=caller.check, commands=commands)


def _keep_first(parts: list[Part]) -> list[Part]:
    """Of the parts that are the same project's, the first that is tested, or the first."""
    tested_first = sorted(parts, key=lambda part: part.check is None)
    kept = {part.language: part for part in reversed(tested_first)}
    last = [part for part in tested_first if part.language in _LAST and part.check]
    extra = {part.language for part in last[1:]}
    return [p for p in parts if kept.get(p.language) is p and p.language not in extra]


def _detect_all(tree: SourceTree) -> Iterator[Part | None]:
    return (detect(tree) for detect in DETECTORS.values())


def _detect_below(tree: SourceTree) -> Iterator[Part]:
    """Each folder that has a manifest and is below no other one that has."""
    taken: list[str] = []
    for folder in _list_folders(tree):
        if any(folder.startswith(f"{above}/") for above in taken):
            continue
        parts = [part for part in _detect_all(tree.inside(folder)) if part and part.check]
        if parts:
            taken.append(folder)
            yield replace(parts[0], folder=folder)


def _list_folders(tree: SourceTree) -> list[str]:
    found = {posixpath.dirname(p) for p in tree.paths if posixpath.basename(p) in _MANIFESTS}
    usable = (f for f in found if f and f.count("/") < MAX_DEPTH and not _is_aside(f))
    return sorted(usable, key=lambda folder: (folder.count("/"), folder))[:MAX_FOLDERS]


def _is_aside(folder: str) -> bool:
    return any(name.lower() in _ASIDE or name.startswith((".", "_")) for name in folder.split("/"))
