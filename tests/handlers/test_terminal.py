"""No command prints what a terminal would obey, wherever a stranger's repository or plan has it."""

import io
from pathlib import Path

import pytest
from support.project import Project

from bot.config.repository import parse_repo_config
from bot.errors import UserError
from handlers.commands.apply import apply_edits

# To the clipboard, in red, a C1 control, and letters in another order.
ESCAPES = "\x1b]52;c;AA\x07\x1b[31m\x9b31m\u202e\u200b"
IN_TOML = '"\\u001b]52;c;AA\\u0007\\u009b31m\\u202e\\u200b"'
TOMLS = {
    "key": f'[checks.test]\nrun = "false"\n{IN_TOML} = 1\n',
    "table": f"[{IN_TOML}]\n",
    "name": f'[checks.{IN_TOML}]\nrun = "false"\n',
    "variable": f'[env]\n{IN_TOML} = "x"\n',
    "raw": f'"{ESCAPES[-2:]}" = 1\n',
}


def find_obeyed(text: str) -> list[str]:
    return [c for c in text if c != "\n" and not c.isprintable()]


@pytest.mark.parametrize("kind", TOMLS)
def test_a_repositorys_settings_write_nothing_into_the_terminal(
    project: Project, kind: str
) -> None:
    project.write(".bricklayer.toml", TOMLS[kind])
    project.commit()
    plan = project.plan("### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n")
    code, out = project.bricklayer("check", plan)
    assert code == 2
    assert not find_obeyed(out), out


def test_a_replys_paths_write_nothing_into_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = "```python file=a\u202egpj.py\nx = 1\n```\n".encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(reply)))
    apply_edits(tmp_path, file="", task="", whole=False)
    out = capsys.readouterr().out
    assert "gpj.py" in out
    assert not find_obeyed(out), out


def test_a_path_of_the_command_line_is_shown_without_its_escapes(project: Project) -> None:
    code, out = project.bricklayer("check", Path(f"no{ESCAPES}.md"))
    assert code == 2
    assert not find_obeyed(out), out


def test_a_number_of_thousands_of_digits_is_the_persons_to_mend() -> None:
    with pytest.raises(UserError, match="not TOML"):
        parse_repo_config(f"a = {'1' * 5000}\n")
