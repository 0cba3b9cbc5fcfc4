"""Which V8 the tests run on, and what follows from that."""

from __future__ import annotations

import jsrun

V8_MAJOR = int(jsrun._jsrun.v8_version.split(".")[0])

WITH = "assert" if V8_MAJOR == 10 else "with"
"""The keyword of import attributes."""
