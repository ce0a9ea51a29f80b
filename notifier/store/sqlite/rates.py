"""Orders with some statuses within a window, counted in SQLite by a field of theirs."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.core import status
from notifier.core.shopwide import Count
from notifier.core.trigger import Rate
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.schema_timing import HAPPENED

# What happened within the window, by the index `updates_happened` alone.
_WITHIN = (
    "SELECT {columns} FROM updates INDEXED BY updates_happened"
    f" WHERE code IN (SELECT value FROM json_each(:codes)) AND {HAPPENED} > :since AND {HAPPENED} <= :now"
)
_COUNTED = (
    "code IN (SELECT value FROM json_each(:of)) AS is_of,"
    " code IN (SELECT value FROM json_each(:among)) AS is_among"
)
_EACH_ORDER = (
    "SELECT ref, max(is_of) AS is_of, max(is_among) AS is_among FROM"
    f" ({_WITHIN.format(columns=f'ref, {_COUNTED}')}) GROUP BY ref"
)
_TOTALS = (
    "SELECT {value} AS value, sum(is_of AND is_among) AS n_of, sum(is_among) AS n_among"
    " FROM {orders} GROUP BY 1"
)

# An update that lists no parcels is about all those of its order, as for `match`.
_BY_PARCEL = (
    "(SELECT u.ref, coalesce(s.value ->> {field}, '') AS value, max(is_of) AS is_of,"
    " max(is_among) AS is_among"
    f" FROM ({_WITHIN.format(columns=f'ref, shipments, {_COUNTED}')}) AS u"
    " LEFT JOIN json_each(iif(u.shipments = '[]', (SELECT json_group_array(json(p.value))"
    "  FROM updates o, json_each(o.shipments) AS p WHERE o.ref = u.ref), u.shipments)) AS s GROUP BY 1, 2)"
)
_BY_STATUS = (
    f"(SELECT ref, code AS value, max(is_of) AS is_of, max(is_among) AS is_among"
    f" FROM ({_WITHIN.format(columns=f'ref, code, {_COUNTED}')}) GROUP BY 1, 2)"
)
_BY_ORDER = f"({_EACH_ORDER}) AS u LEFT JOIN orders c ON c.ref = u.ref LEFT JOIN lookups l ON l.ref = u.ref"

_PARCEL_FIELDS = {"carrier": 0, "carrier_name": 1, "tracking_code": 2}

# The first source with an address wins whole (`core.contact.combine`).
_CONTACT = (
    "coalesce(iif(coalesce(l.email, l.phone) IS NOT NULL AND"
    " (l.before_registered OR coalesce(c.email, c.phone) IS NULL),"
    " json_extract(l.finding, '$.contact.{0}'), iif(c.email IS NULL AND c.phone IS NULL,"
    " coalesce(c.{0}, json_extract(l.finding, '$.contact.{0}')), c.{0})), '')"
)
_ATTRIBUTE = (
    "coalesce(iif(l.before_registered, json_extract(l.finding, :found), NULL),"
    " json_extract(c.attributes, :path), json_extract(l.finding, :found), '')"
)
_ORDER_ID = "coalesce((SELECT max(order_id) FROM updates o WHERE o.ref = u.ref), '')"


def count_orders(database: Database, rate: Rate, now: float) -> Mapping[str, Count]:
    """Count orders by the value of `rate.by`, those that were forgotten as well."""
    field, _, attribute = rate.by.partition(".")
    path = "".join(f'."{key}"' for key in attribute.split(".")) if attribute else ""
    found = database.read(
        _statement(field),
        {
            "codes": rows.encode(sorted(rate.of | rate.among)),
            "of": rows.encode(sorted(rate.of)),
            "among": rows.encode(sorted(rate.among)),
            "since": now - rate.window,
            "now": now,
            "path": f"${path}",
            "found": f"$.attributes{path}",
        },
    )
    name = status.name if field == "status" else str
    return {
        name(row["value"]): Count(row["n_of"], row["n_among"]) for row in found if row["n_of"] is not None
    }


def _statement(field: str) -> str:
    if field in _PARCEL_FIELDS:
        return _TOTALS.format(value="value", orders=_BY_PARCEL.format(field=_PARCEL_FIELDS[field]))
    match field:
        case "":
            return _TOTALS.format(value="''", orders=f"({_EACH_ORDER})")
        case "ref":
            return _TOTALS.format(value="ref", orders=f"({_EACH_ORDER})")
        case "status":
            return _TOTALS.format(value="value", orders=_BY_STATUS)
        case "order_id":
            return _TOTALS.format(value=_ORDER_ID, orders=_BY_ORDER)
        case "country" | "locale":
            return _TOTALS.format(value=_CONTACT.format(field), orders=_BY_ORDER)
    return _TOTALS.format(value=_ATTRIBUTE, orders=_BY_ORDER)
