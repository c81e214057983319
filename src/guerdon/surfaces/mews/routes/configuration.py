"""The configuration of a property of Mews."""

from guerdon.engine import Engine, cataloguing, reading
from guerdon.surfaces.mews.mapping import configuration as mapping
from guerdon.surfaces.mews.routes.told import operation
from guerdon.surfaces.mews.wire import configuration as wire
from guerdon.web.operations import Call


async def get_configuration(engine: Engine, call: Call[wire.ConfigurationRequest]) -> wire.Configuration:
    """Read which property and chain are connected."""
    chains = await reading.chains(engine, call.caller)
    chain_id = mapping.to_enterprise(call.caller, call.body.enterprise_id, chains)
    (chain,) = await cataloguing.chains(engine, call.caller, [chain_id])
    return mapping.from_chain(chain, call.at)


OPERATIONS = (
    operation(
        name="configuration/get",
        handle=get_configuration,
        body=wire.ConfigurationRequest,
        answer=wire.Configuration,
        source="Configuration",
    ),
)
