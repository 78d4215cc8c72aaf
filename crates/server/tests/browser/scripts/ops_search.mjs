// The console's search: whatever somebody has of a thing leads to it, and operators have names.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { enter, newest, seated, sound } from '../support/desk.mjs';
import { Place } from '../support/place.mjs';

describe('the search of the console', () => {
  let place;
  const part = (role) => place.shown.people.find((it) => it.role === role);
  before(async () => (place = await Place.demo()));
  after(() => place.end());

  it('is in the top bar, and a key away', () =>
    seated(place, 'support', '/ops', async (_, page) => {
      await page.keyboard.press('/');
      await page.keyboard.type(part('buyer').user);
      await page.keyboard.press('Enter');
      await page.locator('main').getByText('小红').first().waitFor();
    }));

  for (const js of [true, false]) {
    it(`finds an order by its number and its seller${js ? '' : ' without scripts'}`, () =>
      seated(place, 'support', '/ops/search', async (visitor, page) => {
        const order = await place.looked(`/v1/orders/${place.shown.orders.paid}`);
        await page.locator('main [name=q]').fill(order.number);
        await page.locator('main form button').click();
        await page.locator('main .empty').waitFor();
        for (const seller of [order.seller, part('seller').user, part('seller').login]) {
          await visitor.open('/ops/search');
          await page.locator('main [name=q]').fill(order.number);
          await page.locator('main [name=seller]').fill(seller);
          await page.locator('main form button').click();
          await page.waitForURL((it) => it.pathname.endsWith(order.id));
        }
        await visitor.open(`/ops/search?q=${order.seller}+${order.number}`);
        assert.ok(page.url().endsWith(order.id), 'both in one line');
      }, { js }));
  }

  it('finds what a bank calls so, and who signs in so', () =>
    seated(place, 'support', '/ops', async (visitor, page) => {
      const { data } = await place.looked(`/v1/accounts/${place.shown.buyer}/top_ups`);
      const { bank_reference: reference } = await place.looked(`/v1/trace/${data[0].id}`);
      await visitor.open(`/ops/search?q=${reference}`);
      await page.waitForURL((it) => it.pathname.endsWith(data[0].id));
      await visitor.open(`/ops/search?q=${part('buyer').login}`);
      await page.locator('main').getByText('小红').first().waitFor();
    }));

  it('says that nothing is called so, whatever was typed', () =>
    seated(place, 'auditor', '/ops', async (visitor, page) => {
      const near = `${part('buyer').user.slice(0, -1)}!`;
      for (const typed of ['nothing', near, '<script>alert(1)</script>', '水'.repeat(500), "';--"]) {
        await visitor.open(`/ops/search?q=${encodeURIComponent(typed)}`);
        await page.locator('main .empty').waitFor();
      }
    }));

  it('is for operators alone', () =>
    visiting(place, {}, async (visitor) => {
      await enter(visitor, 'buyer', '/');
      await visitor.open(`/ops/search?q=${part('seller').user}`, 404);
    }));

  it('names operators where something was proposed and decided', async () => {
    const order = place.shown.orders.disputed;
    const action = { action: 'award_order', order, to_buyer: 100, reason: '证据充分' };
    await place.done('/v1/proposals', action);
    const made = await newest(place);
    assert.equal(made.subject, order);
    await seated(place, 'checker', `/ops/approvals/${made.id}`, async (_, page) => {
      const form = page.locator('main form');
      await form.locator('[name=reason]').fill('再核对');
      await form.locator('button.danger').click();
      const checker = page.locator('dd', { hasText: '复核老陈' });
      await checker.waitFor();
    });
    await seated(place, 'auditor', '/ops/audit', async (_, page) => {
      const card = page.locator('section.card', { hasText: made.id });
      await card.getByText('复核老陈').waitFor();
      await card.getByText('再核对').waitFor();
      assert.equal(await card.locator('form').count(), 0, 'an auditor decides nothing');
    });
    assert.equal((await place.looked(`/v1/proposals/${made.id}`)).stage, 'refused');
    assert.equal((await place.looked(`/v1/orders/${order}`)).stage, 'disputed');
    await place.audit();
  });

  it('keeps nobody out', () =>
    sound(place, 'support', [
      '/ops/search', `/ops/search?q=${part('buyer').user}`, '/ops/search?q=nothing',
      '/ops/approvals', '/ops/audit',
    ]));
});
