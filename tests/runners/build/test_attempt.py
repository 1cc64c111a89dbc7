"""One reply means one thing: what a job makes of it, `bricklayer apply --task` writes."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.git.find_repo import open_repo
from bot.plan import Task
from runners.build import attempt
from runners.build.task_run import TaskRun
from runners.edits import EditError, apply_reply

BANK = (
    "import math\n\n\ndef rate(n):\n    return math.floor(n)\n\n\n@cache\ndef pay(n):\n    return rate(n)\n\n\n"
    "def show(n):\n    return str(n)\n\n\nclass Box:\n    def put(self, n):\n        return n\n\n"
    "    def get(self):\n        return 1\n"
)
LIB = "function a(x) {\n  return x;\n}\n\nfunction b(x) {\n  return a(x);\n}\n\nmodule.exports = { b };\n"
FILES = {"bank.py": BANK, "lib.js": LIB, "conf.json": '{\n  "a": 1,\n  "b": 2\n}\n'}
PAY = "def pay(n):\n    return rate(n) + 1\n"
NEW_PAY = BANK.replace("rate(n)\n\n\ndef show", "rate(n) + 1\n\n\ndef show")


def without(text: str, part: str) -> str:
    assert part in text
    return text.replace(part, "")


RATE, SHOW = "def rate(n):\n    return math.floor(n)\n\n\n", "def show(n):\n    return str(n)\n\n\n"
REPLIES = {
    "block": "bank.py\n<<<<<<< SEARCH\n    return str(n)\n=======\n    return repr(n)\n>>>>>>> REPLACE\n",
    "diff": "```diff\n--- a/bank.py\n+++ b/bank.py\n@@\n def show(n):\n-    return str(n)\n+    return n\n```\n",
    "whole": f"bank.py\n```python\n{NEW_PAY}```\n",
    "whole without what it uses": f"bank.py\n```python\n{without(NEW_PAY, RATE)}```\n",
    "whole without a function": f"bank.py\n```python\n{without(NEW_PAY, SHOW)}```\n",
    "whole elided": f"bank.py\n```python\n{NEW_PAY[:60]}\n# ... rest of the file ...\n```\n",
    "one function": f"```python\n{PAY}```\n",
    "one function, named": f"bank.py\n```python\n{PAY}```\n",
    "a bare method": "```python\ndef put(self, n):\n    return n + 1\n```\n",
    "two fences": f"```python\n{PAY}```\nand\n```python\ndef rate(n):\n    return n\n```\n",
    "a new function": "```python\ndef lend(n):\n    return -n\n```\n",
    "one function of JavaScript": "lib.js\n```js\nfunction a(x) {\n  return x + 1;\n}\n```\n",
    "a piece of JSON": 'conf.json\n```json\n{\n  "a": 2\n}\n```\n',
    "open fence": f"bank.py\n```python\n{PAY}",
    "words": "I would change `pay`.",
    "thought": f"<think>\n```python\n{PAY}```\n</think>\nDone.",
    "nothing new": f"bank.py\n```python\n{BANK}```\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).write_text(text)
    line = "git init -q -b main . && git add -A && git commit -qm first"
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, timeout=30)
    return tmp_path


@pytest.mark.parametrize("text", ["Add one to what pay returns", "Delete the unused functions"])
def test_a_job_and_a_person_get_the_same_bytes(root: Path, text: str) -> None:
    """For each reply the same files, or the same refusal."""
    repo = open_repo(root)
    tree = repo.resolve_rev("main", "tree")
    for name, reply in REPLIES.items():
        path = next((path for path in FILES if reply.startswith(path)), "bank.py")
        task = Task(id="t", file=path, text=text)
        run = SimpleNamespace(context=SimpleNamespace(repo=repo), task=task, base_tree=tree)
        before = {each: (root / each).read_bytes() for each in FILES}
        job: Any
        person: Any
        try:
            job = dict(attempt.apply_reply(cast("TaskRun", run), tree, reply))
        except EditError as exc:
            job = exc.reason
        try:
            paths = apply_reply(root, path, reply, task_text=text)
            person = {each: (root / each).read_bytes() for each in paths}
        except EditError as exc:
            person = exc.reason
        assert job == person, name
        for each, data in before.items():
            (root / each).write_bytes(data)


MERGED = {
    "one function": NEW_PAY,
    "one function, named": NEW_PAY,
    "whole without what it uses": NEW_PAY,
    "whole without a function": NEW_PAY,
    "one function of JavaScript": LIB.replace("return x;", "return x + 1;"),
}


@pytest.mark.parametrize("name", MERGED)
def test_a_task_lets_a_reply_give_pieces(root: Path, name: str) -> None:
    """Merged by name, or put back; without a task they are refused, and nothing is written."""
    path = "lib.js" if "JavaScript" in name else "bank.py"
    with pytest.raises(EditError):
        apply_reply(root, path, REPLIES[name])
    assert (root / path).read_text() == FILES[path]
    assert apply_reply(root, path, REPLIES[name], task_text="Add one to the result") == [path]
    assert (root / path).read_text() == MERGED[name]
