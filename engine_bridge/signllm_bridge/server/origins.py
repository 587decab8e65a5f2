"""Which web pages may connect. Browsers do not ask the server before they open a WebSocket; the server must look."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit


def is_origin_allowed(origin: str | None, host: str | None, allowed: Collection[str] = ()) -> bool:
    """Whether a page from `origin` may use this server.

    Yes for programs that are no browser (no origin), for pages of this machine, for origins in `allowed`, and for our
    own page fetched by IP address. A page fetched by another host name must be in `allowed`: a name can be made to
    point here by anybody (DNS rebinding), an address cannot.

    Args:
        origin: The request's `Origin` header.
        host: Its `Host` header.
        allowed: Origins as browsers write them, `https://example.org`.
    """
    if origin is None or origin in allowed:
        return True
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or (host is not None and parts.netloc == host)
