// Security: one-time codes besides the password.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { PASSWORD, posted } from '../support/market.mjs';
import { register, signIn } from '../support/people.mjs';
import { Place } from '../support/place.mjs';
import { enterAs, entered, fill, keepNobodyOut, mends } from '../support/settings.mjs';
import { codeOf, soonAfterAStep } from '../support/totp.mjs';

const ON = 'form[action="/security/two-step"] button.primary';
const OFF = 'form[action="/security/two-step/off"] button';
const ENTER = 'form[action="/sign-in"] button';
const GIVE = 'form[action="/sign-in/code"] button';
const WAYS = [
  { device: 'desktop', lang: 'zh', js: true }, { device: 'pixel', lang: 'en', js: false },
  { device: 'pixel', lang: 'zh', js: true }, { device: 'desktop', lang: 'en', js: false },
];

describe('security: two-step sign-in', () => {
  let place;
  before(async () => (place = await Place.demo()));
  after(async () => {
    await place.audit();
    await place.end();
  });

  for (const way of WAYS) {
    const { device, lang, js } = way;
    it(`asks for a code, and for each only once: ${device} ${lang}${js ? '' : ' without scripts'}`, () =>
      visiting(place, way, async (visitor, page) => {
        visitor.expect(/status of 4(22|01)/);
        const person = await register(place, 'customer', '小红');
        const { login, password } = person;
        await signIn(visitor, person);
        await visitor.open('/security');
        await page.locator('a[href="/security/two-step"]').click();
        await page.locator('.qr svg').waitFor();
        const secret = await page.inputValue('[name=secret]');
        assert.equal((await page.textContent('#secret')).replace(/ /g, ''), secret);
        await soonAfterAStep(20_000);
        const turnOn = (code, by = password) => fill(page, { code, password: by }, ON);
        await turnOn('000000' === codeOf(secret) ? '000001' : '000000');
        await mends(page, 'code');
        assert.equal(await page.inputValue('[name=secret]'), secret, 'the app need not learn another');
        await turnOn(codeOf(secret, -1), 'wrong-2009');
        await mends(page, 'password');
        assert.ok(await entered(place, login, password), 'not on yet');
        await turnOn(codeOf(secret, -1));
        await page.locator('.alert.ok').waitFor();
        assert.equal(await page.locator('.qr').count(), 0, 'the secret is not shown again');
        await visitor.picture('security-two-step-on', { fullPage: true });
        assert.equal(await entered(place, login, password), undefined, 'the password alone does not do');

        await visitor.context.clearCookies({ name: 'danbao_session' });
        await visitor.open('/sign-in?next=/security/two-step');
        await fill(page, { login, password }, ENTER);
        await page.locator('#code').waitFor();
        assert.equal(await page.locator('[type=password]').count(), 0);
        await visitor.picture('sign-in-code', { fullPage: true });
        await fill(page, { code: codeOf(secret, -1) }, GIVE);
        await page.locator('.alert.bad').waitFor();
        assert.equal(await page.getAttribute('#code', 'aria-invalid'), 'true', 'it was used');
        await fill(page, { code: codeOf(secret) }, GIVE);
        await page.waitForURL(`${place.url}/security/two-step`);

        await fill(page, { password: 'wrong-2009' }, OFF);
        await mends(page, 'password');
        await fill(page, { password }, OFF);
        await page.locator('.alert.ok').waitFor();
        assert.notEqual(await page.inputValue('[name=secret]'), secret, 'a new one');
        assert.ok(await entered(place, login, password), 'the password alone does again');
      }));
  }

  it('lets nobody in by a code alone, nor by a ticket of nobody', () =>
    visiting(place, { lang: 'en' }, async (visitor, page) => {
      for (const ticket of ['', 'x', 'A'.repeat(43)]) {
        const response = await posted(place, '/sign-in/code', { ticket, code: '123456', next: '/' });
        assert.equal(response.status, 422, ticket);
        assert.deepEqual(response.headers.getSetCookie(), []);
      }
      await visitor.open('/sign-in');
      assert.equal(await page.locator('#code').count(), 0);
    }));

  it('locks whoever guesses codes', () =>
    visiting(place, { device: 'pixel', lang: 'en', js: false }, async (visitor, page) => {
      visitor.expect(/status of 4/);
      const person = await register(place, 'customer', '小刚');
      await signIn(visitor, person);
      await visitor.open('/security/two-step');
      const secret = await page.inputValue('[name=secret]');
      await fill(page, { code: codeOf(secret), password: person.password }, ON);
      await page.locator('.alert.ok').waitFor();
      await visitor.context.clearCookies({ name: 'danbao_session' });
      await visitor.open('/sign-in');
      await fill(page, { login: person.login, password: person.password }, ENTER);
      for (let guess = 1; guess < 5; guess += 1) {
        await fill(page, { code: 'nocode' }, GIVE);
        assert.equal(await page.locator('#code').count(), 1);
      }
      await fill(page, { code: 'nocode' }, GIVE);
      await page.locator('#login').waitFor();
      assert.equal(await page.locator('.alert.bad').count(), 1);
      assert.equal(await entered(place, person.login, person.password), undefined);
    }));

  for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark'], ['pixel', 'zh', 'light']]) {
    it(`keeps nobody out: ${device} ${lang} ${scheme}`, () =>
      visiting(place, { device, lang, scheme, audit: true }, async (visitor) => {
        await enterAs(visitor, 'seller');
        await keepNobodyOut(visitor, ['/security/two-step', '/security']);
      }));
  }

  it('works for operators', () =>
    visiting(place, { lang: 'en', audit: true }, async (visitor, page) => {
      await enterAs(visitor, 'support');
      await keepNobodyOut(visitor, ['/security/two-step']);
      const secret = await page.inputValue('[name=secret]');
      await fill(page, { code: codeOf(secret), password: PASSWORD }, ON);
      await page.locator('.alert.ok').waitFor();
    }));
});
