"""Files to what is to be imported, and imports as the native API shows them; pure."""

from guerdon.core.members import OURS
from guerdon.engine.uploading import Shown, Upload
from guerdon.surfaces.native.wire import imports as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call


def to_upload(call: Call[wire.NewImport]) -> Upload:
    """A file that is to come.

    Raises:
        InvalidField: `id` is to be a name that is not the merchant's to give, or what is no order is to earn.
    """
    body = call.body
    if body.namespace in OURS:
        raise InvalidField("namespace", "must be one of your own: names in it are not given by hand")
    if body.earn and body.kind != "orders":
        raise InvalidField("earn", "is for orders only")
    return Upload(
        caller=call.caller,
        kind=body.kind,
        format=body.format,
        program_id=body.program_id,
        namespace=body.namespace,
        earns=body.earn,
    )


def from_import(found: Shown) -> wire.Import:
    """An import as it stands."""
    made, far = found
    return wire.Import(
        id=made.id,
        kind=made.kind,
        state=made.state,
        format=made.format,
        program_id=made.program_id,
        namespace=made.namespace,
        earn=made.earns,
        dry_run=made.is_trial,
        skip_bad=made.skips_bad,
        parts=far.parts,
        size_bytes=far.size_bytes,
        rows=made.rows,
        bad_rows=made.bad,
        written_rows=far.written,
        problem=made.problem,
        created_at=made.created_at,
        finished_at=made.finished_at,
    )
