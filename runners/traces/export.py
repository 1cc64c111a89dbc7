"""Sends a trace by OTLP over HTTP: the only module here that imports OpenTelemetry.

Where to, with which headers and for how long is as OpenTelemetry's own variables say:
https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

import logging
from collections.abc import Callable
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from runners.traces.spans import Span, Trace

SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
NANO = 1_000_000_000
BATCH = 500
"""Spans in one request."""


class TraceExporter:
    """`send` is for one thread. It takes no longer than the exporter's own timeout for a batch."""

    def __init__(self) -> None:
        # It logs each try of each request: that it fails is told once, by whoever sends.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        release = version("bricklayer-bot")
        named = Resource({SERVICE_NAME: "bricklayer", SERVICE_VERSION: release})
        self._resource = named.merge(OTELResourceDetector().detect())
        self._scope = InstrumentationScope("bricklayer", release, SCHEMA)
        self._exporter = OTLPSpanExporter()

    def send(self, trace: Trace, beat: Callable[[], None]) -> bool:
        """Whether all of it was taken. `beat` is called before each request."""
        spans = [self._describe(trace.id, span) for span in trace.spans]
        for at in range(0, len(spans), BATCH):
            beat()
            if self._exporter.export(spans[at : at + BATCH]) is not SpanExportResult.SUCCESS:
                return False
        return True

    def close(self) -> None:
        """What is being sent is given up."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def _describe(self, trace: bytes, span: Span) -> ReadableSpan:
        return ReadableSpan(
            span.name,
            context=_context(trace, span.id),
            parent=_context(trace, span.parent) if span.parent else None,
            resource=self._resource,
            attributes=span.attributes,
            kind=SpanKind.CLIENT if span.is_call else SpanKind.INTERNAL,
            status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
            start_time=int(span.begin * NANO),
            end_time=int(span.end * NANO),
            instrumentation_scope=self._scope,
        )


def _context(trace: bytes, span: bytes) -> SpanContext:
    trace_id, span_id = int.from_bytes(trace), int.from_bytes(span)
    flags = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=flags)
