"""Signed snapshots: a header with an HMAC-SHA256 of what follows."""

from __future__ import annotations

import hashlib
import hmac

from ._errors import SnapshotError

# Its length is a multiple of 16, so that what follows is aligned as V8 needs it.
_MAGIC = b"jsrun signed  1\n"
_SIZE = len(_MAGIC) + hashlib.sha256().digest_size


def signature(snapshot: bytes, key: bytes) -> bytes:
    """The header that signs a snapshot."""
    return _MAGIC + hmac.new(key, snapshot, hashlib.sha256).digest()


def checked_offset(snapshot: bytes, key: bytes | None) -> int:
    """The offset of the snapshot itself. Raises SnapshotError if key and signature disagree."""
    signed = snapshot.startswith(_MAGIC)
    if key is None:
        if signed:
            raise SnapshotError("the snapshot is signed: RuntimeConfig needs its snapshot_key")
        return 0
    if not signed:
        raise SnapshotError("the snapshot is not signed, but RuntimeConfig has a snapshot_key")
    digest = hmac.new(key, memoryview(snapshot)[_SIZE:], hashlib.sha256).digest()
    if not hmac.compare_digest(digest, snapshot[len(_MAGIC) : _SIZE]):
        raise SnapshotError(
            "the snapshot was not signed with this snapshot_key, or was changed afterwards"
        )
    return _SIZE
