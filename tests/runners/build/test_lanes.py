"""Lanes: which server each asks, and what is said of servers that are not the tier's own."""

from pathlib import Path

from fake_models.server import ModelServer, ScriptedAnswer, serve_models

from bot.config.machine import Settings, parse_settings
from bot.config.tiers import Lane
from bot.models.model import Prompt
from runners.build.lanes import Lanes
from runners.doctor.machine import examine_models


def settings_for(first: str, second: str) -> Settings:
    return parse_settings(
        f'[tiers.local]\nmodels = ["openai-chat:x"]\nbase_url = "{first}"\nretries = 0\n'
        f'[tiers.senior]\nmodels = ["openai-chat:y"]\nbase_url = "{first}"\n'
        f'[[lanes]]\nname = "gpu-0"\n[[lanes]]\nname = "gpu-1"\nbase_url = "{second}"\n'
    )


def test_a_lane_with_a_server_of_its_own_asks_that_one(
    model_server: ModelServer, tmp_path: Path
) -> None:
    """For `local` alone: what costs money is not on a card."""
    with serve_models() as second:
        second.answers = [ScriptedAnswer("from the second card")]
        lanes = Lanes(settings_for(model_server.url, second.url), tmp_path)
        said = {
            (lane.lane.name, tier): lane.open_chain(tier)
            .ask(Prompt("", "Which?"), lambda _said, _events=(), _thought="": "")
            .text
            for lane in lanes.all
            for tier in ("local", "senior")
        }
        lanes.close_all()
    assert said["gpu-1", "local"] == "from the second card"
    assert {said[key] for key in said if key != ("gpu-1", "local")} == {"hello"}


def test_doctor_asks_each_lanes_server(model_server: ModelServer) -> None:
    model_server.props = {
        "default_generation_settings": {"n_ctx": 8192},
        "model_path": "/models/coder.gguf",
    }
    settings = settings_for(model_server.url, "http://127.0.0.1:9/v1")
    found = [each.what for each in examine_models(settings, ask=False)]
    assert any("llama-server has coder.gguf" in what for what in found), found
    assert any("127.0.0.1:9" in what for what in found), found
    assert not any("lanes work at once" in what for what in found), "each server has one lane"
    both = settings.model_copy(update={"lanes": (*settings.lanes[:1], Lane(name="gpu-2"))})
    assert any("2 lanes work at once" in f.what for f in examine_models(both, ask=False))
