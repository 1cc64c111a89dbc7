"""What is kept of attempts is found as a file, packed or not, and where another machine made it."""

from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.ledger import LedgerRow
from bot.storage.evidence import EvidenceStore
from bot.storage.jobs import JobRow, open_store
from runners.evidence import format_evidence, keep_evidence, pack_old, run_evidence_folder
from runners.history.attempts import choose_attempt, list_kept
from runners.history.job_model import LocalJob
from runners.history.open_history import open_history


def test_files_packed_files_and_other_machines_texts_are_one_list(tmp_path: Path) -> None:
    """Each once, in the order in which they were made; `show` and `watch` read either form."""
    url = f"sqlite:///{tmp_path / 'bricklayer.sqlite'}"
    store = open_store(url)
    row = JobRow("j", "r", "b", "0" * 40, "", 0.0)
    store.save_job(row)
    store.save_attempt("j", 2, LedgerRow("fix", 1, "local", "m"))
    job = LocalJob(row, tmp_path / "jobs" / "j")
    for number in (1, 2):
        file = keep_evidence(
            run_evidence_folder(job.folder, 1), f"fix-{number}", [("reply", f"here {number}")]
        )
    pack_old(file)
    texts = EvidenceStore(store.engine)
    for run, words in ((1, "known as a file"), (2, "elsewhere")):
        texts.keep("j", run, "fix-1", format_evidence([("reply", words)]))
    texts.keep("other", 1, "fix-1", "")
    history = open_history(Settings(database_url=url, state_dir=str(tmp_path)))
    kept = list_kept(history, job)
    assert [(each.run, each.number) for each in kept] == [(1, 1), (1, 2), (2, 1)]
    said = [text for each in kept for _, text in each.read_parts()]
    assert said == ["here 1", "here 2", "elsewhere"]
    newest = choose_attempt(kept, "fix", None, None)
    assert (newest.run, newest.row and newest.row.model) == (2, "m")


@pytest.fixture(autouse=True)
def nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
