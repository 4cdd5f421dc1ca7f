// One heat pump: what it shows, what was asked of it, and what it measured.

import { el, facts, fill, panel } from '/console/dom.js';
import { below, get } from '/console/gateway.js';
import { list, problem } from '/console/lists.js';
import { plot, readings } from '/console/plot.js';
import { plain, shortID, span, state, time, value } from '/console/words.js';

const groups = [
  ['Settings', ['optimization', 'pause', 'away', 'space_heating', 'space_cooling', 'pool_heating', 'hot_water', 'heating_policy', 'inverter', 'market']],
  ['Device and lifecycle', ['device', 'lifecycle', 'building_id', 'external_device_id', 'created_at', 'updated_at', 'steering']],
  ['Status and consumption', ['status', 'consumption']],
];
const names = ['power', 'room', 'room, wanted', 'outside', 'inlet', 'outlet', 'hot water'];

export const heatPump = {
  title: 'Heat pump',
  open(view) {
    const address = (...more) => below(view.organisation, 'heat-pumps', view.reference, ...more);
    const top = el('div', {});
    const history = el('div', {});
    const details = el('div', {});
    const operations = list(view, {
      caption: 'Operations, the newest first', empty: 'Nothing was written yet, or not lately.', key: (one) => one.id,
      load: (page, signal) => get(address('operations'), page, signal),
      columns: [
        { name: 'Accepted', kind: 'time', cell: (one) => [el('div', {}, time(one.accepted_at)), shortID(one.id)] },
        { name: 'State', cell: (one) => state(one.state) },
        { name: 'By', cell: (one) => `${one.origin.kind} ${one.origin.name}` },
        { name: 'Asked for', cell: (one) => one.requested.map((field) => el('div', {}, el('code', {}, field.pointer), field.value === undefined ? '' : [' = ', value(field.value)])) },
        { name: 'Not taken, or why', cell: (one) => one.problem ? one.problem.detail : (one.unapplied ?? []).map((field) => el('div', {}, el('code', {}, field.pointer), ' is ', value(field.actual))) },
        { name: 'Changed', kind: 'time', cell: (one) => time(one.changed_at) },
      ],
    });
    view.content.append(top, history, operations.node, details);

    const read = async () => {
      try {
        const found = await get(address(), {}, view.signal);
        const pump = found.heat_pump;
        view.title(pump.alias ?? `Heat pump ${pump.id}`);
        fill(top, summary(view, found), pending(pump));
        fill(details, el('div', { class: 'panels broad' }, groups.map(([title, members]) =>
          panel(title, facts(members.flatMap((member) => rows(member, pump[member], found.labels)))))));
      } catch (error) { if (error.name !== 'AbortError') fill(top, problem(error)); }
    };
    const measure = async () => {
      try {
        fill(history, plots(await get(address('history'), {}, view.signal)));
      } catch (error) { if (error.name !== 'AbortError') fill(history, problem(error)); }
    };
    read().then(measure);
    operations.reset();
    view.onNews(['audit', 'events'], () => { read(); operations.refresh(); });
    view.every(30, () => read().then(measure));
  },
};

function summary(view, { heat_pump: pump, age_seconds: age, cache_status: cache }) {
  const now = pump.readings ?? {};
  return el('div', { class: 'panels' },
    panel('Freshness', facts([
      ['device', state(pump.freshness.state)], ['observed', time(pump.freshness.observed_at)],
      ['upstream', state(pump.freshness.upstream)], ['read', `${span(age)} ago`], ['cache', cache && el('code', {}, cache)]])),
    panel('Readings', facts(Object.entries(now).map(([name, one]) => [unit(name), value(one)]))),
    panel('Identity', facts([
      ['alias', pump.alias ?? undefined], ['id', el('code', {}, pump.id)], ['user', el('code', {}, pump.user_id)],
      ['organisation', pump.organisation],
      ['audit', el('a', { href: view.link('audit', undefined, { heat_pump: pump.id }) }, 'what was changed')],
      ['change', el('a', { href: view.link('dry-run', undefined, { heat_pump: pump.alias ?? pump.id }) }, 'try a patch')]])));
}

function unit(name) {
  if (name.endsWith('_temperature')) return `${plain(name.replace('_temperature', ''))}, °C`;
  return name === 'power_w' ? 'power, W' : plain(name);
}

function pending(pump) {
  if (!pump.pending.length) return null;
  return panel('Written, and not seen yet', el('div', { class: 'scroll' }, el('table', {},
    el('thead', {}, el('tr', {}, ['Field', 'Requested', 'Since', 'Operation'].map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, pump.pending.map((one) => el('tr', {}, el('th', { scope: 'row' }, el('code', {}, one.pointer)),
      el('td', {}, value(one.requested)), el('td', { class: 'time' }, time(one.since)), el('td', {}, shortID(one.operation_id))))))));
}

function rows(name, member, labels) {
  if (member === undefined) return [];
  if (member === null || typeof member !== 'object' || Array.isArray(member)) return [[label(`/${name}`, plain(name), labels), value(member)]];
  return Object.entries(member).flatMap(([key, one]) => one !== null && typeof one === 'object' && !Array.isArray(one)
    ? rows(`${name}/${key}`, one, labels) : [[label(`/${name}/${key}`, `${plain(name)} ${plain(key)}`, labels), value(one)]]);
}

function label(pointer, text, labels) {
  return el('span', { title: labels[pointer]?.summary ?? pointer }, text.replaceAll('/', ' '));
}

function plots({ kept, pointers, samples }) {
  if (!kept) return null;
  const times = samples.map((sample) => Date.parse(sample[0]));
  const series = pointers.map((pointer, index) => ({
    name: names[index], unit: pointer.endsWith('_w') ? 'W' : '°C', values: samples.map((sample) => sample[index + 1]) }));
  const [power, ...temperatures] = series;
  const numbered = (some) => some.map((one, index) => ({ ...one, index: index + 1 }));
  const [rooms, water] = [numbered(temperatures.slice(0, 3)), numbered(temperatures.slice(3))];
  const since = samples.length ? ['This gateway has seen ', String(samples.length), samples.length === 1 ? ' reading, since ' : ' readings, since ', time(samples[0][0]), '.']
    : 'This gateway has seen no reading yet.';
  return panel('History', el('p', { class: 'muted' }, since, ' They are kept in memory only, as many as fit.'),
    plot('Power', 'W', times, [{ ...power, index: 1 }]),
    plot('Temperatures of the house', '°C', times, rooms), plot('Temperatures of the water', '°C', times, water),
    samples.length ? readings(times, series) : null);
}
