"""What the doctor measured of a model is used where the settings do not say it."""

import struct
from pathlib import Path

import pytest

from bot.config.machine import Settings, parse_settings
from bot.models.gguf_size import read_file_parameters
from bot.models.measured_models import FILE, Measured, note_measured, with_measured

URL = "http://127.0.0.1:8080/v1"


def settings(tmp_path: Path, more: str = "", lanes: str = "") -> Settings:
    return parse_settings(
        f'state_dir = "{tmp_path}"\n[tiers.local]\nmodels = ["openai-chat:coder"]\n'
        f'base_url = "{URL}"\n{more}\n{lanes}'
    )


def measured(found: Settings) -> tuple[str | None, int]:
    local = with_measured(found, found.lanes[0]).tiers["local"]
    return local.size, local.slots


def test_what_was_measured_is_used(tmp_path: Path) -> None:
    """The size by the parameters, and the server's slots."""
    note_measured(settings(tmp_path), "openai-chat:coder", URL, Measured(32_000_000_000, 4))
    assert measured(settings(tmp_path)) == ("medium", 4)


def test_the_settings_win(tmp_path: Path) -> None:
    """Whoever wrote them knows better."""
    note_measured(settings(tmp_path), "openai-chat:coder", URL, Measured(32_000_000_000, 4))
    assert measured(settings(tmp_path, 'size = "small"\nslots = 2')) == ("small", 2)


def test_lanes_of_one_server_share_its_slots(tmp_path: Path) -> None:
    """Each asks for its part at once."""
    note_measured(settings(tmp_path), "openai-chat:coder", URL, Measured(slots=4))
    lanes = '[[lanes]]\nname = "a"\n[[lanes]]\nname = "b"\n'
    assert measured(settings(tmp_path, lanes=lanes)) == (None, 2)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1}', '{"openai-chat:coder ' + URL + '": {"slots": "x"}}']
)
def test_a_file_that_is_none_of_ours_tells_nothing(tmp_path: Path, text: str) -> None:
    """It is a help, and no more."""
    (tmp_path / FILE).write_text(text)
    assert measured(settings(tmp_path)) == (None, 1)


def gguf(path: Path, *pairs: tuple[str, str | int], length: int = 0) -> Path:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    body = b"".join(
        text(key)
        + (struct.pack("<I", 8) + text(v) if isinstance(v, str) else struct.pack("<IQ", 10, v))
        for key, v in pairs
    )
    path.write_bytes((b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + body).ljust(length, b"\0"))
    return path


@pytest.mark.parametrize(
    ("pairs", "length", "parameters"),
    [
        ((("general.name", "Coder"), ("general.parameter_count", 1_540_000_000)), 0, 1_540_000_000),
        ((("general.architecture", "qwen2"), ("general.size_label", "1.5B")), 0, 1_500_000_000),
        ((("general.name", "Qwen2.5 Coder 7B Instruct"),), 0, 7_000_000_000),
        ((("general.name", "Coder"),), 6_000, 10_000),
        ((("general.name", "x" * 5_000), ("general.size_label", "1.5B")), 12_000, 20_000),
    ],
)
def test_a_file_tells_its_parameters_in_words_or_by_its_length(
    tmp_path: Path, pairs: tuple[tuple[str, str | int], ...], length: int, parameters: int
) -> None:
    assert read_file_parameters(gguf(tmp_path / "m.gguf", *pairs, length=length)) == parameters


@pytest.mark.parametrize("body", [b"", b"GG", b"PK\x03\x04", b"GGUF\xff"])
def test_a_file_that_is_cut_off_or_no_model_does_no_harm(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(body)
    assert read_file_parameters(file) < 100
    assert read_file_parameters(tmp_path / "none.gguf") == 0
