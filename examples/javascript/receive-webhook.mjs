// Subscribes to events, has the gateway send one, and verifies its signature.
//
// The gateway must be allowed to send to this machine: `webhooks_out: {allow: [127.0.0.0/8]}`.
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { send } from "./gateway.mjs";

/** Whether a delivery is genuine: over the bytes as they came, before anything is parsed. */
function verify(secret, headers, body) {
  const { "webhook-id": id, "webhook-timestamp": sent, "webhook-signature": given } = headers;
  // An old delivery may be somebody's recording.
  if (!id || !given || !(Math.abs(Date.now() / 1000 - Number(sent)) < 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${sent}.`).update(body).digest();
  return given.split(" ").some((one) => {
    const signature = Buffer.from(one.replace(/^v1,/, ""), "base64");
    // In constant time, without a first wrong byte that would tell how near a guess was.
    return signature.length === wanted.length && timingSafeEqual(signature, wanted);
  });
}

let secret;
const seen = new Set();
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const isGenuine = verify(secret, request.headers, body);
  // Store the event here, answer soon, and work on it afterwards.
  response.writeHead(isGenuine ? 204 : 401).end();
  // Events come at least once: answer a repeat, too, and do nothing.
  const id = request.headers["webhook-id"];
  if (!isGenuine || seen.has(id)) return;
  seen.add(id);
  server.emit("genuine", JSON.parse(body));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

const { body: subscription } = await send("POST", "/v1/subscriptions", {
  body: {
    url: `http://127.0.0.1:${server.address().port}/hooks`,
    event_types: ["heat_pump.settings_changed"],
    heat_pumps: ["*"],
  },
});
// Shown this once: into the store of secrets with it.
secret = subscription.secret;
const path = `/v1/subscriptions/${subscription.id}`;
try {
  const arrival = once(server, "genuine", { signal: AbortSignal.timeout(20_000) });
  const { body: test } = await send("POST", `${path}/test`);
  console.log(`test: ${test.outcome}`);
  const [event] = await arrival;
  console.log(`genuine: ${event.type}`);
  const now = String(Math.floor(Date.now() / 1000));
  const forged = { "webhook-id": "x", "webhook-timestamp": now, "webhook-signature": "v1,AA==" };
  console.log(`a forged one is taken: ${verify(secret, forged, Buffer.from("{}"))}`);
} finally {
  await send("DELETE", path);
  server.closeAllConnections();
  server.close();
}
