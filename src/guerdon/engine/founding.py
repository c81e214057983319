"""Founds a tenant: its chain, programs, tiers, rewards, channel links and credentials, all at once or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from guerdon.core.programs import ChannelLink, ChannelProfile, Program, Tier
from guerdon.core.rewards import Reward
from guerdon.engine import admitting
from guerdon.engine.engine import Engine
from guerdon.storage import credentials, programs, rewards, tenants
from guerdon.storage.credentials import Credential
from guerdon.storage.queries import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """A credential to hand out: its name and secret, tokens that never expire, and what requests are signed with.

    A secret that is public, as those of the demo are, is hashed quickly.
    """

    surface: str
    name: str
    secret: str
    tokens: tuple[str, ...] = ()
    bound_to_chain: bool = False
    scopes: frozenset[str] = frozenset()
    signing_secrets: tuple[str, ...] = ()
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """A tenant as it begins; the first program is the default one."""

    tenant_id: UUID
    slug: str
    name: str
    chain_id: UUID
    programs: Sequence[Program]
    tiers: Sequence[Tier] = ()
    links: Sequence[tuple[ChannelLink, bool]] = ()
    profiles: Sequence[ChannelProfile] = ()
    rewards: Sequence[Reward] = ()
    credentials: Sequence[NewCredential] = ()


async def found(engine: Engine, founding: Founding) -> bool:
    """Founds the tenant; False where it is there already, and then nothing is changed.

    An id, slug, name, token or link that another tenant has fails all of it: none is shared, none is left out.
    """
    async with engine.database.connection() as connection:
        if await tenants.exists(connection, founding.tenant_id):
            return False
    hashes = [await admitting.hashed(engine, new.secret, is_public=new.is_public) for new in founding.credentials]
    now = engine.clock()

    async def work(connection: Connection) -> bool:
        if not await tenants.insert(connection, founding.tenant_id, founding.slug, founding.name, now):
            return False  # somebody else founded it while we hashed
        await tenants.insert_chain(connection, founding.tenant_id, founding.chain_id, founding.name)
        for index, program in enumerate(founding.programs):
            await tenants.insert_program(connection, founding.tenant_id, program, is_default=index == 0, now=now)
        for tier in founding.tiers:
            await tenants.insert_tier(connection, tier)
        for link, is_active in founding.links:
            await tenants.insert_link(connection, founding.tenant_id, link, is_active=is_active)
        for profile in founding.profiles:
            await programs.keep_profile(connection, founding.tenant_id, profile, now)
        for reward in founding.rewards:
            await rewards.insert(connection, founding.tenant_id, reward, now)
        for new, secret_hash in zip(founding.credentials, hashes, strict=True):
            await _grant(engine, connection, founding, new, secret_hash)
        return True

    return await engine.database.retrying(work)


async def _grant(
    engine: Engine, connection: Connection, founding: Founding, new: NewCredential, secret_hash: str
) -> None:
    now = engine.clock()
    credential = Credential(
        id=engine.new_id(),
        tenant_id=founding.tenant_id,
        chain_id=founding.chain_id if new.bound_to_chain else None,
        scopes=new.scopes,
        secret_hash=secret_hash,
        signing_secrets=new.signing_secrets,
    )
    await credentials.insert(connection, new.surface, new.name, credential, now)
    for token in new.tokens:
        await credentials.insert_token(
            connection, new.surface, admitting.token_hash(token), credential.id, now=now, expires_at=None
        )
