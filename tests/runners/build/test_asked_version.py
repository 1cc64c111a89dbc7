"""What was measured counts as long as models are asked, and their answers used, as it was then."""

from pathlib import Path

import pytest

from runners.build import asked_version
from runners.build.asked_version import PARTS, ROOMS, digest_asking, list_asking

ROOT = Path(__file__).parents[3]
CARRIES = {
    "bot/models": {
        *("__init__", "bounded_request", "chain", "find_faults", "generated_text", "gguf_size"),
        *("hosted", "hosted_errors", "hosted_request", "hosted_stream", "hosted_tools"),
        *("hosted_wire", "llama_cpp", "llama_pipe", "llama_worker", "measured_models", "model"),
        *("model_identity", "model_size", "places", "providers", "quota", "scripted"),
        *("server_answers", "server_load", "server_refusals", "server_router", "short_socket_path"),
        *("slots", "spec", "token_count", "token_estimate", "token_pieces", "token_tables"),
    },
    "runners/build": {
        *("__init__", "ask_attempt", "ask_reflection", "asked_version", "attempt"),
        *("attempt_records", "bite_check", "branch", "branch_log", "candidate_steps"),
        *("candidates", "check_commit", "check_files", "choose_start", "cli_executor", "context"),
        *("dbos_launch", "dbos_steps", "epoch_build", "epoch_order", "executors"),
        *("explain_block", "final_gate", "foreign_commits", "held_back", "job_record"),
        *("job_steps", "judge_attempt", "kept_answers", "kept_replans", "kept_tasks", "landing"),
        *("lanes", "lay_commits", "load_plan", "misfits", "moved_base", "mutation", "open_context"),
        *("plan_anew", "plan_faults", "plan_round", "planned_tasks", "preflight", "prompt_preview"),
        *("proof_kept", "record_attempt", "reflections", "replan", "result_data", "results"),
        *("run", "shared_checks", "start_check", "start_table", "step_records", "story"),
        *("story_check", "strikes", "task_attempts", "task_ends", "task_keys", "task_run"),
        *("tries", "turn_steps", "turn_work", "union", "unread_plan", "workflow"),
    },
}
"""Modules that carry the work, and say nothing of how a model is asked or its answer used."""


@pytest.mark.parametrize("room", CARRIES)
def test_of_each_module_somebody_has_decided_whether_it_makes_another_version(room: str) -> None:
    """A new one is named in PARTS where it composes what is asked or used; else in CARRIES."""
    there = {path.stem for path in (ROOT / room).glob("*.py")}
    assert there == CARRIES[room] | set(PARTS[room])
    assert not CARRIES[room] & set(PARTS[room])


def test_every_file_of_the_rooms_counts() -> None:
    """Those below folders, too, and rules for parsers."""
    listed = set(list_asking())
    for room in ROOMS:
        found = [path.relative_to(ROOT).as_posix() for path in (ROOT / room).rglob("*")]
        assert {path for path in found if path.endswith((".py", ".scm"))} <= listed
    assert all((ROOT / path).is_file() for path in listed)


def test_another_line_or_another_file_is_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(**bodies: str) -> str:
        for name, body in bodies.items():
            (tmp_path / f"{name}.py").write_text(body)
        files = {path.name: path for path in tmp_path.iterdir()}
        monkeypatch.setattr(asked_version, "list_asking", lambda: files)
        return digest_asking.__wrapped__()

    first = digest(a="SAID = 1\n", b="")
    assert digest() == first
    assert len({first, digest(a="SAID = 2\n"), digest(b="SAID = 2\n"), digest(c="")}) == 4
