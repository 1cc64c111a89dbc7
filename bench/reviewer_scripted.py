"""Reviewers that are scripted, asked over real HTTP: what they answer to each case is known.

`knows` names the line with the test that shows the fault, and says NONE where nothing is planted.
`guesses` names the first changed line of every diff and brings no test. `cries` brings a test that
is red whatever the code does.
"""

import re
import textwrap
from collections.abc import Callable, Mapping

from reviewer_faults import Case

TEST = """\
import unittest


class Hidden(unittest.TestCase):
    def test_hidden(self):
{body}
"""
_ADDED = re.compile(r"^ *(\d+) \+", re.MULTILINE)


def know(case: Case, _prompt: str) -> str:
    if not case.is_faulty:
        return "NONE"
    hidden = TEST.format(body=textwrap.indent(case.task.hidden.strip(), " " * 8))
    test = case.task.check.strip() + "\n" if case.by_check else hidden
    return (
        f"{case.task.file}:{case.lines[0]}: {case.kind}\nPROOF: its hidden check fails\n"
        f"```python file=test_planted.py\n{test}```\n"
    )


def guess(case: Case, prompt: str) -> str:
    line = _ADDED.search(prompt)
    return f"{case.task.file}:{line[1] if line else 1}: this may be wrong\nPROOF: look at it\n"


def cry(case: Case, prompt: str) -> str:
    test = TEST.format(body="        self.assertTrue(False)")
    return f"{guess(case, prompt)}```python file=test_planted.py\n{test}```\n"


SCRIPTED: Mapping[str, Callable[[Case, str], str]] = {
    "knows": know,
    "guesses": guess,
    "cries": cry,
}
