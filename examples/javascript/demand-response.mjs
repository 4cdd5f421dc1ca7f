// Pauses heat pumps for a grid operator's event and puts everything back afterwards.
// The first argument says after how long, PT5S without it.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { HEAT_PUMP, send } from "./gateway.mjs";

const job = {
  heat_pumps: [HEAT_PUMP],
  command: "pause",
  with: { for: "PT2H" },
  rate_per_second: 20,
  abort_above_percent: 20,
  revert_after: process.argv[2] ?? "PT5S",
};

// First, what it would come to; nothing is sent.
const { body: preview } = await send("POST", "/v1/jobs", { body: { ...job, dry_run: true } });
console.log(`dry run: ${preview.unchanged} unchanged, ${preview.refused} refused`);

const created = await send("POST", "/v1/jobs", {
  body: job,
  headers: { "Idempotency-Key": randomUUID() },
});
let running = created.body;
let state;
while (running.ended_at === null) {
  if (running.state !== state) {
    state = running.state;
    console.log(`job: ${state}`);
  }
  await pause(500);
  running = (await send("GET", `/v1/jobs/${running.id}`)).body;
}
console.log(`job: ${running.state}`);

// What became of each heat pump, page by page.
let cursor = "";
while (cursor !== null) {
  const { body: page } = await send("GET", `/v1/jobs/${running.id}/results?limit=100${cursor}`);
  for (const { alias, heat_pump_id: id, change, revert } of page.items) {
    console.log(`${alias ?? id}: ${change.outcome}, put back: ${revert.outcome}`);
  }
  cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
}
