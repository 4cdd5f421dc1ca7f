// How values read to people.

import { chip, el } from '/console/dom.js';

// Swedish dates are those of ISO 8601: they read the same everywhere.
const clock = new Intl.DateTimeFormat('sv-SE', {
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

/** A time in the browser's zone; the exact one as a tip. */
export function time(text) {
  if (!text) return undefined;
  return el('time', { datetime: text, title: text }, clock.format(new Date(text)));
}

/** How long ago that was. */
export function ago(text, now = Date.now()) {
  return text ? `${span((now - Date.parse(text)) / 1000)} ago` : undefined;
}

/** A number of seconds in words. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60 && s < 600 ? `${s % 60} s` : ''}`.trim();
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}

/** An ISO 8601 duration, as the gateway writes them, in words. */
export function duration(text) {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text ?? '');
  if (!parts) return text ?? undefined;
  const [d, h, m, s] = parts.slice(1).map((part) => Number(part ?? 0));
  return span(((d * 24 + h) * 60 + m) * 60 + s);
}

export function bytes(count) {
  if (count === undefined || count === null) return undefined;
  const units = ['bytes', 'KB', 'MB', 'GB'];
  let unit = 0;
  while (count >= 1000 && unit < 3) { count /= 1000; unit += 1; }
  return `${number.format(count)} ${units[unit]}`;
}

export function count(value) {
  return value === undefined || value === null ? undefined : number.format(value);
}

/** A value of any kind, as short as it goes. */
export function value(any) {
  if (any === null || any === undefined) return el('span', { class: 'none' }, 'none');
  if (Array.isArray(any) && !any.length) return el('span', { class: 'none' }, 'none');
  if (any === true) return 'yes';
  if (any === false) return 'no';
  if (typeof any === 'string') return /^\d{4}-\d\d-\d\dT/.test(any) ? time(any) : any;
  return typeof any === 'number' ? String(any) : el('code', {}, JSON.stringify(any));
}

/** `hot_water` as `hot water`. */
export function plain(name) { return String(name).replaceAll('_', ' '); }

/** An id as its two ends; the whole as a tip. */
export function shortID(id) {
  return id && el('code', { class: 'id', title: id }, `${id.slice(0, 8)}…${id.slice(-4)}`);
}

const kinds = {
  good: ['ok', 'live', 'applied', 'verified', 'delivered', 'active', 'finished', 'closed', 'accepted by upstream'],
  warn: ['degraded', 'ageing', 'expired', 'unverified', 'paused', 'merged', 'superseded', 'half_open', 'aborted',
    'partially_applied', 'skipped'],
  bad: ['down', 'stale', 'dead', 'failed', 'rejected', 'unknown outcome', 'disabled', 'open', 'unavailable', 'damaged'],
};

/** A state as a chip, in the colour of what it means. */
export function state(name) {
  if (!name) return undefined;
  const kind = Object.keys(kinds).find((key) => kinds[key].includes(name));
  return chip(plain(name), kind);
}
