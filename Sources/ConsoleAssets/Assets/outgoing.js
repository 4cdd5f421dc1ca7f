// Events out, and what became of their deliveries.

import { ask, button, el, tell } from '/console/dom.js';
import { below, get, post } from '/console/gateway.js';
import { choice, list, tools } from '/console/lists.js';
import { plain, shortID, state, time, value } from '/console/words.js';

const types = ['heat_pump.settings_changed', 'heat_pump.state_changed', 'heat_pump.status_changed', 'heat_pump.action_needed',
  'heat_pump.action_resolved', 'heat_pump.write_verified', 'heat_pump.write_failed', 'heat_pump.added', 'heat_pump.removed',
  'gateway.upstream_degraded', 'gateway.upstream_recovered', 'job.progress', 'job.ended'];

export const eventsOut = {
  title: 'Events out',
  open(view) {
    const type = choice('Type', types, view.query.get('type'));
    const where = choice('Deliveries', ['pending', 'delivered', 'failed', 'cancelled'], view.query.get('state'));
    const subscription = view.query.get('subscription');
    const events = list(view, {
      size: 20,
      caption: 'What happened, the newest first', empty: 'Nothing has happened yet, or nothing like that.', key: (event) => event.sequence,
      load: (page, signal) => get(below(view.organisation, 'events'), { type: type.value, ...page }, signal),
      columns: [
        { name: 'No.', kind: 'number', cell: (event) => event.sequence },
        { name: 'Time', kind: 'time', cell: (event) => time(event.timestamp) },
        { name: 'Type', kind: 'tight', cell: (event) => event.type },
        { name: 'Heat pump', cell: (event) => event.data.heat_pump_id ? el('a', { href: view.link('heat-pumps', event.data.heat_pump_id) }, event.data.alias ?? shortID(event.data.heat_pump_id)) : '–' },
        { name: 'Cause', cell: (event) => event.data.cause ?? '–' },
        { name: 'What changed', cell: changes },
      ],
    });
    const deliveries = list(view, {
      size: 20,
      caption: 'Deliveries, those of the newest events first', empty: 'Nothing was delivered yet, or nothing like that.', key: (one) => one.id,
      load: (page, signal) => get(below(view.organisation, 'deliveries'), { state: where.value, subscription, ...page }, signal),
      columns: [
        { name: 'Event', kind: 'number', cell: (one) => one.sequence },
        { name: 'Type', kind: 'tight', cell: (one) => one.event_type },
        { name: 'State', cell: (one) => state(one.state) },
        { name: 'Subscription', cell: (one) => shortID(one.subscription_id) },
        { name: 'Attempts', kind: 'number', cell: (one) => one.attempt_count },
        { name: 'The last one', cell: attempt },
        { name: 'Next', kind: 'time', cell: (one) => time(one.next_attempt_at) ?? '–' },
        { name: 'Again', cell: (one) => button('Replay', () => replay(view, one, deliveries.refresh), { 'data-key': `replay ${one.id}`, 'aria-label': `Deliver event ${one.sequence} again` }) },
      ],
    });
    view.content.append(tools('Narrow the events', [type.node], () => { keep(); events.reset(); }), events.node,
      el('h2', {}, 'Deliveries'),
      subscription ? el('p', {}, 'Of the subscription ', shortID(subscription), '. ', el('a', { href: view.link('events-out') }, 'Show all')) : '',
      tools('Narrow the deliveries', [where.node], () => { keep(); deliveries.reset(); }), deliveries.node);
    function keep() { view.remember({ type: type.value, state: where.value, subscription }); }
    events.reset();
    deliveries.reset();
    view.onNews(['events'], () => { events.refresh(); deliveries.refresh(); });
    view.every(10, deliveries.refresh);
  },
};

function changes({ data }) {
  if (data.job) return el('a', { href: `#/jobs/${encodeURIComponent(data.job.id)}` }, 'job ', data.job.state);
  return (data.changes ?? []).map((change) => el('div', {}, el('code', {}, change.pointer), ' ', value(change.from), ' → ', value(change.to)));
}

function attempt(one) {
  const last = one.attempts.at(-1);
  if (!last) return '–';
  return [last.status ? `${last.status} ` : '', last.fault ? `${plain(last.fault)} ` : '', `in ${last.duration_ms} ms`];
}

async function replay(view, one, then) {
  const sure = await ask('Deliver this event again?', `Event ${one.sequence} goes to its subscriber once more, under the id that it had.`, [['Deliver it again', true]]);
  if (!sure) return;
  try {
    await post(below(view.organisation, 'deliveries', one.id, 'replay'));
    tell('It is queued.');
  } catch (error) { tell(error.message, 'bad'); }
  then();
}
