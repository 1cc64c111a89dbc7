"""What attempts at a task are counted for: its files and checks, under names that can be keys."""

from bot.plan import Check, Task
from runners.build.strikes import list_struck_names

LONG = tuple(f"tests/test_{number}.py" for number in range(200))


def test_a_check_of_many_paths_has_a_short_name_of_its_own() -> None:
    """PostgreSQL refuses a key of more than 2,704 bytes."""
    tasks = [
        Task("fix", file="a.py", checks=(Check("run", "test", paths),))
        for paths in (LONG, LONG[:-1], LONG[:1])
    ]
    first, second, short = (list_struck_names(task)[1] for task in tasks)
    assert first.startswith("check test tests/test_0.py tests/test_1.py ")
    assert max(map(len, (first, second))) < 300
    assert first != second
    assert short == "check test tests/test_0.py"
