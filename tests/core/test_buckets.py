"""An account's bucket never changes, and accounts are spread evenly over all of them."""

from collections import Counter
from uuid import UUID

import uuid_utils.compat

from guerdon.core.buckets import BUCKETS, bucket_of


def test_a_bucket_is_fixed_for_good() -> None:
    """These numbers are on disk in every database: another hash would lose the accounts."""
    assert BUCKETS == 256
    known = {
        "00000000-0000-0000-0000-000000000000": 85,
        "018f3c2e-7b1a-7def-8abc-0123456789ab": 230,
        "ffffffff-ffff-ffff-ffff-ffffffffffff": 26,
    }
    assert {text: bucket_of(UUID(text)) for text in known} == known


def test_accounts_are_spread_evenly() -> None:
    """Ids made in the same millisecond differ only in their tails, and still part."""
    counts = Counter(bucket_of(uuid_utils.compat.uuid7()) for _ in range(BUCKETS * 100))
    assert set(counts) == set(range(BUCKETS))
    assert max(counts.values()) < 200
