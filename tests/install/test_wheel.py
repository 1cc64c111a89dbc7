"""An installed wheel does what a checkout does, where nothing of the checkout is."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.installed import ROOT, Installed

pytestmark = pytest.mark.slow


def test_the_wheel_has_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    """Queries, migrations and py.typed are files that only a look into the wheel proves."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    folders = ["bot", "runners", "handlers", "bricklayer_command.py"]
    names = subprocess.run([*argv, *folders], cwd=ROOT, capture_output=True, timeout=60, check=True)
    expected = {n for n in names.stdout.decode().split("\0") if n and (ROOT / n).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected | {"runners/onboarding/bricklayer.yml"}
    assert "bot/py.typed" in held


def test_the_image_is_built_of_what_its_file_copies(wheel: Path, image_wheel: Path) -> None:
    """A file that the build needs and the Containerfile does not name would end it."""
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(image_wheel) as other:
        names = {name for name in other.namelist() if "__pycache__" not in name}
        assert names == {*one.namelist()}


def test_version_help_and_doctor_need_no_settings(installed: Installed) -> None:
    """On a machine where nothing was set up: exit 0, and no module is taken from elsewhere."""
    assert installed.run("--version").stdout.startswith("bricklayer ")
    assert "Commands" in installed.run("-h").stdout
    done = installed.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    argv = [installed.python, "-c", "import bot; print(bot.__file__)"]
    found = subprocess.run(argv, cwd="/", capture_output=True, text=True, timeout=60, check=True)
    assert Path(found.stdout.strip()).is_relative_to(installed.home)


def test_the_demos_job_is_built_by_an_installation(installed: Installed) -> None:
    """With the demo's scripted models: a plan, its checks in the sandbox, the final gate."""
    demo = installed.room / "demo"
    shutil.copytree(ROOT / "demo", demo)
    bank, config = installed.room / "bank", installed.room / "bricklayer.toml"
    shutil.copytree(demo / "bank", bank)
    for args in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "A bank")):
        subprocess.run(["git", *args], cwd=bank, timeout=60, check=True)
    tiers = (
        f'[tiers.{tier}]\nmodels = ["script:{demo}/{tier}.md"]\n' for tier in ("local", "senior")
    )
    config.write_text("\n".join(tiers))
    told = {"BRICKLAYER_CONFIG": str(config), "GIT_CONFIG_GLOBAL": "/dev/null"}
    done = installed.run("run", demo / "job.md", "--repo", bank, **told)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    again = installed.run("jobs", "--json", **told)
    assert '"passed"' in again.stdout
