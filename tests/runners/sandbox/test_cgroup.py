import os
from pathlib import Path

import pytest

from bot.config.repository import SandboxLimits
from runners.sandbox.cgroup import MOUNT, find_parents, make_cgroup


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
