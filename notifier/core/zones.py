"""The time zone that stands for a country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PRIMARY_ZONES = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}
"""Countries of several zones of which one stands for the country (Unicode CLDR 45, primaryZones)."""


def usual_zone(country: str | None, zones_of: Mapping[str, Sequence[str]]) -> str | None:
    """Return the zone of a country, None for one with several of which none stands for it.

    Args:
        country: ISO 3166 alpha-2.
        zones_of: all zones by country.
    """
    zones = zones_of.get(country or "", [])
    return zones[0] if len(zones) == 1 else PRIMARY_ZONES.get(country or "")
