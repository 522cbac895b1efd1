"""Where each service is reached."""

from typing import Any

from pydantic import create_model
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings
from caseplane.services import NAMES


class _Urls(FileSettings):
    """Where other services, and the command line, reach each service."""

    model_config = SettingsConfigDict(
        env_prefix="CASEPLANE_", frozen=True, extra="ignore", title="CASEPLANE_<SERVICE>_URL"
    )


_fields: dict[str, Any] = {f"{name}_url": (str, f"http://{name}:8080") for name in NAMES}
_fields["gateway_url"] = (str, "http://127.0.0.1:8080")
ServiceUrls: type[FileSettings] = create_model(
    "ServiceUrls", __base__=_Urls, __doc__=_Urls.__doc__, **_fields
)


def service_urls() -> dict[str, str]:
    """Base URLs of the services by name, from the environment."""
    given = ServiceUrls().model_dump()
    return {name: given[f"{name}_url"] for name in NAMES}
