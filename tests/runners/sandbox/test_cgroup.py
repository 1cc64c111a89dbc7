import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.config.repository import SandboxLimits
from runners.sandbox import cgroup
from runners.sandbox.cgroup import LEAF, MOUNT, find_delegated, find_parents, make_cgroup

NOBODY = 65534


@pytest.fixture
def unified(tmp_path: Path) -> Path:
    (tmp_path / "system.slice" / "bot.service").mkdir(parents=True)
    (tmp_path / "system.slice" / "cgroup.subtree_control").write_text("cpu memory pids\n")
    return tmp_path


def test_the_unified_hierarchy_gets_a_group_beside_ours(unified: Path) -> None:
    """Only leaves hold processes, so the new group is made beside this process's own."""
    found = find_parents("0::/system.slice/bot.service\n", unified)
    assert found == {"unified": unified / "system.slice"}


def test_a_parent_that_hands_down_too_little_is_no_home(unified: Path) -> None:
    """Without both controllers, pids and memory, there is no group to make."""
    (unified / "system.slice" / "cgroup.subtree_control").write_text("cpu pids\n")
    assert find_parents("0::/system.slice/bot.service\n", unified) == {}


def test_the_old_hierarchies_get_a_group_each(tmp_path: Path) -> None:
    """Where pids and memory are mounted apart, a group is made below our own in both."""
    (tmp_path / "pids").mkdir()
    (tmp_path / "memory/bot").mkdir(parents=True)
    found = find_parents("8:pids:/\n4:memory:/bot\n0::/\n", tmp_path)
    assert found == {"pids": tmp_path / "pids", "memory": tmp_path / "memory" / "bot"}


def test_no_hierarchy_no_home(tmp_path: Path) -> None:
    """A machine without control groups has no home for one, and that is no error."""
    assert find_parents("", tmp_path) == {}
    assert find_parents("nonsense\n0::/\n", tmp_path) == {}


@pytest.mark.skipif(
    os.geteuid() != 0 or not find_parents(Path("/proc/self/cgroup").read_text(), MOUNT),
    reason="only root is given a control group, and only where the machine has a place for it",
)
def test_a_group_holds_its_limit_and_leaves_nothing() -> None:
    """The limit stands above what the watch allows, and the folders go with the check."""
    with make_cgroup(SandboxLimits(processes=10)) as made:
        if made is None:
            pytest.skip("this container's root may not make control groups")
        folders = list(made.folders.values())
        pids = made.folders.get("pids") or made.folders["unified"]
        assert 10 < int((pids / "pids.max").read_text()) < 1000
        assert not made.ran_out_of_memory()
    assert not any(folder.exists() for folder in folders)


def as_nobody(do: Callable[[], bool], folders: list[Path]) -> bool:
    """Whether it holds in a process of an ordinary user, in groups that were handed to that user."""
    for folder in folders:
        folder.mkdir()
        for path in (folder, *folder.iterdir()):
            with contextlib.suppress(OSError):  # files that only the machine's root may have
                os.chown(path, NOBODY, NOBODY)
    child = os.fork()
    if child == 0:
        try:
            for folder in folders:
                (folder / "cgroup.procs").write_text(str(os.getpid()))
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os._exit(0 if do() else 1)
        except BaseException as exc:  # noqa: BLE001 - nothing of the test's process goes on in here
            os.write(2, f"{exc!r}\n".encode())
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


@contextlib.contextmanager
def removed(folders: list[Path]) -> Iterator[None]:
    try:
        yield
    finally:
        for folder in folders:
            for path in (*folder.glob("*/"), folder):
                for _ in range(100):
                    with contextlib.suppress(OSError):
                        path.rmdir()
                        break
                    time.sleep(0.01)


@pytest.mark.skipif(os.geteuid() != 0, reason="hands a group to another user")
def test_an_ordinary_user_gets_groups_where_the_hierarchy_was_handed_over() -> None:
    """A check of that user runs inside, the limits are the kernel's, and nothing is left."""
    parents = find_parents(Path("/proc/self/cgroup").read_text(), MOUNT)
    if set(parents) != {"pids", "memory"}:
        pytest.skip("this machine has no hierarchies of the old kind")
    folders = [parent / f"handed-{os.getpid()}" for parent in parents.values()]

    def holds() -> bool:
        with make_cgroup(SandboxLimits(processes=10)) as made:
            if made is None or int((made.folders["pids"] / "pids.max").read_text()) > 1000:
                return False
            argv = [*made.prefix, "cat", "/proc/self/cgroup"]
            shown = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
            inside = made.folders["memory"].name in shown
        return inside and not any(folder.exists() for folder in made.folders.values())

    with removed(folders):
        assert as_nobody(holds, folders)


@pytest.mark.skipif(os.geteuid() != 0, reason="hands a group to another user")
@pytest.mark.parametrize("marked", [True, False])
def test_a_delegated_group_gets_a_leaf_for_its_processes(
    monkeypatch: pytest.MonkeyPatch, *, marked: bool
) -> None:
    """Only where systemd marked it so: any other group is systemd's to change."""
    mount = next(
        (m for m in (MOUNT / "unified", MOUNT) if (m / "cgroup.controllers").exists()), None
    )
    if mount is None or not os.access(mount, os.W_OK):
        pytest.skip("this machine has no unified hierarchy that can be written")
    own = mount / f"handed-{os.getpid()}"
    # On a machine with both kinds the controllers belong to the old one: the leaf is made anyway.
    monkeypatch.setattr(cgroup, "CONTROLLERS", set())

    def holds() -> bool:
        if marked:
            os.setxattr(own, "user.delegate", b"1")
        found = find_delegated(f"0::/{own.name}\n", mount)
        moved = str(os.getpid()) in (own / LEAF / "cgroup.procs").read_text() if marked else True
        return moved and found == ({"unified": own} if marked else {})

    with removed([own]):
        assert as_nobody(holds, [own])
