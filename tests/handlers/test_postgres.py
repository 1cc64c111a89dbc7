"""The same story on PostgreSQL: what many machines will share."""

from pathlib import Path

import pytest
from support.project import Project

pytestmark = pytest.mark.postgres
FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
NOTE = "\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n"


def test_a_job_killed_on_postgres_goes_on_there(project: Project, postgres: str) -> None:
    """Kill -9 after ever more lines: one commit a task, and no file of a database beside the job's own."""
    project.models(local=f"## reply: fix\n```python\n{FIXED}```\n")
    with (project.room / "bricklayer.toml").open("r+") as config:
        tiers = config.read()
        config.seek(0)
        config.write(f'database_url = "{postgres}"\n{tiers}')
    plan = project.plan(ASK + NOTE)
    for lines in range(1, 40, 3):
        code, out = project.killed_after(lines, "run", plan)
        if code == 0:
            break
    assert code == 0, out
    assert project.landed() == ["fix", "note"]
    files = {path.name for path in Path(project.room / "state").rglob("*.sqlite")}
    assert files == {"story.sqlite"}
