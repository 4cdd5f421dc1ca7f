// Follows the stream of events, and comes back to it where it broke off.
//
// The first argument is the number of the last event that was handled, 0 without it; the second,
// how many events to print before it ends, all of them without it.
import { setTimeout as pause } from "node:timers/promises";
import { open } from "./gateway.mjs";

let last = Number(process.argv[2] ?? 0);
let wanted = Number(process.argv[3] ?? Infinity);
let retry = 3000;

/** Server-Sent Events: an object of its fields for each message. */
async function* messages(chunks) {
  const decoder = new TextDecoder();
  let rest = "";
  let message = {};
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        yield message;
        message = {};
      } else {
        const colon = line.indexOf(":");
        message[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
      }
    }
  }
}

/** Ends a stream that is silent for 45 seconds: a sign of life comes every 15. */
async function* watched(chunks, controller) {
  const timer = setTimeout(() => controller.abort(), 45_000);
  try {
    for await (const chunk of chunks) {
      timer.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
  }
}

while (wanted > 0) {
  const controller = new AbortController();
  try {
    const response = await open("GET", "/v1/stream", {
      headers: { "Last-Event-ID": String(last) },
      signal: controller.signal,
    });
    if (!response.ok) {
      const problem = await response.text();
      if (![429, 503].includes(response.status)) throw new Error(problem);
      retry = 1000 * Number(response.headers.get("Retry-After") ?? 3);
    } else {
      for await (const message of messages(watched(response.body, controller))) {
        if (message.retry) retry = Number(message.retry);
        if (message.event === "resync") {
          console.error("Events are gone: read the heat pumps anew.");
        } else if (message.event === "end") {
          console.error(`The gateway ends the stream: ${message.data}`);
        } else if (message.event) {
          const { data } = JSON.parse(message.data);
          console.log(message.id, message.event, data.alias ?? data.heat_pump_id ?? "-");
          wanted -= 1;
        }
        // Only once the event is handled; keep it where your own data is.
        if (message.id) last = Number(message.id);
        if (wanted === 0) break;
      }
    }
  } catch (error) {
    // A connection that broke, or that `watched` gave up.
    if (!(error instanceof TypeError) && error.name !== "AbortError") throw error;
  }
  if (wanted > 0) await pause(retry * (1 + Math.random() / 2));
}
