"""Reads a heat pump, and asks again without paying for what is known already."""

from gateway import HEAT_PUMP, send

path = f"/v1/heat-pumps/{HEAT_PUMP}?fields=hot_water,freshness"
answer = send("GET", path)
pump = answer.json
print(
    f"hot water: {pump['hot_water']['standard_temperature']} °C,"
    f" seen by the device at {pump['freshness']['observed_at']}"
)
print(f"the reading is {pump['freshness']['state']}, the upstream {pump['freshness']['upstream']}")

again = send("GET", path, If_None_Match=answer.headers["ETag"])
print(f"asked again: {again.status}")
