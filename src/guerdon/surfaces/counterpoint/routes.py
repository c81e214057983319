"""CP Extender's operations: parse, map, ask, map."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

from guerdon.core.commands import HoldState
from guerdon.core.refusals import HoldNotOpen, Overloaded
from guerdon.engine import Engine, admitting, finding, holding, posting, reading, showing
from guerdon.surfaces.counterpoint import mapping, wire
from guerdon.web import guessing
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Call, Operation


async def login(engine: Engine, call: Call[wire.LoginRequest]) -> wire.LoginResponse:
    """Trade a user name and password for a token."""
    body = call.body
    lifetime = timedelta(minutes=call.request.minutes[wire.TOKENS])
    signing_in = partial(admitting.sign_in, engine, "counterpoint", body.user_name, body.password, lifetime)
    whose = ("counterpoint", guessing.source_of(call.request), body.user_name)
    issued = await guessing.tried(call.request, whose, signing_in)
    if issued is None:
        raise Unauthorized
    return wire.LoginResponse(issued[0])


async def status(engine: Engine, _call: Call[None]) -> wire.ConnectionStatus:
    """Tell whether points can be earned and spent now."""
    if not await engine.ready():
        raise Overloaded(1)
    defaults = wire.ControlDefaults(wire.STORE, wire.DRAWER)
    settings = wire.InstallationSettings(wire.USER, "", "")
    return wire.ConnectionStatus("Ok", wire.GlobalDefaults(defaults, settings))


async def version(_engine: Engine, _call: Call[None]) -> wire.ConnectionVersion:
    """Tell which version is spoken."""
    return wire.ConnectionVersion(wire.VERSION)


async def customer_from_email(engine: Engine, call: Call[None]) -> wire.CustomerResponse:
    """Read the customer with an email address."""
    member_id = await finding.member(engine, call.caller, mapping.addresses(call.request.path["email"]))
    return mapping.from_member(await reading.member(engine, call.caller, member_id))


async def customer_from_id(engine: Engine, call: Call[None]) -> wire.CustomerResponse:
    """Read the customer with a number."""
    member_id = await finding.member(engine, call.caller, mapping.names(call.request.path["id"]))
    return mapping.from_member(await reading.member(engine, call.caller, member_id))


async def earn(engine: Engine, call: Call[wire.EarnRequest]) -> None:
    """Add points for any kind of event."""
    await posting.post_for(
        engine, call.caller, mapping.names(call.body.customer_number), partial(mapping.to_earn, call)
    )


async def balance_check(engine: Engine, call: Call[wire.BalanceCheckRequest]) -> wire.BalanceCheckResponse:
    """Read a customer's balance, open authorizations and history."""
    names, window = mapping.names(call.request.path["id"]), mapping.to_window(call)
    return mapping.from_statement(*await showing.statement(engine, call.caller, names, window, mapping.to_history))


async def authorize(engine: Engine, call: Call[wire.AuthorizeRequest]) -> wire.AuthorizeResponse:
    """Hold points for a sale."""
    body = mapping.checked(call.body)
    names, hold_id = mapping.names(body.ref or ""), engine.new_id()
    to_hold = partial(mapping.to_hold, call, hold_id)
    if body.requested_points:
        points = Decimal(body.requested_points)
        placed = await posting.post_for(engine, call.caller, names, partial(to_hold, points))
    else:
        price = partial(mapping.to_points, body)
        points, placed = await posting.post_priced(engine, call.caller, names, price, to_hold)
    return mapping.from_hold(call, points, placed.hold_id or hold_id)


async def confirm(engine: Engine, call: Call[wire.AuthorizationRef]) -> None:
    """Spend the points of an authorization; once more changes nothing."""
    hold_id = mapping.hold_id_of(call.body.auth_code)
    try:
        capture = partial(mapping.to_capture, call)
        await holding.finish(engine, call.caller, mapping.names(call.body.ref), hold_id, capture)
    except HoldNotOpen as refusal:
        if refusal.state != HoldState.CAPTURED:
            raise


async def cancel(engine: Engine, call: Call[wire.AuthorizationRef]) -> None:
    """Free the points of an authorization; once more, or after its end, changes nothing."""
    hold_id = mapping.hold_id_of(call.body.auth_code)
    try:
        void = partial(mapping.to_void, call)
        await holding.finish(engine, call.caller, mapping.names(call.body.ref), hold_id, void)
    except HoldNotOpen as refusal:
        if refusal.state not in (HoldState.VOIDED, HoldState.EXPIRED):
            raise


NOBODY = {404: "Nobody has the number or address"}
NO_HOLD = {404: "No such authorization of this customer"}

OPERATIONS = (
    Operation(
        name="SSO/Login",
        method="POST",
        paths=("/SSO/Login",),
        handle=login,
        body=wire.LoginRequest,
        answer=wire.LoginResponse,
        secured=False,
        source="CP Extender: API Overview",
        problems={401: "A wrong name or password", 503: "Too many wrong passwords of the name, or too much at once"},
    ),
    Operation(
        name="Connection/Status",
        method="GET",
        paths=("/Connection/Status",),
        handle=status,
        answer=wire.ConnectionStatus,
        secured=False,
        source="CP Extender: API Overview",
    ),
    Operation(
        name="Connection/GetVersion",
        method="GET",
        paths=("/Connection/GetVersion",),
        handle=version,
        answer=wire.ConnectionVersion,
        secured=False,
        source="CP Extender: API Overview",
    ),
    Operation(
        name="Loyalty/Earn",
        method="POST",
        paths=("/Loyalty/Earn",),
        handle=earn,
        body=wire.EarnRequest,
        status=204,
        source="CP Extender: Loyalty Methods",
        keyed=True,
        problems=NOBODY,
    ),
    Operation(
        name="Loyalty/BalanceCheck",
        method="GET",
        paths=("/Loyalty/{id}/BalanceCheck", "/Loyalty/BalanceCheck/{id}"),
        handle=balance_check,
        body=wire.BalanceCheckRequest,
        optional_body=True,
        answer=wire.BalanceCheckResponse,
        query=("startDate", "endDate"),
        source="CP Extender: Loyalty Methods",
        problems=NOBODY,
    ),
    Operation(
        name="Loyalty/Authorize",
        method="POST",
        paths=("/Loyalty/Authorize",),
        handle=authorize,
        body=wire.AuthorizeRequest,
        answer=wire.AuthorizeResponse,
        source="CP Extender: Loyalty Methods",
        keyed=True,
    ),
    Operation(
        name="Authorize/Confirm",
        method="POST",
        paths=("/Authorize/Confirm",),
        handle=confirm,
        body=wire.AuthorizationRef,
        status=204,
        source="CP Extender: API Authorization Events",
        keyed=True,
        problems=NO_HOLD,
    ),
    Operation(
        name="Authorize/Cancel",
        method="POST",
        paths=("/Authorize/Cancel",),
        handle=cancel,
        body=wire.AuthorizationRef,
        status=204,
        source="CP Extender: API Authorization Events",
        keyed=True,
        problems=NO_HOLD,
    ),
    Operation(
        name="Customer/FromEmail",
        method="GET",
        paths=("/Customer/FromEmail/{email}",),
        handle=customer_from_email,
        answer=wire.CustomerResponse,
        source="CP Extender: customer methods",
        problems=NOBODY,
    ),
    Operation(
        name="Customer/FromId",
        method="GET",
        paths=("/Customer/FromId/{id}",),
        handle=customer_from_id,
        answer=wire.CustomerResponse,
        source="CP Extender: customer methods",
        problems=NOBODY,
    ),
)
