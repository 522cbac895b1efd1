"""Starts the platform: all in one process, or one service alone."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from caseplane.cli.exits import CommandError, Exit, run, run_server
from caseplane.cli.options import AsJson, Host, Port
from caseplane.cli.output import note, say, show_json
from caseplane.services import SERVICES

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from caseplane.core.settings import CoreSettings

CLI_VARIABLES = frozenset(
    ["CASEPLANE_API_KEY", "CASEPLANE_DATA_DIR", "CASEPLANE_DEBUG", "CASEPLANE_LOCAL_TENANT"]
)


def prepare(*, quiet: bool = False, service: str = "all") -> None:
    """Set up logging, tracing and metrics; warn about variables that nothing reads."""
    from caseplane.core.settings import CoreSettings
    from caseplane.core.telemetry import configure_logging, configure_tracing

    settings = CoreSettings()
    level = "WARNING" if quiet and settings.log_level == "INFO" else settings.log_level
    configure_logging(level=level, json=settings.log_json)
    if not quiet:
        configure_tracing(service, version_of())
        if settings.metrics_port:
            from prometheus_client import start_http_server

            start_http_server(settings.metrics_port)
    for sentence in misspelt():
        note(f"caseplane: {sentence}")


def misspelt() -> list[str]:
    """A sentence for every `CASEPLANE_*` variable that no part of the platform reads."""
    from caseplane.core.embeddings import EmbeddingSettings
    from caseplane.core.llm import LlmSettings
    from caseplane.core.parts import parts_of
    from caseplane.core.reading import ReaderSettings
    from caseplane.core.settings import CoreSettings, unknown_variables
    from caseplane.local.urls import ServiceUrls

    known: list[type[BaseSettings]] = [
        CoreSettings,
        ServiceUrls,
        EmbeddingSettings,
        LlmSettings,
        ReaderSettings,
    ]
    known += [settings for service in SERVICES for settings in parts_of(service).settings]
    return [s for s in unknown_variables(known) if s.partition(" ")[0] not in CLI_VARIABLES]


def version_of() -> str:
    from importlib.metadata import version

    return version("caseplane")


def serve(
    service: Annotated[
        str | None,
        typer.Argument(help=f"One of {', '.join(SERVICES.names)}; without it, all in one process."),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8080,
) -> None:
    """Run the platform, or one service of it, until stopped (Ctrl-C or SIGTERM)."""
    if service is not None and service not in SERVICES.names:
        raise CommandError(
            f"There is no service {service!r}; choose of {', '.join(SERVICES.names)}.", Exit.usage
        )
    settings = None if service is None else _networked()
    prepare(service=service or "all")
    if service is None or settings is None:
        from caseplane.local.platform import serve as serve_all

        run_server(serve_all(host=host, port=port, ready=_say_how_to_sign_in))
        return
    import uvicorn

    from caseplane.core.drain import DrainingServer
    from caseplane.core.header_limit import header_limited_protocol
    from caseplane.core.telemetry import flush_tracing
    from caseplane.local.compose import one_service

    app = one_service(service, settings)
    server = DrainingServer(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            http=header_limited_protocol(settings.max_header_kib << 10),
            # Behind an ingress the caller's address is in a header; the operator configures which proxies to trust.
            forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
            # Longer than any caller keeps an idle connection, so that the caller closes it first.
            timeout_keep_alive=75,
            # As long as the gateway waits for a service.
            timeout_graceful_shutdown=75,
        ),
        app.state.runtime.drain,
        seconds=settings.drain.total_seconds(),
    )
    try:
        server.run()
    except SystemExit as exc:  # uvicorn could not start; its log has the reason
        raise CommandError(f"The {service} service did not start on {host}:{port}.") from exc
    finally:
        flush_tracing()
    if server.interrupted:
        raise KeyboardInterrupt


def _say_how_to_sign_in(link: str) -> None:
    note(f"caseplane: the console is at {link} (good once; `caseplane console` prints another link)")


def console(
    browse: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print a link that signs a browser in to the running server's console, once."""
    from caseplane.cli.api import connect
    from caseplane.local.data import DataFolder

    endpoint = DataFolder().endpoint()
    if endpoint is None:
        raise CommandError(
            "No server runs on this machine; start one with `caseplane serve`.", Exit.unavailable
        )

    async def work() -> dict[str, str]:
        async with connect() as api:
            made: dict[str, str] = await api.post("/auth/codes", {})
            return made

    made = run(work())
    link = f"{endpoint.url}/#code={made['code']}"
    if browse:
        import webbrowser

        webbrowser.open(link)
    if as_json:
        show_json({"link": link, "expires_at": made["expires_at"]})
    else:
        say(link)


def worker(
    queue: Annotated[list[str] | None, typer.Option(help="Only these queues; may be repeated.")] = None,
) -> None:
    """Run background jobs until stopped."""
    settings = _networked()
    prepare(service="worker")
    from caseplane.local.compose import run_worker

    run_server(run_worker(settings, queues=queue))


def _networked() -> "CoreSettings":
    """Settings of one of several processes, with checks of the shared ones, which have no default."""
    from caseplane.core.settings import CoreSettings

    settings = CoreSettings()
    for name in ("database_url", "service_secret"):
        if not getattr(settings, name).get_secret_value():
            raise CommandError(f"Set CASEPLANE_{name.upper()}: the services must share it.", Exit.usage)
    if not settings.objects_url:
        raise CommandError("Set CASEPLANE_OBJECTS_URL: the services must share their files.", Exit.usage)
    return settings


def migrate(
    wait: Annotated[
        int,
        typer.Option(
            "--await",
            help="Migrate nothing: wait so many seconds until the schemas are what this version needs.",
            min=0,
        ),
    ] = 0,
    url: Annotated[
        str | None,
        typer.Option(
            help="Owner's URL of the database; else CASEPLANE_DATABASE_ADMIN_URL, else CASEPLANE_DATABASE_URL."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database's schemas up to date, and the password of the services' login; run it as often as you like."""
    from caseplane.core.settings import CoreSettings

    settings = CoreSettings()
    target = url or settings.database_admin_url.get_secret_value() or settings.database_url.get_secret_value()
    if not target:
        raise CommandError(
            "Set CASEPLANE_DATABASE_ADMIN_URL or give --url. The embedded database is migrated when it starts.",
            Exit.usage,
        )
    if wait:
        _await_schema(url or settings.database_url.get_secret_value() or target, wait)
        return
    from caseplane.migrations import migrate as migrate_database
    from caseplane.migrations import set_login_password

    before, after = migrate_database(target)
    set_login_password(target, settings.database_url.get_secret_value())
    if as_json:
        show_json({"before": before, "after": after})
    elif before == after:
        say(f"The database is at revision {after} already.")
    else:
        say(f"The database went from revision {before or 'nothing'} to {after}.")


def _await_schema(url: str, seconds: int) -> None:
    """Wait until another process has migrated far enough; report what is missing."""
    from caseplane.migrations import lacking

    deadline = time.monotonic() + seconds
    reported = ""
    while missing := lacking(url):
        if time.monotonic() >= deadline:
            raise CommandError(f"After {seconds} s {missing}. Run `caseplane migrate` of this version.")
        if missing != reported:
            note(f"caseplane: waiting, for {missing}")
            reported = missing
        time.sleep(1)
    say("The database has the schemas that this version needs.")
