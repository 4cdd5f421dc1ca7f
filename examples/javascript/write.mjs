// Sets the hot-water temperature to the first argument, and follows the operation.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { HEAT_PUMP, send } from "./gateway.mjs";

const temperature = Number(process.argv[2] ?? 50.5);
const path = `/v1/heat-pumps/${HEAT_PUMP}`;

// The decision is made on this state; whoever changes the setting meanwhile is not overwritten.
const { headers } = await send("GET", path);

let operation;
try {
  const answer = await send("PATCH", path, {
    body: { hot_water: { standard_temperature: temperature } },
    headers: {
      "If-Match": headers.get("ETag"),
      // One for each decision, however often it has to be sent.
      "Idempotency-Key": randomUUID(),
      Prefer: "respond-async",
    },
  });
  operation = answer.body;
} catch (problem) {
  if (problem.type !== "/problems/precondition-failed") throw problem;
  console.error("It has changed since it was read: read it again, decide again.");
  process.exit(1);
}
console.log(`operation: ${operation.id}`);

// `accepted`: the upstream has stored it. `verified` comes when the device shows it, up to 45
// minutes later; an event tells, so nobody need wait for it here.
while (["queued", "sent"].includes(operation.state)) {
  await pause(500);
  operation = (await send("GET", `/v1/operations/${operation.id}`)).body;
}
console.log(`state: ${operation.state}`);
process.exitCode = ["accepted", "verified"].includes(operation.state) ? 0 : 1;
