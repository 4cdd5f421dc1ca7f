// Who is told of events, and how well that goes.

import { chip, el } from '/console/dom.js';
import { below, get } from '/console/gateway.js';
import { list } from '/console/lists.js';
import { shortID, state, time } from '/console/words.js';

export const subscriptions = {
  title: 'Subscriptions',
  open(view) {
    const table = list(view, {
      caption: 'Subscriptions of all apps', empty: 'No app has a subscription.', key: (one) => one.id,
      load: (page, signal) => get(below(view.organisation, 'subscriptions'), page, signal),
      columns: [
        { name: 'Subscription', cell: (one) => el('a', { href: view.link('events-out', undefined, { subscription: one.id }), 'data-key': one.id, title: 'its deliveries' }, shortID(one.id)) },
        { name: 'App', cell: (one) => [one.app, one.description ? el('div', { class: 'muted' }, one.description) : ''] },
        { name: 'State', cell: (one) => [state(one.state), one.failing_since && one.state === 'active' ? [' ', chip('failing', 'warn')] : '', one.reason ? el('div', {}, one.reason) : ''] },
        { name: 'Goes to', cell: (one) => one.url },
        { name: 'Events', cell: (one) => some(one.event_types, 'all') },
        { name: 'Heat pumps', cell: (one) => some(one.heat_pumps, 'all of the app') },
        { name: 'Trouble', cell: trouble },
        { name: 'Made', kind: 'time', cell: (one) => time(one.created_at) },
      ],
    });
    view.content.append(el('p', { class: 'muted' }, 'Of an address, just where it leads is shown; secrets are shown to nobody. Apps change their subscriptions themselves.'), table.node);
    table.reset();
    view.every(10, table.refresh);
  },
};

function trouble(one) {
  if (!one.failing_since) return '–';
  return [el('div', { class: 'time' }, 'fails since ', time(one.failing_since)),
    one.disables_at ? el('div', { class: 'muted' }, 'given up at ', time(one.disables_at)) : ''];
}

function some(names, all) {
  if (names.length === 1 && names[0] === '*') return all;
  const shown = names.slice(0, 4).map((name) => el('div', {}, name));
  return names.length > 4 ? [shown, el('div', { class: 'muted' }, `and ${names.length - 4} more`)] : shown;
}
