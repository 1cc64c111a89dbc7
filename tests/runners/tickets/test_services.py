"""What the loop keeps on this machine, and what it hands to the processes it starts."""

from pathlib import Path

import pytest

from bot.config.machine import parse_settings
from bot.config.private_dir import ensure_private_dir
from bot.errors import UserError
from bot.ticket.progress import EndedTask
from runners.tickets.redact_results import strip_local_paths, strip_outcome_paths
from runners.worker_process.main import WorkResult
from runners.worker_process.standby import without_github


def test_the_state_folder_is_ours_alone(tmp_path: Path) -> None:
    """Also where it was there before, readable to all, or is reached by a link."""
    for folder in (tmp_path / "new" / "state", tmp_path / "old"):
        ensure_private_dir(folder)
        assert folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "old").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "old")
    ensure_private_dir(tmp_path / "link")
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o700


def test_a_state_folder_of_another_account_is_refused_also_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for folder in (tmp_path, tmp_path / "link"):
        with pytest.raises(UserError, match="another account's"):
            ensure_private_dir(folder, me=tmp_path.stat().st_uid + 1)


def test_a_file_or_a_dangling_link_is_no_state_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for folder in (tmp_path / "file", tmp_path / "link"):
        with pytest.raises(UserError, match="no state folder"):
            ensure_private_dir(folder)


def test_a_process_that_asks_models_has_no_way_to_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither our secrets nor a workflow's; a tier's own key stays."""
    ways = ("HOOK", "TOK", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN")
    for name in (*ways, "MODELS_KEY", "PATH"):
        monkeypatch.setenv(name, "x" * 20)
    github = '[github]\nwebhook_secret_env = "HOOK"\ntoken_env = "TOK"\n'
    env = without_github(parse_settings(github))
    assert not set(ways) & set(env)
    assert {"MODELS_KEY", "PATH"} <= set(env)
    tier = '[tiers.local]\nmodels = ["openai:x"]\napi_key_env = "GITHUB_TOKEN"\n'
    assert "GITHUB_TOKEN" in without_github(parse_settings(github + tier))


def test_what_everybody_reads_says_not_where_things_lie_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "bricklayer.toml"
    file.write_text("")
    monkeypatch.setenv("BRICKLAYER_CONFIG", str(file))
    monkeypatch.setenv("HOME", "/home/ann")
    mine = parse_settings('state_dir = "/var/lib/brick"')
    said = f"in {file}, /var/lib/brick/jobs/1 and /home/ann/x, of /home/other"
    assert strip_local_paths(said, mine) == (
        "in this machine's settings, the state folder/jobs/1 and ~/x, of /home/other"
    )
    tier = '[tiers.local]\nmodels = ["openai-chat:q"]\nbase_url = "http://gpu.lan:8080/v1"\n'
    ended = WorkResult(
        passed=False, tasks=(EndedTask("fix", "blocked", "no http://gpu.lan:8080/v1"),)
    )
    assert strip_outcome_paths(ended, parse_settings(tier)).tasks[0].why == "no its server"
    monkeypatch.setenv("HOME", "/")
    file.unlink()
    assert strip_local_paths("/usr/bin", mine) == "/usr/bin"
