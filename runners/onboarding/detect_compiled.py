"""How projects in Go, Rust, C and C++ are built and tested."""

import re

from runners.onboarding.found import FoundCheck, Part
from runners.onboarding.source_tree import SourceTree, any_named

_TARGET = re.compile(r"^([A-Za-z0-9_.-]{1,60})[ \t]*::?(?!=)", re.MULTILINE)
_CMAKE_TEST = re.compile(
    r"^[ \t]*(?:enable_testing|include[ \t]*\([ \t]*CTest|add_test)\b", re.IGNORECASE | re.MULTILINE
)
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_TEST_TARGETS = ("test", "check", "tests", "unit-test", "unittest", "unit")


def detect_go(tree: SourceTree) -> Part | None:
    if not tree.has("go.mod", "go.work"):
        return None
    tested = any_named(tree.paths, ends=("_test.go",))
    return Part(
        language="go",
        manager="go",
        check=FoundCheck("go test ./...", "files called *_test.go", 900) if tested else None,
        setup=("go mod download",),
        commands=("go",),
        wants=_read_go_version(tree.read("go.mod")),
    )


def _read_go_version(text: str) -> str:
    found = re.search(r"^go[ \t]+(\d{1,3}\.\d{1,3})", text, re.MULTILINE)
    return found[1] if found else ""


def detect_rust(tree: SourceTree) -> Part | None:
    if not tree.has("Cargo.toml"):
        return None
    locked = " --locked" if tree.has("Cargo.lock") else ""
    whole = " --workspace" if "workspace" in tree.read_toml("Cargo.toml") else ""
    return Part(
        language="rust",
        manager="cargo",
        check=FoundCheck(f"cargo test --offline{locked}{whole}", "Cargo.toml", timeout=900),
        # Its build is what each check begins with.
        setup=(f"cargo fetch{locked}", f"cargo test{locked}{whole} --no-run --quiet"),
        commands=("cargo", "cc"),
    )


def detect_c(tree: SourceTree) -> Part | None:
    """CMake, Meson, the GNU build system or make: whichever comes first runs the tests."""
    submodules = tree.has(".gitmodules")
    for find in (_cmake, _meson, _autotools, _make):
        if found := find(tree):
            check, setup, commands = found
            return Part(
                language="c" if "cc" in commands else "make",
                manager=commands[0],
                check=check,
                setup=setup or (("true",) if submodules else ()),
                commands=commands,
                submodules=submodules,
            )
    return None


Found = tuple[FoundCheck, tuple[str, ...], tuple[str, ...]] | None


def _cmake(tree: SourceTree) -> Found:
    lists = [p for p in tree.paths if p.rpartition("/")[2] == "CMakeLists.txt"][:200]
    if not tree.has("CMakeLists.txt") or not any(_CMAKE_TEST.search(tree.read(p)) for p in lists):
        return None
    # https://cmake.org/cmake/help/latest/manual/ctest.1.html
    run = (
        "cmake -S . -B build && cmake --build build -j4 && "
        "ctest --test-dir build --output-on-failure"
    )
    return FoundCheck(run, "CMakeLists.txt", 900), (), ("cmake", "cc")


def _meson(tree: SourceTree) -> Found:
    """Meson and Ninja from PyPI, where nothing else has them: https://mesonbuild.com/Getting-meson.html."""
    if not tree.has("meson.build"):
        return None
    run = "meson setup _build && meson test -C _build --print-errorlogs"
    own = "$BRICKLAYER_SETUP/venv"
    setup = (f"python3 -m venv {own}", f"{own}/bin/pip install -q meson ninja")
    return FoundCheck(run, "meson.build", 900), setup, ("meson", "cc")


def _autotools(tree: SourceTree) -> Found:
    path = tree.first("configure.ac", "configure.in")
    if not path and not tree.has("configure"):
        return None
    prepare = "" if tree.has("configure") else "autoreconf -fi && "
    if script := tree.first("autogen.sh"):
        prepare = "" if tree.has("configure") else f"NOCONFIGURE=1 sh {script} && "
    folder = _regress_folder(tree)
    test = f"make -C {folder}" if folder else "make check"
    run = f"{prepare}./configure && make -j4 && {test}"
    needs = ("make", "cc") if tree.has("configure") else ("autoreconf", "make", "cc")
    return FoundCheck(run, path or "configure", 900), (), needs


def _regress_folder(tree: SourceTree) -> str:
    """A folder of tests with a Makefile of its own, which automake's does not name."""
    text = tree.read("Makefile.am")
    if re.search(r"^(?:TESTS|SUBDIRS)\b", text, re.MULTILINE):
        return ""
    folders = ("regress", "tests", "test")
    return next((f for f in folders if tree.has(*(f"{f}/{name}" for name in MAKEFILES))), "")


def _make(tree: SourceTree) -> Found:
    path = tree.first(*MAKEFILES)
    if not (path and (target := find_test_target(tree.read(path)))):
        return None
    compiled = any_named(tree.paths, ends=(".c", ".cc", ".cpp", ".cxx"))
    needs = ("make", "cc") if compiled else ("make",)
    return FoundCheck(f"make {target}", f"`{target}` in {path}", 600), (), needs


def find_test_target(makefile: str) -> str:
    """The target that runs the tests; empty where there is none of a usual name."""
    targets = {found[1] for found in _TARGET.finditer(makefile)}
    return next((name for name in _TEST_TARGETS if name in targets), "")
