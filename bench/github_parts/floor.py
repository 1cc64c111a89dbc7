"""What accepting costs anyone: the same framework and server, with nothing of ours in it.

`python floor.py PORT SECRET [DATABASE]`: verify, and with a database insert and commit, one
delivery at a time, surviving a loss of power.
"""

import hashlib
import hmac
import sqlite3
import sys

import uvicorn
from fastapi import FastAPI, Request, Response


def floor(secret: str, database: str) -> FastAPI:
    app = FastAPI()
    db = sqlite3.connect(database) if database else None
    if db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE deliveries (id TEXT PRIMARY KEY, body BLOB)")

    @app.post("/webhook")
    async def webhook(request: Request) -> Response:
        body = await request.body()
        wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, request.headers["x-hub-signature-256"]):
            return Response(status_code=401)
        if db:
            row = (request.headers["x-github-delivery"], body)
            db.execute("INSERT OR IGNORE INTO deliveries VALUES (?, ?)", row)
            db.commit()
        return Response(status_code=202)

    return app


if __name__ == "__main__":
    port, secret, *rest = sys.argv[1:]
    app = floor(secret, rest[0] if rest else "")
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
