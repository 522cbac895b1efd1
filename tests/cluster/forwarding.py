"""Carries TCP connections between this machine and a sandbox: the listener is on one side, the target on the other.

Run as a separate program, so that a busy stream in a test does not slow the test itself:
`python -m tests.cluster.forwarding FD HOST PORT` accepts on the inherited socket FD and connects to HOST:PORT.
"""

import asyncio
import contextlib
import socket
import sys


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def _serve(listener: socket.socket, host: str, port: int) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.transport.abort()  # the caller sees a reset, as it would from a closed port
            return
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        far_writer.close()
        writer.close()

    server = await asyncio.start_server(carry, sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    inherited, target_host, target_port = sys.argv[1:]
    asyncio.run(_serve(socket.socket(fileno=int(inherited)), target_host, int(target_port)))
