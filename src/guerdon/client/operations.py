"""Every operation of the native API as a value: what it takes, and what it answers."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from guerdon.surfaces.native.wire import (
    audit,
    campaigns,
    events,
    exports,
    holds,
    identifiers,
    imports,
    keys,
    members,
    memberships,
    merges,
    orders,
    pending,
    points,
    pools,
    programs,
    redemptions,
    rewards,
    rules,
    tenants,
    tiers,
    webhooks,
)

Body = TypeVar("Body")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Operation(Generic[Body, Answer]):
    """One operation.

    Attributes:
        name: as the API calls it.
        method: the HTTP method.
        path: below the address, with `{parameters}`.
        answer: the model of what comes back; None is nothing.
        is_keyed: it takes an idempotency key.
    """

    name: str
    method: str
    path: str
    answer: Any
    is_keyed: bool


list_members = Operation[None, members.Members]("listMembers", "GET", "/members", members.Members, is_keyed=False)
create_member = Operation[members.NewMember, members.Member](
    "createMember", "POST", "/members", members.Member, is_keyed=True
)
get_member = Operation[None, members.Member]("getMember", "GET", "/members/{member_id}", members.Member, is_keyed=False)
update_member = Operation[members.MemberChange, members.Member](
    "updateMember", "PATCH", "/members/{member_id}", members.Member, is_keyed=True
)
erase_member = Operation[None, None]("eraseMember", "DELETE", "/members/{member_id}", None, is_keyed=True)
export_member = Operation[None, members.MemberExport](
    "exportMember", "GET", "/members/{member_id}/export", members.MemberExport, is_keyed=False
)
list_identifiers = Operation[None, identifiers.Identifiers](
    "listIdentifiers", "GET", "/members/{member_id}/identifiers", identifiers.Identifiers, is_keyed=False
)
add_identifier = Operation[identifiers.NewIdentifier, identifiers.Identifiers](
    "addIdentifier", "POST", "/members/{member_id}/identifiers", identifiers.Identifiers, is_keyed=True
)
remove_identifier = Operation[None, None](
    "removeIdentifier", "DELETE", "/members/{member_id}/identifiers/{namespace}", None, is_keyed=True
)
create_sign_on_code = Operation[None, identifiers.SignOnCode](
    "createSignOnCode", "POST", "/members/{member_id}/sign-on-codes", identifiers.SignOnCode, is_keyed=False
)
list_memberships = Operation[None, memberships.Memberships](
    "listMemberships", "GET", "/members/{member_id}/memberships", memberships.Memberships, is_keyed=False
)
create_membership = Operation[memberships.NewMembership, memberships.Membership](
    "createMembership", "POST", "/members/{member_id}/memberships", memberships.Membership, is_keyed=True
)
get_membership = Operation[None, memberships.Membership](
    "getMembership", "GET", "/memberships/{membership_id}", memberships.Membership, is_keyed=False
)
update_membership = Operation[memberships.MembershipChange, memberships.Membership](
    "updateMembership", "PATCH", "/memberships/{membership_id}", memberships.Membership, is_keyed=True
)
delete_membership = Operation[None, None](
    "deleteMembership", "DELETE", "/memberships/{membership_id}", None, is_keyed=True
)
get_balance = Operation[None, memberships.BalanceAt](
    "getBalance", "GET", "/memberships/{membership_id}/balance", memberships.BalanceAt, is_keyed=False
)
merge_members = Operation[merges.MergeRequest, merges.Merge](
    "mergeMembers", "POST", "/members/{member_id}/merge", merges.Merge, is_keyed=True
)
undo_merge = Operation[None, members.Member](
    "undoMerge", "POST", "/merges/{merge_id}/undo", members.Member, is_keyed=True
)
list_entries = Operation[None, points.Entries](
    "listEntries", "GET", "/memberships/{membership_id}/entries", points.Entries, is_keyed=False
)
get_entry = Operation[None, points.EntryTrace](
    "getEntry", "GET", "/memberships/{membership_id}/entries/{version}", points.EntryTrace, is_keyed=False
)
list_lots = Operation[None, points.Lots](
    "listLots", "GET", "/memberships/{membership_id}/lots", points.Lots, is_keyed=False
)
earn = Operation[points.EarnRequest, points.EarnResult](
    "earn", "POST", "/memberships/{membership_id}/earn", points.EarnResult, is_keyed=True
)
adjust = Operation[points.AdjustRequest, points.EntryResult](
    "adjust", "POST", "/memberships/{membership_id}/adjust", points.EntryResult, is_keyed=True
)
set_points = Operation[points.SetRequest, points.SetResult](
    "set", "POST", "/memberships/{membership_id}/set", points.SetResult, is_keyed=True
)
reverse = Operation[points.ReverseRequest, points.EntryResult](
    "reverse", "POST", "/memberships/{membership_id}/entries/{version}/reverse", points.EntryResult, is_keyed=True
)
transfer = Operation[points.TransferRequest, points.EntryResult](
    "transfer", "POST", "/memberships/{membership_id}/transfer", points.EntryResult, is_keyed=True
)
list_pending_earns = Operation[None, pending.PendingEarns](
    "listPendingEarns", "GET", "/memberships/{membership_id}/pending-earns", pending.PendingEarns, is_keyed=False
)
get_pending_earn = Operation[None, pending.PendingEarn](
    "getPendingEarn", "GET", "/pending-earns/{pending_id}", pending.PendingEarn, is_keyed=False
)
activate_pending_earn = Operation[pending.ActivateRequest, points.ActivateResult](
    "activatePendingEarn", "POST", "/pending-earns/{pending_id}/activate", points.ActivateResult, is_keyed=True
)
cancel_pending_earn = Operation[None, pending.PendingResult](
    "cancelPendingEarn", "POST", "/pending-earns/{pending_id}/cancel", pending.PendingResult, is_keyed=True
)
list_holds = Operation[None, holds.Holds](
    "listHolds", "GET", "/memberships/{membership_id}/holds", holds.Holds, is_keyed=False
)
get_hold = Operation[None, holds.Hold]("getHold", "GET", "/holds/{hold_id}", holds.Hold, is_keyed=False)
place_hold = Operation[holds.HoldRequest, holds.HoldResult](
    "placeHold", "POST", "/memberships/{membership_id}/holds", holds.HoldResult, is_keyed=True
)
capture_hold = Operation[holds.CaptureRequest, holds.CaptureResult](
    "captureHold", "POST", "/holds/{hold_id}/capture", holds.CaptureResult, is_keyed=True
)
void_hold = Operation[None, holds.HoldResult](
    "voidHold", "POST", "/holds/{hold_id}/void", holds.HoldResult, is_keyed=True
)
list_programs = Operation[None, programs.Programs](
    "listPrograms", "GET", "/programs", programs.Programs, is_keyed=False
)
create_program = Operation[programs.NewProgram, programs.Program](
    "createProgram", "POST", "/programs", programs.Program, is_keyed=True
)
get_program = Operation[None, programs.Program](
    "getProgram", "GET", "/programs/{program_id}", programs.Program, is_keyed=False
)
update_program = Operation[programs.ProgramChange, programs.Program](
    "updateProgram", "PATCH", "/programs/{program_id}", programs.Program, is_keyed=True
)
delete_program = Operation[None, None]("deleteProgram", "DELETE", "/programs/{program_id}", None, is_keyed=True)
get_standing = Operation[None, tiers.Standing](
    "getStanding", "GET", "/memberships/{membership_id}/tier", tiers.Standing, is_keyed=False
)
list_tier_moves = Operation[None, tiers.TierMoves](
    "listTierMoves", "GET", "/memberships/{membership_id}/tier-moves", tiers.TierMoves, is_keyed=False
)
grant_tier = Operation[tiers.Grant, tiers.Standing](
    "grantTier", "POST", "/memberships/{membership_id}/tier", tiers.Standing, is_keyed=True
)
list_tiers = Operation[None, tiers.Tiers](
    "listTiers", "GET", "/programs/{program_id}/tiers", tiers.Tiers, is_keyed=False
)
create_tier = Operation[tiers.NewTier, tiers.Tier](
    "createTier", "POST", "/programs/{program_id}/tiers", tiers.Tier, is_keyed=True
)
get_tier = Operation[None, tiers.Tier]("getTier", "GET", "/tiers/{tier_id}", tiers.Tier, is_keyed=False)
update_tier = Operation[tiers.TierChange, tiers.Tier](
    "updateTier", "PATCH", "/tiers/{tier_id}", tiers.Tier, is_keyed=True
)
delete_tier = Operation[None, None]("deleteTier", "DELETE", "/tiers/{tier_id}", None, is_keyed=True)
list_rewards = Operation[None, rewards.Rewards]("listRewards", "GET", "/rewards", rewards.Rewards, is_keyed=False)
create_reward = Operation[rewards.NewReward, rewards.Reward](
    "createReward", "POST", "/rewards", rewards.Reward, is_keyed=True
)
get_reward = Operation[None, rewards.Reward]("getReward", "GET", "/rewards/{reward_id}", rewards.Reward, is_keyed=False)
update_reward = Operation[rewards.RewardChange, rewards.Reward](
    "updateReward", "PATCH", "/rewards/{reward_id}", rewards.Reward, is_keyed=True
)
list_offers = Operation[None, rewards.Offers](
    "listOffers", "GET", "/memberships/{membership_id}/offers", rewards.Offers, is_keyed=False
)
list_redemptions = Operation[None, redemptions.Redemptions](
    "listRedemptions", "GET", "/redemptions", redemptions.Redemptions, is_keyed=False
)
get_redemption = Operation[None, redemptions.Redemption](
    "getRedemption", "GET", "/redemptions/{redemption_id}", redemptions.Redemption, is_keyed=False
)
redeem = Operation[redemptions.NewRedemption, redemptions.Redemption](
    "redeem", "POST", "/memberships/{membership_id}/redemptions", redemptions.Redemption, is_keyed=True
)
issue_redemption = Operation[None, redemptions.Redemption](
    "issueRedemption", "POST", "/redemptions/{redemption_id}/issue", redemptions.Redemption, is_keyed=True
)
fulfil_redemption = Operation[None, redemptions.Redemption](
    "fulfilRedemption", "POST", "/redemptions/{redemption_id}/fulfil", redemptions.Redemption, is_keyed=True
)
cancel_redemption = Operation[None, redemptions.Redemption](
    "cancelRedemption", "POST", "/redemptions/{redemption_id}/cancel", redemptions.Redemption, is_keyed=True
)
list_pools = Operation[None, pools.Pools]("listPools", "GET", "/pools", pools.Pools, is_keyed=False)
create_pool = Operation[pools.NewPool, pools.Pool]("createPool", "POST", "/pools", pools.Pool, is_keyed=True)
get_pool = Operation[None, pools.Pool]("getPool", "GET", "/pools/{pool_id}", pools.Pool, is_keyed=False)
delete_pool = Operation[None, None]("deletePool", "DELETE", "/pools/{pool_id}", None, is_keyed=True)
list_codes = Operation[None, pools.PoolCodes](
    "listCodes", "GET", "/pools/{pool_id}/codes", pools.PoolCodes, is_keyed=False
)
add_codes = Operation[pools.Codes, pools.Filled](
    "addCodes", "POST", "/pools/{pool_id}/codes", pools.Filled, is_keyed=True
)
withdraw_codes = Operation[pools.Codes, pools.Withdrawn](
    "withdrawCodes", "POST", "/pools/{pool_id}/withdraw", pools.Withdrawn, is_keyed=True
)
list_api_keys = Operation[None, keys.ApiKeys]("listApiKeys", "GET", "/api-keys", keys.ApiKeys, is_keyed=False)
create_api_key = Operation[keys.NewApiKey, keys.MadeApiKey](
    "createApiKey", "POST", "/api-keys", keys.MadeApiKey, is_keyed=False
)
get_api_key = Operation[None, keys.ApiKey]("getApiKey", "GET", "/api-keys/{key_id}", keys.ApiKey, is_keyed=False)
revoke_api_key = Operation[None, None]("revokeApiKey", "DELETE", "/api-keys/{key_id}", None, is_keyed=True)
list_changes = Operation[None, audit.AuditLog]("listChanges", "GET", "/audit-log", audit.AuditLog, is_keyed=False)
create_webhook = Operation[webhooks.WebhookRequest, webhooks.Webhook](
    "createWebhook", "POST", "/webhooks", webhooks.Webhook, is_keyed=True
)
list_webhooks = Operation[None, webhooks.Webhooks](
    "listWebhooks", "GET", "/webhooks", webhooks.Webhooks, is_keyed=False
)
get_webhook = Operation[None, webhooks.Webhook](
    "getWebhook", "GET", "/webhooks/{webhook_id}", webhooks.Webhook, is_keyed=False
)
change_webhook = Operation[webhooks.WebhookChange, webhooks.Webhook](
    "changeWebhook", "PATCH", "/webhooks/{webhook_id}", webhooks.Webhook, is_keyed=True
)
delete_webhook = Operation[None, None]("deleteWebhook", "DELETE", "/webhooks/{webhook_id}", None, is_keyed=True)
rotate_webhook_secret = Operation[None, webhooks.Webhook](
    "rotateWebhookSecret", "POST", "/webhooks/{webhook_id}/rotate-secret", webhooks.Webhook, is_keyed=True
)
list_webhook_deliveries = Operation[None, webhooks.Deliveries](
    "listWebhookDeliveries", "GET", "/webhooks/{webhook_id}/deliveries", webhooks.Deliveries, is_keyed=False
)
get_webhook_delivery = Operation[None, webhooks.DeliveryDetail](
    "getWebhookDelivery", "GET", "/webhooks/{webhook_id}/deliveries/{event_id}", webhooks.DeliveryDetail, is_keyed=False
)
test_webhook = Operation[None, webhooks.DeliveryDetail](
    "testWebhook", "POST", "/webhooks/{webhook_id}/test", webhooks.DeliveryDetail, is_keyed=True
)
replay_webhook_delivery = Operation[None, webhooks.ReplayResult](
    "replayWebhookDelivery",
    "POST",
    "/webhooks/{webhook_id}/deliveries/{event_id}/replay",
    webhooks.ReplayResult,
    is_keyed=True,
)
replay_webhook = Operation[None, webhooks.ReplayResult](
    "replayWebhook", "POST", "/webhooks/{webhook_id}/replay", webhooks.ReplayResult, is_keyed=True
)
place_order = Operation[orders.OrderRequest, orders.Order]("placeOrder", "POST", "/orders", orders.Order, is_keyed=True)
preview_order = Operation[orders.PreviewRequest, orders.Preview](
    "previewOrder", "POST", "/orders/preview", orders.Preview, is_keyed=False
)
list_orders = Operation[None, orders.Orders]("listOrders", "GET", "/orders", orders.Orders, is_keyed=False)
get_order = Operation[None, orders.Order]("getOrder", "GET", "/orders/{order_id}", orders.Order, is_keyed=False)
return_order = Operation[orders.ReturnRequest, orders.ReturnResult](
    "returnOrder", "POST", "/orders/{order_id}/returns", orders.ReturnResult, is_keyed=True
)
list_events = Operation[None, orders.Orders]("listEvents", "GET", "/events", orders.Orders, is_keyed=False)
preview_event = Operation[events.EventPreviewRequest, orders.Preview](
    "previewEvent", "POST", "/events/preview", orders.Preview, is_keyed=False
)
get_event = Operation[None, orders.Order]("getEvent", "GET", "/events/{event_id}", orders.Order, is_keyed=False)
report_event = Operation[events.EventRequest, orders.Order](
    "reportEvent", "POST", "/events", orders.Order, is_keyed=True
)
cancel_event = Operation[None, orders.Order](
    "cancelEvent", "POST", "/events/{event_id}/cancel", orders.Order, is_keyed=True
)
validate_rules = Operation[rules.ValidateRequest, rules.Validation](
    "validateRules", "POST", "/rule-sets/validate", rules.Validation, is_keyed=False
)
draft_rules = Operation[rules.RuleSetRequest, rules.RuleSet](
    "draftRules", "POST", "/programs/{program_id}/rule-sets", rules.RuleSet, is_keyed=True
)
list_rules = Operation[None, rules.RuleSets](
    "listRules", "GET", "/programs/{program_id}/rule-sets", rules.RuleSets, is_keyed=False
)
get_rules = Operation[None, rules.RuleSet](
    "getRules", "GET", "/programs/{program_id}/rule-sets/{rule_version}", rules.RuleSet, is_keyed=False
)
change_rules = Operation[rules.RuleSetRequest, rules.RuleSet](
    "changeRules", "PUT", "/programs/{program_id}/rule-sets/{rule_version}", rules.RuleSet, is_keyed=True
)
publish_rules = Operation[rules.PublishRequest, rules.RuleSet](
    "publishRules", "POST", "/programs/{program_id}/rule-sets/{rule_version}/publish", rules.RuleSet, is_keyed=True
)
withdraw_rules = Operation[None, rules.RuleSet](
    "withdrawRules", "POST", "/programs/{program_id}/rule-sets/{rule_version}/withdraw", rules.RuleSet, is_keyed=True
)
backtest_rules = Operation[rules.BacktestRequest, rules.Backtest](
    "backtestRules", "POST", "/programs/{program_id}/rule-sets/{rule_version}/backtest", rules.Backtest, is_keyed=False
)
list_campaigns = Operation[None, campaigns.Campaigns](
    "listCampaigns", "GET", "/programs/{program_id}/campaigns", campaigns.Campaigns, is_keyed=False
)
get_campaign = Operation[None, campaigns.Campaign](
    "getCampaign", "GET", "/programs/{program_id}/campaigns/{code}", campaigns.Campaign, is_keyed=False
)
create_import = Operation[imports.NewImport, imports.Import](
    "createImport", "POST", "/imports", imports.Import, is_keyed=True
)
list_imports = Operation[None, imports.Imports]("listImports", "GET", "/imports", imports.Imports, is_keyed=False)
get_import = Operation[None, imports.Import]("getImport", "GET", "/imports/{import_id}", imports.Import, is_keyed=False)
put_import_part = Operation[bytes, None](
    "putImportPart", "PUT", "/imports/{import_id}/parts/{number}", None, is_keyed=False
)
run_import = Operation[imports.RunRequest, imports.Import](
    "runImport", "POST", "/imports/{import_id}/run", imports.Import, is_keyed=True
)
list_bad_rows = Operation[None, imports.BadRows](
    "listBadRows", "GET", "/imports/{import_id}/bad-rows", imports.BadRows, is_keyed=False
)
create_export = Operation[None, exports.Export]("createExport", "POST", "/exports", exports.Export, is_keyed=True)
list_exports = Operation[None, exports.Exports]("listExports", "GET", "/exports", exports.Exports, is_keyed=False)
get_export = Operation[None, exports.Export]("getExport", "GET", "/exports/{export_id}", exports.Export, is_keyed=False)
get_export_part = Operation[None, bytes](
    "getExportPart", "GET", "/exports/{export_id}/parts/{number}", bytes, is_keyed=False
)
list_tenants = Operation[None, tenants.Tenants]("listTenants", "GET", "/tenants", tenants.Tenants, is_keyed=False)
create_tenant = Operation[tenants.NewTenant, tenants.MadeTenant](
    "createTenant", "POST", "/tenants", tenants.MadeTenant, is_keyed=False
)
get_tenant = Operation[None, tenants.Tenant]("getTenant", "GET", "/tenants/{tenant_id}", tenants.Tenant, is_keyed=False)
update_tenant = Operation[tenants.TenantChange, tenants.Tenant](
    "updateTenant", "PATCH", "/tenants/{tenant_id}", tenants.Tenant, is_keyed=True
)
create_tenant_key = Operation[tenants.NewTenantKey, keys.MadeApiKey](
    "createTenantKey", "POST", "/tenants/{tenant_id}/api-keys", keys.MadeApiKey, is_keyed=False
)
