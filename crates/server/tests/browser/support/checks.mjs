// What is true of every good page, each as a function that fails with the reason.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Nothing that keeps people out, by axe. The visitor came with `audit`, which lets axe in. */
export async function axe(page, { but = [] } = {}) {
  await page.evaluate(AXE);
  const rules = Object.fromEntries(but.map((it) => [it, { enabled: false }]));
  const found = await page.evaluate(
    (options) => window.axe.run(document, options),
    { runOnly: { type: 'tag', values: RULES }, rules, resultTypes: ['violations'] },
  );
  const serious = found.violations.filter((it) => ['serious', 'critical'].includes(it.impact));
  const told = serious.flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.html}`));
  assert.deepEqual(told, [], `axe on ${page.url()}`);
}

/** Nobody has to scroll sideways, on the narrowest phone and at twice the size. */
export async function noHorizontalScroll(page, width = 320) {
  const before = page.viewportSize();
  await page.setViewportSize({ width, height: 640 });
  const wide = await page.evaluate(() => {
    const most = document.documentElement.clientWidth;
    const scrolls = (it) => {
      for (let up = it.parentElement; up; up = up.parentElement) {
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(up).overflowX)) return true;
      }
      return false;
    };
    if (document.documentElement.scrollWidth <= most) return [];
    return [...document.querySelectorAll('body *')]
      .filter((it) => it.getBoundingClientRect().right > most + 1 && !scrolls(it))
      .map((it) => it.outerHTML.slice(0, 160));
  });
  await page.setViewportSize(before);
  assert.deepEqual(wide, [], `${page.url()} is wider than ${width}`);
}

/**
 * Makes every text on the page longer by a good third, in letters that no language here has: as if
 * somebody had translated the page into a language that needs more room.
 */
export function stretch(page) {
  return page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      const length = text.data.trim().length;
      if (length < 2 || text.parentElement.closest('svg, script, style, code, .mono, .num, .amount')) continue;
      const more = 'ŵōŗđş '.repeat(Math.ceil(length / 15));
      text.data = `${text.data.trimEnd()} ${more.trim()} `;
    }
  });
}

/** What has the focus, as a person would name it; and whether the focus can be seen. */
function focused() {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const outlined = (what) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(what);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  };
  // A field in a box, such as one for an amount, shows it by the box.
  const boxed = outlined(it.parentElement) && it.parentElement.matches(':focus-within');
  const seen = outlined(it) || boxed || getComputedStyle(it).boxShadow !== 'none';
  const name = it.getAttribute('aria-label') || it.textContent.trim() || it.name || it.id;
  return { tag: it.tagName, name: name.slice(0, 60), seen };
}

/**
 * Everything that can be pressed is reached by Tab alone, and the focus can be seen on each stop.
 * Gives the stops in order.
 */
export async function keyboardOnly(page) {
  const wanted = await page.evaluate(() => {
    const all = document.querySelectorAll('a[href], button, input, select, textarea, summary');
    // Of a group of radio buttons Tab reaches one, and what is folded away is not there yet.
    const there = [...all].filter((it) => it.checkVisibility({ visibilityProperty: true }));
    const groups = new Set();
    return there.filter((it) => {
      if (it.disabled || it.type === 'hidden' || it.tabIndex < 0) return false;
      if (it.type !== 'radio') return true;
      return groups.has(it.name) ? false : groups.add(it.name);
    }).length;
  });
  await page.evaluate(() => document.activeElement?.blur?.());
  const stops = [];
  for (let press = 0; press < wanted + 2; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(focused);
    if (!stop) break;
    stops.push(stop);
  }
  assert.ok(stops.length >= wanted, `${page.url()}: Tab reaches ${stops.length} of ${wanted}`);
  const unseen = stops.filter((it) => !it.seen).map((it) => `${it.tag} ${it.name}`);
  assert.deepEqual(unseen, [], `${page.url()}: the focus cannot be seen`);
  return stops;
}

/** In forced colours, what can be pressed still has a border or is a link, and text is there. */
export async function forcedColors(page) {
  await page.emulateMedia({ forcedColors: 'active' });
  const flat = await page.evaluate(() => [...document.querySelectorAll('button, .button')]
    .filter((it) => it.checkVisibility())
    .filter((it) => {
      const { borderTopStyle, borderTopWidth } = getComputedStyle(it);
      return borderTopStyle === 'none' || borderTopWidth === '0px';
    })
    .map((it) => it.outerHTML.slice(0, 160)));
  await page.emulateMedia({ forcedColors: null });
  assert.deepEqual(flat, [], `${page.url()}: not to be told from text in forced colours`);
}

/** What every page has: one heading, a title, a language, a skip link. */
export async function frame(page, lang) {
  const seen = await page.evaluate(() => ({
    headings: document.querySelectorAll('h1').length,
    lang: document.documentElement.lang,
    title: document.title.trim(),
    main: document.querySelectorAll('main').length,
  }));
  assert.equal(seen.headings, 1, `${page.url()}: headings of the first level`);
  assert.equal(seen.main, 1, `${page.url()}: main parts`);
  assert.equal(seen.lang, lang, `${page.url()}: its language`);
  assert.notEqual(seen.title, '', `${page.url()}: its title`);
}

/** Loads a page with an empty cache and gives what came over the wire, by kind, in bytes. */
export async function weighed(visitor, path) {
  const session = await visitor.context.newCDPSession(visitor.page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const [kinds, bytes] = [new Map(), { total: 0 }];
  session.on('Network.responseReceived', (it) => kinds.set(it.requestId, it.type));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? 'Other';
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
    bytes.total += encodedDataLength;
  });
  await visitor.page.goto(path, { waitUntil: 'load' });
  await visitor.page.waitForTimeout(200);
  await session.detach();
  return bytes;
}

/**
 * Opens a page as a phone of 2019 on a network of 1.6 Mbit/s with 150 ms there and back. Gives the
 * milliseconds until its largest part was painted.
 */
export async function paintedAfter(visitor, path) {
  const session = await visitor.context.newCDPSession(visitor.page);
  const bytes = 1_600_000 / 8;
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Network.emulateNetworkConditions', {
    offline: false, latency: 150, downloadThroughput: bytes, uploadThroughput: bytes,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await visitor.page.goto(path, { waitUntil: 'load' });
  const painted = await visitor.page.evaluate(() => new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
      .observe({ type: 'largest-contentful-paint', buffered: true });
  }));
  await session.detach();
  return painted;
}
