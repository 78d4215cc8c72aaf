// A frozen account: its owner reads why, appeals once however often the form is sent, reads the
// answer, and has the account back with all that was on it.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { complaint, enter, seated, send, sound } from '../support/desk.mjs';
import { fen } from '../support/money.mjs';
import { Place } from '../support/place.mjs';
import { keepNobodyOut } from '../support/settings.mjs';

const PAGE = '/security/account';
const WHY = '多名卖家投诉';
const FIRST = '我没有拒付，请看订单。';
const REFUSED = '订单记录与所说不符';

describe('a frozen account', () => {
  let place;
  const part = (role) => place.shown.people.find((it) => it.role === role);
  const accountOf = async (role) =>
    (await place.looked(`/v1/users/${part(role).user}/accounts`)).data.find((it) => it.currency === 'CNY');
  before(async () => (place = await Place.demo()));
  after(async () => {
    await place.audit();
    await place.end();
  });

  /** What support does to an account. */
  async function answers(account, what, reason) {
    const path = `/ops/accounts/${account.id}`;
    await seated(place, 'support', path, async (_, page) => {
      const button = page.locator(
        what === 'refuse-appeal' ? `[formaction="${path}/${what}"]` : `form[action="${path}/${what}"] button`,
      ).first();
      await page.locator('main form [name=reason]').fill(reason);
      await button.click();
      await page.locator('ol.timeline li', { hasText: reason }).first().waitFor();
    });
  }

  for (const [role, js, device, lang] of [
    ['buyer', true, 'desktop', 'zh'], ['buyer2', false, 'pixel', 'en'],
  ]) {
    it(`is appealed until it is unfrozen: ${role}${js ? '' : ' without scripts'}`, async () => {
      const before = await accountOf(role);
      await visiting(place, { js, device, lang }, async (visitor, page) => {
        await enter(visitor, role, PAGE);
        assert.equal(await page.locator('#statement').count(), 0, 'there is nothing to appeal against');
        await answers(before, 'freeze', WHY);

        await visitor.open('/wallet');
        const panel = page.locator('.alert.warn', { hasText: WHY });
        await panel.waitFor();
        await visitor.open('/wallet/withdraw');
        await panel.locator(`a[href="${PAGE}"]`).click();
        await page.locator('dd', { hasText: WHY }).waitFor();

        // Two windows with a form each: one of them is an appeal.
        const other = await visitor.context.newPage();
        await other.goto(`${place.url}${PAGE}`);
        await send(page, PAGE, { statement: FIRST });
        await page.waitForURL(/done=appealed/);
        await page.locator('.alert.info').waitFor();
        await send(other, PAGE, { statement: '再说一次' });
        await other.waitForURL(/done=already/);
        assert.equal(await other.locator('#statement').count(), 0);
        await page.reload();
        await page.goBack();
        assert.equal((await accountOf(role)).appealed, true);

        await seated(place, 'support', '/ops', async (_, desk) => {
          await desk.locator('a.stat.warn[href="/ops/appeals"] b', { hasText: '1' }).click();
          await desk.locator('td', { hasText: FIRST }).waitFor();
          assert.equal(await desk.locator('main tbody tr').count(), 1);
        });
        await answers(before, 'refuse-appeal', REFUSED);
        await visitor.open(PAGE);
        await page.locator('.alert.bad', { hasText: REFUSED }).waitFor();
        await send(page, PAGE, { statement: '请再看一次' });
        await page.locator('.alert.info').first().waitFor();
        await answers(before, 'unfreeze', '核实无误');

        await visitor.open('/wallet');
        await page.locator(`.alert.ok a[href="${PAGE}"]`).click();
        const told = await page.locator('ol.timeline li').allTextContents();
        for (const [at, said] of [[0, '核实无误'], [1, '请再看一次'], [2, REFUSED], [3, FIRST], [4, WHY]]) {
          assert.ok(told[at].includes(said), `${at}: ${told[at]}`);
        }
        await visitor.open('/wallet/withdraw');
        assert.equal(await page.locator(`a[href="${PAGE}"]`).count(), 0);
        assert.equal(fen(await page.locator('#amount-hint').textContent()), before.available);
      });
      assert.deepEqual(await accountOf(role), before, 'nothing moved, and it is as it was');
      await seated(place, 'support', '/ops/audit', async (_, page) => {
        for (const reason of [WHY, REFUSED, '核实无误']) {
          await page.locator('main section.card', { hasText: reason }).first().waitFor();
        }
      });
      await seated(place, 'support', '/ops/appeals', async (_, page) => {
        assert.equal(await page.locator('main tbody tr').count(), 0);
      });
    });
  }

  it('is told so where something would be paid', async () => {
    const account = await accountOf('buyer');
    const { seller, buyer } = place.shown;
    const order = { seller, buyer, number: 'frozen-1', amount: 100, subject: '茶叶' };
    const { id } = await place.done('/v1/orders', order);
    await answers(account, 'freeze', WHY);
    await visiting(place, {}, async (visitor, page) => {
      await enter(visitor, 'buyer', `/pay/${id}`);
      await page.locator(`.alert.warn a[href="${PAGE}"]`).waitFor();
      assert.equal(await page.locator('input[name=method]:not([disabled])').count(), 0);
      assert.equal(await page.locator('main button.primary').count(), 0);
    });
  });

  it('is a matter between its owner and the platform', async () => {
    await visiting(place, {}, async (visitor, page) => {
      visitor.expect(/status of 4/);
      await enter(visitor, 'buyer', PAGE);
      await page.locator('#statement').evaluate((it) => (it.required = false));
      await send(page, PAGE, { statement: '   ' });
      await page.locator('#statement-error').waitFor();
      assert.match(await complaint(page), /没有资金变动/);
      await send(page, PAGE, { statement: FIRST });
      await page.waitForURL(/done=appealed/);
      await visitor.open('/ops/appeals', 404);
    });
    await visiting(place, {}, async (visitor, page) => {
      await enter(visitor, 'buyer3', PAGE);
      assert.doesNotMatch(await page.locator('main').textContent(), new RegExp(`${WHY}|${FIRST}`));
      await visitor.open('/ops/appeals', 404);
    });
    await seated(place, 'sre', '/ops/appeals', async (visitor, page) => {
      await page.locator('tbody a').first().click();
      await page.locator('#change ~ .note').first().waitFor();
      assert.equal(await page.locator('main form').count(), 0, 'it is not their duty');
      await visitor.open(PAGE, 404);
    });
  });

  it('frozen without a reason, it says so, to a shop too', async () => {
    await place.done(`/v1/accounts/${place.shown.seller}/freeze`, {});
    await visiting(place, { lang: 'en' }, async (visitor, page) => {
      await enter(visitor, 'seller', '/shop');
      await page.locator(`.alert.warn a[href="${PAGE}"]`).click();
      await page.locator('dd', { hasText: 'The platform wrote no reason' }).waitFor();
      await send(page, PAGE, { statement: 'Why?' });
      await page.locator('.alert.info').first().waitFor();
    });
  });

  it('keeps nobody out', async () => {
    await sound(place, 'support', ['/ops/appeals', `/ops/accounts/${place.shown.buyer}`]);
    await answers(await accountOf('buyer'), 'refuse-appeal', REFUSED);
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await visiting(place, { device, lang, scheme, audit: true }, async (visitor) => {
        await enter(visitor, 'buyer', '/wallet');
        await keepNobodyOut(visitor, [PAGE, '/wallet', '/wallet/withdraw']);
      });
    }
  });
});
