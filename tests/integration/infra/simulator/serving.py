"""Serves providers in this process, each on its own port, to which the engine attaches."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import ResourceProviderServicer, provider_pb2_grpc

MESSAGE_LIMIT = 400 * 1024 * 1024
"""The engine's own limit."""
THREADS = 16


@contextmanager
def served(providers: Mapping[str, ResourceProviderServicer]) -> Iterator[str]:
    """Serve providers by package name; returns the value of `PULUMI_DEBUG_PROVIDERS`."""
    servers = {}
    ports = {}
    for package, provider in providers.items():
        servers[package], ports[package] = _start(provider)
    try:
        yield ",".join(f"{package}:{port}" for package, port in ports.items())
    finally:
        for server in servers.values():
            server.stop(grace=None)


def _start(provider: ResourceProviderServicer) -> tuple[Any, int]:
    options = [
        ("grpc.max_receive_message_length", MESSAGE_LIMIT),
        ("grpc.max_send_message_length", MESSAGE_LIMIT),
    ]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    if hasattr(provider, "crash"):
        provider.crash = lambda: server.stop(grace=None)
    return server, port
