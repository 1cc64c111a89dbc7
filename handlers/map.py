"""`bricklayer map`: prints the map as a model would get it, as JSON, or as a picture."""

import json
from pathlib import Path

import typer

from bot.bounded_read import STDIN, read_bounded
from bot.errors import UserError
from runners.map_view import MapView, draw_picture, view_map

MAX_QUERY_BYTES = 1 << 20
"""An issue's text has 65,536 characters at most, of up to 4 bytes each."""


def show_map(folder: Path, query: str, tokens: int, rev: str, *, as_json: bool) -> None:
    view = view_map(folder, rev, _read_query(query), tokens)
    if not view.text.text:
        reason = f"{tokens} tokens hold none of" if view.map.files else "there are none among"
        typer.echo(f"nothing to show: {reason} the files of {view.commit[:12]}", err=True)
    typer.echo(
        json.dumps(_as_data(view, tokens), indent=1) if as_json else view.text.text, nl=as_json
    )


def show_graph(folder: Path, query: str, rev: str, out: Path | None) -> None:
    """An SVG, to `out` or standard output."""
    svg = draw_picture(folder, rev, _read_query(query))
    if out is None:
        typer.echo(svg, nl=False)
        return
    try:
        out.write_text(svg, "utf-8")
    except OSError as exc:
        hint = "Name a file in a folder that is there: --out FILE."
        raise UserError(f"not written: {exc.strerror}", where=str(out), hint=hint) from exc


def _read_query(query: str) -> str:
    """What `--query` says; `-` reads standard input, whose broken bytes are replaced."""
    if query != STDIN:
        return query
    hint = "Send the issue's text alone."
    raw = read_bounded(STDIN, "the query", MAX_QUERY_BYTES, absent_hint="", large_hint=hint)
    return raw.decode(errors="replace")


def _as_data(view: MapView, budget: int) -> dict[str, object]:
    files = [
        {"path": file.path, "score": round(file.score, 4), "reasons": list(file.reasons)}
        for file in view.text.files
    ]
    return {
        "commit": view.commit,
        "budget": budget,
        "tokens": view.text.tokens,
        "text": view.text.text,
        "files": files,
        "on_the_map": len(view.map.files),
    }
