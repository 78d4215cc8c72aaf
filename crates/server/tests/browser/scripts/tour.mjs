// The tour: a payment moves before everybody's eyes, and what breaks takes no money with it.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { fen, yuan } from '../support/money.mjs';
import { Place, until } from '../support/place.mjs';

const PRICE = 8_800;
const SIDES = { buyer: '#buyer', platform: '#platform', seller: '#seller' };

/** What the first amount of a column says: a balance, or what is held. */
async function amount(page, side) {
  const column = page.locator(`section:has(> ${SIDES[side]})`);
  return fen(await column.locator('dl.facts dd').first().textContent());
}

async function press(page, action) {
  await page.locator(`form[action="/tour/${action}"] button`).click();
}

/** What the API says of the tour's newest order and of both sides. */
async function truth(place) {
  const { buyer, seller } = place.shown;
  const { data } = await place.looked(`/v1/accounts/${seller}/orders?limit=50`);
  const order = data.filter((it) => it.number.startsWith('tour-')).at(0);
  const balance = async (it) => (await place.looked(`/v1/accounts/${it}`)).balance;
  return { order, buyer: await balance(buyer), seller: await balance(seller) };
}

/** The page, the API and the ledger say the same. */
async function agree(place, page, stage, held) {
  await until(`an order that is ${stage}`, async () => (await truth(place)).order.stage === stage);
  await until(`a page that holds ${yuan(held)}`, async () => await amount(page, 'platform') === held);
  const { buyer, seller } = await truth(place);
  assert.equal(await amount(page, 'buyer'), buyer, 'the balance of the buyer');
  assert.equal(await amount(page, 'seller'), seller, 'the balance of the seller');
  await page.locator('.books.ok').waitFor();
  await place.audit();
}

describe('the tour', () => {
  let place;
  before(async () => (place = await Place.demo()));
  after(() => place.end());

  /** A fresh order on the page. */
  async function begin(visitor, page) {
    await visitor.open('/tour');
    if (await page.locator('form[action="/tour/act/again"]').count()) await press(page, 'act/again');
    await page.locator('form[action="/tour/act/pay"]').waitFor();
  }

  for (const [device, lang, js] of [
    ['desktop', 'zh', true], ['pixel', 'en', true], ['pixel', 'zh', false], ['desktop', 'en', false],
  ]) {
    it(`moves a payment: ${device} ${lang}${js ? '' : ' without scripts'}`, () =>
      visiting(place, { device, lang, js }, async (visitor, page) => {
        await begin(visitor, page);
        const before = await truth(place);
        await press(page, 'act/pay');
        await agree(place, page, 'paid', PRICE);
        assert.equal((await truth(place)).buyer, before.buyer - PRICE);
        await visitor.picture('tour-paid', { fullPage: true });
        await press(page, 'act/ship');
        await agree(place, page, 'shipped', PRICE);
        await press(page, 'act/confirm');
        await agree(place, page, 'completed', 0);
        const fee = PRICE - ((await truth(place)).seller - before.seller);
        assert.ok(fee >= 0 && fee < PRICE / 50, `a fee of ${fee}`);
      }));
  }

  it('gives the money back', () =>
    visiting(place, {}, async (visitor, page) => {
      await begin(visitor, page);
      const before = await truth(place);
      await press(page, 'act/pay');
      await agree(place, page, 'paid', PRICE);
      await press(page, 'act/refund');
      await agree(place, page, 'refunded', 0);
      assert.equal((await truth(place)).buyer, before.buyer);
    }));

  it('takes the money once, however it is pressed', () =>
    visiting(place, {}, async (visitor, page) => {
      await begin(visitor, page);
      const before = await truth(place);
      const button = page.locator('form[action="/tour/act/pay"] button');
      await button.focus();
      await Promise.all([page.keyboard.press('Enter'), button.dblclick({ noWaitAfter: true, force: true })])
        .catch(() => {});
      await agree(place, page, 'paid', PRICE);
      await page.reload();
      await page.goBack();
      await visitor.open('/tour');
      await agree(place, page, 'paid', PRICE);
      assert.equal((await truth(place)).buyer, before.buyer - PRICE);
      await press(page, 'act/ship');
      await press(page, 'act/confirm');
    }));

  it('shows everybody the same at once', () =>
    visiting(place, {}, async (visitor, page) => {
      await begin(visitor, page);
      const other = await visitor.context.newPage();
      await other.goto('/tour');
      await press(page, 'act/pay');
      await other.locator('form[action="/tour/act/ship"]').waitFor();
      assert.equal(await amount(other, 'platform'), PRICE);
      await press(other, 'act/ship');
      await press(page, 'act/confirm');
      await agree(place, page, 'completed', 0);
    }));

  for (const what of ['twice', 'silence', 'load']) {
    it(`balances after it was broken: ${what}`, () =>
      visiting(place, {}, async (visitor, page) => {
        await visitor.open('/tour');
        await page.locator(`form[action="/tour/break/${what}"] button`).click({ timeout: 30_000 });
        await page.locator('.alert[role=status]').waitFor({ timeout: 30_000 });
        await page.locator('.books.ok').waitFor();
        await place.audit();
      }));
  }

  it('comes back from a kill with everything that it had', () =>
    visiting(place, {}, async (visitor, page) => {
      visitor.expect(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/);
      await visitor.open('/tour');
      const [buyer, seller] = [await amount(page, 'buyer'), await amount(page, 'seller')];
      const process = () => page.locator('.alert[role=status]').textContent();
      await press(page, 'break/kill');
      const during = await process();
      await until('another process answers', async () => {
        await page.goto('/tour').catch(() => {});
        return (await process().catch(() => during)) !== during;
      });
      assert.equal(await amount(page, 'buyer'), buyer);
      assert.equal(await amount(page, 'seller'), seller);
      await place.audit();
    }));

  it('keeps nobody out', async () => {
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await visiting(place, { device, lang, scheme, audit: true }, async (visitor, page) => {
        await visitor.open('/tour');
        await frame(page, lang === 'zh' ? 'zh-CN' : 'en');
        await axe(page);
        await noHorizontalScroll(page);
        await keyboardOnly(page);
        await forcedColors(page);
      });
    }
  });
});
