#!/usr/bin/env python3
"""Stands in for `opencode`: asks its model, runs the Python that comes, until that is no `RUN:`.

It tells the events that the real one does, as far as they are read.
"""

import json
import sys
import urllib.error
import urllib.request


def tell(kind, **part):
    print(json.dumps({"type": kind, "part": part}), flush=True)


def ask(messages):
    body = json.dumps({"model": "scripted", "messages": messages}).encode()
    url = "http://127.0.0.1:4141/v1/chat/completions"
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=100) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]


def main():
    messages = [{"role": "user", "content": sys.stdin.read()}]
    while True:
        try:
            said = ask(messages)
        except urllib.error.HTTPError as exc:
            print(exc.read().decode(), file=sys.stderr)
            sys.exit(1)
        if not said.startswith("RUN:"):
            tell("text", id="1", text=said)
            return
        exec(said.removeprefix("RUN:"), {})  # noqa: S102  # what a test has it do
        tell("tool_use", tool="bash", state={"input": said, "status": "completed", "output": "ok"})
        messages.append({"role": "user", "content": "done"})


if __name__ == "__main__":
    main()
