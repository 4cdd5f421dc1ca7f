// Fleet jobs: how far they have come, and an end to one.

import { ask, button, el, facts, fill, panel, tell } from '/console/dom.js';
import { below, get, post } from '/console/gateway.js';
import { list, problem } from '/console/lists.js';
import { duration, plain, shortID, state, time, value } from '/console/words.js';

export const jobs = {
  title: 'Jobs',
  open(view) {
    const table = list(view, {
      caption: 'Jobs of all apps, the newest first', empty: 'There was no job yet.', key: (one) => one.id,
      load: (page, signal) => get(below(view.organisation, 'jobs'), page, signal),
      columns: [
        { name: 'Made', kind: 'time', cell: (one) => el('a', { href: view.link('jobs', one.id), 'data-key': one.id }, time(one.created_at)) },
        { name: 'App', cell: (one) => one.app },
        { name: 'State', cell: (one) => state(one.state) },
        { name: 'Change', cell: what },
        { name: 'Progress', cell: (one) => [progress(one), ` of ${one.heat_pumps}`] },
        { name: 'Outcome', cell: (one) => outcome(figures(one)) },
        { name: 'Ended', kind: 'time', cell: (one) => time(one.ended_at) ?? '–' },
      ],
    });
    view.content.append(table.node);
    table.reset();
    view.onNews(['events'], table.refresh);
    view.every(3, table.refresh);
  },
};

export const job = {
  title: 'Job',
  open(view) {
    const top = el('div', {});
    const address = (...more) => below(view.organisation, 'jobs', view.reference, ...more);
    let hasEnded = false;
    const results = list(view, {
      caption: 'What became of each heat pump, in the order of the job', empty: 'The job holds no heat pump.', key: (one) => one.heat_pump_id,
      load: (page, signal) => get(address('results'), page, signal),
      columns: [
        { name: 'Heat pump', cell: (one) => el('a', { href: view.link('heat-pumps', one.heat_pump_id), 'data-key': one.heat_pump_id }, one.alias ?? shortID(one.heat_pump_id)) },
        { name: 'Change', cell: (one) => state(one.change.outcome) },
        { name: 'Why', cell: (one) => one.change.reason ?? '' },
        { name: 'Put back', cell: (one) => one.revert.outcome === 'not_begun' ? '–' : state(one.revert.outcome) },
        { name: 'Why', cell: (one) => one.revert.reason ?? '' },
        { name: 'Ended', kind: 'time', cell: (one) => time(one.revert.ended_at ?? one.change.ended_at) ?? '–' },
      ],
    });
    view.content.append(top, results.node);
    const read = async () => {
      try {
        const one = await get(address(), {}, view.signal);
        hasEnded = one.ended_at !== null;
        view.title(`Job of ${one.app}, ${plain(one.state)}`);
        fill(top, panel('Progress', progress(one), el('p', { role: 'status' }, outcome(figures(one))),
          facts([
            ['state', state(one.state)], ['reason', one.reason ?? undefined], ['change', what(one)],
            ['heat pumps', one.heat_pumps], ['at most', one.rate_per_second && `${one.rate_per_second} in a second`],
            ['ends above', one.abort_above_percent && `${one.abort_above_percent} % of failures`],
            ['put back after', one.revert_after && duration(one.revert_after)], ['put back at', time(one.reverts_at)],
            ['made', time(one.created_at)], ['begun', time(one.started_at)], ['ended', time(one.ended_at)], ['id', el('code', {}, one.id)]]),
          hasEnded ? null : el('div', { class: 'buttons' }, button(one.cancel_requested ? 'Is being stopped' : 'Stop this job',
            () => stop(address, one, read), { 'data-key': 'stop', disabled: one.cancel_requested }))));
      } catch (error) { if (error.name !== 'AbortError') fill(top, problem(error)); }
    };
    const refresh = async () => { await read(); results.refresh(); };
    read();
    results.reset();
    view.every(2, () => { if (!hasEnded) refresh(); });
    view.onNews(['events'], refresh);
  },
};

function what(one) {
  return one.command ? `${one.command} ${one.with ? JSON.stringify(one.with) : ''}` : value(one.patch);
}

function figures(one) { return one.state === 'reverting' ? one.revert_counts : one.counts; }

function progress(one) {
  const counts = figures(one);
  const total = Object.values(counts).reduce((sum, part) => sum + part, 0);
  const rest = (counts.not_begun ?? 0) + (counts.in_progress ?? 0);
  const percent = total ? Math.floor(100 * (total - rest) / total) : 100;
  return [el('progress', { max: total || 1, value: total ? total - rest : 1, 'aria-label': `${percent} % done` }), ` ${percent} %`];
}

function outcome(counts) {
  return Object.entries(counts).filter(([, part]) => part).map(([name, part]) => `${part} ${plain(name)}`).join(', ') || '–';
}

async function stop(address, one, then) {
  const usual = one.revert_after !== null && one.revert_after !== undefined;
  const revert = await ask('Stop this job?', 'What is under way is seen through; nothing new is begun.',
    usual ? [['Stop, and put back', true], ['Stop, and leave what was changed', false]]
      : [['Stop, and leave what was changed', false], ['Stop, and put back', true]]);
  if (revert === undefined) return;
  try {
    await post(address('cancel'), { revert });
    tell('The job is being stopped.');
  } catch (error) { tell(error.message, 'bad'); }
  then();
}
