// One browser for the whole run, and visitors in it whose every page is watched.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, devices } from 'playwright-core';

/** Nothing that the browser would like to load for itself, and no sandbox that root cannot have. */
const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

const { defaultBrowserType: _, ...pixel } = devices['Pixel 7'];
export const DEVICES = { desktop: { viewport: { width: 1280, height: 800 } }, pixel };
export const LANGS = { zh: 'zh-CN', en: 'en' };

let browser;

function launched() {
  const executablePath = process.env.DANBAO_CHROMIUM ?? '/usr/bin/chromium';
  browser ??= chromium.launch({ executablePath, args: ARGS });
  return browser;
}

export async function closeBrowser() {
  await (await browser)?.close();
}

/** Closes what a visitor had open. A browser that does not is replaced by a new one. */
async function closed(context) {
  const patience = new AbortController();
  const late = sleep(10_000, true, { signal: patience.signal }).catch(() => false);
  if (await Promise.race([context.close().then(() => false), late])) {
    const stuck = browser;
    browser = undefined;
    await (await stuck).close();
  }
  patience.abort();
}

/** Says what a browser complains about only in the page itself. */
function listen() {
  addEventListener('securitypolicyviolation', (it) => {
    console.error(`CSP: ${it.violatedDirective} forbids ${it.blockedURI} (${it.sample})`);
  });
}

/**
 * Somebody in front of a browser. What a page does wrong is kept in `troubles`, and `leave` fails
 * if there is any; `expect` names what a scenario brings about itself, such as a lost network.
 */
export class Visitor {
  static async come(place, options = {}) {
    const { device = 'desktop', lang = 'zh', scheme = 'light', js = true, audit = false } = options;
    const visitor = new Visitor();
    Object.assign(visitor, { place, device, lang, troubles: [], expected: [] });
    visitor.context = await (await launched()).newContext({
      ...DEVICES[device], baseURL: place.url, locale: LANGS[lang], colorScheme: scheme,
      javaScriptEnabled: js, bypassCSP: audit, timezoneId: 'Asia/Shanghai', ...options.context,
    });
    visitor.context.setDefaultTimeout(20_000);
    if (js) await visitor.context.addInitScript(listen);
    visitor.context.on('page', (page) => visitor.watch(page));
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  watch(page) {
    const trouble = (what) => this.troubles.push(`${page.url()}: ${what}`);
    page.on('console', (it) => {
      if (['error', 'warning'].includes(it.type())) trouble(`console: ${it.text()} ${it.location().url}`);
    });
    page.on('pageerror', (error) => trouble(`error: ${error.message}`));
    page.on('requestfailed', (it) => {
      // Streams end and downloads leave the page; neither is a failure.
      const why = it.failure()?.errorText;
      if (why !== 'net::ERR_ABORTED') trouble(`${it.method()} ${it.url()}: ${why}`);
    });
    page.on('response', (it) => {
      if (it.status() >= 500) trouble(`${it.status()} for ${it.url()}`);
      const { host } = new URL(it.url());
      if (host !== new URL(this.place.url).host) trouble(`loads from ${host}`);
    });
  }

  /** From here on these troubles are wanted: patterns of their text. */
  expect(...patterns) {
    this.expected.push(...patterns);
  }

  /** Opens a page that has to be there. Gives its response. */
  async open(path, status = 200) {
    // A browser reports a page that is refused on its console, and it is right.
    if (status >= 400) this.expect(new RegExp(`status of ${status}`));
    const response = await this.page.goto(path);
    if (response.status() !== status) {
      throw new Error(`${path}: ${response.status()} instead of ${status}`);
    }
    return response;
  }

  /** A picture of the page, if somebody wants pictures. */
  async picture(name, options = {}) {
    const folder = process.env.DANBAO_PICTURES;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name}-${this.device}-${this.lang}.png`);
    await this.page.screenshot({ path, animations: 'disabled', ...options });
  }

  /** Goes away, and fails if anything went wrong that was not expected. */
  async leave() {
    await closed(this.context);
    const bad = this.troubles.filter((it) => !this.expected.some((pattern) => pattern.test(it)));
    if (bad.length) throw new Error(`the pages complain:\n  ${bad.join('\n  ')}`);
  }
}

/** Lends a visitor to `visit`, who leaves afterwards whatever becomes of it. */
export async function visiting(place, options, visit) {
  const visitor = await Visitor.come(place, options);
  let failure;
  try {
    await visit(visitor, visitor.page);
  } catch (error) {
    failure = error;
    await visitor.picture(`failed-${Date.now()}`).catch(() => {});
  }
  try {
    await visitor.leave();
  } catch (error) {
    failure = failure ? new Error(`${failure.message}\n${error.message}`, { cause: failure }) : error;
  }
  if (failure) throw failure;
}
