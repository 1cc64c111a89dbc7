"""The doctor measures the local tier's model, says what follows, and has it remembered."""

from pathlib import Path

from fake_models.server import ModelServer

from bot.config.machine import parse_settings
from bot.models.measured_models import Measured, read_measured
from runners.doctor.measure_model import measure_model


def test_parameters_and_slots_of_a_server(model_server: ModelServer, tmp_path: Path) -> None:
    """As llama-server lists them: a small model with three slots is asked for three answers."""
    model_server.props = {"total_slots": 3}
    model_server.listed = [{"id": "any.gguf", "meta": {"n_params": 7_615_616_512}}]
    settings = parse_settings(
        f'state_dir = "{tmp_path}"\n[tiers.local]\nmodels = ["openai-chat:coder"]\n'
        f'base_url = "{model_server.url}"\n'
    )
    (found,) = measure_model(settings, settings.tiers["local"])
    assert found.good
    assert "7,615,616,512 parameters; size small, 3 at a time: asked for 3 answers" in found.what
    assert list(read_measured(settings).values()) == [Measured(7_615_616_512, 3)]


def test_a_server_that_tells_nothing_has_nothing_remembered(
    model_server: ModelServer, tmp_path: Path
) -> None:
    """Then the model's name and place say how large it is."""
    settings = parse_settings(
        f'state_dir = "{tmp_path}"\n[tiers.local]\nmodels = ["openai-chat:coder"]\n'
        f'base_url = "{model_server.url}"\n'
    )
    assert not list(measure_model(settings, settings.tiers["local"]))
    assert not read_measured(settings)
