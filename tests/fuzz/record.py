"""Record what a real client sends to a runtime, as an input for the fuzzer.

    record.py WEBSOCKET_URL STATE OUTPUT

Prints an address for the client, forwards everything, and writes the client's messages to OUTPUT,
one a line, when the client has left. STATE is the state of the runtime when the client attached:
"idle", "paused" or "waiting". Ids of objects start with a random number, which is written as "@".
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def record(url: str, state: str, output: Path) -> None:
    """Serves one client."""
    left = asyncio.Event()
    lines = [state]

    async def hand_on(client: ServerConnection) -> None:
        async with connect(url, max_size=None, compression=None) as runtime:

            async def answers() -> None:
                async for message in runtime:
                    await client.send(message)
                await client.close()

            task = asyncio.create_task(answers())
            try:
                async for message in client:
                    assert isinstance(message, str)
                    lines.append(re.sub(r'"-?\d{5,}\.(\d+\.\d+)"', r'"@.\1"', message))
                    await runtime.send(message)
            except ConnectionClosed:
                pass
            finally:
                task.cancel()
                output.write_text("\n".join(lines) + "\n", encoding="utf-8")
                left.set()

    async with serve(hand_on, "127.0.0.1", 0, max_size=None, compression=None) as server:
        host, port = next(iter(server.sockets)).getsockname()
        print(f"ws://{host}:{port}{urlsplit(url).path}", flush=True)
        await left.wait()


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
