// Who changed what, and what became of it.

import { el } from '/console/dom.js';
import { get } from '/console/gateway.js';
import { list, search, tools } from '/console/lists.js';
import { shortID, state, time, value } from '/console/words.js';

export const audit = {
  title: 'Audit',
  open(view) {
    const pump = search('Heat pump: id or alias', view.query.get('heat_pump'));
    const since = el('input', { type: 'datetime-local' });
    const table = list(view, {
      caption: 'The audit trail, the newest first', empty: 'Nothing was changed, or nothing like that.', key: (one) => one.sequence,
      load: (page, signal) => get('/admin/audit', {
        heat_pump: pump.value, since: since.value && new Date(since.value).toISOString(), ...page }, signal),
      columns: [
        { name: 'No.', kind: 'number', cell: (one) => one.sequence },
        { name: 'Time', kind: 'time', cell: (one) => time(one.at) },
        { name: 'State', cell: (one) => state(one.state) },
        { name: 'By', cell: (one) => `${one.origin.kind} ${one.origin.name}` },
        { name: 'Heat pump', cell: (one) => [el('a', { href: view.link('heat-pumps', one.heat_pump_id) }, shortID(one.heat_pump_id)), one.organisation === view.organisation ? '' : ` ${one.organisation}`] },
        { name: 'What changed', cell: changes },
        { name: 'Operation', cell: (one) => shortID(one.operation_id) },
        { name: 'Hash', cell: (one) => el('code', { title: one.hash }, one.hash.slice(0, 12)) },
      ],
    });
    view.content.append(
      el('p', { class: 'muted' }, 'Of all organisations. Each record holds the hash of the one before; ', el('code', {}, 'podero-gateway audit verify'), ' checks the whole chain.'),
      tools('Narrow the trail', [pump.node, el('label', {}, 'Since', since)], () => { view.remember({ heat_pump: pump.value }); table.reset(); }), table.node);
    table.reset();
    view.onNews(['audit'], table.refresh);
  },
};

function changes(one) {
  if (!Array.isArray(one.changes)) return value(one.changes);
  return one.changes.map((change) => el('div', {}, el('code', {}, change.pointer), ' ',
    'after' in change ? [value(change.before), ' → ', value(change.after)] : 'requested' in change ? ['= ', value(change.requested)] : ''));
}
