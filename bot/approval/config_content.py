"""Whether a change of a known configuration file leaves alone what decides about tests and setup.

The files are read before and after, and compared by key. What is free: a version, a description,
the version of a dependency that was there, a linter that is told to ignore less. `[setup]` runs
from the default branch, so another version is installed for no check before a person merged it.
Anything that is not known to be harmless needs a person, as does a file that cannot be read.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath

MAX_BYTES = 5_000_000
"""Of one file; a larger one is not read."""
MAX_LINE_CHARS = 2000
"""Of a file that is compared line by line."""
_VERSION = re.compile(r"[~^<>=!v ]{0,4}\d[\w.*+!~^<>=|, -]{0,80}")
_PLAIN = re.compile(r"v?\d[\w.+-]{0,60}")
# https://docs.npmjs.com/cli/v11/configuring-npm/package-json
_NPM_WORDS = frozenset(
    (
        *("version", "description", "keywords", "author", "contributors", "maintainers"),
        *("license", "homepage", "repository", "bugs", "funding"),
    )
)
_NPM_DEPENDENCIES = frozenset(
    ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
)
# https://packaging.python.org/en/latest/specifications/pyproject-toml/
_PROJECT_WORDS = frozenset(
    (
        *("version", "description", "authors", "maintainers", "keywords", "classifiers", "urls"),
        *("license", "license-files", "readme"),
    )
)
# https://doc.rust-lang.org/cargo/reference/manifest.html
_CARGO_WORDS = frozenset(
    (
        *("version", "description", "authors", "keywords", "categories", "license", "homepage"),
        *("repository", "documentation", "readme"),
    )
)
MIN_CARGO_KEYS = 2
"""Of what stands in a table."""
_CARGO_DEPENDENCIES = re.compile(r"(?:dev-|build-)?dependencies")
# https://docs.astral.sh/ruff/settings/
_IGNORES = frozenset(("ignore", "extend-ignore"))
_SELECTS = frozenset(("select", "extend-select"))
_REQUIREMENT = re.compile(
    r"([A-Za-z0-9][\w.-]*)(\[[\w, .-]*\])?[ \t]*([~<>=!][^;@#\n]*)?(;[^@#\n]*)?"
)
# https://go.dev/ref/mod#go-mod-file-require
_GO_REQUIRE = re.compile(r"[ \t]*(?:require[ \t]+)?(\S+\.\S+)[ \t]+(v\S+)([ \t]*//.*)?")
_GO_SUM = re.compile(r"(\S+ v\S+) (h1:[\w+/=]+)")
_URL = re.compile(r"\b((?:[a-z]+\+)?(?:https?|git|ssh|file)://[^/\s\"'>]*|git@[^:\s]*)")
_LOCAL = re.compile(r"\b(?:path|directory|editable|file|link|patch)\b[ \t]*[:=]|hasInstallScript")
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# https://maven.apache.org/pom.html
_XML_VERSION = re.compile(r"<((?:[\w.]*[vV]ersion))>\s*v?\d[\w.-]*\s*</\1>")
# https://docs.gradle.org/current/userguide/version_catalogs.html
_GRADLE_LINE = re.compile(r"\s*(?:implementation|api|compileOnly)\(libs(?:\.\w+){1,6}\)\s*")


def is_harmless_change(path: str, before: bytes, after: bytes) -> bool:
    """Whether the change of this file, by what it says, decides nothing about tests or setup."""
    read = _find_reader(PurePosixPath(path).name.lower())
    if read is None or max(len(before), len(after)) > MAX_BYTES:
        return False
    try:
        return read(before.decode(), after.decode())
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return False


def can_be_harmless(path: str) -> bool:
    """Whether there is a reader for a file of this name."""
    return _find_reader(PurePosixPath(path).name.lower()) is not None


def _find_reader(name: str) -> Callable[[str, str], bool] | None:
    if name.endswith((".gradle", ".gradle.kts")):
        return _gradle
    if re.fullmatch(r"(?:requirements|constraints)[\w.-]*\.txt", name):
        return _requirements
    return _READERS.get(name)


def _package_json(before: str, after: str) -> bool:
    old, new = (json.loads(text, object_pairs_hook=_unique) for text in (before, after))
    changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    groups = changed & _NPM_DEPENDENCIES
    return changed <= _NPM_WORDS | _NPM_DEPENDENCIES and all(
        _newer_versions(old.get(group, {}), new.get(group, {})) for group in groups
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def _newer_versions(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """No name is new, and each that differs is a version of the registry's, as it was before."""
    return new.keys() <= old.keys() and all(
        old[name] == said or (_VERSION.fullmatch(old[name]) and _VERSION.fullmatch(said))
        for name, said in new.items()
    )


def _pyproject(before: str, after: str) -> bool:
    old, new = (tomllib.loads(text) for text in (before, after))
    return all(_is_free_in_pyproject(*each) for each in _differences(old, new))


def _is_free_in_pyproject(keys: tuple[str, ...], old: object, new: object) -> bool:
    if keys[0] == "project" and len(keys) > 1:
        if keys[1] in _PROJECT_WORDS:
            return True
        if keys[1:] == ("dependencies",) or keys[1:2] == ("optional-dependencies",):
            return _same_requirements(old, new)
    if keys[0] == "dependency-groups":
        return _same_requirements(old, new)
    if keys[:2] == ("tool", "ruff") and keys[2:] and keys[2] in {"lint", *_IGNORES, *_SELECTS}:
        return _is_stricter(keys[-1], old, new)
    return False


def _is_stricter(key: str, old: object, new: object) -> bool:
    """Whether a list of rules to ignore only lost some, or one of rules to check gained some."""
    if not isinstance(old, list) or not isinstance(new, list):
        return False
    return (key in _IGNORES and set(new) <= set(old)) or (key in _SELECTS and set(new) >= set(old))


def _same_requirements(old: object, new: object) -> bool:
    """Requirements of the same names and extras, in other versions, or fewer."""
    if not isinstance(old, list) or not isinstance(new, list):
        return False
    names = {_requirement(each) for each in old}
    return all(each in old or _requirement(each) in names - {None} for each in new)


def _requirement(text: str) -> tuple[str, ...] | None:
    match = _REQUIREMENT.fullmatch(text.strip())
    return (match[1].lower(), match[2] or "", match[4] or "") if match else None


def _cargo(before: str, after: str) -> bool:
    old, new = (tomllib.loads(text) for text in (before, after))
    return all(_is_free_in_cargo(*each) for each in _differences(old, new))


def _is_free_in_cargo(keys: tuple[str, ...], old: object, new: object) -> bool:
    if keys[-2:-1] == ("package",) and keys[-1] in _CARGO_WORDS:
        return True
    if len(keys) < MIN_CARGO_KEYS:
        return False
    in_dependencies = any(_CARGO_DEPENDENCIES.fullmatch(key) for key in keys[:-1])
    is_version = keys[-1] == "version" or _CARGO_DEPENDENCIES.fullmatch(keys[-2])
    both = isinstance(old, str) and isinstance(new, str)
    return bool(
        in_dependencies and is_version and both and _VERSION.fullmatch(str(new))
        and _VERSION.fullmatch(str(old))
    )  # fmt: skip


def _differences(
    old: Mapping[str, object], new: Mapping[str, object], at: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object, object]]:
    """The keys of each value that differs, with both; None for one that is not there."""
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if before == after and type(before) is type(after):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _differences(before, after, (*at, key))
        else:
            yield (*at, key), before, after


def _catalog(before: str, after: str) -> bool:
    """Another version of a library; no plugin, and no other name.

    https://docs.gradle.org/current/userguide/version_catalogs.html#sec:version-catalog-declaration
    """
    old, new = (tomllib.loads(text) for text in (before, after))
    return all(_is_free_in_catalog(*each) for each in _differences(old, new))


def _is_free_in_catalog(keys: tuple[str, ...], old: object, new: object) -> bool:
    is_version = keys[0] == "versions" or keys[-1] in {"version", "ref"}
    words = [each for each in (old, new) if each is not None]
    if is_version and keys[0] != "plugins":
        return all(isinstance(each, str) and bool(_VERSION.fullmatch(each)) for each in words)
    return False


def _go_mod(before: str, after: str) -> bool:
    lost, added = _changed_lines(before, after)
    parsed = [[_GO_REQUIRE.fullmatch(line) for line in lines] for lines in (lost, added)]
    if not all(chain(*parsed)) or re.search(r"^\s*(?:replace|exclude|tool)\b", after, re.MULTILINE):
        return False
    names = {match[1] for match in parsed[0] if match}
    return all(match[1] in names or "indirect" in (match[3] or "") for match in parsed[1] if match)


def _go_sum(before: str, after: str) -> bool:
    lost, added = _changed_lines(before, after)
    gone = {line.partition(" h1:")[0] for line in lost}
    matches = [_GO_SUM.fullmatch(line) for line in added]
    return all(match is not None and match[1] not in gone for match in matches)


def _changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = (Counter(filter(str.strip, text.splitlines())) for text in (before, after))
    if any(len(line) > MAX_LINE_CHARS for line in (*old, *new)):
        raise ValueError("a line is too long")
    return list((old - new).elements()), list((new - old).elements())


def _requirements(before: str, after: str) -> bool:
    lost, added = _changed_lines(before, after)
    names = {_requirement(line.partition(" #")[0].rstrip("\\ ")) for line in lost} - {None}
    return all(
        line.lstrip().startswith(("#", "--hash=sha256:"))
        or _requirement(line.partition(" #")[0].rstrip("\\ ")) in names
        for line in added
    )


def _lock(before: str, after: str) -> bool:
    """No new place that something comes from, and no more that is run or lies in the tree."""
    hosts = [set(_URL.findall(text)) for text in (before, after)]
    local = [Counter(_LOCAL.findall(text)) for text in (before, after)]
    return hosts[1] <= hosts[0] and not local[1] - local[0]


def _json_lock(before: str, after: str) -> bool:
    return isinstance(json.loads(after), dict) and _lock(before, after)


def _toml_lock(before: str, after: str) -> bool:
    return bool(tomllib.loads(after)) and _lock(before, after)


def _pom(before: str, after: str) -> bool:
    texts = [before, after]
    parts = [_CDATA.findall(text) for text in texts]
    unclear = any("<!--" in part for found in parts for part in found)
    if unclear or parts[0] != parts[1] or any("<!ENTITY" in text for text in texts):
        return False
    old, new = (_XML_VERSION.sub(r"<\1/>", _COMMENT.sub("", text)).split() for text in texts)
    return old == new


def _gradle(before: str, after: str) -> bool:
    return all(_GRADLE_LINE.fullmatch(line) for line in chain(*_changed_lines(before, after)))


_READERS: Mapping[str, Callable[[str, str], bool]] = {
    "package.json": _package_json,
    "pyproject.toml": _pyproject,
    "cargo.toml": _cargo,
    "go.mod": _go_mod,
    "go.sum": _go_sum,
    "libs.versions.toml": _catalog,
    "pom.xml": _pom,
    **dict.fromkeys(("package-lock.json", "npm-shrinkwrap.json", "composer.lock"), _json_lock),
    **dict.fromkeys(("cargo.lock", "uv.lock", "poetry.lock", "mise.lock"), _toml_lock),
    **dict.fromkeys(("yarn.lock", "pnpm-lock.yaml", "gemfile.lock"), _lock),
}
