"""The pages that the gateway serves: the console if it was built, else the plain page that needs no build."""

from pathlib import Path

from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PLAIN = Path(__file__).parent / "static"
CONSOLE = Path(__file__).parent / "console"
YEAR = "public, max-age=31536000, immutable"


def console() -> Path | None:
    """The folder of the built console; None where it was not built (`make console`)."""
    return CONSOLE if (CONSOLE / "index.html").is_file() else None


def folders(given: Path | None = None) -> StaticFiles:
    """The files of a folder, else of the console with the plain page's beside it, which also serve the API's description."""
    first = given or console()
    files = Files(directory=first or PLAIN, html=True)
    if given is None and first is not None:
        files.all_directories.append(PLAIN)
    return files


class Files(StaticFiles):
    """Files whose names change with their content are kept by browsers; the others are asked for each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if answer.status_code == 200:
            answer.headers["Cache-Control"] = YEAR if path.startswith("assets/") else "no-cache"
        return answer


class Pages(Mount):
    """The pages and their files; a mount at the root that leaves the API's 404 and 405 to the API."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["path"].startswith("/api/"):
            return Match.NONE, {}
        return super().matches(scope)
