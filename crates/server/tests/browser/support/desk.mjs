// Operators at their desks: they sign in, propose with a reason, and decide what others proposed.

import { strict as assert } from 'node:assert';
import { visiting } from './browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from './checks.mjs';
import { LANGS } from './browser.mjs';

/** Signs in as somebody of the demonstration, and opens a page. */
export async function enter(visitor, role, path = '/ops') {
  await visitor.open(`/sign-in?as=${role}`);
  await visitor.page.locator(`button[name=role][value=${role}]`).click();
  await visitor.open(path);
}

/** Lends somebody of the demonstration, in front of a page, to `work`. */
export function seated(place, role, path, work, options = {}) {
  return visiting(place, options, async (visitor, page) => {
    await enter(visitor, role, path);
    await work(visitor, page);
  });
}

/** Fills in a form and sends it. Fields are named as the form names them. */
export async function send(page, action, fields = {}) {
  const form = page.locator(`form[action="${action}"]`);
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`);
    const radio = form.locator(`[name="${name}"][value="${value}"][type=radio]`);
    if (await radio.count()) await radio.check();
    else if (await field.evaluate((it) => it.tagName === 'SELECT')) await field.selectOption(value);
    else await field.fill(value);
  }
  await form.locator('button:not([type=button])').first().click();
}

/** What the page complains of, and that it does. */
export async function complaint(page) {
  return page.locator('.alert[role=alert]').textContent();
}

/** The newest open proposal, as the API has it. */
export async function newest(place) {
  const { data } = await place.looked('/v1/proposals?stage=open');
  assert.ok(data.length, 'a proposal is open');
  return data[0];
}

/**
 * Whoever proposed it is not let decide it, neither by the page nor past it; somebody else does.
 * Gives the proposal as the API has it then.
 */
export async function decided(place, maker, checker, proposal, { verdict = 'approve' } = {}) {
  const path = `/ops/approvals/${proposal.id}`;
  await seated(place, maker, path, async (visitor, page) => {
    assert.equal(await page.locator(`form[action="${path}/approve"]`).count(), 0, 'no button for it');
    const key = await page.locator(`form[action="${path}/withdraw"] [name=key]`).inputValue();
    const forged = await visitor.context.request.post(`${path}/approve`, {
      form: { key: `${key.slice(0, 40)}x`, reason: 'myself' },
    });
    assert.equal(forged.status(), 422, 'past the page');
    assert.equal((await place.looked(`/v1/proposals/${proposal.id}`)).stage, 'open');
  });
  await seated(place, checker, path, async (_, page) => {
    const form = page.locator(`form[action="${path}/approve"]`);
    await form.locator('[name=reason]').fill('核对无误');
    const button = verdict === 'approve' ? form.locator('button.primary') : form.locator('button.danger');
    await button.click();
    await page.waitForLoadState('load');
  });
  const after = await place.looked(`/v1/proposals/${proposal.id}`);
  assert.notEqual(after.maker, after.checker);
  return after;
}

/** What is true of every page of the console, in both languages, on both devices. */
export async function sound(place, role, paths) {
  for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
    const options = { device, lang, scheme, audit: true };
    await seated(place, role, '/ops', async (visitor, page) => {
      for (const path of paths) {
        await visitor.open(path);
        await frame(page, LANGS[lang]);
        await axe(page);
        await noHorizontalScroll(page);
        await keyboardOnly(page);
        await forcedColors(page);
        const name = path.slice(1).replace(/\?.*/, '').replace(/_.*/, '').replaceAll('/', '-');
        await visitor.picture(name, { fullPage: true });
      }
    }, options);
  }
}
