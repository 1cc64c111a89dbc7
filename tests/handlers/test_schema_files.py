"""`bricklayer schema`: the schema by which editors complete a file of settings."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handlers.cli import app


@pytest.mark.parametrize(
    ("kind", "name"),
    [("machine", "bricklayer.schema.json"), ("repository", "repository.schema.json")],
)
def test_it_is_printed_or_written_beside_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    """An earlier version's is replaced, as its keys may not be those of this one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    printed = CliRunner().invoke(app, ["schema", kind])
    assert printed.exit_code == 0
    assert not (tmp_path / "new").exists()
    for _ in range(2):
        told = CliRunner().invoke(app, ["schema", kind, "--write"])
        assert (told.exit_code, name in told.output) == (0, True), told.output
        written = tmp_path / "new" / "bricklayer" / name
        assert json.loads(written.read_text()) == json.loads(printed.output)
        written.write_text("{}")
