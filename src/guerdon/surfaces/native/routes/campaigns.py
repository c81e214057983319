"""Campaigns of the native API."""

from guerdon.core.refusals import ProgramNotFound
from guerdon.engine import Engine, campaigning
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import campaigns as words
from guerdon.surfaces.native.mapping import pages
from guerdon.surfaces.native.routes.told import PAGE_PROBLEMS, READ, READ_PROBLEMS, asked
from guerdon.surfaces.native.wire import campaigns as wire
from guerdon.web.operations import Call, Operation


async def list_campaigns(engine: Engine, call: Call[None]) -> wire.Campaigns:
    """List the campaigns of a program's rules, drafts apart, by code."""
    query = asked(call, wire.CampaignsQuery)
    program_id = mapping.id_of(call, "program_id", ProgramNotFound)
    after = pages.after_cursor(query.cursor, "campaigns", words.code)
    state = mapping.or_kept(query.state, None)
    found = await campaigning.page(
        engine, call.caller, program_id, call.at, state=state, after=after, limit=query.limit + 1
    )
    page, cursor = pages.paged(found, query.limit, "campaigns", lambda each: each.campaign.code)
    return wire.Campaigns([words.from_campaign(each) for each in page], cursor)


async def get_campaign(engine: Engine, call: Call[None]) -> wire.Campaign:
    """Read a campaign, with what it has given and what is left of its budget."""
    program_id = mapping.id_of(call, "program_id", ProgramNotFound)
    return words.from_campaign(await campaigning.get(engine, call.caller, program_id, words.code_of(call), call.at))


OPERATIONS = (
    Operation(
        name="listCampaigns",
        paths=("/programs/{program_id}/campaigns",),
        handle=list_campaigns,
        query=wire.CampaignsQuery,
        answer=wire.Campaigns,
        tag="Campaigns",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="getCampaign",
        paths=("/programs/{program_id}/campaigns/{code}",),
        handle=get_campaign,
        answer=wire.Campaign,
        tag="Campaigns",
        problems=READ_PROBLEMS,
        **READ,
    ),
)
