"""The server: pages over HTTP and the pose stream over WebSocket, on one port."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

import signllm
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import FPS
from signllm_bridge.config import BridgeConfig
from signllm_bridge.errors import StartupError
from signllm_bridge.generation import Generation
from signllm_bridge.messages import Error, ErrorCode, Setup
from signllm_bridge.server.connection import Connection
from signllm_bridge.server.http_pages import Page, Pages, sentence
from signllm_bridge.server.origins import is_origin_allowed
from signllm_bridge.server.records import Records
from signllm_bridge.session import POLICY_VIOLATION
from signllm_bridge.wire import MAX_MESSAGE_BYTES, encode_server_message

SUBPROTOCOL: Final = Subprotocol("signllm.v1.protobuf")
STREAM_PATH: Final = "/stream"
SERVER_NAME: Final = f"signllm {signllm.__version__}"
LABEL: Final = "Computer-generated signing, experimental"
_TRY_AGAIN_LATER: Final = 1013  # RFC 6455 registry of close codes
_FOREIGN_PAGE: Final = "Pages of this origin may not connect: start the server with --allow-origin and its address."
"""At most 123 bytes, as the reason of every close (RFC 6455, 5.5)."""
_WRITE_BUFFER: Final = 8 * 1024
"""Bytes, about a second of frames: what asyncio may hold before the outbox begins to skip."""

# A browser that closes a tab in the middle of a handshake is no event: the library would print a traceback for it.
_QUIET: Final = logging.getLogger("signllm_bridge.websockets")
_QUIET.setLevel(logging.CRITICAL)


class Server:
    """What answers requests; `running` puts it on a port."""

    def __init__(
        self, config: BridgeConfig, generation: Generation, pages: Pages, records: Records | None = None
    ) -> None:
        """Serve `pages`, and streams that sign with `generation`; reports and approvals go into `records`."""
        self._config, self._generation, self._pages, self._records = config, generation, pages, records
        self._connections = 0
        sources, wanted = generation.source_names, config.broadcast_source
        self._setup = Setup(
            server_name=SERVER_NAME,
            rig_name=HUMANOID.name,
            joint_names=HUMANOID.joint_names,
            face_names=FACE_NAMES,
            fps=float(FPS),
            label=LABEL,
            sources=sources,
            max_text_length=config.limits.max_text_length,
            broadcast_source=wanted if wanted in sources else sources[0],
        )

    async def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The page for a request, None to go on with the WebSocket handshake."""
        page = await self._page(request)
        if page is None:
            return None
        return Response(page.status.value, page.status.phrase, Headers(page.headers), page.body)

    async def stream(self, connection: ServerConnection) -> None:
        """Serve one client until either side closes."""
        if not self._is_welcome(connection):
            await connection.close(POLICY_VIOLATION, _FOREIGN_PAGE)
            return
        if self._connections >= self._config.max_connections:
            await self._turn_away(connection)
            return
        self._connections += 1
        try:
            limits, records = self._config.limits, self._records
            await Connection(connection, self._generation, setup=self._setup, limits=limits, records=records).run()
        finally:
            self._connections -= 1

    async def _page(self, request: Request) -> Page | None:
        # Before websockets 16 only GET came this far, and a request had no `method`.
        if getattr(request, "method", "GET") != "GET":
            return sentence(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET is answered here.")
        if request.path.split("?")[0] != STREAM_PATH:
            return await asyncio.to_thread(self._pages.get, request.path)
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return sentence(
                HTTPStatus.UPGRADE_REQUIRED, f"This is the pose stream: open it as a WebSocket with {SUBPROTOCOL}."
            )
        return None

    def _is_welcome(self, connection: ServerConnection) -> bool:
        """Whether the page may connect. Asked after the handshake: a browser hides why a handshake was refused."""
        assert connection.request is not None
        headers = connection.request.headers
        origins = headers.get_all("Origin")
        return is_origin_allowed(origins[0] if origins else None, headers.get("Host"), self._config.allowed_origins)

    async def _turn_away(self, connection: ServerConnection) -> None:
        text = f"This server signs for {self._config.max_connections} clients at a time: connect again later."
        for message in (self._setup, Error(ErrorCode.QUEUE_FULL, text)):
            await connection.send(encode_server_message(message))
        await connection.close(_TRY_AGAIN_LATER, text)


def listen(host: str, port: int) -> socket.socket:
    """A socket that holds the port, to be given to `running`; any free port for 0.

    Raises:
        StartupError: The port is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number and number > 0 else "no such address"
        raise StartupError(
            f"port {port} of {host} cannot be used ({reason}): stop the other program, or choose another --port"
        ) from error


@asynccontextmanager
async def running(server: Server, listener: socket.socket) -> AsyncIterator[None]:
    """The server while it answers on `listener`, which it closes at the end."""
    async with serve(
        server.stream,
        sock=listener,
        process_request=server.answer,
        subprotocols=[SUBPROTOCOL],
        compression=None,  # rotations do not compress: 302 bytes become 253, for 30 us of CPU and 64 KiB a client
        max_size=4 * MAX_MESSAGE_BYTES,  # above the wire's own limit, so that a long text is answered with a sentence
        max_queue=4,
        write_limit=_WRITE_BUFFER,
        close_timeout=2,
        server_header=None,
        logger=_QUIET,
    ):
        yield
