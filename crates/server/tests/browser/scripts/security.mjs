// Security: what people keep here about themselves, and the mistakes that they make with it.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { Place } from '../support/place.mjs';

/** Signs in as somebody of the demonstration, and goes on to a page. */
async function enter(visitor, page, role, next) {
  await visitor.open(`/sign-in?as=${role}&next=${next}`);
  await page.locator(`button[name=role][value=${role}]`).click();
  await page.waitForURL((it) => it.pathname === next);
}

/** Sends the form that a button belongs to, and waits for what comes. */
async function send(page, button) {
  await Promise.all([page.waitForNavigation(), page.locator(button).click()]);
}

/** What may not be seen by anybody who may not use the page either. */
async function keepsNobodyOut(page, lang) {
  await frame(page, lang);
  await axe(page);
  await noHorizontalScroll(page);
}

describe('security', () => {
  let place;
  before(async () => (place = await Place.demo()));
  after(async () => {
    await place.audit();
    await place.end();
  });

  const ADD = 'form[action="/security/cards"] button';
  const cards = (page) => page.locator('a[href^="/security/cards/card_"]');

  for (const [device, lang, js, role] of [
    ['desktop', 'zh', true, 'buyer3'], ['pixel', 'en', false, 'buyer4'], ['desktop', 'en', true, 'seller2'],
  ]) {
    it(`keeps cards: ${role}, ${device} ${lang}${js ? '' : ' without scripts'}`, () =>
      visiting(place, { device, lang, js }, async (visitor, page) => {
        visitor.expect(/status of 422/);
        await enter(visitor, page, role, '/security');
        await page.locator('a[href="/security/cards"]').click();
        await page.locator('#number').waitFor();
        const before = await cards(page).count();
        const wrong = async (number) => {
          await page.fill('#number', number);
          await send(page, ADD);
          await page.locator('#number-error').waitFor();
          assert.equal(await page.getAttribute('#number', 'aria-invalid'), 'true');
          assert.equal((await page.inputValue('#number')).replace(/ /g, ''), number);
        };
        await wrong('6200000000007001');
        await wrong('62000');
        if (js) {
          await page.locator('details.card > summary').click();
          await page.locator('button[data-value="6200000000007000"]').click();
        } else await page.fill('#number', '6200 0000 0000 7000');
        await send(page, ADD);
        await page.locator('.alert.ok').waitFor();
        assert.equal(await cards(page).count(), before + 1);
        assert.match(await cards(page).last().textContent(), /7000/);
        // The same card once more is a mistake; nothing is added.
        await page.fill('#number', '6200000000007000');
        await send(page, ADD);
        await page.locator('#number-error').waitFor();
        assert.equal(await cards(page).count(), before + 1);
        await cards(page).last().click();
        await send(page, 'form[action$="/remove"] button');
        await page.locator('.alert.ok').waitFor();
        assert.equal(await cards(page).count(), before);
      }));
  }

  it('adds a card once, however it is pressed, and leads back to where it was wanted', () =>
    visiting(place, {}, async (visitor, page) => {
      visitor.expect(/status of 404/);
      await enter(visitor, page, 'buyer2', '/wallet/top-up');
      await page.locator('a[href="/security/cards?next=/wallet/top-up"]').click();
      await page.locator('#number').waitFor();
      const before = await cards(page).count();
      await page.fill('#number', '6200000000010004');
      await page.locator(ADD).dblclick();
      await page.waitForURL((it) => it.pathname === '/wallet/top-up');
      await visitor.open('/security/cards');
      assert.equal(await cards(page).count(), before + 1);
    }));

  it('shows nobody the cards of others', () =>
    visiting(place, {}, async (visitor, page) => {
      await enter(visitor, page, 'buyer', '/security/cards');
      const path = await cards(page).first().getAttribute('href');
      const stranger = await visitor.context.newPage();
      await visitor.open(path);
      await visitor.context.clearCookies();
      await stranger.goto('/sign-in?as=buyer2');
      await stranger.locator('button[name=role]').click();
      await visitor.open(path, 404);
      await visitor.context.clearCookies();
      await stranger.goto('/sign-in?as=sre');
      await stranger.locator('button[name=role]').click();
      await visitor.open('/security/cards', 404);
    }));

  const PAGES = ['/security', '/security/cards'];
  for (const [device, lang, tag, scheme] of [
    ['desktop', 'zh', 'zh-CN', 'light'], ['pixel', 'en', 'en', 'dark'],
  ]) {
    it(`keeps nobody out: ${device} ${lang} ${scheme}`, () =>
      visiting(place, { device, lang, scheme, audit: true }, async (visitor, page) => {
        await enter(visitor, page, 'buyer', '/security');
        for (const path of PAGES) {
          await visitor.open(path);
          await keepsNobodyOut(page, tag);
          if (device === 'desktop') {
            await keyboardOnly(page);
            await forcedColors(page);
          }
          await visitor.picture(path.slice(1).replaceAll('/', '-'), { fullPage: true });
        }
        await cards(page).first().click();
        await keepsNobodyOut(page, tag);
        await visitor.picture('security-card', { fullPage: true });
      }));
  }
});
