"""A model's name is no proof that the same weights stand behind it."""

import os
from pathlib import Path

from bot.config.machine import parse_settings
from bot.models.measured_models import Measured, note_identity, note_measured
from bot.models.model_identity import find_identity, identify_file, identify_listed

LISTED = {"id": "m", "created": 1, "owned_by": "llamacpp", "meta": {"n_params": 7, "size": 4}}


def test_another_file_of_the_same_name_is_another_model(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF" + b"1" * 100)
    time = (1_700_000_000, 1_700_000_000)
    os.utime(file, time)
    first = identify_file(file)
    assert first == identify_file(file) != ""
    file.write_bytes(b"GGUF" + b"2" * 100)
    os.utime(file, time)
    assert identify_file(file) != first
    assert identify_file(tmp_path / "none.gguf") == ""


def test_of_what_a_server_says_the_time_of_its_answer_does_not_count() -> None:
    same = identify_listed([{**LISTED, "created": 2}])
    assert identify_listed([LISTED]) == same
    assert identify_listed([{**LISTED, "meta": {"n_params": 8, "size": 4}}]) != same
    assert identify_listed([]) == ""


def test_what_doctor_measures_later_leaves_what_was_noted_of_the_weights(tmp_path: Path) -> None:
    settings = parse_settings(
        f'state_dir = "{tmp_path}"\n[tiers.local]\nmodels = ["ollama:a"]\nbase_url = "http://x/v1"\n'
    )
    tier = settings.tiers["local"]
    note_identity(settings, "ollama:a", "http://x/v1", "abc")
    note_measured(settings, "ollama:a", "http://x/v1", Measured(7, 2))
    assert find_identity(settings, tier) == "abc"
