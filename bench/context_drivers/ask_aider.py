"""Asks aider's map as its chat does before any file was added. Run by its own Python."""

import json
import os
import subprocess
import sys
import time

ANSWER = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what it prints for people is no answer

import tiktoken  # noqa: E402 - after standard output is out of the way
from aider.coders.base_coder import Coder  # noqa: E402
from aider.io import InputOutput  # noqa: E402
from aider.repomap import RepoMap  # noqa: E402


class Model:
    """Counts tokens exactly, as its real models do."""

    def __init__(self) -> None:
        self.encoding = tiktoken.get_encoding("o200k_base")

    def token_count(self, text: str) -> int:
        return len(self.encoding.encode(text, disallowed_special=()))


class Asked(Coder):
    """The part of a chat that derives what a message mentions, and nothing else of it."""

    def __init__(self, root: str, text: str, repo_map: RepoMap, tracked: list[str]) -> None:
        self.root, self.text, self.repo_map, self.tracked = root, text, repo_map, tracked
        self.abs_fnames: set[str] = set()
        self.abs_read_only_fnames: set[str] = set()
        self.abs_root_path_cache: dict[str, str] = {}

    def get_cur_message_text(self) -> str:
        return self.text

    def get_all_relative_files(self) -> list[str]:
        return self.tracked


def main() -> None:
    given = json.load(sys.stdin)
    root, model, io = given["root"], Model(), InputOutput(pretty=False, fancy_input=False)
    os.chdir(root)
    began, sent, cold, answered, cpu = time.perf_counter(), {}, 0.0, 0.0, 0.0
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, timeout=60)
    tracked = sorted(listed.stdout.decode(errors="surrogateescape").split("\0")[:-1])
    for budget in given["budgets"]:
        repo_map = RepoMap(map_tokens=budget, root=root, main_model=model, io=io)
        sent[budget] = Asked(root, given["text"], repo_map, tracked).get_repo_map() or ""
        if not answered:
            cold, answered = time.perf_counter() - began, time.time()
            cpu = sum(os.times()[:4])
    json.dump({"sent": sent, "cold": cold, "answered": answered, "cpu": cpu}, ANSWER)


if __name__ == "__main__":
    main()
