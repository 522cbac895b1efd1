"""The cookie by which a browser is signed in, and when it counts.

A browser adds a cookie to every request to us, whichever page made it. So it counts only where the browser itself says
that one of our own pages asks (`Sec-Fetch-Site`, else `Origin`); beside that it is `SameSite=Strict` and out of reach of
scripts.
"""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.types import Scope

SAFE = frozenset(["GET", "HEAD"])


def session_cookie(scope: Scope) -> str:
    """The cookie's name: over TLS bound to this host, else (on a laptop) told apart by port, which cookies are not."""
    return "__Host-caseplane" if _secure(scope) else f"caseplane-{_port(scope)}"


def read_cookie(scope: Scope, name: str) -> str | None:
    """The value of a cookie of the request."""
    try:
        jar = SimpleCookie("; ".join(_all(scope, b"cookie")))
    except CookieError:
        return None
    found = jar.get(name)
    return found.value if found is not None and found.value else None


def set_cookie(scope: Scope, name: str, value: str, *, seconds: int, same_site: str = "Strict") -> str:
    """The value of a `Set-Cookie` header; no seconds remove the cookie."""
    secure = "; Secure" if _secure(scope) else ""
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}"


def from_our_page(scope: Scope) -> bool:
    """Whether one of our own pages made the request, or (to read only) the person who typed the address."""
    site = _first(scope, b"sec-fetch-site")
    if site is not None:
        return site == "same-origin" or (site == "none" and scope["method"] in SAFE)
    origin = _first(scope, b"origin")
    if origin is not None:
        return urlsplit(origin).netloc == (_first(scope, b"host") or "")
    return scope["method"] in SAFE


def base_url(scope: Scope, public_url: str) -> str:
    """Where browsers reach us: as configured, else as this request did; without a closing slash."""
    if public_url:
        return public_url.rstrip("/")
    return f"{scope.get('scheme', 'http')}://{_first(scope, b'host') or 'localhost'}"


def _secure(scope: Scope) -> bool:
    return str(scope.get("scheme")) == "https"


def _port(scope: Scope) -> int:
    port = urlsplit(f"//{_first(scope, b'host') or ''}").port if _first(scope, b"host") else None
    return port or 80


def _all(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _first(scope: Scope, name: bytes) -> str | None:
    found = _all(scope, name)
    return found[0] if found else None
