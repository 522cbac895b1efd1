"""Settings every process reads once at start-up, from the environment and an optional file.

Each service adds a frozen class with its own prefix (`CASEPLANE_RETRIEVAL_…`). Pydantic ignores misspelt
variables, so `unknown_variables` reports those that no class reads.
"""

import difflib
import json
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

CONFIG_FILE = "CASEPLANE_CONFIG"


class WrongSettingError(ValueError):
    """A setting has a value that cannot be used; the message names the variable."""


class FileSettings(BaseSettings):
    """Environment first, then the table of the TOML file that `CASEPLANE_CONFIG` names.

    A class with prefix `CASEPLANE_LLM_` reads the file's `[llm]` table; the bare prefix reads the top.
    """

    def __init__(self, **values: Any) -> None:
        """Read the settings.

        Raises:
            WrongSettingError: one of them cannot be used.
        """
        prefix = str(self.model_config.get("env_prefix", ""))
        try:
            super().__init__(**values)
        except ValidationError as exc:
            raise WrongSettingError("; ".join(_complaint(prefix, error) for error in exc.errors())) from exc
        except SettingsError as exc:
            raise WrongSettingError(f"A setting {prefix}… cannot be read as JSON: {exc}.") from exc

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        path = os.environ.get(CONFIG_FILE)
        if not path:
            return init_settings, env_settings
        if not Path(path).is_file():
            raise FileNotFoundError(f"{CONFIG_FILE} names {path}, which is not a file.")
        prefix = str(settings_cls.model_config.get("env_prefix", ""))
        table = prefix.removeprefix("CASEPLANE_").strip("_").lower()
        return init_settings, env_settings, _Table(settings_cls, Path(path), table)


def _complaint(prefix: str, error: Any) -> str:
    text = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:  # of several settings together; the text names them
        return text
    name = prefix + "__".join(str(part) for part in error["loc"])
    return f"{name.upper()}: {text[:1].lower()}{text[1:]}"


def listed(value: Any) -> Any:
    """A list in a variable: JSON, or words separated by commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [word.strip() for word in value.split(",") if word.strip()]


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)]
"""Several texts, in a variable separated by commas."""


def _platform_key(value: SecretStr) -> SecretStr:
    given = value.get_secret_value()
    if given and not (given.startswith("cpp_") and given.isascii() and 20 <= len(given) <= 500):
        raise ValueError("it must be `cpp_` followed by at least 16 characters")
    return value


def _level(value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise ValueError("it must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return value.upper()


class _Table(TomlConfigSettingsSource):
    """One table of the file, or its top-level keys that are not tables."""

    def __init__(self, settings_cls: type[BaseSettings], path: Path, table: str) -> None:
        self._table = table
        super().__init__(settings_cls, path)

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        data = super()._read_file(file_path)
        if self._table:
            return dict(data.get(self._table, {}))
        names = set(self.settings_cls.model_fields)
        return {key: value for key, value in data.items() if key in names}


class CoreSettings(FileSettings):
    """What every process needs, `CASEPLANE_*`."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_", frozen=True, extra="ignore")

    database_url: SecretStr = SecretStr("")
    """PostgreSQL 15 or newer with pgvector, as `postgresql://user:password@host/db`. Empty: embedded."""
    database_admin_url: SecretStr = SecretStr("")
    """The owner of the schemas; used only by `caseplane migrate`. Empty: the same as `database_url`."""
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = 10
    """Connections that one service of one process keeps open at most."""
    objects_url: str = ""
    """Where files go: `s3://bucket/prefix`, `az://container`, `gs://bucket`, `file:///path`. Empty: local."""
    objects_attachments_url: str = ""
    """Where tickets' attachments go instead, if they have a store of their own."""
    objects_audit_url: str = ""
    """Where audit records go instead, if they have a store of their own."""
    objects_changes_url: str = ""
    """Queue of the store's notifications of new, changed and deleted files: URL of an SQS or Service Bus queue, or a
    Pub/Sub `projects/PROJECT/subscriptions/NAME`. Empty: sources in the store are updated only on request."""
    service_secret: SecretStr = SecretStr("")
    """At least 32 characters, the same for all processes; it signs the tokens between services."""
    platform_admin_key: Annotated[SecretStr, AfterValidator(_platform_key)] = SecretStr("")
    """The one credential that manages tenants (`cpp_…`); the operator and the CLI hold it."""
    request_timeout: timedelta = timedelta(seconds=30)
    """Longest wait of one service for another."""
    drain: timedelta = timedelta(0)
    """How long a service still serves after SIGTERM, until load balancers notice that it is stopping."""
    max_body_mib: Annotated[int, Field(ge=1, le=1024)] = 64
    """Largest request body that is accepted, in MiB."""
    max_header_kib: Annotated[int, Field(ge=4, le=1024)] = 32
    """Largest request line and headers together, in KiB; a token with many groups needs a few."""
    log_level: Annotated[str, AfterValidator(_level)] = "INFO"
    """DEBUG, INFO, WARNING, ERROR or CRITICAL."""
    log_json: bool = True
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Port of `/metrics`, apart from the public one; 0 serves none."""
    worker_concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    """Background jobs that one process runs at once."""
    stalled_after: timedelta = timedelta(seconds=30)
    """A worker without a heartbeat for so long counts as dead, and its jobs are started again."""


def unknown_variables(known: Iterable[type[BaseSettings]]) -> list[str]:
    """A sentence for every `CASEPLANE_*` variable that no settings class reads."""
    names = {CONFIG_FILE}
    for cls in known:
        prefix = str(cls.model_config.get("env_prefix", ""))
        names |= {f"{prefix}{field}".upper() for field in cls.model_fields}
    messages = []
    for name in sorted(os.environ):
        nested = any(name.startswith(f"{known_name}__") for known_name in names)
        if name.startswith("CASEPLANE_") and name not in names and not nested:
            near = difflib.get_close_matches(name, names, n=1)
            messages.append(f"{name} is read by nothing" + (f"; did you mean {near[0]}?" if near else ""))
    return messages
