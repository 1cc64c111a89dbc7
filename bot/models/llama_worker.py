"""The child of a lane: one llama.cpp model; requests are JSON lines on stdin, answers on stdout.

Run as a file, never imported by the bot: it loads the standard library, llama_cpp and the three
modules of its own only. It ends with its parent, because stdin does. What llama.cpp prints goes to
stderr.

In:  {"id": 1, "ask": {...}} | {"id": 2, "count": ["text"]} | {"id": 3, "overhead": true}
     | {"cut": 1}
Out: {"ready": true} | {"id", "delta", "thought": bool} | {"id", "done": {...}}
     | {"id", "error", "kind"}
"""

import json
import os
import queue
import sys
import threading
from typing import IO, Any

from bot.models.llama_generation import LoadedModel, TooLongError


class CutRequests:
    """Which call the parent wants to end; set by the reading thread."""

    def __init__(self) -> None:
        self.current = 0
        self.cut = 0

    def is_requested(self) -> bool:
        return self.cut >= self.current


def read_requests(inbox: "queue.Queue[dict[str, Any]]", cuts: CutRequests) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "cut" in message:
            cuts.cut = message["cut"]
        else:
            inbox.put(message)
    os._exit(0)  # the parent is gone, and llama.cpp may be in the middle of a long evaluation


def answer_requests(
    model: LoadedModel, inbox: "queue.Queue[dict[str, Any]]", cuts: CutRequests, out: IO[str]
) -> None:
    while True:
        message = inbox.get()
        cuts.current = message["id"]
        try:
            if "count" in message:
                counts = [model.count_tokens(text) for text in message["count"]]
                send_message(out, {"id": message["id"], "done": {"counts": counts}})
                continue
            if "overhead" in message:
                send_message(
                    out, {"id": message["id"], "done": {"overhead": model.template_overhead()}}
                )
                continue
            for answer in model.generate_reply(message["ask"], cuts.is_requested):
                send_message(out, {"id": message["id"], **answer})
        except TooLongError as exc:
            send_message(out, {"id": message["id"], "error": str(exc), "kind": "too long"})
        except (ValueError, RuntimeError) as exc:
            send_message(out, {"id": message["id"], "error": str(exc), "kind": "failed"})


def send_message(out: IO[str], message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


def main() -> None:
    # llama.cpp is C++ and prints to descriptor 1, whatever sys.stdout is: that becomes stderr.
    # https://docs.python.org/3.11/library/os.html#os.dup2
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    options = json.loads(sys.stdin.readline())
    inbox: queue.Queue[dict[str, Any]] = queue.Queue()
    cuts = CutRequests()
    threading.Thread(target=read_requests, args=(inbox, cuts), daemon=True).start()
    try:
        model = LoadedModel(options)
    except (ValueError, RuntimeError, MemoryError) as exc:
        send_message(out, {"id": 0, "error": str(exc), "kind": "load"})
        return
    send_message(out, {"id": 0, "ready": True})
    answer_requests(model, inbox, cuts, out)


if __name__ == "__main__":
    main()
