"""What docs/ says of settings and commands follows from the code, and no link of it is dead."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.config.toml import Table
from docs_reference.pages import render_pages
from docs_reference.settings import Schema, render_settings

ROOT = Path(__file__).parents[2]
FILES = {"machine": Settings, "repository": RepoConfig}


def test_generated_pages_are_as_the_code_is() -> None:
    for path, text in render_pages().items():
        found = (ROOT / path).read_text() if (ROOT / path).is_file() else ""
        assert found == text, f"{path} is not as the code is: run `make docs` and commit it"


@pytest.mark.parametrize("kind", FILES.values(), ids=FILES)
def test_every_setting_stands_on_its_page_with_its_meaning(kind: type[Table]) -> None:
    schema = kind.model_json_schema()
    page = render_settings(kind, "")
    tables = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]
    for table in tables:
        for key, value in table["properties"].items():
            if "$ref" in value:
                assert f"{key}]`" in page
                continue
            meaning = " ".join(value.get("description", "").split()).replace("|", "\\|")
            assert meaning, f"{table['title']}.{key} has no docstring of its own"
            row = any(
                line.startswith(f"| `{key}` |") and meaning in line for line in page.splitlines()
            )
            assert row or f"[{key}" in page, f"{table['title']}.{key} stands on no page"


@pytest.mark.parametrize("kind", FILES.values(), ids=FILES)
def test_a_table_of_the_page_is_named_as_toml_names_it(kind: type[Table]) -> None:
    page = render_settings(kind, "")
    headings = [line[4:-1] for line in page.splitlines() if line.startswith("## `")]
    for heading in headings:
        assert tomllib.loads(heading)


@pytest.mark.slow
def test_a_schema_accepts_what_the_program_accepts_and_refuses_a_misspelt_key(
    bricklayer_schema: dict[str, Schema],
) -> None:
    good = tomllib.loads('[checks.test]\nrun = "pytest"\n[limits]\nfiles = 3\n')
    jsonschema.validate(good, bricklayer_schema["repository"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"lable": "x"}, bricklayer_schema["repository"])
    machine = tomllib.loads('[tiers.local]\nmodels = ["openai-chat:q"]\n')
    jsonschema.validate(machine, bricklayer_schema["machine"])


@pytest.fixture
def bricklayer_schema() -> dict[str, Schema]:
    """What the command prints of each file."""

    def ask(name: str) -> Schema:
        command = [sys.executable, "-m", "bricklayer_command", "schema", name]
        done = subprocess.run(command, capture_output=True, timeout=60, check=True, cwd=ROOT)
        schema: Schema = json.loads(done.stdout)
        return schema

    return {name: ask(name) for name in FILES}


@pytest.mark.slow
def test_the_site_is_built_without_a_dead_link(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/reference/commands/index.html").is_file()
