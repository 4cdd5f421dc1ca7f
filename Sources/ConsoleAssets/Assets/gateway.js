// The way to the gateway: same origin, the session's cookie, and its token for what changes something.

export const session = { role: null, csrf: null, idle: 1800, version: '', organisations: [] };

/** A problem answer (RFC 9457), or no answer at all. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || (status ? `The gateway answered ${status}.` : 'The gateway does not answer.'));
    this.status = status;
    this.type = (body?.type ?? '').replace('/problems/', '');
    this.title = body?.title;
    this.errors = body?.errors ?? [];
  }
}

async function send(path, options) {
  let answer;
  try {
    answer = await fetch(path, { cache: 'no-store', redirect: 'error', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0);
  }
  if (answer.status === 401) {
    location.assign('/login');
    throw new Problem(401, { detail: 'The session is over.' });
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem(answer.status, body);
  return body;
}

/** Reads; parameters without a value are left out. */
export function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== ''));
  return send(query.size ? `${path}?${query}` : path, { signal });
}

/** Changes something. */
export function post(path, body = undefined) {
  const headers = session.csrf ? { 'X-CSRF-Token': session.csrf } : {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return send(path, { method: 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

/** Finds out who is logged in. */
export async function begin() {
  const found = await get('/admin/session');
  Object.assign(session, { role: found.role, csrf: found.csrf_token, idle: found.idle_seconds || 1800,
    version: found.version, organisations: found.organisations });
}

/** An address below an organisation. */
export function below(organisation, ...parts) {
  return ['/admin/organisations', organisation, ...parts].map((part, index) => index ? encodeURIComponent(part) : part).join('/');
}
