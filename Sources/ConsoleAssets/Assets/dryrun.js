// What a patch would do, without doing it.

import { el, fill, panel } from '/console/dom.js';
import { post } from '/console/gateway.js';
import { problem } from '/console/lists.js';
import { chip } from '/console/dom.js';
import { value } from '/console/words.js';

const sample = '{\n  "hot_water": { "standard_temperature": 48 }\n}';

export const dryRun = {
  title: 'Try a patch',
  open(view) {
    const app = el('select', { id: 'app' }, el('option', { value: '' }, 'an operator (no app)'), view.settings.apps.map((name) => el('option', { value: name }, name)));
    const pump = el('input', { id: 'pump', required: true, spellcheck: 'false', autocomplete: 'off', value: view.query.get('heat_pump') ?? '' });
    const text = el('textarea', { id: 'patch', spellcheck: 'false', 'aria-describedby': 'patch-mistake', value: sample });
    const mistake = el('p', { id: 'patch-mistake', class: 'bad', role: 'alert' });
    const result = el('div', { role: 'region', 'aria-live': 'polite', 'aria-label': 'Result' });
    view.content.append(el('p', { class: 'muted' }, 'Nothing is sent upstream and nothing is stored. The patch is checked as the app’s own would be.'),
      el('form', { class: 'panel', onsubmit: submit },
        el('div', { class: 'field' }, el('label', { for: 'app' }, 'On behalf of'), app),
        el('div', { class: 'field' }, el('label', { for: 'pump' }, 'Heat pump: alias or id'), pump),
        el('div', { class: 'field' }, el('label', { for: 'patch' }, 'Patch, as JSON'), text), mistake,
        el('div', { class: 'buttons' }, el('button', { class: 'main' }, 'Try it'))), result);

    async function submit(event) {
      event.preventDefault();
      mistake.textContent = '';
      let patch;
      try {
        patch = JSON.parse(text.value);
      } catch (error) {
        mistake.textContent = `That is not JSON: ${error.message}`;
        text.setAttribute('aria-invalid', 'true');
        text.focus();
        return;
      }
      text.removeAttribute('aria-invalid');
      const question = { heat_pump: pump.value.trim(), patch };
      const [tried, explained] = await Promise.all([
        post('/admin/dry-run', app.value ? { app: app.value, ...question } : { organisation: view.organisation, ...question }).catch((error) => error),
        app.value ? post('/admin/explain', { app: app.value, ...question }).catch((error) => error) : null]);
      if (view.signal.aborted) return;
      fill(result, tried instanceof Error ? problem(tried) : accepted(tried), explained && !(explained instanceof Error) ? rules(explained) : null);
    }
  },
};

function accepted(tried) {
  return [
    el('div', { class: 'note good' }, el('p', {}, `It would be sent, in ${tried.write_mode} mode.`)),
    tried.warnings.length ? el('div', { class: 'note' }, el('ul', {}, tried.warnings.map((warning) => el('li', {}, warning)))) : null,
    panel('Fields', table(['Field', 'Now', 'Requested', 'Upstream field'], tried.fields.map((field) =>
      [el('code', {}, field.pointer), 'current' in field ? value(field.current) : el('span', { class: 'none' }, 'not shown'), value(field.requested), el('code', {}, field.update_field)]))),
    panel('The body that would go upstream', el('pre', { tabindex: '0' }, JSON.stringify(tried.upstream_body, null, 2)))];
}

function rules(explained) {
  return panel(`Rules for ${explained.app}`, table(['About', 'Rule', 'Says', 'Why', 'Setting'], explained.decisions.map((one) =>
    [el('code', {}, one.subject), one.rule, one.allows ? chip('allows', 'good') : chip('refuses', 'bad'), one.detail, el('code', {}, one.setting)])));
}

function table(heads, rows) {
  return el('div', { class: 'scroll' }, el('table', {},
    el('thead', {}, el('tr', {}, heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell, index) => el(index ? 'td' : 'th', index ? {} : { scope: 'row' }, cell)))))));
}
