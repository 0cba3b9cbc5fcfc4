"""Many runtimes on one endpoint, each with a client that steps through its script, all at once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from cdp import targets
from inspected import inspected
from jsrun import InspectorConfig, Runtime, RuntimeConfig
from websockets.asyncio.client import ClientConnection, connect

RUNTIMES = 200
STEPS = 6
REQUESTS = 10
"""How many requests a client sends at each step without waiting for answers."""

# Each step over the loop's body increases the sum.
SCRIPT = """\
let sum = seed;
debugger;
for (let i = 0; i < 1000; i++)
  sum += seed;
sum;
"""


class Stepper:
    """One client. It checks that no message is lost or out of order."""

    def __init__(self, socket: ClientConnection, seed: int) -> None:
        self.socket = socket
        self.seed = seed
        self.sent = 0
        self.answered = 0
        self.steps: list[str] = []
        """Debugger.paused and Debugger.resumed, in the order in which they came."""
        self.paused: dict[str, Any] = {}

    async def post(self, method: str, **parameters: Any) -> None:
        self.sent += 1
        await self.socket.send(
            json.dumps({"id": self.sent, "method": method, "params": parameters})
        )

    async def send(self, method: str, **parameters: Any) -> Any:
        await self.post(method, **parameters)
        return await self.answer()

    async def read(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self.socket.recv())
        method = message.get("method")
        if method in ("Debugger.paused", "Debugger.resumed"):
            self.steps.append(method)
            self.paused = message["params"] if method == "Debugger.paused" else {}
        return message

    async def answer(self) -> Any:
        """The answer to the first request without one."""
        while True:
            message = await self.read()
            if "id" in message:
                self.answered += 1
                assert message["id"] == self.answered <= self.sent
                assert "error" not in message, message
                return message["result"]

    async def until_paused(self, times: int) -> None:
        while self.steps.count("Debugger.paused") < times:
            await self.read()

    async def sum(self) -> int:
        """Sent together with other requests, which are answered in order."""
        frame = self.paused["callFrames"][0]["callFrameId"]
        for number in range(REQUESTS):
            expression = f"[{number}, sum]"
            await self.post(
                "Debugger.evaluateOnCallFrame",
                callFrameId=frame,
                expression=expression,
                returnByValue=True,
            )
        values = [(await self.answer())["result"]["value"] for _ in range(REQUESTS)]
        assert values == [[number, values[0][1]] for number in range(REQUESTS)]
        return int(values[0][1])

    async def step_through(self) -> list[int]:
        sums = []
        for step in range(STEPS):
            sums.append(await self.sum())
            await self.send("Debugger.stepOver")
            await self.until_paused(step + 2)
        return sums


async def test_every_client_steps_through_its_own_runtime():
    first = Runtime(inspected())
    endpoints = first.inspector_endpoints()
    assert endpoints is not None
    shared = RuntimeConfig(inspector=InspectorConfig(port=endpoints.port))
    runtimes = [first, *(Runtime(shared) for _ in range(RUNTIMES - 1))]
    steppers = []
    for seed, runtime in enumerate(runtimes, start=1):
        runtime.eval(f"var seed = {seed}")
        found = runtime.inspector_endpoints()
        assert found is not None
        socket = await connect(found.websocket_url, compression=None, max_size=None)
        steppers.append(Stepper(socket, seed))
    await asyncio.gather(*(stepper.send("Debugger.enable") for stepper in steppers))
    values = [asyncio.ensure_future(runtime.eval_async(SCRIPT)) for runtime in runtimes]
    await asyncio.gather(*(stepper.until_paused(1) for stepper in steppers))

    listed = await asyncio.to_thread(targets, endpoints.host)
    assert len(listed) == RUNTIMES

    sums = await asyncio.gather(*(stepper.step_through() for stepper in steppers))
    for stepper, seen in zip(steppers, sums):
        assert seen == sorted(seen)
        assert seen[0] == stepper.seed
        assert seen[-1] > stepper.seed
        assert all(value % stepper.seed == 0 for value in seen)
        each = ["Debugger.paused", "Debugger.resumed"]
        assert stepper.steps == each * STEPS + ["Debugger.paused"]

    await asyncio.gather(*(stepper.send("Debugger.disable") for stepper in steppers))
    assert await asyncio.gather(*values) == [seed * 1001 for seed in range(1, RUNTIMES + 1)]
    await asyncio.gather(*(stepper.socket.close() for stepper in steppers))
    for runtime in runtimes:
        runtime.close()
