// What scripts about the settings share.

import { strict as assert } from 'node:assert';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from './checks.mjs';
import { castAs, posted } from './market.mjs';

/** Sends the form that a button belongs to, and waits for what comes. */
export async function send(page, button) {
  await Promise.all([page.waitForNavigation(), page.locator(button).click()]);
}

/** Fills the fields of a form and sends it. */
export async function fill(page, fields, button) {
  for (const [name, value] of Object.entries(fields)) await page.fill(`main [name=${name}]`, value);
  await send(page, button);
}

/** The form is there again, and says at this field what has to be mended. */
export async function mends(page, field) {
  await page.locator(`#${field}-error`).waitFor();
  assert.equal(await page.getAttribute(`#${field}`, 'aria-invalid'), 'true', field);
  await page.locator('#fault').waitFor();
}

/** Another session of somebody, by what they know; nothing if they are not let in. */
export async function entered(place, login, password, more = {}) {
  const response = await posted(place, '/sign-in', { login, password, next: '/security', ...more });
  const cookies = response.headers.getSetCookie();
  return cookies.find((it) => it.startsWith('danbao_session='))?.split(';')[0];
}

/** Whether a cookie still opens the settings. */
export async function isIn(place, cookie) {
  const headers = { cookie, accept: 'text/html' };
  const { status } = await fetch(`${place.url}/security`, { headers, redirect: 'manual' });
  assert.ok([200, 303].includes(status), `${status}`);
  return status === 200;
}

/** Signs a visitor in as somebody of a demonstration. */
export async function enterAs(visitor, role) {
  const [name, value] = (await castAs(visitor.place, role)).cookie.split('=');
  await visitor.context.addCookies([{ name, value, url: visitor.place.url }]);
}

/** Nothing on these pages keeps anybody out. */
export async function keepNobodyOut(visitor, paths, { before = async () => {} } = {}) {
  const { page, device, lang } = visitor;
  for (const path of paths) {
    await visitor.open(path);
    await before(path);
    await frame(page, lang === 'zh' ? 'zh-CN' : 'en');
    await axe(page);
    await noHorizontalScroll(page);
    if (device === 'desktop') {
      await keyboardOnly(page);
      await forcedColors(page);
    }
    await visitor.picture(path.slice(1).replaceAll('/', '-'), { fullPage: true });
  }
}
