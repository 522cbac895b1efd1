"""The code of a service, as composition takes it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic

from fastapi import APIRouter, FastAPI
from pydantic_settings import BaseSettings

from caseplane.core.runtime import Runtime
from caseplane.core.service import Manifest
from caseplane.core.work import C, Handlers


@dataclass(frozen=True, kw_only=True)
class Parts(Generic[C]):
    """The code that builds and serves a service and runs its jobs.

    Attributes:
        build: makes its context from the runtime.
        routers: its routes, relative to `/api/v1`.
        handlers: its jobs.
        settings: its settings classes.
        serving: runs while its application is served.
        working: runs while a worker takes jobs of its queues.
        close: closes its own connections.
        app: changes the application; only the public edge needs it.
    """

    build: Callable[[Runtime], C]
    routers: Sequence[APIRouter]
    handlers: Sequence[Handlers[C]] = ()
    settings: Sequence[type[BaseSettings]] = ()
    serving: Callable[[Runtime, C], AbstractAsyncContextManager[None]] | None = None
    working: Callable[[Runtime, C], AbstractAsyncContextManager[None]] | None = None
    close: Callable[[C], Awaitable[None]] | None = None
    app: Callable[[FastAPI, Runtime, C], None] | None = None


def parts_of(manifest: Manifest) -> Parts[Any]:
    """The code of a declared service, imported now."""
    found: Parts[Any] = import_module(f"caseplane.{manifest.name}.app").PARTS
    return found
