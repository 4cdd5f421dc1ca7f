// Events of home automation: what came in, what became of it, and once more.

import { ask, button, el, facts, fill, panel, tell } from '/console/dom.js';
import { below, get, post } from '/console/gateway.js';
import { choice, list, problem, tools } from '/console/lists.js';
import { shortID, state, time } from '/console/words.js';

const states = ['accepted', 'applied', 'ignored', 'merged', 'expired', 'dead'];

export const eventsIn = {
  title: 'Events in',
  open(view) {
    const hook = choice('Hook', view.settings.hooks, view.query.get('hook'));
    const where = choice('State', states, view.query.get('state'));
    const table = list(view, {
      caption: 'Events of home automation, the newest first', empty: 'No event has come in, or none like that.', key: (event) => event.id,
      load: (page, signal) => get(below(view.organisation, 'hook-events'), { hook: hook.value, state: where.value, ...page }, signal),
      columns: [
        { name: 'Received', kind: 'time', cell: (event) => el('a', { href: view.link('events-in', event.id), 'data-key': event.id }, time(event.received_at)) },
        { name: 'Hook', cell: (event) => event.hook },
        { name: 'State', cell: (event) => state(event.state) },
        { name: 'Rule', cell: (event) => event.rule ?? '–' },
        { name: 'Heat pump', cell: (event) => pump(view, event) },
        { name: 'Reason', cell: (event) => event.reason ?? '' },
        { name: 'Again', cell: (event) => button('Replay', () => replay(view, event, table.refresh), { 'data-key': `replay ${event.id}`, 'aria-label': `Replay the event of ${event.hook} of ${event.received_at}` }) },
      ],
    });
    view.content.append(tools('Narrow the events', [hook.node, where.node], () => {
      view.remember({ hook: hook.value, state: where.value });
      table.reset();
    }), table.node);
    table.reset();
    view.onNews(['hook_events', 'audit'], table.refresh);
  },
};

export const eventIn = {
  title: 'Event in',
  open(view) {
    const read = async () => {
      try {
        const event = await get(below(view.organisation, 'hook-events', view.reference), {}, view.signal);
        view.title(`Event of ${event.hook}`);
        fill(view.content,
          panel('What became of it', facts([
            ['state', state(event.state)], ['reason', event.reason ?? undefined], ['rule', event.rule ?? undefined],
            ['heat pump', pump(view, event)], ['operation', event.operation_id && el('code', {}, event.operation_id)],
            ['received', time(event.received_at)], ['replayed', event.replays ? `${event.replays} times` : undefined], ['id', el('code', {}, event.id)]]),
          el('div', { class: 'buttons' }, button('Replay', () => replay(view, event, read), { 'data-key': 'replay' }))),
          panel('Its body, as it was kept', event.body === null ? el('p', { class: 'none' }, 'It was not kept, or not for so long.')
            : el('pre', { tabindex: '0' }, JSON.stringify(event.body, null, 2))));
      } catch (error) { if (error.name !== 'AbortError') fill(view.content, problem(error)); }
    };
    read();
    view.onNews(['hook_events', 'audit'], read);
  },
};

function pump(view, event) {
  const found = event.heat_pump;
  return found ? el('a', { href: view.link('heat-pumps', found.id) }, found.alias ?? shortID(found.id)) : '–';
}

async function replay(view, event, then) {
  const sure = await ask('Replay this event?', `It is judged again by the rules of ${event.hook} as they are now, and carried out as if it had just come in.`, [['Replay it', true]]);
  if (!sure) return;
  try {
    const replayed = await post(below(view.organisation, 'hook-events', event.id, 'replay'));
    tell(`Replayed: ${replayed.state}${replayed.reason ? `, ${replayed.reason}` : ''}.`);
  } catch (error) { tell(error.message, 'bad'); }
  then();
}
