// Security: the password to sign in with, the one to pay with, and where somebody is signed in.

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { Market, PASSWORD, PAYMENT_PASSWORD, posted, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';
import { enterAs, entered, fill, isIn, keepNobodyOut, mends, send } from '../support/settings.mjs';

const CHANGE = 'form[action="/security/password"] button';
const SET = 'form[action="/security/payment-password"] button';
const WAYS = [
  { device: 'desktop', lang: 'zh', js: true }, { device: 'pixel', lang: 'en', js: false },
  { device: 'pixel', lang: 'zh', js: false }, { device: 'desktop', lang: 'en', js: true },
];
const said = ({ device, lang, js }) => `${device} ${lang}${js ? '' : ' without scripts'}`;

describe('security: passwords and sessions', () => {
  let place;
  let market;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
  });
  after(async () => {
    await place.audit();
    await place.end();
  });

  /** A new customer in front of a page. */
  const somebody = async (way, path, visit, amount = 0) => {
    const person = await market.customer('小红', amount);
    await visitingAs(place, person, way, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await visitor.open(path);
      await visit(visitor, page, person);
    });
  };

  it('lets nobody in by a registration that is sent again with another password', async () => {
    const form = {
      key: randomUUID(), kind: 'customer', name: '小红', login: '13700000001',
      password: PASSWORD, payment_password: PAYMENT_PASSWORD,
    };
    const sent = async (password) => {
      const response = await posted(place, '/register', { ...form, password });
      return [response.status, response.headers.getSetCookie().some((it) => it.startsWith('danbao_session='))];
    };
    assert.deepEqual(await sent(PASSWORD), [303, true]);
    assert.deepEqual(await sent('sesame-2026'), [422, false]);
    assert.deepEqual(await sent(PASSWORD), [303, true], 'whoever knows the password repeats it');
  });

  for (const way of WAYS) {
    it(`changes the password to sign in with: ${said(way)}`, () =>
      somebody(way, '/security', async (visitor, page, { login }) => {
        const elsewhere = await entered(place, login, PASSWORD);
        assert.ok(await isIn(place, elsewhere));
        await page.locator('a[href="/security/password"]').click();
        await page.locator('#new').waitFor();
        const change = (password, fresh, again = fresh) => fill(page, { password, new: fresh, again }, CHANGE);
        await change('wrong-2009', 'sesame-2026');
        await mends(page, 'password');
        assert.match(await page.textContent('#password-hint'), /4/);
        await visitor.picture('security-password-wrong', { fullPage: true });
        await change(PASSWORD, 'sesame-2026', 'sesame-2027');
        await mends(page, 'again');
        for (const weak of ['short-1', '20261126', 'password123']) {
          await change(PASSWORD, weak);
          await mends(page, 'new');
        }
        assert.ok(await isIn(place, elsewhere), 'nothing has changed yet');
        await change(PASSWORD, 'sesame-2026');
        await page.locator('.alert.ok').waitFor();
        assert.ok(!await isIn(place, elsewhere), 'signed out elsewhere');
        await visitor.open('/security');
        assert.equal(await entered(place, login, PASSWORD), undefined);
        assert.ok(await entered(place, login, 'sesame-2026'));
      }));

    it(`sets the payment password, and says when a lock ends: ${said(way)}`, () =>
      somebody(way, '/security/payment-password', async (visitor, page, buyer) => {
        const { id } = await place.done('/v1/orders', {
          seller: market.seller.account, buyer: buyer.account, number: buyer.login, amount: 100, subject: '茶',
        });
        const set = (password, payment, again = payment) =>
          fill(page, { password, payment_password: payment, again }, SET);
        await set(PASSWORD, '482951', '482952');
        await mends(page, 'again');
        for (const easy of ['123456', '777777', '12345']) {
          await set(PASSWORD, easy);
          await mends(page, 'payment_password');
        }
        await set('wrong-2009', '482951');
        await mends(page, 'password');
        await set(PASSWORD, '482951');
        await page.locator('.alert.ok').waitFor();
        // Wrong ones at the cashier lock payments; a wrong password above has not counted.
        for (let guess = 1; guess <= 5; guess += 1) {
          await visitor.open(`/pay/${id}`);
          const hint = await page.textContent('#password-hint');
          assert.match(hint, new RegExp(guess < 5 ? `${6 - guess}` : '1|once'));
          await page.fill('#payment_password', '482952');
          await send(page, `form[action="/pay/${id}"] button.primary`);
        }
        await page.locator('a[href^="/security/payment-password"]').click();
        await page.locator('.alert.warn').waitFor();
        assert.match(await page.textContent('.alert.warn'), /2026|20\d\d/);
        await visitor.picture('security-payment-locked', { fullPage: true });
        await set(PASSWORD, '482953');
        await page.waitForURL(`${place.url}/pay/${id}`);
        assert.match(await page.textContent('#password-hint'), /5/, 'the lock is gone');
        assert.equal((await place.looked(`/v1/orders/${id}`)).stage, 'created');
      }, 1_000));

    it(`locks whoever guesses, and nobody else: ${said(way)}`, () =>
      somebody(way, '/security/password', async (visitor, page, { login }) => {
        visitor.expect(/status of 401/);
        for (let guess = 1; guess <= 5; guess += 1) {
          await fill(page, { password: `guess-${guess}`, new: 'sesame-2026', again: 'sesame-2026' }, CHANGE);
        }
        await page.locator('.alert.warn').waitFor();
        assert.equal(await page.locator(CHANGE).count(), 0);
        await visitor.picture('security-password-locked', { fullPage: true });
        assert.equal(await entered(place, login, PASSWORD), undefined, 'locked');
        // Payments are not, and the owner sees what happened.
        await visitor.open('/security/sessions');
        assert.equal(await page.locator('td .chip.bad').count(), 5);
        await place.advance(15 * 60);
        await visitor.open('/security/password');
        await fill(page, { password: PASSWORD, new: 'sesame-2026', again: 'sesame-2026' }, CHANGE);
        await page.locator('.alert.ok').waitFor();
      }));

    it(`shows the devices, and signs them out: ${said(way)}`, () =>
      somebody(way, '/security', async (visitor, page, { login, cookie }) => {
        await visitor.context.clearCookies();
        await visitor.open('/sign-in?next=/security');
        await fill(page, { login, password: PASSWORD }, 'form[action="/sign-in"] button');
        await posted(place, '/sign-out', {}, cookie);
        const others = [];
        for (let count = 0; count < 3; count += 1) others.push(await entered(place, login, PASSWORD));
        await page.locator('a[href="/security/sessions"]').click();
        await page.locator('#open').waitFor();
        const open = page.locator('[aria-labelledby=open] li');
        assert.equal(await open.count(), 4);
        assert.match(await open.first().textContent(), way.device === 'pixel' ? /安卓|Android/ : /Linux|Windows/);
        assert.equal(await open.first().locator('.chip.ok').count(), 1);
        // The newest other one is the second.
        await send(page, '[aria-labelledby=open] li:nth-child(2) button');
        await page.locator('.alert.ok').waitFor();
        assert.deepEqual(await Promise.all(others.map((it) => isIn(place, it))), [true, true, false]);
        await send(page, 'form[action$="/end-others"] button');
        await page.locator('.alert.ok').waitFor();
        assert.equal(await open.count(), 1);
        assert.deepEqual(await Promise.all(others.map((it) => isIn(place, it))), [false, false, false]);
        await visitor.open('/security');
      }));
  }

  it('lets nobody end the session of another', async () => {
    const [one, two] = [await market.customer('小红'), await market.customer('小刚')];
    const id = one.cookie.split('=')[1].split('.')[0];
    const response = await posted(place, `/security/sessions/${id}/end`, { key: 'a' }, two.cookie);
    assert.equal(response.status, 404);
    assert.ok(await isIn(place, one.cookie));
    for (const wrong of ['ses_zzz', 'x']) {
      const { status } = await posted(place, `/security/sessions/${wrong}/end`, { key: 'a' }, two.cookie);
      assert.equal(status, 404, wrong);
    }
  });

  it('changes a password once, also when the form is sent twice', async () => {
    const person = await market.customer('小红');
    const fields = { key: 'twice', password: PASSWORD, new: 'sesame-2026', again: 'sesame-2026' };
    for (const _ of [1, 2]) {
      const response = await posted(place, '/security/password', fields, person.cookie);
      assert.equal(response.headers.get('location'), '/security/password?done=changed');
    }
  });
});

describe('security: passwords and sessions keep nobody out', () => {
  let place;
  before(async () => (place = await Place.demo()));
  after(() => place.end());
  const PAGES = ['/security', '/security/password', '/security/payment-password', '/security/sessions'];
  for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark'], ['pixel', 'zh', 'light']]) {
    it(`${device} ${lang} ${scheme}`, () =>
      visiting(place, { device, lang, scheme, audit: true }, async (visitor) => {
        await enterAs(visitor, 'buyer');
        await keepNobodyOut(visitor, PAGES);
      }));
  }
  it('operators have a password and sessions, and nothing to pay with', () =>
    visiting(place, { device: 'desktop', lang: 'en', audit: true }, async (visitor) => {
      await enterAs(visitor, 'finance');
      await keepNobodyOut(visitor, ['/security', '/security/password', '/security/sessions']);
      await visitor.open('/security/payment-password', 404);
      await visitor.open('/security/cards', 404);
    }));
});
