// Elements out of values. Text only ever becomes text: there is no way in for markup.

const svgNames = new Set(['svg', 'g', 'line', 'polyline', 'circle', 'text', 'title', 'path']);

/** An element: `props` are attributes, `on…` listeners; children are nodes, texts, or nothing. */
export function el(name, props = {}, ...children) {
  const node = svgNames.has(name) && props.svg !== false
    ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false || key === 'svg') continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'value' || key === 'checked') node[key] = value;
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children.flat(9)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

/** Puts other children in the place of those that are there. */
export function fill(node, ...children) {
  const focus = placeOf(document.activeElement, node);
  node.replaceChildren();
  add(node, children);
  if (focus) node.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  return node;
}

// What has the focus and is made anew gets it back, if it says what it is.
function placeOf(active, node) {
  return active && node.contains(active) ? active.dataset?.key : undefined;
}

/** Facts as a list of names and values; rows without a value are left out. */
export function facts(rows) {
  return el('dl', { class: 'facts' }, rows.filter((row) => row && row[1] !== undefined)
    .map(([name, value]) => [el('dt', {}, name), el('dd', {}, value ?? el('span', { class: 'none' }, '–'))]));
}

/** A part of a page, with its heading. */
export function panel(title, ...children) {
  return el('section', { class: 'panel', 'aria-label': title }, el('h2', {}, title), children);
}

/** A short word with a meaning: good, warn, bad, or none. */
export function chip(text, kind = '') {
  return el('span', { class: `chip ${kind}` }, text);
}

/** A button. */
export function button(text, onclick, props = {}) {
  return el('button', { type: 'button', onclick, ...props }, text);
}

/** Asks before something is done. Resolves to the chosen value; `undefined` for not doing it. */
export function ask(title, text, choices) {
  return new Promise((resolve) => {
    const box = el('dialog', { 'aria-labelledby': 'ask' }, el('form', { method: 'dialog' },
      el('h2', { id: 'ask' }, title), el('p', {}, text),
      el('div', { class: 'buttons' },
        choices.map(([label, value], index) => button(label, () => { box.close(); resolve(value); },
          { class: index === 0 ? 'main' : '' })),
        button('Leave it', () => box.close()))));
    box.addEventListener('close', () => { box.remove(); resolve(undefined); });
    document.body.append(box);
    box.showModal();
  });
}

/** Tells what became of something, for a while. */
export function tell(text, kind = 'good') {
  const note = el('div', { class: `note ${kind}` }, el('p', {}, text));
  document.getElementById('messages').append(note);
  setTimeout(() => note.remove(), kind === 'bad' ? 12000 : 6000);
}
