// A small client of the gateway: Node's own modules only, to be copied and changed.
//
// GATEWAY is the gateway's address, KEY the app's key, HEAT_PUMP an alias or an id.
import { setTimeout as pause } from "node:timers/promises";

export const GATEWAY = process.env.GATEWAY;
export const HEAT_PUMP = process.env.HEAT_PUMP ?? "smith-home";
if (!GATEWAY || !process.env.KEY) throw new Error("GATEWAY and KEY must be set");

/** What the gateway refuses, or what failed (RFC 9457). */
export class Problem extends Error {
  constructor(status, body) {
    super(`${status} ${body.type}: ${body.detail} (${body.resolution})`);
    Object.assign(this, { status, type: body.type, resolution: body.resolution, body });
  }
}

/** The bare response, whatever its status. */
export function open(method, path, { headers = {}, body, signal } = {}) {
  return fetch(GATEWAY + path, {
    method,
    headers: {
      Authorization: `Bearer ${process.env.KEY}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
}

/**
 * Sends a request, and repeats what may succeed later: `{status, headers, body}`.
 *
 * A write is repeated only if it has an `Idempotency-Key`: without one, a lost answer leaves open
 * what became of it.
 */
export async function send(method, path, { headers = {}, body, attempts = 4 } = {}) {
  const mayRepeat = method === "GET" || "Idempotency-Key" in headers;
  for (let attempt = 1; ; attempt += 1) {
    // Some chance in it, so that a thousand clients do not come back in the same moment.
    let delay = 1000 * 2 ** attempt * (0.5 + Math.random() / 2);
    try {
      const signal = AbortSignal.timeout(60_000);
      const response = await open(method, path, { headers, body, signal });
      const text = await response.text();
      if (response.ok || response.status === 304) {
        // Numbers lose their digits in JavaScript: 48.0 becomes 48.
        return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
      }
      const problem = new Problem(response.status, JSON.parse(text));
      const retryAfter = response.headers.get("Retry-After");
      if (retryAfter) delay = 1000 * Number(retryAfter);
      if (problem.resolution !== "retry_later" || !mayRepeat || attempt === attempts) throw problem;
    } catch (error) {
      // `fetch` throws a TypeError for whatever happens to the connection.
      const isNetwork = error instanceof TypeError || error.name === "TimeoutError";
      if (!isNetwork || !mayRepeat || attempt === attempts) throw error;
    }
    await pause(delay);
  }
}
