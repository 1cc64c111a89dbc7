import shutil
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import parse_repo_config
from bot.plan import Check
from runners.checks.check import run_check
from runners.sandbox import open_sandbox
from runners.sandbox.php_extensions import list_php_extensions


def test_only_files_that_load_extensions_are_shown(tmp_path: Path) -> None:
    """What says anything else may be a key or a password, and code under test would read it."""
    modules, folder = tmp_path / "php/8.2/mods-available", tmp_path / "php/8.2/cli/conf.d"
    modules.mkdir(parents=True)
    folder.mkdir(parents=True)
    texts = {
        "iconv": "; configuration for php common module\n; priority=20\nextension=iconv.so\n",
        "opcache": 'zend_extension = "opcache"\n',
        "newrelic": 'extension=newrelic.so\nnewrelic.license = "secret"\n',
        "trick": "extension=a.so ; secret\n",
        "large": ";" + "x" * 5000 + "\n",
    }
    for name, text in texts.items():
        (modules / f"{name}.ini").write_text(text)
        (folder / f"20-{name}.ini").symlink_to(modules / f"{name}.ini")
    (folder / "90-gone.ini").symlink_to(modules / "gone.ini")
    (tmp_path / "php/8.2/cli/php.ini").write_text("mysqli.default_pw = secret\n")
    shown = [path.name for path in list_php_extensions(tmp_path)]
    assert shown == ["20-iconv.ini", "20-opcache.ini"]


@pytest.mark.skipif(shutil.which("php", path="/usr/bin") is None, reason="no PHP on this machine")
def test_php_has_the_systems_extensions_in_a_check(tmp_path: Path) -> None:
    """Composer ends at once without iconv and Phar."""
    run = "php -m | grep -cx -e Phar -e iconv | grep -x 2"
    config = parse_repo_config(f"[checks.php]\nrun = '{run}'\n")
    sandbox = open_sandbox(Settings(), config)
    verdict = run_check(Check("run", "php"), config, tmp_path, sandbox)
    assert verdict.passed, verdict.output
