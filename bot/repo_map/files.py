"""Which files of a commit belong on its map: what people write, nothing that tools make."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from bot.code import is_unparsed_code, language_of
from bot.code.outline import MARKDOWN_EXTENSIONS, RST_EXTENSIONS
from bot.code.parse_limits import MAX_BYTES
from bot.git.objects import Entry

Role = Literal["code", "unparsed", "test", "text"]
"""`unparsed` is code in a language without a parser here, and templates; `text` is prose and data.
"""
CODE_ROLES: frozenset[Role] = frozenset({"code", "unparsed"})

LOCK_FILES = frozenset(
    {
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
        *("poetry.lock", "Pipfile.lock", "uv.lock", "pdm.lock", "pylock.toml", "requirements.lock"),
        *("Cargo.lock", "go.sum", "go.work.sum", "composer.lock", "Gemfile.lock", "mix.lock"),
        *("Podfile.lock", "Package.resolved", "packages.lock.json", "gradle.lockfile"),
        *("flake.lock", "deno.lock", "pubspec.lock", "MODULE.bazel.lock"),
    }
)
# Much as https://github.com/github-linguist/linguist/blob/main/lib/linguist/vendor.yml has them.
VENDORED = re.compile(
    r"(?:^|/)(?:_?vendor(?:ed)?|node_modules|bower_components|third[_-]?party|site-packages"
    r"|\.yarn|Pods|Carthage|jspm_packages)/",
    re.IGNORECASE,
)
# https://github.com/github-linguist/linguist/blob/main/lib/linguist/generated.rb
GENERATED_NAMES = re.compile(
    r"\.min\.(?:m?js|css)$|\.bundle\.js$|\.map$|\.snap$|\.pb\.(?:go|cc|h)$|_pb2(?:_grpc)?\.pyi?$"
    r"|[._]generated\.\w+$|\.g\.\w+$|\.designer\.cs$|(?:^|/)zz_generated\.[^/]*$",
    re.IGNORECASE,
)
BINARY_NAMES = re.compile(
    r"\.(?:png|jpe?g|gif|bmp|ico|icns|webp|avif|tiff?|psd|svgz?|pdf|ps|eps|mp[34]|m4a|wav|ogg|flac"
    r"|webm|mov|avi|woff2?|ttf|otf|eot|zip|gz|tgz|bz2|xz|zst|7z|rar|jar|war|whl|egg|so|a|o|obj"
    r"|dll|dylib|exe|lib|class|pyc|pyd|wasm|bin|dat|db|sqlite3?|parquet|npy|npz|pkl|pt|onnx"
    r"|gguf|safetensors|h5|pack|idx|p12|pfx|der|keystore)$",
    re.IGNORECASE,
)
TEST_PATHS = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|test[-_]\w+|specs?|__tests__|__mocks__|fixtures?|e2e"
    r"|examples?|samples?|demos?|bench(?:marks?|es)?)/"
    r"|[_.-](?:test|spec|tests)\.\w+$|(?:^|/)(?:test_[^/]*|conftest\.py)$|(?:Test|Tests|Spec)\.\w+$",
)

DOCUMENT_PATHS = re.compile(
    r"(?:^|/)(?:docs?|documentation|manual|website|site|www)/", re.IGNORECASE
)
"""Where a page of HTML is prose."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file on the map. `size` in bytes; `language` follows from its name alone."""

    path: str
    sha: str
    size: int
    language: str
    role: Role

    @property
    def key(self) -> str:
        """What the cache knows its content by: all that the reading of a file depends on."""
        return f"{self.sha}.{self.language or _kind_of_text(self.path)}"


def list_sources(
    entries: Mapping[str, Entry], *, exclude: Iterable[str] = (), include: Iterable[str] = ()
) -> Iterator[Source]:
    """Files for the map, by path. `include` overrules both what is left out and `exclude`.

    Links and submodules are no files of this commit. One whose size is unknown is not here.
    """
    excluded, included = tuple(exclude), tuple(include)
    for path, entry in sorted(entries.items()):
        if entry.kind != "file" or not entry.size:
            continue
        if matches_pattern(path, included) or not (
            reason_left_out(path) or matches_pattern(path, excluded)
        ):
            language = language_of(path)
            yield Source(path, entry.sha, entry.size, language, _role_of(path, language))


@lru_cache(maxsize=65_536)
def reason_left_out(path: str) -> str:
    """Why a file of this name is not worth a reader's time; empty where it is."""
    if path.rpartition("/")[2] in LOCK_FILES:
        return "lock file"
    for why, pattern in (
        ("vendored", VENDORED),
        ("generated", GENERATED_NAMES),
        ("binary", BINARY_NAMES),
    ):
        if pattern.search(path):
            return why
    return ""


def matches_pattern(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern means the path: `docs/` all below, `*` any run of characters, `/` too."""
    # `fnmatch` knows no folders: https://docs.python.org/3.11/library/fnmatch.html
    return any(
        path.startswith(pattern) if pattern.endswith("/") else fnmatchcase(path, pattern)
        for pattern in patterns
    )


def _kind_of_text(path: str) -> str:
    """How a file without a language is read: for which headings or definitions, or by its start."""
    name = path.rpartition("/")[2].lower()
    if name.endswith(MARKDOWN_EXTENSIONS):
        return "markdown"
    if name.endswith(RST_EXTENSIONS):
        return "rst"
    if is_unparsed_code(path):
        return name.rpartition(".")[2]
    return "named" if "." in name else "bare"


def _role_of(path: str, language: str) -> Role:
    if TEST_PATHS.search(path):
        return "test"
    if language:
        return "code"
    return "unparsed" if is_unparsed_code(path) and not DOCUMENT_PATHS.search(path) else "text"


def is_unreadable(size: int) -> bool:
    """Known by name only, its bytes never fetched: too large, or not here at all (below 0)."""
    return not 0 <= size <= MAX_BYTES
