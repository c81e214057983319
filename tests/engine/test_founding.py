"""A tenant is founded all at once or not at all, and only once."""

import asyncio
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from conftest import Shop
from engine.people import stored
from guerdon.core.programs import ChannelLink, ChannelProfile
from guerdon.core.rewards import Reward, RewardKind
from guerdon.engine import Engine, admitting
from guerdon.engine.founding import Founding, NewCredential, found
from guerdon.storage import credentials


@pytest.fixture
def founding(shop: Shop) -> Founding:
    """A tenant that is not there yet, with everything."""
    tenant_id, chain_id, program_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    return Founding(
        tenant_id=tenant_id,
        slug=tenant_id.hex,
        name="Shop",
        chain_id=chain_id,
        programs=[replace(shop.program, id=program_id, chain_id=chain_id)],
        links=[(ChannelLink(uuid.uuid4().hex, program_id, shows_tiers=True), True)],
        credentials=[
            NewCredential(surface="native", name=tenant_id.hex, secret="secret", tokens=(f"token-{tenant_id}",)),
            NewCredential(
                surface="other",
                name=tenant_id.hex,
                secret="secret",
                tokens=(f"token-{tenant_id}",),
                bound_to_chain=True,
            ),
        ],
    )


async def test_its_credentials_let_callers_in(engine: Engine, founding: Founding) -> None:
    """By token and by secret, each on its own surface; bound to the chain where that was asked for."""
    assert await found(engine, founding)
    slug = founding.slug
    token = f"token-{founding.tenant_id}"
    native = await admitting.by_token(engine, "native", token)
    other = await admitting.by_token(engine, "other", token)
    assert native is not None
    assert other is not None
    assert (native.tenant_id, native.chain_id) == (founding.tenant_id, None)
    assert (other.tenant_id, other.chain_id) == (founding.tenant_id, founding.chain_id)
    assert await admitting.by_secret(engine, "native", slug, "secret") == native


async def test_only_what_everybody_knows_is_hashed_quickly(engine: Engine, founding: Founding) -> None:
    """Any other secret would be found out by whoever gets hold of its hash."""
    known = NewCredential(surface="third", name=founding.slug, secret="secret", is_public=True)
    assert await found(engine, replace(founding, credentials=[*founding.credentials, known]))
    async with engine.database.connection() as connection:
        made = [await credentials.by_name(connection, surface, founding.slug) for surface in ("native", "third")]
    assert ["$m=8," in str(each.secret_hash) for each in made if each] == [False, True]
    assert await admitting.by_secret(engine, "third", founding.slug, "secret") is not None


async def test_the_second_time_changes_nothing(engine: Engine, founding: Founding) -> None:
    """Not even its credentials: they may have been taken back since."""
    assert await found(engine, founding)
    later = NewCredential(surface="native", name=uuid.uuid4().hex, secret="secret", tokens=(uuid.uuid4().hex,))
    assert not await found(engine, replace(founding, name="Other", credentials=[later]))
    assert await admitting.by_token(engine, "native", later.tokens[0]) is None


async def test_what_cannot_be_founded_leaves_nothing(engine: Engine, founding: Founding) -> None:
    """A link to a program that is not there undoes the rest."""
    broken: dict[str, Any] = {"links": [(ChannelLink(uuid.uuid4().hex, uuid.uuid4(), shows_tiers=True), True)]}
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await found(engine, replace(founding, **broken))
    assert await admitting.by_token(engine, "native", f"token-{founding.tenant_id}") is None
    assert await found(engine, founding), "as if nothing had been"


async def test_two_that_found_it_at_once(engine: Engine, founding: Founding) -> None:
    """As two servers that start together do: one founds it, and the others hear that it is there."""
    assert sorted(await asyncio.gather(*(found(engine, founding) for _ in range(6)))) == [False] * 5 + [True]
    rows = await stored(engine, founding.tenant_id)
    counts = {table: len(rows[table]) for table in ("tenants", "chains", "programs", "credentials", "tokens")}
    assert counts == {"tenants": 1, "chains": 1, "programs": 1, "credentials": 2, "tokens": 2}


async def test_what_another_tenant_has_is_not_taken_over(engine: Engine, founding: Founding) -> None:
    """Nor left out in silence, or a token of ours would open the other tenant: nothing is founded."""
    assert await found(engine, founding)
    ours = await stored(engine, founding.tenant_id)
    first = founding.credentials[0]
    tenant_id, chain_id = uuid.uuid4(), uuid.uuid4()
    program = replace(founding.programs[0], id=uuid.uuid4(), chain_id=chain_id)
    link = ChannelLink(uuid.uuid4().hex, program.id, shows_tiers=True)
    fresh = Founding(
        tenant_id=tenant_id,
        slug=tenant_id.hex,
        name="Other",
        chain_id=chain_id,
        programs=[program],
        links=[(link, True)],
    )
    taken: list[dict[str, Any]] = [
        {"slug": founding.slug},
        {"chain_id": founding.chain_id},
        {"programs": [replace(program, id=founding.programs[0].id)]},
        {"links": [(replace(link, id=founding.links[0][0].id), True)]},
        {"credentials": [replace(first, tokens=())]},
        {"credentials": [replace(first, name=uuid.uuid4().hex)]},
    ]
    for more in taken:
        with pytest.raises(asyncpg.UniqueViolationError):
            await found(engine, replace(fresh, **more))
        assert not any((await stored(engine, tenant_id)).values())
    assert await stored(engine, founding.tenant_id) == ours
    assert await found(engine, fresh)


async def test_it_has_its_rewards_and_profiles(engine: Engine, founding: Founding) -> None:
    """Each in the program that it names."""
    program_id = founding.programs[0].id
    profile = ChannelProfile(id="profile", account="account", program_id=program_id)
    reward = Reward(
        id=uuid.uuid4(), program_id=program_id, code="r", title="R", kind=RewardKind.CUSTOM, cost=Decimal("1.5")
    )
    assert await found(engine, replace(founding, profiles=[profile], rewards=[reward]))
    rows = await stored(engine, founding.tenant_id)
    assert (len(rows["channel_profiles"]), len(rows["rewards"])) == (1, 1)
