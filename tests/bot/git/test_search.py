"""Which files of a tree hold a text."""

from pathlib import Path

from support.planted import plant

from bot.git.search import find_copies

TEXT = "import unittest\n\n\nclass Held(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 2)\n"


def test_a_text_is_found_wherever_it_stands(tmp_path: Path) -> None:
    """Set in, with other line ends, or among other text; not where a line of it is another."""
    repo = plant(
        tmp_path / "repo",
        {
            "same.py": TEXT,
            "plan.md": f"# A plan\n\n```python\n{TEXT}```\n",
            "set_in.md": "".join(f"> {line}\r\n" for line in TEXT.splitlines()),
            "other.py": TEXT.replace("f(1), 2", "f(2), 3"),
            "part.py": "import unittest\n",
        },
    )
    assert find_copies(repo, "main", TEXT) == ["plan.md", "same.py", "set_in.md"]


def test_a_text_of_short_lines_is_found_nowhere(tmp_path: Path) -> None:
    """They stand in many files."""
    repo = plant(tmp_path / "repo", {"x.py": "a = 1\n"})
    assert find_copies(repo, "main", "a = 1\n\n") == []


def test_a_line_is_no_pattern_and_no_option(tmp_path: Path) -> None:
    """Whoever writes a plan chooses its lines."""
    repo = plant(tmp_path / "repo", {"x.py": "--open-files-in-pager=sh\n", "y.py": "aaaaaaaaaa\n"})
    assert find_copies(repo, "main", "--open-files-in-pager=sh\n") == ["x.py"]
    assert find_copies(repo, "main", "a.*a.*a.*a\n") == []
