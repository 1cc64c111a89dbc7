"""Which paths need a person's approval before they are written, and why."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from bot.approval.setup_paths import list_setup_paths
from bot.config.repository import RepoConfig
from bot.plan.paths import path_fault
from bot.text.invisible import make_printable, strip_hidden

MAX_SHOWN_CHARACTERS = 512
"""As long as a path of a plan may be, so that two paths never give one reason."""

OWN = "says what the bot may do and what its checks run"
CI = "says what CI runs"
OWNERS = "says who must review"
GIT = "says how git takes files"
TESTING = "says what is tested, and how"
LOCKED = "says what is installed, exactly"
BUILT = "says what is installed or built"
SHADOW = "would run in the place of what runs the tests"
INSTALLED = "is code that is installed, not written"
DOTTED = "has a name, or lies in a folder with a name, that begins with a dot"
PROTECTED = "is protected by .bricklayer.toml"
AGENT = "says what coding agents run, or are told"
SET_UP = "is what [setup] in .bricklayer.toml runs or installs from"

# In lower case, as a file system may fold case. The first match gives the reason.
# https://docs.kernel.org/filesystems/ext4/directory.html

_ANYWHERE: tuple[tuple[str, str], ...] = (
    (OWN, r"\.bricklayer\.toml|\.bricklayer(?:/.*)?"),
    # GitHub reads it from the root, from docs/ and from .github/: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    (OWNERS, r"codeowners"),
    (CI, r"\.(?:github|gitlab|circleci|buildkite|woodpecker|gitea|forgejo)(?:/.*)?"),
    (CI, r"\.(?:gitlab-ci|travis|drone|cirrus|appveyor)\.ya?ml|appveyor\.yml|jenkinsfile"),
    (CI, r"(?:azure|bitbucket)-pipelines\.ya?ml|action\.ya?ml"),
    # .gitattributes, .gitmodules and .gitignore change what git checks out, fetches and takes:
    # https://git-scm.com/docs/gitattributes
    (GIT, r"\.git[^/]*"),
    # A program that is started with the agent, or words that it takes for its user's:
    # https://opencode.ai/docs/mcp-servers https://agents.md
    (AGENT, r"(?:opencode|mcp|gemini-extension)\.jsonc?"),
    (AGENT, r"(?:agents?|claude|gemini)(?:\.(?:local|override))?\.md"),
    # pytest runs any conftest.py, and reads its options from these files:
    # https://docs.pytest.org/en/stable/reference/customize.html
    (TESTING, r"conftest\.py|\.?pytest\.(?:ini|toml)|tox\.(?:ini|toml)|noxfile\.py|\.coveragerc"),
    (TESTING, r"setup\.(?:py|cfg)|pyproject\.toml|\.pre-commit-config\.ya?ml|pylintrc"),
    (TESTING, r"(?:mypy|ruff|pyrightconfig|clippy|rustfmt|nextest)\.(?:ini|toml|json)|build\.rs"),
    # make takes the first of GNUmakefile, makefile and Makefile:
    # https://www.gnu.org/software/make/manual/html_node/Makefile-Names.html
    (TESTING, r"(?:gnu|bsd)?makefile|justfile|taskfile\.ya?ml|rakefile|cmakelists\.txt"),
    (TESTING, r"package\.json|(?:ts|js)config[\w.-]*\.json|\.mocharc\.\w+"),
    # Those of websites and their styles say nothing about tests.
    (TESTING, r"(?!(?:astro|docusaurus|postcss|tailwind)\.)[\w-]+\.config\.[\w.]+"),
    (TESTING, r"(?:biome|cypress|jest|babel)\.jsonc?|phpunit\.xml(?:\.dist)?|checkstyle\.xml"),
    (TESTING, r"pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|run_?tests?\.(?:sh|py)|test\.sh"),
    # Build systems whose files are programs: https://www.gnu.org/software/automake/manual/html_node/Autotools-Introduction.html
    (TESTING, r"configure(?:\.(?:ac|in))?|[^/]+\.m4|makefile\.(?:am|in)|meson\.build"),
    (
        TESTING,
        r"gradlew(?:\.bat)?|gradle-wrapper\.\w+|mvnw(?:\.cmd)?|build\.(?:sbt|zig)|[^/]+\.cmake",
    ),
    (TESTING, r"(?:build|workspace|module)\.bazel|workspace|build|[^/]+\.bzl|(?:nx|turbo)\.json"),
    # Runners and builders of tasks that have a file of another form.
    (TESTING, r"(?:karma|protractor|wdio|nightwatch|stryker|intern)[\w-]*\.conf[\w.]*|testem\.\w+"),
    (
        TESTING,
        r"bunfig\.toml|(?:gulp|grunt|jake|mage|cake|psake|dodo|fab)file(?:\.[\w.]+)?|dodo\.py",
    ),
    (TESTING, r"(?:behat|codeception|phpspec|kahlan|infection)\.[\w.]+|[^/]+\.runsettings"),
    (TESTING, r"xunit\.runner\.json|gradle\.properties|build\.xml|dune(?:-project|-workspace)?"),
    (
        TESTING,
        r"sconstruct|sconscript|wscript|xmake\.lua|premake\d?\.lua|pants\.toml|lefthook\.ya?ml",
    ),
    # Which compiler is used, and so what it checks: https://rust-lang.github.io/rustup/overrides.html
    (BUILT, r"rust-toolchain(?:\.toml)?|global\.json|nuget\.config|directory\.packages\.props"),
    (BUILT, r"[\w-]+\.versions\.toml|(?:uv|pixi|pdm|hatch)\.toml|deno\.lock"),
    (
        LOCKED,
        r"[^/]+\.(?:lock|lockb|lockfile)|go(?:\.work)?\.sum|packages?(?:\.lock\.json|\.resolved)",
    ),
    (LOCKED, r"(?:package-lock|npm-shrinkwrap)\.json|pnpm-lock\.yaml|pylock[\w.-]*\.toml"),
    (LOCKED, r"(?:requirements|constraints)[\w.-]*\.txt"),
    (BUILT, r"cargo\.toml|go\.(?:mod|work)|gemfile|composer\.json|pipfile|environment\.ya?ml"),
    (BUILT, r"mix\.exs|rebar\.config|deno\.jsonc?|package\.swift|pubspec\.yaml|binding\.gyp"),
    (BUILT, r"stack\.yaml|[^/]+\.cabal|project\.clj|deps\.edn|(?:flake|shell|default)\.nix"),
    (BUILT, r"[^/]+\.(?:csproj|fsproj|vbproj|sln|gemspec)|directory\.build\.(?:props|targets)"),
    (BUILT, r"dockerfile[^/]*|[^/]*\.dockerfile|(?:docker-)?compose[\w.-]*\.ya?ml"),
    # Python imports these by itself when it starts, and runs lines of .pth files:
    # https://docs.python.org/3.11/library/site.html
    (SHADOW, r"(?:site|user)customize(?:\.py|/.*)|[^/]+\.pth"),
    (INSTALLED, r"(?:node_modules|site-packages)(?:/.*)?"),
    (DOTTED, r"\.[^/]+(?:/.*)?"),
)
_AT_THE_ROOT = (
    # `python -m pytest` looks for the module in the working directory first:
    # https://docs.python.org/3.11/using/cmdline.html#cmdoption-m
    (
        SHADOW,
        r"(?:src/)?(?:_?pytest|unittest|coverage|nose2?|tox|xdist|pluggy)(?:\.py|/__init__\.py)",
    ),
)
# What examples of configuration that tests read are called; Go builds nothing of a `testdata`:
# https://pkg.go.dev/cmd/go#hdr-Package_lists_and_patterns
_EXAMPLES = re.compile(
    r"(?:.*/)?(?:testdata|tests?/(?:[^/]+/){0,9}?(?:__)?(?:fixtures?|snapshots?)(?:__)?)/(?:.*/)?"
    r"(?:taskfile\.ya?ml|package\.json|go\.mod|go\.sum|cargo\.toml|composer\.json|gemfile|pom\.xml|[^/]+\.lock"
    r"|\.[^/]+(?:/.*)?)",
    re.DOTALL,
)
_ANY_CI_TEXT = re.compile(
    r"\.github/(?:(?:contributing|development|security|code_of_conduct|support|readme)\.md"
    r"|actions/spelling/[^/]+\.txt|issue_template/[^/]+|release-please-[a-z]+\.json)"
)
_PATTERNS = (
    *((why, re.compile(rf"(?:.*/)?(?:{pattern})", re.DOTALL)) for why, pattern in _ANYWHERE),
    *((why, re.compile(pattern, re.DOTALL)) for why, pattern in _AT_THE_ROOT),
)
BY_CONTENT = (TESTING, LOCKED, BUILT)
"""Reasons of configuration that is looked into where it can be read (`config_content.py`)."""
JUDGING_REASONS = frozenset({OWN, OWNERS, CI, GIT, TESTING, SHADOW})
"""Reasons of what says how a change is judged."""


def reasons_in(config: RepoConfig, path: str) -> Iterator[str]:
    """Why `path` needs approval in this repository, in sentences that name it."""
    yield from reasons_for(path, config.protect.paths)
    named = {_normalize(each) for each in list_setup_paths(config.setup)}
    locks = config.setup.lock_files if config.setup else ()
    inside = any(_normalize(path).startswith(f"{_normalize(each)}/") for each in locks)
    if (inside or _normalize(path) in named) and not protection_reason(path):
        yield reason_at(path, f"it {SET_UP}")


def reasons_for(path: str, protected: Iterable[str] = ()) -> Iterator[str]:
    """Why `path` needs approval, in sentences that name it; nothing for one that does not.

    `protected` are patterns as `[map]` of the repository's file has them, and mean any case.
    """
    if fault := path_fault(path):
        yield reason_at(path, f"its name {fault}")
    if why := protection_reason(path):
        yield reason_at(path, f"it {why}")
    if any(_matches(pattern.casefold(), _normalize(path)) for pattern in protected):
        yield reason_at(path, f"it {PROTECTED}")


def protection_reason(path: str) -> str:
    """What makes a path one that is guarded anywhere; empty for any other."""
    normal = _normalize(path)
    if _EXAMPLES.fullmatch(normal) or _ANY_CI_TEXT.fullmatch(normal):
        return ""
    return next((why for why, pattern in _PATTERNS if pattern.fullmatch(normal)), "")


def _normalize(path: str) -> str:
    """The path as the most lenient file system takes it: case, width, hidden letters, ends.

    Names on Windows lose dots and blanks at their end, and git refuses some of these for that:
    https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectNTFS
    """
    # NFKC makes one of letters that differ in width or in how their accents are composed, as some
    # file systems do: https://www.unicode.org/reports/tr15/
    text = unicodedata.normalize("NFKC", strip_hidden(path)).casefold()
    return "/".join(part.rstrip(" .") or part for part in text.split("/"))


def _matches(pattern: str, path: str) -> bool:
    # fnmatch has no rule for slashes: a `*` matches across folders, too.
    # https://docs.python.org/3.11/library/fnmatch.html
    return path.startswith(pattern) if pattern.endswith("/") else fnmatchcase(path, pattern)


def deletion_reason(path: str) -> str:
    return reason_at(path, "it is deleted")


def reason_at(path: str, why: str) -> str:
    return f"{make_printable(path, MAX_SHOWN_CHARACTERS)}: {why}"


def size_reasons(files: int, lines: int, config: RepoConfig) -> Iterator[str]:
    """Why a change of this size needs approval; nothing where it does not."""
    if files > config.limits.files:
        yield f"it changes {files} files, more than {config.limits.files}"
    if lines > config.limits.lines:
        yield f"it changes {lines} lines, more than {config.limits.lines}"
