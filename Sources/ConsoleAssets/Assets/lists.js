// A table that is filled page by page, and made anew when there is something new.

import { button, el, fill } from '/console/dom.js';

let lastID = 0;

/**
 * @param view the page's view: its `signal` ends all that is under way
 * @param columns `{name, cell(item), kind}`; the first one heads its row
 * @param load called with `{limit, cursor}`; resolves to `{items, next_cursor}`
 * @param key what tells an item from the others
 * @param size how many come at once
 * @returns `{node, refresh(), reset()}`
 */
export function list(view, { caption, columns, load, key, empty, onPage, size = 50 }) {
  const id = `list-${lastID += 1}`;
  const note = el('div', {});
  const body = el('tbody', {});
  const more = button('Show more', () => next(), { hidden: true });
  const table = el('table', { 'aria-busy': true }, el('caption', { id }, caption),
    el('thead', {}, el('tr', {}, columns.map((column) => el('th', { scope: 'col', class: column.kind }, column.name)))), body);
  const node = el('div', {}, note,
    el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-labelledby': id }, table), more);
  let items = [];
  let cursor = null;
  let known = null;
  let turn = 0;

  async function fetchPage(limit, from, keep) {
    const own = turn += 1;
    table.setAttribute('aria-busy', 'true');
    try {
      const page = await load({ limit, cursor: from }, view.signal);
      if (own !== turn || view.signal.aborted) return;
      items = keep ? [...items, ...page.items] : page.items;
      cursor = page.next_cursor;
      fill(note);
      show();
      onPage?.(page);
    } catch (error) {
      if (own !== turn || error.name === 'AbortError') return;
      fill(note, problem(error));
    } finally {
      if (own === turn) table.setAttribute('aria-busy', 'false');
    }
  }

  function show() {
    const before = known;
    known = new Set(items.map(key));
    fill(body, items.length ? items.map((item) => row(item, before && !before.has(key(item))))
      : el('tr', {}, el('td', { colspan: columns.length, class: 'none' }, empty)));
    more.hidden = !cursor;
  }

  function row(item, isFresh) {
    return el('tr', { class: isFresh ? 'fresh' : undefined }, columns.map((column, index) =>
      el(index ? 'td' : 'th', { class: column.kind, scope: index ? undefined : 'row' }, column.cell(item))));
  }

  async function next() {
    const count = items.length;
    await fetchPage(size, cursor, true);
    // The button may be gone; the first of the new rows is where reading goes on.
    const first = body.rows[count];
    if (first) { first.tabIndex = -1; first.focus(); }
  }

  return {
    node,
    refresh: () => fetchPage(Math.min(500, Math.max(size, items.length)), null, false),
    reset: () => { known = null; items = []; return fetchPage(size, null, false); },
  };
}

/** What went wrong, with all mistakes that it is about. */
export function problem(error) {
  return el('div', { class: 'note bad', role: 'alert' }, el('p', {}, error.title ? `${error.title}. ` : '', error.message),
    error.errors?.length ? el('ul', {}, error.errors.map((one) =>
      el('li', {}, el('code', {}, one.pointer || 'the whole'), ` ${one.detail}`))) : null);
}

/** A form of controls above a list; `changed` hears of each change, a moment after the last key. */
export function tools(label, controls, changed) {
  let timer = null;
  return el('form', { class: 'tools', role: 'search', 'aria-label': label,
    onsubmit: (event) => { event.preventDefault(); clearTimeout(timer); changed(); },
    oninput: () => { clearTimeout(timer); timer = setTimeout(changed, 300); } }, controls);
}

/** A labelled choice; the first one is no choice. */
export function choice(label, options, value, all = 'all') {
  const select = el('select', {}, el('option', { value: '' }, all),
    options.map((option) => el('option', { value: option }, option.replaceAll('_', ' '))));
  select.value = value ?? '';
  return { node: el('label', {}, label, select), get value() { return select.value; } };
}

/** A labelled field to search by. */
export function search(label, value) {
  const input = el('input', { type: 'search', autocomplete: 'off', spellcheck: 'false', value: value ?? '' });
  return { node: el('label', {}, label, input), get value() { return input.value.trim(); } };
}
