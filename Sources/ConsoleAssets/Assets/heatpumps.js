// All heat pumps of an organisation, as memory has them; a look at them costs no request upstream.

import { chip, el } from '/console/dom.js';
import { below, get } from '/console/gateway.js';
import { choice, list, search, tools } from '/console/lists.js';
import { shortID, span, state } from '/console/words.js';

export const heatPumps = {
  title: 'Heat pumps',
  open(view) {
    const text = search('Alias, id or user', view.query.get('search'));
    const freshness = choice('Freshness', ['live', 'ageing', 'stale', 'unknown'], view.query.get('freshness'));
    const found = el('p', { class: 'muted', role: 'status' });
    const table = list(view, {
      caption: 'Read last, as far as it is in memory', empty: 'No heat pump is found.', key: (row) => row.heat_pump.id,
      load: (page, signal) => get(below(view.organisation, 'heat-pumps'), { search: text.value, freshness: freshness.value, ...page }, signal),
      onPage: (page) => { found.textContent = page.found === page.known ? `${page.known} known` : `${page.found} found of ${page.known}`; },
      columns: [
        { name: 'Heat pump', cell: ({ heat_pump: pump }) => el('a', { href: view.link('heat-pumps', pump.id), 'data-key': pump.id }, pump.alias ?? shortID(pump.id)) },
        { name: 'User', cell: ({ heat_pump: pump }) => shortID(pump.user_id) },
        { name: 'Freshness', cell: ({ heat_pump: pump, age_seconds: age }) => age === null ? el('span', { class: 'none' }, 'not read yet') : state(pump.freshness?.state) },
        { name: 'Attention', cell: attention },
        { name: 'Read', kind: 'number', cell: ({ age_seconds: age }) => age === null ? '–' : `${span(age)} ago` },
        { name: 'Power, W', kind: 'number', cell: reading('power_w') },
        { name: 'Room, °C', kind: 'number', cell: reading('indoor_temperature') },
        { name: 'Outside, °C', kind: 'number', cell: reading('outdoor_temperature') },
        { name: 'Hot water, °C', kind: 'number', cell: reading('hot_water_temperature') },
        { name: 'Optimised', cell: ({ heat_pump: pump }) => pump.optimization ? pump.optimization.enabled ? pump.optimization.level ?? 'yes' : 'no' : '–' },
      ],
    });
    view.content.append(tools('Find heat pumps', [text.node, freshness.node], () => {
      view.remember({ search: text.value, freshness: freshness.value });
      table.reset();
    }), found, table.node);
    table.reset();
    view.onNews(['events', 'audit'], table.refresh);
    view.every(15, table.refresh);
  },
};

function attention({ heat_pump: pump }) {
  const marks = [pump.status?.action_needed && chip('action needed', 'warn'), pump.pending?.length && chip(`${pump.pending.length} pending`)];
  return marks.some(Boolean) ? marks.map((mark) => mark ? [mark, ' '] : '') : '';
}

function reading(name) {
  return ({ heat_pump: pump }) => pump.readings?.[name] ?? '–';
}
