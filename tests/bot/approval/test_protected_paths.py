"""Paths that want a person's yes, however they are spelled, and why."""

import pytest

from bot.approval.protected_paths import (
    AGENT,
    BUILT,
    CI,
    DOTTED,
    GIT,
    INSTALLED,
    LOCKED,
    OWN,
    OWNERS,
    PROTECTED,
    SET_UP,
    SHADOW,
    TESTING,
    protection_reason,
    reasons_for,
    reasons_in,
)
from bot.config.repository import RepoConfig, Setup


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".bricklayer.toml", OWN),
        (".bricklayer/coaching.md", OWN),
        (".github/workflows/ci.yml", CI),
        ("sub/.github/actions/x/action.yml", CI),
        (".gitlab-ci.yml", CI),
        ("Jenkinsfile", CI),
        ("CODEOWNERS", OWNERS),
        ("docs/CODEOWNERS", OWNERS),
        (".github/CODEOWNERS", OWNERS),
        (".gitattributes", GIT),
        (".gitmodules", GIT),
        ("conftest.py", TESTING),
        ("tests/deep/conftest.py", TESTING),
        ("pyproject.toml", TESTING),
        ("pytest.ini", TESTING),
        ("tox.ini", TESTING),
        ("setup.cfg", TESTING),
        ("Makefile", TESTING),
        ("package.json", TESTING),
        ("web/vitest.config.mts", TESTING),
        ("eslint.config.js", TESTING),
        ("tsconfig.build.json", TESTING),
        ("pom.xml", TESTING),
        ("build.gradle.kts", TESTING),
        ("build.rs", TESTING),
        ("m4/host.m4", TESTING),
        ("configure.ac", TESTING),
        ("src/meson.build", TESTING),
        ("gradlew", TESTING),
        ("pkg/BUILD.bazel", TESTING),
        ("mix.exs", BUILT),
        ("binding.gyp", BUILT),
        ("action.yml", CI),
        ("opencode.json", AGENT),
        ("web/AGENTS.md", AGENT),
        ("CLAUDE.local.md", AGENT),
        ("package-lock.json", LOCKED),
        ("pnpm-lock.yaml", LOCKED),
        ("uv.lock", LOCKED),
        ("go.sum", LOCKED),
        ("bun.lockb", LOCKED),
        ("requirements-dev.txt", LOCKED),
        ("Cargo.toml", BUILT),
        ("go.mod", BUILT),
        ("Dockerfile.test", BUILT),
        ("sitecustomize.py", SHADOW),
        ("pytest.py", SHADOW),
        ("unittest/__init__.py", SHADOW),
        ("src/pytest/__init__.py", SHADOW),
        ("lib/x.pth", SHADOW),
        ("node_modules/jest/index.js", INSTALLED),
        (".env", DOTTED),
        ("src/.hidden/x.py", DOTTED),
        (".husky/pre-commit", DOTTED),
    ],
)
def test_what_says_how_a_change_is_judged_built_or_installed_is_guarded(
    path: str, why: str
) -> None:
    assert protection_reason(path) == why
    assert list(reasons_for(path)) == [f"{path}: it {why}"]


@pytest.mark.parametrize(
    "path",
    [
        *("src/bank.py", "README.md", "docs/github/x.md", "tests/test_bank.py", "a/pytest/x.py"),
        *("src/lock.py", "src/makefiles.py", "package.json5", "coverage_report.py", "dir.d/x"),
        *("src/codeowners_test.go", "config.py", "a.github/x"),
    ],
)
def test_any_other_file_is_not(path: str) -> None:
    assert not list(reasons_for(path))


@pytest.mark.parametrize(
    "path",
    [
        *(".GitHub/workflows/ci.yml", ".GITHUB/x", ".github./x", ".github /x"),
        *(".g\u200cithub/x", "\uff0egithub/x", "u\u017fercustomize.py"),
        *(
            "CodeOwners",
            "PACKAGE.JSON",
            "Conftest.PY",
            "GNUmakefile",
            "tox.ini.",
            "a/Makefile . ",
            ".BRICKLAYER.toml",
        ),
    ],
)
def test_no_spelling_that_some_disk_takes_for_a_guarded_path_passes(path: str) -> None:
    assert protection_reason(path)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("src/a\u202eb.py", "hidden or control"),
        ("src/a\nb.py", "hidden or control"),
        ("src/\udcffb.py", "hidden or control"),
        ("--upload-pack=x", "dash"),
        ("a\\b", "backslash"),
        ("src/ x /GIT~1/hooks", ".git"),
        ("src/x ", "blank"),
    ],
)
def test_a_name_that_is_not_what_it_seems_is_a_reason_of_its_own(path: str, fault: str) -> None:
    (why,) = reasons_for(path)
    assert fault in why
    assert why.isprintable()


def test_a_repositorys_own_patterns_mean_any_case() -> None:
    protected = ("src/Money/", "*.sql")
    for path in ("src/money/x.py", "SRC/MONEY/y.py", "db/1.SQL"):
        assert list(reasons_for(path, protected)) == [f"{path}: it {PROTECTED}"]
    assert not list(reasons_for("src/moneys.py", protected))
    assert len(list(reasons_for(".github/x.sql", protected))) == 2


def test_two_long_paths_never_give_one_reason() -> None:
    """Else a yes to one would be a yes to the other."""
    one, other = (f".github/{'x' * 300}{end}" for end in "ab")
    assert set(reasons_for(one)).isdisjoint(reasons_for(other))


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("tools/deps.sh", True),
        ("Tools/Deps.sh", True),
        ("tools/deps.txt", True),
        ("web/extra.sh", True),
        ("deps/a/b.txt", True),
        ("src/deps.py", False),
    ],
)
def test_what_setup_names_is_guarded(path: str, asked: bool) -> None:
    """Its own lock files, and the files that its command names, seen from where it goes."""
    setup = Setup(
        command="sh ./tools/deps.sh; cd web && . extra.sh", lock_files=("tools/deps.txt", "deps")
    )
    wanted = [f"{path}: it {SET_UP}"] if asked else []
    assert list(reasons_in(RepoConfig(setup=setup), path)) == wanted
    assert not list(reasons_in(RepoConfig(), path))
