"""`bricklayer app create`: a person makes the App in a browser; its key is stored here."""

import html
import json
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

import typer
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from bot.config.machine import Settings, find_settings_file
from bot.errors import UserError
from bot.github.app_manifest import CreatedApp, build_manifest, exchange_code, form_url
from bot.github.errors import GitHubError
from bot.ledger import strip_to_line
from handlers.dashboard.sign_in import BACK
from handlers.serve import bind_port

CODE_SECONDS = 3600.0
"""GitHub's code must be used within an hour.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""
# GitHub takes the manifest as a field of a form that the browser posts:
# https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
_PAGE = """<!doctype html><title>Bricklayer</title>
<form method="post" action="{action}"><input type="hidden" name="manifest" value="{manifest}">
<p>This makes a GitHub App for Bricklayer. <button>Go on to GitHub</button></p></form>"""


@dataclass(frozen=True, slots=True)
class NewFiles:
    """Where what GitHub gives once is kept."""

    key: Path
    secret: Path
    client_secret: Path


class AppCreation:
    """Two pages on loopback: one that leads to GitHub, one that GitHub redirects to."""

    def __init__(self, settings: Settings, name: str, organization: str, hook: str) -> None:
        self._api = settings.github.api_url
        address = settings.dashboard.url or hook.removesuffix("/webhook")
        self._dashboard = address or f"http://127.0.0.1:{settings.github.port}"
        self._name = name
        self._hook = hook
        # GitHub sends it back with the code, so that no other page can send a code of its own.
        self._state = secrets.token_urlsafe(32)
        try:
            self._form = form_url(self._api, self._state, organization)
        except ValueError as exc:
            hint = "It is the name in its address: https://github.com/NAME."
            raise UserError(str(exc), where=f"--org {organization}", hint=hint) from exc
        self.made: CreatedApp | None = None
        self.error: GitHubError | None = None
        self.finished = threading.Event()

    def make_pages(self, address: str) -> FastAPI:
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        # DNS rebinding: another page's name can be made to mean this machine, and read the state
        # here. https://owasp.org/www-community/attacks/DNS_Rebinding
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])

        @app.get("/")
        def begin() -> HTMLResponse:
            app_manifest = html.escape(
                build_manifest(
                    self._name, f"{address}/back", self._hook, f"{self._dashboard}{BACK}"
                ),
                quote=True,
            )
            return HTMLResponse(_PAGE.format(action=html.escape(self._form), manifest=app_manifest))

        @app.get("/back")
        def back(code: str = "", state: str = "") -> HTMLResponse:
            # As bytes, as of text compare_digest takes ASCII only:
            # https://docs.python.org/3.11/library/hmac.html#hmac.compare_digest
            if self.finished.is_set() or not secrets.compare_digest(
                state.encode(), self._state.encode()
            ):
                return HTMLResponse(
                    "This is not what was begun here. Start `bricklayer app create` again.", 400
                )
            try:
                self.made = exchange_code(self._api, code)
            except GitHubError as exc:
                self.error = exc
            self.finished.set()
            return HTMLResponse("Done: back to the terminal.")

        return app


def create_app(settings: Settings, name: str, organization: str, hook: str, port: int) -> None:
    """Raises UserError where nothing came of it; no file is written over."""
    folder = find_settings_file().parent
    files = NewFiles(
        folder / f"{name}.pem",
        folder / f"{name}.webhook-secret",
        folder / f"{name}.client-secret",
    )
    # Before anything is made: GitHub gives the key and the secrets once.
    for path in (files.key, files.secret, files.client_secret):
        if path.exists():
            raise UserError(
                "the file exists already", where=str(path), hint="Move it, or use --name."
            )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    creation = AppCreation(settings, name, organization, hook)
    address = f"http://127.0.0.1:{port}"  # loopback: no other machine sees these pages
    with bind_port("127.0.0.1", port, "Name another one: --port N.") as listening:
        config = uvicorn.Config(creation.make_pages(address), log_level="error", access_log=False)
        server = uvicorn.Server(config)
        # uvicorn takes signals over in the main thread only, so Ctrl-C still ends the command:
        # https://github.com/Kludex/uvicorn/blob/main/uvicorn/server.py
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        tunnel = f"ssh -L {port}:{address[7:]}"
        typer.echo(f"Open {address} in a browser on this machine (or through `{tunnel}`).")
        creation.finished.wait(CODE_SECONDS)
        server.should_exit = True
        thread.join(10)
    if creation.error:
        raise UserError(creation.error.what, where="GitHub", hint=creation.error.hint)
    if creation.made is None:
        raise UserError(
            f"timed out: GitHub sent nobody back within {CODE_SECONDS / 60:.0f} minutes",
            hint="Start it again.",
        )
    _write_files(creation.made, files)


def _write_files(made: CreatedApp, files: NewFiles) -> None:
    texts = {files.key: made.key, files.secret: made.secret}
    texts |= {files.client_secret: made.client_secret}
    for path, text in texts.items():
        # O_EXCL makes a new file or fails, also where a link of that name leads nowhere:
        # https://man7.org/linux/man-pages/man2/open.2.html
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    typer.echo(f"Made {made.url}. Add this to {find_settings_file()}:\n")
    typer.echo(f'[github]\napp_id = {made.id}\nprivate_key_file = "{files.key}"\n')
    client_id = json.dumps(strip_to_line(made.client_id))
    typer.echo(f"[dashboard]\nclient_id = {client_id}\n")
    typer.echo("Before `bricklayer serve`:")
    typer.echo(f'  export BRICKLAYER_WEBHOOK_SECRET="$(cat {files.secret})"')
    typer.echo(f'  export BRICKLAYER_CLIENT_SECRET="$(cat {files.client_secret})"')
    typer.echo(f"Then install the App on your repositories: {made.url}/installations/new")
