// Lines over time, drawn by hand: no library, and every value in a table as well.

import { el } from '/console/dom.js';
import { time } from '/console/words.js';

const width = 720, height = 220, left = 44, right = 10, top = 10, bottom = 24;

/**
 * @param series `{name, unit, values}`, each value as old as the time in its place; `null` for none
 * @param times milliseconds, the oldest first
 */
export function plot(title, unit, times, series) {
  const shown = series.filter((one) => one.values.some((value) => value !== null));
  if (times.length < 2 || !shown.length) return el('p', { class: 'none' }, `${title}: no two readings yet.`);
  const all = shown.flatMap((one) => one.values.filter((value) => value !== null));
  const ticks = steps(Math.min(...all), Math.max(...all));
  const [low, high] = [ticks[0], ticks.at(-1)];
  const [start, end] = [times[0], times.at(-1)];
  const x = (at) => left + (at - start) / Math.max(1, end - start) * (width - left - right);
  const y = (value) => height - bottom - (value - low) / (high - low) * (height - top - bottom);
  const label = `${title} in ${unit}: ${shown.map((one) => words(one, unit)).join('; ')}`;
  return el('figure', { class: 'figure', tabindex: '0' }, el('figcaption', {}, `${title}, ${unit}`),
    el('svg', { class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
      ticks.map((tick) => [
        el('line', { class: 'grid', x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
        el('text', { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, String(tick))]),
      hours(start, end).map((at) => [
        el('line', { class: 'grid', x1: x(at), x2: x(at), y1: top, y2: height - bottom }),
        el('text', { x: x(at), y: height - 7, 'text-anchor': 'middle' }, clock(at, end - start))]),
      shown.map((one) => runs(one.values).map((run) => run.length > 1
        ? el('polyline', { class: `series-${one.index} line`, points: run.map(([place, value]) => `${x(times[place]).toFixed(1)},${y(value).toFixed(1)}`).join(' ') })
        : el('circle', { class: `series-${one.index}`, r: 2, cx: x(times[run[0][0]]), cy: y(run[0][1]) })))),
    el('ul', { class: 'legend', 'aria-hidden': 'true' }, shown.map((one) => el('li', {},
      el('svg', { viewBox: '0 0 28 8' }, el('line', { class: `series-${one.index}`, x1: 0, x2: 28, y1: 4, y2: 4 })),
      one.name, ` ${last(one.values)} ${unit}`))));
}

/** The same as a table, the newest first. */
export function readings(times, series) {
  return el('details', {}, el('summary', {}, 'Readings as a table'),
    el('div', { class: 'scroll tall', role: 'region', tabindex: '0', 'aria-label': 'Readings' }, el('table', {},
      el('caption', {}, 'By the time of the device, the newest first'),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Time'),
        series.map((one) => el('th', { scope: 'col', class: 'number' }, `${one.name}, ${one.unit}`)))),
      el('tbody', {}, times.map((at, place) => el('tr', {},
        el('th', { scope: 'row', class: 'time' }, time(new Date(at).toISOString())),
        series.map((one) => el('td', { class: 'number' }, one.values[place] ?? '–')))).reverse()))));
}

function words(one, unit) {
  const values = one.values.filter((value) => value !== null);
  return `${one.name} ${last(one.values)} ${unit} at last, between ${Math.min(...values)} and ${Math.max(...values)}`;
}

function last(values) { return values.findLast((value) => value !== null); }

// Pieces without holes.
function runs(values) {
  const found = [];
  let run = [];
  values.forEach((value, place) => {
    if (value === null) { if (run.length) found.push(run); run = []; } else run.push([place, value]);
  });
  if (run.length) found.push(run);
  return found;
}

// Round numbers that hold the whole range between them.
function steps(low, high) {
  const range = Math.max(high - low, 1);
  const power = 10 ** Math.floor(Math.log10(range / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => range / size <= 5);
  const first = Math.floor(low / step);
  const count = Math.max(1, Math.ceil(high / step) - first);
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function hours(start, end) {
  const minutes = [1, 5, 15, 60, 180, 360, 720, 1440, 10080].find((size) => (end - start) / 60000 / size <= 6) ?? 20160;
  const step = minutes * 60000;
  const offset = new Date(start).getTimezoneOffset() * 60000;
  const marks = [];
  for (let at = Math.ceil((start - offset) / step) * step + offset; at <= end; at += step) marks.push(at);
  return marks;
}

function clock(at, range) {
  const date = new Date(at);
  const two = (number) => String(number).padStart(2, '0');
  return range > 2 * 86400000 ? `${two(date.getDate())}.${two(date.getMonth() + 1)}.` : `${two(date.getHours())}:${two(date.getMinutes())}`;
}
