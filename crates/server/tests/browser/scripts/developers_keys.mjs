// A merchant's keys: made and shown once, rolled while the old one goes on, and revoked for ever.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { LANGS, visiting } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { register, signIn } from '../support/people.mjs';
import { Place } from '../support/place.mjs';

describe('the keys of a merchant', () => {
  let place, shop, rival;
  before(async () => {
    place = await Place.start();
    [shop, rival] = [await register(place, 'merchant', '茶铺'), await register(place, 'merchant', '花店')];
  });
  after(() => place.end());

  const status = async (key, method = 'GET', body) =>
    (await place.api(method, method === 'GET' ? '/v1/events' : '/v1/accounts', body, { key })).status;
  const make = async (page, role, { password } = shop) => {
    await page.goto('/developers/keys');
    await page.check(`input[value=${role}]`);
    await page.fill('#password', password);
    await page.locator('form[action="/developers/keys"] button').click();
    return page.locator('#secret').textContent();
  };
  const rows = (page) => page.locator('tbody').first().locator('tr').count();

  for (const [device, lang, js] of [['desktop', 'zh', true], ['pixel', 'en', false]]) {
    it(`are made, rolled and revoked: ${device} ${lang}${js ? '' : ' without scripts'}`, () =>
      visiting(place, { device, lang, js }, async (visitor, page) => {
        await signIn(visitor, shop);
        const old = await make(page, 'merchant');
        assert.match(old, /^sk_test_[0-9a-z]{32}$/);
        assert.equal(await status(old), 200);
        await visitor.picture('developers-key', { fullPage: true });

        await page.locator('a.primary').click();
        assert.ok(!(await page.content()).includes(old), 'it is shown once');
        await visitor.picture('developers-keys', { fullPage: true });
        await page.locator('a[href$="/roll"]').first().click();
        await page.fill('#password', shop.password);
        await page.locator('form[action$="/roll"] button').click();
        const young = await page.locator('#secret').textContent();
        assert.notEqual(young, old);
        assert.deepEqual([await status(old), await status(young)], [200, 200], 'both go on');

        await page.locator('.alert.info a.danger').click();
        await visitor.picture('developers-revoke', { fullPage: true });
        await page.locator('form[action$="/revoke"] button').click();
        await page.waitForURL('**/developers/keys');
        assert.deepEqual([await status(old), await status(young)], [401, 200], 'the old one ended');
      }));
  }

  it('only look, if they are to', () =>
    visiting(place, {}, async (visitor, page) => {
      await signIn(visitor, shop);
      const key = await make(page, 'read_only');
      assert.equal(await status(key), 200);
      assert.equal(await status(key, 'POST', { owner: 'usr_x' }), 403);
    }));

  it('are made once, however often the form is sent', () =>
    visiting(place, {}, async (visitor, page) => {
      await signIn(visitor, rival);
      const first = await make(page, 'merchant', rival);
      await page.reload();
      assert.equal(await page.locator('#secret').textContent(), first);
      await visitor.open('/developers/keys');
      assert.equal(await rows(page), 1);
    }));

  it('are made by nobody who only sits at the screen', () =>
    visiting(place, { js: false }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await signIn(visitor, rival);
      await page.goto('/developers/keys');
      const key = await page.locator('form[action="/developers/keys"] input[name=key]').inputValue();
      await page.fill('#password', 'not-the-password');
      await page.locator('form[action="/developers/keys"] button').click();
      await page.locator('#password-error').waitFor();
      assert.equal(await rows(page), 1, 'no key was made');
      const again = page.locator('form[action="/developers/keys"] input[name=key]');
      assert.equal(await again.inputValue(), key, 'it is the same request when it is mended');
      await page.locator('a[href$="/roll"]').first().click();
      await page.fill('#password', 'not-the-password');
      await page.locator('form[action$="/roll"] button').click();
      await page.locator('#password-error').waitFor();
      await visitor.open('/developers/keys');
      assert.equal(await rows(page), 1);
    }));

  it('are nobody else’s', () =>
    visiting(place, {}, async (visitor, page) => {
      await signIn(visitor, shop);
      await visitor.open('/developers/keys');
      const theirs = await page.locator('a[href$="/revoke"]').first().getAttribute('href');
      await signIn(visitor, rival);
      await visitor.open(theirs, 404);
      await visitor.open(theirs.replace('revoke', 'roll'), 404);
      await visitor.open('/developers/keys');
      assert.equal(await rows(page), 1);
    }));

  it('are too many when twenty are in use', () =>
    visiting(place, { js: false }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      const busy = await register(place, 'merchant', '大店');
      await signIn(visitor, busy);
      const headers = { cookie: busy.cookie };
      for (let made = 0; made < 20; made += 1) {
        const body = new URLSearchParams({ key: `made${made}`, role: 'read_only', password: busy.password });
        await fetch(`${place.url}/developers/keys`, { method: 'POST', headers, body });
      }
      await page.goto('/developers/keys');
      await page.fill('#password', busy.password);
      await page.locator('form[action="/developers/keys"] button').click();
      await page.locator('.alert.bad').waitFor();
      assert.equal(await rows(page), 20);
    }));

  it('keep nobody out', async () => {
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await visiting(place, { device, lang, scheme, audit: true }, async (visitor, page) => {
        await signIn(visitor, shop);
        const checked = async () => {
          await frame(page, LANGS[lang]);
          await axe(page);
          await noHorizontalScroll(page);
          await keyboardOnly(page);
          await forcedColors(page);
        };
        for (const path of ['/developers', '/developers/keys']) {
          await visitor.open(path);
          await visitor.picture(`${path.slice(1).replace('/', '-')}-${scheme}`, { fullPage: true });
          await checked();
        }
        await make(page, 'read_only');
        await checked();
        await visitor.open('/developers/keys');
        await page.locator('a[href$="/revoke"]').first().click();
        await checked();
      });
    }
  });

  it('leave the books in balance', () => place.audit());
});
