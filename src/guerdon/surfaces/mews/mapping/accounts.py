"""Mews' words to merges of members, and to questions about companies; pure."""

from uuid import UUID

from guerdon.core.refusals import CursorNotFound, MemberNotFound
from guerdon.surfaces.mews.mapping import interval, limited
from guerdon.surfaces.mews.wire import accounts as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Request


def to_pairs(body: wire.AccountsMergeRequest) -> list[tuple[UUID, UUID]]:
    """The member that stays and the one that goes up in it, for each source in turn.

    Raises:
        InvalidField: the accounts are companies, of which there are none.
    """
    if any(merge.account_type is wire.AccountType.COMPANY for merge in body.account_merge_parameters):
        raise InvalidField("SourceAccountIds", "there are no companies")
    return [
        (merge.target_account_id, source_id)
        for merge in body.account_merge_parameters
        for source_id in merge.source_account_ids
    ]


def from_unknown(body: wire.AccountsMergeRequest, refusal: MemberNotFound) -> MemberNotFound | InvalidField:
    """Which parameter names somebody who is not there: the refusal itself is about sources."""
    targets = {str(merge.target_account_id) for merge in body.account_merge_parameters}
    return InvalidField("TargetAccountId", "unknown") if refusal.identifier in targets else refusal


def to_no_companies(body: wire.CompaniesGetAllRequest, request: Request) -> wire.CompaniesResult:
    """The answer to every good question: there are no companies.

    Raises:
        InvalidField: an interval is none, or the limitation is missing.
        CursorNotFound: there is a cursor.
    """
    interval("CreatedUtc", body.created_utc)
    interval("UpdatedUtc", body.updated_utc)
    if (cursor := limited(body.limitation, request).cursor) is not None:
        raise CursorNotFound(str(cursor))
    return wire.CompaniesResult([], None)
