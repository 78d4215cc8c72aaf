// Security: passkeys, on a device that the browser plays.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { Device, byName } from '../support/device.mjs';
import { PASSWORD, posted } from '../support/market.mjs';
import { register, signIn } from '../support/people.mjs';
import { Place } from '../support/place.mjs';
import { enterAs, entered, fill, keepNobodyOut, mends, send } from '../support/settings.mjs';
import { codeOf } from '../support/totp.mjs';

const BEGIN = 'form[action="/security/passkeys"] button';
const MAKE = 'form[data-passkey=create] button';
const USE = 'form[data-passkey=get] button';
const REMOVE = 'form[action$="/remove"] button';

describe('security: passkeys', () => {
  let place;
  let named;
  before(async () => {
    place = await Place.demo();
    named = byName(place);
  });
  after(async () => {
    await place.audit();
    await place.end();
  });

  const make = async (page, name, password) => {
    await fill(page, { name, password }, BEGIN);
    await page.locator(MAKE).waitFor();
    await send(page, MAKE);
    await page.locator('.alert.ok').waitFor();
  };
  const out = (visitor) => visitor.context.clearCookies({ name: 'danbao_session' });

  for (const way of [{ device: 'desktop', lang: 'zh' }, { device: 'pixel', lang: 'en' }]) {
    it(`makes one, signs in with it, and removes it: ${way.device} ${way.lang}`, () =>
      visiting(named, way, async (visitor, page) => {
        visitor.expect(/status of 422/);
        const person = await register(place, 'customer', '小红');
        await signIn(visitor, person);
        const device = await Device.of(page);
        await visitor.open('/security');
        await page.locator('a[href="/security/passkeys"]').click();
        await page.locator('#name').waitFor();
        await fill(page, { name: '我的手机', password: 'wrong-2009' }, BEGIN);
        await mends(page, 'password');
        assert.equal(await page.inputValue('#name'), '我的手机');
        await fill(page, { name: '我的手机', password: person.password }, BEGIN);
        await visitor.picture('security-passkey-new', { fullPage: true });
        // A device that does not recognize its owner makes none, and the page says so.
        await device.recognizes(false);
        await page.locator(MAKE).click();
        await page.locator('[data-fault]:not([hidden])').waitFor();
        await device.recognizes(true);
        await send(page, MAKE);
        await page.locator('.alert.ok').waitFor();
        assert.match(await page.textContent('.entries'), /我的手机/);
        await visitor.picture('security-passkeys-one', { fullPage: true });
        // The same device has one already.
        await fill(page, { name: '再来一个', password: person.password }, BEGIN);
        await page.locator(MAKE).click();
        await page.locator('[data-fault]:not([hidden])').waitFor();
        assert.equal((await device.keys()).length, 1);

        await out(visitor);
        await visitor.open('/sign-in?next=/security/sessions');
        await visitor.picture('sign-in-passkey', { fullPage: true });
        let given;
        page.on('request', (it) => {
          if (it.url().endsWith('/sign-in/passkey')) given = new URLSearchParams(it.postData());
        });
        await send(page, USE);
        await page.waitForURL(`${named.url}/security/sessions`);
        assert.match(await page.locator('[aria-labelledby=open] li').first().textContent(), /通行密钥|Passkey/);
        // Whoever saw the answer cannot use it again.
        const again = await posted(place, '/sign-in/passkey', given);
        assert.equal(again.status, 422);
        assert.deepEqual(again.headers.getSetCookie(), []);

        await visitor.open('/security/passkeys');
        await page.locator('.entries a').click();
        await fill(page, { password: 'wrong-2009' }, REMOVE);
        await mends(page, 'password');
        await fill(page, { password: person.password }, REMOVE);
        await page.locator('.alert.ok').waitFor();
        assert.equal(await page.locator('.entries').count(), 0);
        await out(visitor);
        await visitor.open('/sign-in');
        await send(page, USE);
        await page.locator('.alert.bad:not([hidden])').waitFor();
        assert.match(page.url(), /\/sign-in\/passkey$/);
      }));
  }

  it('refuses a copy of a device', () =>
    visiting(named, { lang: 'en' }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      const person = await register(place, 'customer', '小红');
      await signIn(visitor, person);
      const device = await Device.of(page);
      await visitor.open('/security/passkeys');
      await make(page, 'My phone', person.password);
      const [old] = await device.keys();
      const use = async () => {
        await out(visitor);
        await visitor.open('/sign-in?next=/security');
        await send(page, USE);
      };
      for (const _ of [1, 2]) {
        await use();
        await page.waitForURL(`${named.url}/security`);
      }
      await device.restore(old);
      await use();
      await page.locator('.alert.bad:not([hidden])').waitFor();
      await visitor.picture('sign-in-passkey-refused', { fullPage: true });
      // It stands among the sign-ins.
      const [name, value] = (await entered(place, person.login, person.password)).split('=');
      await visitor.context.addCookies([{ name, value, url: named.url }]);
      await visitor.open('/security/sessions');
      assert.equal(await page.locator('td .chip.bad').count(), 1);
    }));

  it('needs no one-time code, and helps out whoever has lost theirs', () =>
    visiting(named, { lang: 'zh' }, async (visitor, page) => {
      const person = await register(place, 'merchant', '小明茶铺');
      await signIn(visitor, person);
      await Device.of(page);
      await visitor.open('/security/passkeys');
      await make(page, '电脑', person.password);
      await visitor.open('/security/two-step');
      const secret = await page.inputValue('[name=secret]');
      await fill(page, { code: codeOf(secret), password: person.password }, 'form[action="/security/two-step"] button.primary');
      await page.locator('.alert.ok').waitFor();
      await out(visitor);
      await visitor.open('/sign-in?next=/security/two-step');
      await send(page, USE);
      await page.waitForURL(`${named.url}/security/two-step`);
      await fill(page, { password: person.password }, 'form[action="/security/two-step/off"] button');
      await page.locator('.alert.ok').waitFor();
      assert.ok(await entered(place, person.login, person.password));
    }));

  it('says where they work, where they do not', () =>
    visiting(place, { lang: 'en' }, async (visitor, page) => {
      await enterAs(visitor, 'buyer');
      await visitor.open('/security/passkeys');
      assert.equal(await page.locator('.alert.info a').getAttribute('href'), `${named.url}/security/passkeys`);
      assert.equal(await page.locator('#name').count(), 0);
      await out(visitor);
      await visitor.open('/sign-in');
      assert.equal(await page.locator(USE).count(), 0);
    }));

  it('says that they need scripts, where there are none', () =>
    visiting(named, { lang: 'en', device: 'pixel', js: false }, async (visitor, page) => {
      await enterAs(visitor, 'buyer');
      await visitor.open('/security/passkeys');
      assert.ok(await page.locator('noscript .alert').isVisible());
      assert.ok(!await page.locator('#name').isVisible());
      await visitor.picture('security-passkeys-no-scripts', { fullPage: true });
      await out(visitor);
      await visitor.open('/sign-in');
      assert.ok(!await page.locator(USE).isVisible());
      assert.ok(await page.locator('#login').isVisible(), 'a password does');
    }));

  it('shows and removes nobody the passkeys of others', async () => {
    const [one, two] = [await register(place, 'customer', '小红'), await register(place, 'customer', '小刚')];
    await visiting(named, { lang: 'en' }, async (visitor, page) => {
      await signIn(visitor, one);
      await Device.of(page);
      await visitor.open('/security/passkeys');
      await make(page, 'Mine', one.password);
      const path = await page.getAttribute('.entries a', 'href');
      await signIn(visitor, two);
      await visitor.open(path, 404);
      await posted(place, `${path}/remove`, { key: 'a', password: two.password }, two.cookie);
      await signIn(visitor, one);
      await visitor.open(path);
      for (const credential of ['', '{}', '{"rawId":"AAAA","response":{}}']) {
        const response = await posted(place, '/sign-in/passkey', { credential, next: '/' });
        assert.equal(response.status, 422, credential);
        const added = await posted(place, '/security/passkeys/add', { credential }, two.cookie);
        assert.equal(added.status, 422, credential);
      }
    });
  });

  for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark'], ['pixel', 'zh', 'light']]) {
    it(`keeps nobody out: ${device} ${lang} ${scheme}`, () =>
      visiting(named, { device, lang, scheme, audit: true }, async (visitor, page) => {
        await keepNobodyOut(visitor, ['/sign-in']);
        await enterAs(visitor, 'buyer2');
        await Device.of(page);
        await visitor.open('/security/passkeys');
        await make(page, 'Phone', PASSWORD);
        const one = await page.getAttribute('.entries a', 'href');
        await keepNobodyOut(visitor, ['/security/passkeys', one, '/security']);
        await visitor.open(one);
        await fill(page, { password: PASSWORD }, REMOVE);
      }));
  }
});
