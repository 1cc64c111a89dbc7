"""Finds the parts of a repository, in its root and in the folders of a monorepo."""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace

from runners.onboarding.detect_compiled import detect_c, detect_go, detect_rust
from runners.onboarding.detect_managed import detect_java, detect_php, detect_ruby
from runners.onboarding.detect_node import detect_node
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
    "c": detect_c,
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
        "requirements.txt", "Pipfile", "CMakeLists.txt", "meson.build", "Makefile",
    }
)  # fmt: skip
_BUILT = frozenset({"c", "make"})
MAX_FOLDERS = 12
MAX_DEPTH = 2


def detect_parts(tree: SourceTree) -> tuple[Part, ...]:
    """Those with tests, the root's first; without any, those that are only installed."""
    root = [part for part in _detect_all(tree) if part is not None]
    # A Makefile beside another project's manifest calls that one's tools.
    others = [part for part in root if part.language not in _BUILT]
    if any(part.check for part in others):
        root = others
    elif others:
        root = [part for part in root if part.manager != "make"]
    known = {part.language for part in root}
    below = [part for part in _detect_below(tree) if part.language not in known]
    found = [*root, *below]
    tested = [part for part in found if part.check]
    return tuple(tested or root)


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
