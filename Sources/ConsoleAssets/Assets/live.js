// What the gateway tells by itself; where its stream ends, it is asked every few seconds instead.

import { get, session } from '/console/gateway.js';

const askEvery = 5000;
const listeners = { status: new Set(), news: new Set() };
let stream = null;
let timer = null;
let reconnection = null;
let marks = null;
let lastUse = Date.now();
let onState = () => {};

/** The last state that was told. */
export let status = null;

/** Begins; `told` hears of the connection: `live`, `asking` or `away`. */
export function start(told) {
  onState = told;
  for (const type of ['pointerdown', 'keydown', 'wheel']) {
    addEventListener(type, () => { lastUse = Date.now(); }, { passive: true });
  }
  document.addEventListener('visibilitychange', () => { if (document.hidden) rest(); else wake(); });
  setInterval(leaveIfIdle, 10000);
  connect();
  ask();
}

// Browsers open few connections to one place; a page that nobody sees must not hold one.
function rest() {
  stream?.close();
  clearTimeout(reconnection);
  stopAsking();
}

function wake() {
  rest();
  connect();
  ask();
  tellNews(null);
}

function connect() {
  stream = new EventSource('/admin/stream');
  stream.addEventListener('open', () => { stopAsking(); onState('live'); });
  stream.addEventListener('status', (event) => tellStatus(JSON.parse(event.data)));
  stream.addEventListener('news', (event) => tellNews(JSON.parse(event.data)));
  stream.addEventListener('end', () => { stream.close(); reconnectLater(); });
  stream.addEventListener('error', () => {
    if (stream.readyState === EventSource.CLOSED) reconnectLater(); else askForNow();
  });
}

function reconnectLater() {
  askForNow();
  clearTimeout(reconnection);
  reconnection = setTimeout(connect, askEvery);
}

function askForNow() {
  if (!timer) { onState('asking'); timer = setInterval(ask, askEvery); }
}

function stopAsking() {
  clearInterval(timer);
  timer = null;
}

async function ask() {
  try {
    tellStatus(await get('/admin/status'));
    if (timer) { onState('asking'); tellNews(null); }
  } catch { if (timer) onState('away'); }
}

function tellStatus(next) {
  status = next;
  for (const listener of listeners.status) listener(next);
}

// Without marks everything may be new.
function tellNews(next) {
  const before = marks;
  if (next) marks = next;
  if (document.hidden) return;
  for (const listener of listeners.news) listener(next, before);
}

// A page that asks by itself would keep its session for ever; one that nobody uses must not.
function leaveIfIdle() {
  if (session.csrf && Date.now() - lastUse > session.idle * 1000) document.getElementById('logout').requestSubmit();
}

/** Hears of the state, at once if there is one, until `signal`. */
export function onStatus(listener, signal) {
  listeners.status.add(listener);
  signal.addEventListener('abort', () => listeners.status.delete(listener));
  if (status) listener(status);
}

/** Hears that something of a topic may be new: `audit`, `events` or `hook_events` of an organisation. At most once a second. */
export function onNews(topics, organisation, listener, signal) {
  let waiting = null;
  const later = () => { waiting ??= setTimeout(() => { waiting = null; if (!signal.aborted) listener(); }, 1000); };
  const hear = (next, before) => {
    const place = (all, topic) => topic === 'audit' ? all?.audit : all?.organisations?.[organisation]?.[topic];
    if (!next || !before || topics.some((topic) => place(next, topic) !== place(before, topic))) later();
  };
  listeners.news.add(hear);
  signal.addEventListener('abort', () => { listeners.news.delete(hear); clearTimeout(waiting); });
}
