"""Which of the fixed number of buckets an account belongs to, for good: the ledger's unit of distribution."""

from uuid import UUID
from zlib import crc32

BUCKETS = 256
"""Fixed for good: every ledger row on disk carries a number below it."""


def bucket_of(account_id: UUID) -> int:
    """The account's bucket, 0 to 255, hashed from its id."""
    return crc32(account_id.bytes) % BUCKETS
