// What pages do more with scripts. Every page works without this file; nothing here decides
// anything about money. Attributes that it reads:
//   form[method=post]            busy while it is sent, so that a second press does nothing
//   [data-js]                    shown only where scripts run (they are `hidden` in the page)
//   button[data-copy]            copies the attribute, or the text of the element that it names
//   button[data-fill][data-value] fills a field; input[data-amount], input[data-card] are tidied
//   select[data-submit]          sends its form when it changes
//   time[data-relative]          says beside the date how far away it is
//   [data-live="/path"]          a stream of events; after each the page's <main> is brought up to date
//   form[data-passkey=create|get][data-options] the browser's ceremony before the form is sent
//   [data-chart]                 drawn by uPlot where it is loaded
(() => {
  'use strict';
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const lang = document.documentElement.lang || 'zh-CN';

  // Sending: the key in a money form makes a second one harmless, this makes it rare.
  const free = form => {
    delete form.dataset.sent;
    all('[aria-busy]', form).forEach(button => button.removeAttribute('aria-busy'));
  };
  document.addEventListener('submit', event => {
    const form = event.target;
    if (form.method !== 'post') return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = '1';
    event.submitter?.setAttribute('aria-busy', 'true');
    setTimeout(() => free(form), 20000);
    if (form.dataset.passkey && !form.elements.credential.value) {
      event.preventDefault();
      ceremony(form, event.submitter);
    }
  });
  addEventListener('pageshow', event => {
    if (!event.persisted) return;
    all('form').forEach(free);
    all('form [name=credential]').forEach(field => { field.value = ''; });
  });

  // Passkeys: the options come from the page or from the address that it names.
  const bytes = text => Uint8Array.from(
    atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const named = keys => keys?.map(key => ({ ...key, id: bytes(key.id) }));
  async function ceremony(form, submitter) {
    const fault = form.querySelector('[data-fault]');
    if (fault) fault.hidden = true;
    try {
      const given = form.dataset.options;
      const said = given.startsWith('{') ? JSON.parse(given)
        : await (await fetch(given, { method: 'POST' })).json();
      const key = said.publicKey || said;
      key.challenge = bytes(key.challenge);
      if (key.user) key.user.id = bytes(key.user.id);
      key.excludeCredentials = named(key.excludeCredentials);
      key.allowCredentials = named(key.allowCredentials);
      const made = await navigator.credentials[form.dataset.passkey]({ publicKey: key });
      const it = made.response;
      const response = { publicKeyAlgorithm: it.getPublicKeyAlgorithm?.() };
      const parts = { clientDataJSON: it.clientDataJSON, signature: it.signature,
        authenticatorData: it.authenticatorData ?? it.getAuthenticatorData?.(),
        publicKey: it.getPublicKey?.(), userHandle: it.userHandle };
      for (const name in parts) if (parts[name]) response[name] = text(parts[name]);
      form.elements.credential.value = JSON.stringify({ rawId: text(made.rawId), response });
      free(form);
      form.requestSubmit(submitter);
    } catch {
      free(form);
      if (fault) fault.hidden = false;
    }
  }

  // Small helps.
  document.addEventListener('click', async event => {
    const button = event.target.closest('button');
    for (const menu of all('details.menu[open]')) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (button?.dataset.fill) {
      const field = document.getElementById(button.dataset.fill);
      field.value = button.dataset.value;
      field.focus();
    }
    if (!button || button.dataset.copy === undefined) return;
    const source = button.dataset.copy;
    const words = source.startsWith('#') ? document.querySelector(source).textContent : source;
    try {
      await navigator.clipboard.writeText(words);
      button.classList.add('copied');
      setTimeout(() => button.classList.remove('copied'), 1500);
    } catch { /* A browser that forbids it leaves the text to be selected by hand. */ }
  });
  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input, textarea, select, [contenteditable]');
    if (event.key === 'Escape') all('details.menu[open]').forEach(menu => { menu.open = false; });
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector('.search input');
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  });
  const plain = value => value.normalize('NFKC').replace(/。/g, '.');
  document.addEventListener('input', event => {
    const field = event.target;
    if (!('card' in field.dataset) || event.isComposing) return;
    const before = field.value.slice(0, field.selectionStart).replace(/\D/g, '').length;
    const digits = plain(field.value).replace(/\D/g, '').slice(0, 19);
    field.value = digits.replace(/(.{4})(?=.)/g, '$1 ');
    const at = before + Math.max(0, Math.floor((before - 1) / 4));
    field.setSelectionRange(at, at);
  });
  document.addEventListener('change', event => {
    const field = event.target;
    if ('submit' in field.dataset) field.form.requestSubmit();
    if (!('amount' in field.dataset)) return;
    const said = plain(field.value).replace(/[,\s¥]/g, '');
    if (/^\d+(\.\d{0,2})?$/.test(said)) {
      const [whole, part = ''] = said.split('.');
      field.value = `${whole}.${part.padEnd(2, '0')}`;
    }
  });

  // Times: by the platform's clock, which a sandbox may have moved.
  const clock = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
  const words = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  const sizes = [['day', 86400], ['hour', 3600], ['minute', 60]];
  function times() {
    for (const it of all('time[data-relative]')) {
      const away = (Date.parse(it.dateTime) - Date.now() - clock) / 1000;
      const [unit, size] = sizes.find(([, long]) => Math.abs(away) >= long) || sizes[2];
      it.dataset.relative = words.format(Math.trunc(away / size), unit);
    }
  }

  // Charts.
  function charts() {
    if (!window.uPlot) return;
    for (const it of all('[data-chart]:not(.drawn)')) {
      it.classList.add('drawn');
      const { x, series } = JSON.parse(it.dataset.chart);
      const probe = it.appendChild(document.createElement('i'));
      const colour = name => { probe.className = name; return getComputedStyle(probe).color; };
      const [ink, line, grid] = ['c-soft', 'c-brand', 'c-line'].map(colour);
      probe.remove();
      const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false },
        font: `12px ${getComputedStyle(document.body).fontFamily}` };
      const clock = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit',
        hourCycle: 'h23' });
      const hours = { ...axis, values: (_, at) => at.map(it => clock.format(it * 1000)) };
      const strokes = [line, ink];
      new window.uPlot({ width: it.clientWidth, height: 220, axes: [hours, axis],
        legend: { show: series.length > 1 }, padding: [8, 16, 0, 0],
        series: [{}, ...series.map((one, at) => ({ label: one.label, width: 2,
          stroke: strokes[at % 2] }))] }, [x, ...series.map(one => one.values)], it);
    }
  }

  // Bringing <main> up to date: what is equal stays, and so does a form that somebody fills in.
  const touched = form => form.contains(document.activeElement)
    && document.activeElement.matches('input:not([type=hidden]), textarea, select')
    || [...form.elements].some(it => it.type !== 'hidden' && ('checked' in it
      && it.checked !== it.defaultChecked || it.defaultValue !== undefined
      && it.type !== 'checkbox' && it.type !== 'radio' && it.value !== it.defaultValue));
  function morph(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) return old.replaceWith(fresh);
    if (old.nodeType !== 1) { old.data = fresh.data; return; }
    if (old.nodeName === 'FORM' && (old.dataset.sent || touched(old))) return;
    if (old.matches('[data-chart].drawn') && old.dataset.chart === fresh.dataset.chart) return;
    const kept = old.nodeName === 'DETAILS' ? ['open'] : [];
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value && !kept.includes(name)) old.setAttribute(name, value);
    }
    const [now, then] = [[...old.childNodes], [...fresh.childNodes]];
    then.forEach((child, at) => { if (now[at]) morph(now[at], child); else old.append(child); });
    now.slice(then.length).forEach(child => child.remove());
  }
  let asked = 0;
  let asking = false;
  async function refresh() {
    asked += 1;
    if (asking) return;
    asking = true;
    let done = 0;
    while (done !== asked) {
      done = asked;
      try {
        const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
        if (!answer.ok || answer.redirected) break;
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const [main, fresh] = [document.querySelector('main'), page.querySelector('main')];
        if (!main || !fresh) break;
        morph(main, fresh);
        document.title = page.title;
        window.htmx?.process(main);
        enhance();
      } catch { break; }
    }
    asking = false;
  }
  let stream = null;
  let wait = 1000;
  let timer = 0;
  function listen() {
    const path = document.querySelector('[data-live]')?.dataset.live;
    if (!path || stream || document.hidden) return;
    stream = new EventSource(path);
    stream.onopen = () => { wait = 1000; };
    stream.onmessage = refresh;
    stream.addEventListener('change', refresh);
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      stream = null;
      clearTimeout(timer);
      timer = setTimeout(listen, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, 30000);
    };
  }
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) { stream?.close(); stream = null; return; }
    if (document.querySelector('[data-live]')) refresh();
    listen();
  });
  addEventListener('pagehide', () => { stream?.close(); stream = null; });

  function enhance() {
    all('[data-js][hidden]').forEach(it => { it.hidden = false; });
    times();
    charts();
  }
  enhance();
  listen();
  document.addEventListener('DOMContentLoaded', charts);
  setInterval(times, 30000);
})();
