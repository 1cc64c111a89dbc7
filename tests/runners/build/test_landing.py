"""What several tasks made, taken together, is checked, and what its checks printed is kept."""

from pathlib import Path

from runners.build.landing import name_union
from runners.evidence import keep_evidence, pack_old


def test_no_union_is_written_over_another_whose_evidence_is_packed(tmp_path: Path) -> None:
    """A run that is taken up a day later goes on with the next number."""
    run = tmp_path / "run-1"
    assert name_union(run) == "job.union-1"
    for number in (1, 2):
        name = name_union(run)
        assert name == f"job.union-{number}"
        assert pack_old(keep_evidence(run, name, [("check test", "red")]))
    keep_evidence(run, "fix-9", [])
    (run / "job.union-1.txt.gz").unlink()
    assert name_union(run) == "job.union-3"
