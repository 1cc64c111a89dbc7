"""A check may write in what setup built, and nothing of it comes back or goes on."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from support.setup_source import Source, installed, make_source, sandbox_of

from bot.config.repository import RepoConfig, SandboxLimits, parse_repo_config
from bot.errors import UserError
from runners.checks.setup_prepared import read_prepared
from runners.sandbox import Outcome
from runners.sandbox.prepared_paths import choose_copied

MIB = 1 << 20
LARGE = "head -c 17M /dev/zero"
BUILT = ["target", "web/.tox", "node_modules/.vite", "~/.npm/_logs", "~/.cargo", "made.o"]
MAKE = (
    "mkdir -p target web/.tox node_modules/x ~/.cargo ~/.cache/go-build ~/.npm;"
    f" {LARGE} > ~/.npm/big;"
    f" for d in target node_modules/x ~/.cargo; do echo old > $d/file; done; {LARGE} > target/big;"
    f" {LARGE} > node_modules/x/big; echo old > made.o; echo old > ~/.cache/go-build/file"
)


SLOW = pytest.mark.slow


@pytest.fixture(
    params=["copies", pytest.param("layers", marks=SLOW), pytest.param("none", marks=SLOW)]
)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How a check gets what it may write: copied, as a layer, or without a sandbox."""
    if request.param == "copies":
        monkeypatch.setattr("runners.sandbox.bubblewrap.can_overlay", lambda *_: False)
    if request.param == "layers":
        told = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False)
        if "--tmp-overlay" not in told.stdout + told.stderr:
            pytest.skip("this bubblewrap is older than 0.11: it has no overlays")
    return str(request.param)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return make_source(tmp_path, {"web/code.py": "code\n", "Cargo.lock": "{}"})


def look(config: RepoConfig, source: Source, line: str, way: str = "copies") -> Outcome:
    kind: Literal["bwrap", "none"] = "none" if way == "none" else "bwrap"
    sandbox = sandbox_of(config, kind)
    prepared = source.prepare(config, sandbox=sandbox)
    argv = ["sh", "-c", line]
    return sandbox.run(argv, checkout=source.checkout, timeout=20, prepared=prepared)


@pytest.mark.slow
def test_a_check_writes_where_setup_built_and_the_next_one_sees_nothing_of_it(
    source: Source, way: str
) -> None:
    """In build folders, in caches below what is only read, at home and over single files."""
    config = installed(MAKE)
    paths = [path for path in BUILT if way != "none" or path[:6] not in {"node_m", "~/.npm"}]
    touch = "; ".join(f"echo new > {path}/new" for path in paths if path != "made.o")
    spoil = f"set -e; {touch}; echo new > made.o; echo new > target/file; rm ~/.cargo/file"
    seen = "cat target/file ~/.cargo/file made.o ~/.cache/go-build/file; find . ~ -name new"
    assert look(config, source, spoil, way).output == ""
    assert look(config, source, seen, way).output == "old\n" * 4


@pytest.mark.parametrize("path", ["$BRICKLAYER_SETUP/new", "node_modules/x/new"])
def test_what_is_large_and_no_build_folder_is_only_read(
    source: Source, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To copy it for each check would take too long; of the setup folder nothing is copied."""
    monkeypatch.setattr("runners.sandbox.bubblewrap.can_overlay", lambda *_: False)
    failed = look(installed(MAKE), source, f"touch {path}")
    assert (failed.exit_code, "Read-only" in failed.output) == (1, True)


@pytest.mark.parametrize("named", ["node_modules", "node_modules/x", "./node_modules/x/"])
@pytest.mark.slow
def test_what_is_named_is_writable_whatever_it_takes(source: Source, named: str, way: str) -> None:
    """With its content, also where it is a folder within what is only read."""
    if (way, "x" in named) == ("none", True):
        pytest.skip("without a sandbox a folder is copied as a whole or not at all")
    config = installed(MAKE, writable=[named])
    seen = "cat node_modules/x/file; echo new > node_modules/x/file"
    assert look(config, source, seen, way).output == "old\n"
    assert look(config, source, seen, way).output == "old\n"


def test_what_is_written_there_counts_as_what_is_written_elsewhere(
    source: Source, way: str
) -> None:
    """The disk limit of a check holds, whoever made the folder."""
    if way == "none":
        pytest.skip("without a sandbox only single files have a limit")
    config = installed(MAKE).model_copy(update={"sandbox": SandboxLimits(disk=64)})
    line = "for n in 1 2 3 4 5 6; do head -c 20M /dev/zero > target/new$n || exit 1; done; sleep 5"
    assert look(config, source, line, way).ended == "disk"


def test_folders_within_what_is_only_read_have_the_disk_limit_together(source: Source) -> None:
    """Each has a file system of its own: many of them would take many times what a check may."""
    named = [f"node_modules/{number}" for number in range(6)]
    made = " ".join(named)
    config = installed(f"{MAKE}; mkdir {made}", writable=named)
    config = config.model_copy(update={"sandbox": SandboxLimits(disk=64)})
    line = f"for d in {made}; do head -c 20M /dev/zero > $d/new || exit 1; done; sleep 5"
    assert look(config, source, line).ended == "disk"


def test_code_is_younger_than_what_was_built_of_other_code(source: Source, way: str) -> None:
    """Or a build would take an old checkout's changes for built already, and test without them."""
    config = installed(MAKE)
    source.prepare(config)
    for path in (source.checkout / "web/code.py", source.checkout / "Cargo.lock"):
        os.utime(path, (1, 1))
    line = "test web/code.py -nt target/file && test ! web/code.py -nt Cargo.lock && echo younger"
    assert look(config, source, line, way).output == "younger\n"


def test_single_files_are_put_in_place_whatever_their_names_take(source: Source, way: str) -> None:
    """As a build in the tree leaves them, beside the code: more than one argument could hold."""
    config = installed(f"touch $(seq -f web/%.0f{'x' * 220}.o 700)")
    assert look(config, source, "ls web | wc -l; rm web/*.o", way).output == "701\n"


@pytest.mark.parametrize(
    ("sizes", "named", "chosen"),
    [
        ({"repo/target": 900 * MIB, "repo/.venv": 400 * MIB}, (), ["repo/target"]),
        ({"repo/x/target": 1, "home/.gradle": 900 * MIB}, (), ["repo/x/target", "home/.gradle"]),
        ({"repo/target": 1100 * MIB}, (), []),
        ({"repo/target": 1100 * MIB}, ("repo/target",), ["repo/target"]),
        ({"repo/a": 15 * MIB, "repo/b": 17 * MIB}, (), ["repo/a"]),
        ({"repo/target": 1000 * MIB, "repo/build": 50 * MIB}, (), ["repo/build"]),
        ({"repo/a": 1}, ("repo/a", "repo/none"), ["repo/a"]),
    ],
)
def test_the_named_and_the_likely_are_copied_as_far_as_there_is_room(
    sizes: dict[str, int], named: tuple[str, ...], chosen: list[str]
) -> None:
    """Half of a check's disk at most goes to what nobody named."""
    assert list(choose_copied(sizes, named, 2048 * MIB)) == chosen


def test_a_cache_of_an_older_release_is_measured_when_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "repo/target").mkdir(parents=True)
    (tmp_path / "complete.json").write_text('{"commit": "c", "fresh": ["target"], "size": 1}')
    assert read_prepared(tmp_path, (), 1 << 30).copied == ("repo/target",)


def test_nothing_is_made_behind_a_link_of_setup_s(source: Source, tmp_path: Path) -> None:
    """It may have put one in the place of any folder that will be written in."""
    outside = tmp_path / "outside"
    outside.mkdir()
    config = installed(f"ln -s {outside} node_modules; mkdir real; ln -s {outside} real/sub",
                       writable=["real/sub/deep", "node_modules/deep"])  # fmt: skip
    source.prepare(config)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../../x", "~", "~/", "~root/x", "~/../x"])
def test_a_folder_outside_is_refused(path: str) -> None:
    with pytest.raises(UserError):
        parse_repo_config(f'[setup]\ncommand = "x"\nwritable = ["{path}"]\n')


@SLOW
def test_a_build_by_make_does_again_what_changed_and_keeps_the_rest(source: Source) -> None:
    """The most usual build of all, in its folder: red and green follow the code."""
    if not shutil.which("cc"):
        pytest.skip("no C compiler here")
    files = {
        "Makefile": "target/app: app.c\n\tmkdir -p target; cc -o $@ app.c\ntest: target/app\n\t./target/app\n",
        "app.c": "int main(void) { return 3; }\n",
    }  # fmt: skip
    source.commit(files)
    config = installed("make target/app")
    assert look(config, source, "make test").exit_code == 2
    source.commit({"app.c": "int main(void) { return 0; }\n"})
    assert look(config, source, "make test").exit_code == 0
