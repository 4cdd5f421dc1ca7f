// Reads a heat pump, and asks again without paying for what is known already.
import { HEAT_PUMP, send } from "./gateway.mjs";

const path = `/v1/heat-pumps/${HEAT_PUMP}?fields=hot_water,freshness`;
const { headers, body: pump } = await send("GET", path);
console.log(
  `hot water: ${pump.hot_water.standard_temperature} °C, seen by the device at ${pump.freshness.observed_at}`,
);
console.log(`the reading is ${pump.freshness.state}, the upstream ${pump.freshness.upstream}`);

const again = await send("GET", path, { headers: { "If-None-Match": headers.get("ETag") } });
console.log(`asked again: ${again.status}`);
