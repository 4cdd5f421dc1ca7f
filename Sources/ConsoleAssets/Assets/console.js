// The frame: which page is shown, for which organisation, and whether what it shows is live.

import { el, fill, tell } from '/console/dom.js';
import { begin, session } from '/console/gateway.js';
import { problem } from '/console/lists.js';
import { onNews, onStatus, start } from '/console/live.js';
import { audit } from '/console/audit.js';
import { dryRun } from '/console/dryrun.js';
import { heatPump } from '/console/heatpump.js';
import { heatPumps } from '/console/heatpumps.js';
import { eventIn, eventsIn } from '/console/incoming.js';
import { eventsOut } from '/console/outgoing.js';
import { job, jobs } from '/console/jobs.js';
import { overview } from '/console/overview.js';
import { subscriptions } from '/console/subscriptions.js';

const pages = {
  'overview': [overview], 'heat-pumps': [heatPumps, heatPump], 'events-in': [eventsIn, eventIn], 'events-out': [eventsOut],
  'subscriptions': [subscriptions], 'jobs': [jobs, job], 'audit': [audit], 'dry-run': [dryRun],
};
const main = document.getElementById('main');
const select = document.getElementById('organisation');
let current = null;

function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...rest] = path.split('/').map((part) => { try { return decodeURIComponent(part); } catch { return part; } });
  return { name: name || 'overview', reference: rest.length ? rest.join('/') : undefined, query: new URLSearchParams(query) };
}

/** The address of a page, for the organisation at hand. */
function link(organisation, name, reference, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  if (session.organisations.length > 1) query.set('organisation', organisation);
  return `#/${name}${reference ? `/${encodeURIComponent(reference)}` : ''}${query.size ? `?${query}` : ''}`;
}

function show(isFirst) {
  const { name, reference, query } = route();
  const page = pages[name]?.[reference === undefined ? 0 : 1];
  current?.abort();
  current = new AbortController();
  const signal = current.signal;
  const names = session.organisations.map((one) => one.name);
  const organisation = names.includes(query.get('organisation')) ? query.get('organisation') : names[0];
  select.value = organisation;
  for (const anchor of document.querySelectorAll('#pages a')) {
    const target = anchor.getAttribute('href').split('?')[0].slice(2);
    anchor.setAttribute('href', link(organisation, target));
    if (target === name) {
      anchor.setAttribute('aria-current', 'page');
      anchor.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else anchor.removeAttribute('aria-current');
  }
  const heading = el('h1', { tabindex: '-1' });
  const content = el('div', {});
  fill(main, heading, content);
  const view = {
    organisation, reference, query, signal, content,
    settings: session.organisations.find((one) => one.name === organisation) ?? { apps: [], hooks: [] },
    link: (...place) => link(organisation, ...place),
    title: (text) => { heading.textContent = text; document.title = `${text} – Podero gateway`; },
    remember: (parameters) => history.replaceState(null, '', link(organisation, name, reference, parameters)),
    onStatus: (listener) => onStatus(listener, signal),
    onNews: (topics, listener) => onNews(topics, organisation, listener, signal),
    every: (seconds, listener) => {
      const timer = setInterval(() => { if (!document.hidden) listener(); }, seconds * 1000);
      signal.addEventListener('abort', () => clearInterval(timer));
    },
  };
  view.title(page?.title ?? 'There is no such page');
  try {
    page?.open(view);
  } catch (error) {
    fill(content, problem(error));
  }
  main.removeAttribute('aria-busy');
  if (!isFirst) { heading.focus(); scrollTo(0, 0); }
}

async function run() {
  try {
    await begin();
  } catch (error) {
    fill(main, problem(error));
    return;
  }
  document.getElementById('version').textContent = session.version;
  const logout = document.getElementById('logout');
  logout.elements.csrf_token.value = session.csrf ?? '';
  logout.hidden = !session.csrf;
  document.getElementById('organisations').hidden = session.organisations.length < 2;
  fill(select, session.organisations.map((one) => el('option', { value: one.name }, one.name)));
  select.addEventListener('change', () => { location.hash = link(select.value, route().name); });
  document.getElementById('skip').addEventListener('click', (event) => { event.preventDefault(); main.focus(); });
  addEventListener('hashchange', () => show(false));
  addEventListener('unhandledrejection', (event) => { if (event.reason?.name !== 'AbortError') tell(event.reason?.message ?? 'Something went wrong.', 'bad'); });
  const live = document.getElementById('live');
  const texts = { live: 'live', asking: 'asking every few seconds', away: 'the gateway does not answer' };
  start((state) => { if (live.dataset.state !== state) { live.dataset.state = state; live.textContent = texts[state]; } });
  show(true);
}

run();
