// How the gateway is doing, at a glance.

import { chip, el, facts, fill, panel } from '/console/dom.js';
import { bytes, count, duration, plain, state, time } from '/console/words.js';

export const overview = {
  title: 'Overview',
  open(view) {
    view.onStatus((status) => fill(view.content, alarms(status),
      status.organisations.map((one) => organisation(one, status)), gateway(status)));
  },
};

// What somebody should look at, in one place, and nothing if there is nothing.
function alarms(status) {
  const found = [];
  const say = (text) => found.push(text);
  if (status.draining) say('The gateway is being stopped.');
  if (!status.configuration.current) say('The file of the configuration has mistakes; the one before is in force.');
  if (status.configuration.needs_restart.length) say(`Settings wait for a restart: ${status.configuration.needs_restart.join(', ')}.`);
  if (status.storage.state !== 'ok') say(`The storage is ${plain(status.storage.state)}.`);
  for (const one of status.organisations) {
    if (one.upstream.health !== 'ok') say(`${one.name}: the upstream is ${one.upstream.health}.`);
    if (!one.token.usable) say(`${one.name}: there is no access token.`);
    if (one.token.last_failure && one.token.failures) say(`${one.name}: the last fetch of a token that failed: ${plain(one.token.last_failure)}.`);
    if (one.token.slot === 'next') say(`${one.name}: the credentials of the slot "next" are in use.`);
  }
  if (status.deliveries?.subscriptions?.disabled) say(`Subscriptions that were given up: ${status.deliveries.subscriptions.disabled}.`);
  if (!found.length) return el('p', { class: 'note good' }, 'All is well.');
  return el('div', { class: 'note' }, el('ul', {}, found.map((text) => el('li', {}, text))));
}

function organisation(one, status) {
  const { upstream, token, polling, reads, writes, events, streams } = one;
  const answered = Object.values(reads).reduce((sum, part) => sum + part, 0);
  return el('section', { 'aria-label': one.name }, el('h2', {}, one.name), el('div', { class: 'panels' },
    panel('Upstream', facts([
      ['health', state(upstream.health)], ['breaker', state(upstream.breaker)],
      ['budget in use', gauge(upstream.in_flight, upstream.in_flight_limit)],
      ['waiting for it', upstream.waiting], ['asked for a pause', upstream.closed_for && duration(upstream.closed_for)],
      ['requests', count(upstream.requests)], ['retries', count(upstream.retries)], ['failures', count(upstream.faults)]])),
    panel('Access token', facts([
      ['usable', token.usable ? chip('yes', 'good') : chip('no', 'bad')],
      ['age', duration(token.age)], ['ends in', duration(token.expires_in)],
      ['credentials', `slot ${token.slot}`], ['since', time(token.slot_since)],
      ['fetched', count(token.fetches)], ['failed', count(token.failures)],
      ['last failure', token.last_failure && plain(token.last_failure)]])),
    panel('Reads and writes', facts([
      ['heat pumps known', el('a', { href: view(one) }, count(one.heat_pumps))],
      ['reads', count(answered)],
      ['from memory', answered ? `${Math.round(100 * (reads.hit ?? 0) / answered)} %` : undefined],
      ...Object.entries(reads).filter(([name, part]) => part && name !== 'hit').map(([name, part]) => [plain(name), count(part)]),
      ['writes applied', count(writes.applied)], ['not wholly applied', count(writes.unapplied)],
      ['writes failed', count(writes.failed)], ['fields reset upstream', count(writes.fields_reset)],
      ['write mode', one.write_mode]])),
    panel('Polling and events out', facts([
      ['users polled', count(polling.users)], ['every', duration(polling.interval)],
      ['slowed down', polling.slowed_down ? chip('yes', 'warn') : 'no'], ['polls', count(polling.polls)],
      ['events stored', count(events.stored)], ['answers compared', count(events.observations)],
      ['waiting to be', count(events.waiting)],
      ['streams open', count(streams?.open)], ['events sent over them', count(streams?.events_sent)]]))));
}

function view(one) { return `#/heat-pumps?organisation=${encodeURIComponent(one.name)}`; }

function gauge(part, whole) {
  return [el('meter', { min: 0, max: whole || 1, value: part, high: whole * 0.9, 'aria-label': `${part} of ${whole}` }), `${part} of ${whole}`];
}

function gateway(status) {
  const { storage, cache, configuration, deliveries } = status;
  const operations = storage.operations ?? {};
  return el('section', { 'aria-label': 'The gateway itself' }, el('h2', {}, 'The gateway itself'), el('div', { class: 'panels' },
    panel('Queues', facts([
      ['operations queued', count(operations.queued)], ['sent, no answer yet', count(operations.sent)],
      ['accepted, not verified', count(operations.accepted)], ['oldest open', duration(storage.oldest_open)],
      ['deliveries pending', count(deliveries?.pending)], ['oldest of them', duration(deliveries?.oldest)],
      ['storage waits', count(storage.waiting)]])),
    panel('Storage', facts([
      ['state', state(storage.state)], ['last fault', storage.last_fault ?? storage.fault ?? undefined],
      ['size', bytes(storage.database_bytes)], ['log beside it', bytes(storage.log_bytes)],
      ['commits', count(storage.commits)], ['failed', count(storage.commit_failures)]])),
    panel('Deliveries', facts([
      ...Object.entries(deliveries?.attempts ?? {}).map(([name, part]) => [plain(name), count(part)]),
      ...Object.entries(deliveries?.subscriptions ?? {}).map(([name, part]) => [`subscriptions ${name}`, count(part)])])),
    panel('Process and cache', facts([
      ['cached answers', count(cache.entries)], ['they take', bytes(cache.bytes)], ['had to make room', count(cache.evictions)],
      ['version', status.version], ['running for', duration(status.uptime)],
      ['configuration', `no. ${configuration.generation}`], ['loaded', time(configuration.loaded_at)]]))));
}
