"""The server."""

import typer


def register(app: typer.Typer) -> None:
    app.command("serve")(run_server)


def run_server() -> None:
    """Answer GitHub's webhooks and do the work, until stopped. The sweep needs no webhook."""
    from bot.config.machine import read_settings
    from handlers.serve import serve

    serve(read_settings())
