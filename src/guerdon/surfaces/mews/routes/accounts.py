"""Accounts and companies of Mews."""

from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, merging
from guerdon.surfaces.mews.mapping import accounts as mapping
from guerdon.surfaces.mews.mapping import minimal
from guerdon.surfaces.mews.routes.told import operation
from guerdon.surfaces.mews.wire import Empty
from guerdon.surfaces.mews.wire import accounts as wire
from guerdon.web.operations import Answer, Call


async def merge(engine: Engine, call: Call[wire.AccountsMergeRequest]) -> Empty | Answer:
    """Make one account of several, all merges or none; points, memberships and names come along."""
    try:
        await merging.merge_all(engine, call.caller, mapping.to_pairs(call.body))
    except MemberNotFound as refusal:
        raise mapping.from_unknown(call.body, refusal) from None
    return Answer(204) if minimal(call.request) else Empty()


async def get_companies(_engine: Engine, call: Call[wire.CompaniesGetAllRequest]) -> wire.CompaniesResult | Answer:
    """Read companies, of which there are none."""
    found = mapping.to_no_companies(call.body, call.request)
    return Answer(204) if minimal(call.request) else found


OPERATIONS = (
    operation(
        name="accounts/merge",
        handle=merge,
        body=wire.AccountsMergeRequest,
        answer=Empty,
        source="Accounts",
    ),
    operation(
        name="companies/getAll",
        handle=get_companies,
        body=wire.CompaniesGetAllRequest,
        answer=wire.CompaniesResult,
        source="Companies",
    ),
)
