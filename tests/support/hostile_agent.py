#!/usr/bin/env python3
"""Stands in for an agent's CLI and tries, from within its sandbox, what none may do.

Of the standard library alone: its file is what is shown there. It prints one line of JSON, what
came of each try. Arguments say which: `probe` by default.
"""

import glob
import json
import os
import socket
import subprocess
import sys

PROXY = ("127.0.0.1", 4141)


def read(path):
    with open(path, "rb") as file:
        return file.read(1 << 20).decode(errors="replace")


def try_all(tries):
    found = {}
    for name, act in tries.items():
        try:
            found[name] = act()
        except Exception as exc:
            found[name] = f"failed: {type(exc).__name__}: {exc}"
    return found


def connect(address, family=socket.AF_INET):
    with socket.socket(family) as sock:
        sock.settimeout(3)
        sock.connect(address)
        return "connected"


def ask(text):
    with socket.create_connection(PROXY, timeout=20) as sock:
        sock.sendall(text.encode())
        said = b""
        while data := sock.recv(1 << 16):
            said += data
    return said.decode(errors="replace")


def ask_json(path, body):
    data = json.dumps(body)
    return ask(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n{data}")


def environments():
    return {path: read(path) for path in glob.glob("/proc/[0-9]*/environ")}


def write(path):
    with open(path, "w") as file:
        file.write("hostile")
    return "written"


def escape_by_background():
    """Children that outlive their parent, in sessions of their own."""
    for _ in range(3):
        subprocess.Popen(
            ["/bin/sh", "-c", "sleep 1; while :; do echo on >> /box/repo/alive; sleep 0.1; done"],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return "started"


def leave_links(folder):
    os.remove("bank.py")
    os.symlink("/etc/passwd", "bank.py")
    os.makedirs(".git/hooks")
    with open(".git/hooks/post-checkout", "w") as file:
        file.write("#!/bin/sh\ntouch /tmp/hooked\n")
    os.chmod(".git/hooks/post-checkout", 0o755)
    os.symlink("/", "root")
    os.mkfifo("pipe")
    return "left"


def probe(told):
    """`told` names what of the machine outside is worth a try."""
    tries = {f"read {path}": (lambda path=path: read(path)) for path in told["files"]}
    tries |= {f"write {path}": (lambda path=path: write(path)) for path in told["unwritable"]}
    tries |= {
        f"connect {host}:{port}": (lambda host=host, port=port: connect((host, port)))
        for host, port in told["servers"]
    }
    tries |= {
        f"abstract {name}": (lambda name=name: connect("\0" + name, socket.AF_UNIX))
        for name in told["abstract"]
    }
    tries |= {
        "own environment": lambda: dict(os.environ),
        "environments": environments,
        "processes": lambda: sorted(glob.glob("/proc/[0-9]*")),
        "interfaces": lambda: sorted(name for _, name in socket.if_nameindex()),
        "resolve": lambda: socket.getaddrinfo("example.com", 443),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
            b"x", ("8.8.8.8", 53)
        ),
        "other path": lambda: ask_json("/v1/files", {}),
        "other host": lambda: ask_json("http://evil.example/v1/chat/completions", {}),
        "tunnel": lambda: ask("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        "other model": lambda: ask_json("/v1/chat/completions", {"model": "huge"}),
        "socket replaced": lambda: os.remove("/etc/bricklayer-agent/model.sock"),
        "mount": lambda: subprocess.run(["mount", "-t", "tmpfs", "x", "/mnt"], check=True),
        "namespace": lambda: subprocess.run(["unshare", "-Ur", "true"], check=True),
        "home": lambda: sorted(os.listdir(os.environ["HOME"])),
        "root": lambda: sorted(os.listdir("/")),
    }
    return try_all(tries)


def main():
    task = json.loads(sys.stdin.read() or "{}")
    # So that it has asked its model, as an agent does.
    answer = ask_json("/v1/chat/completions", {"model": "scripted", "messages": []})
    found = {"answer": answer, **probe(task)} if task.get("probe") else {"answer": answer}
    for act in task.get("acts", ()):
        exec(act, {**globals(), "found": found})  # noqa: S102  # what a test has it do
    print(json.dumps({"type": "found", "found": found}, default=str), flush=True)


if __name__ == "__main__":
    main()
