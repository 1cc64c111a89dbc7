"""Who makes statements while another thread imports an ORM has all that they ask for."""

import subprocess
import sys

import pytest

CODE = """
import sys
from bot.storage.database import import_mappers
assert "sqlalchemy.orm.exc" not in sys.modules
import_mappers()
assert "sqlalchemy.orm.exc" in sys.modules
"""


@pytest.mark.slow
def test_the_orm_is_there_once_it_was_asked_for() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=60)
