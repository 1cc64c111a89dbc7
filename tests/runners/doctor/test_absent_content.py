"""The doctor says what checks on this machine cannot see of a repository."""

from pathlib import Path

import pytest
from support.planted import Other, plant

from runners.doctor.absent_content import find_absent_content

FETCHED = '[setup]\ncommand = "true"\nsubmodules = true\n'
LFS = "*.bin filter=lfs diff=lfs merge=lfs -text\n"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.py": "x = 1\n", ".gitattributes": "*.py text\n"}, []),
        ({".gitattributes": "# *.bin filter=lfs\n*.bin -text\n"}, []),
        ({".gitattributes": f"*.py text\n{LFS}"}, ["Git LFS as pointers"]),
        ({"data/.gitattributes": LFS}, ["Git LFS as pointers"]),
        ({"lib": Other("160000", b"1" * 40)}, ["submodules as empty folders: `lib`"]),
        ({"lib": Other("160000", b"1" * 40), ".bricklayer.toml": FETCHED}, []),
    ],
)
def test_what_is_a_pointer_or_an_empty_folder_to_checks_is_said(
    tmp_path: Path, files: dict[str, str | Other], told: list[str]
) -> None:
    repo = plant(tmp_path / "r", {"README.md": "x\n", **files})  # type: ignore[dict-item]
    found = list(find_absent_content(repo, repo.branch_head("main"), "octocat/bank"))
    assert [words in one.what for one, words in zip(found, told, strict=True)] == [True] * len(told)
    assert all(one.good is None and one.hint for one in found)
