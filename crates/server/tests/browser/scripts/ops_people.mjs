// Accounts and users on the console: what one operator does alone, and what nobody may.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { complaint, enter, seated, send, sound } from '../support/desk.mjs';
import { fen } from '../support/money.mjs';
import { Place } from '../support/place.mjs';

describe('accounts and users on the console', () => {
  let place;
  const part = (role) => place.shown.people.find((it) => it.role === role);
  before(async () => (place = await Place.demo()));
  after(() => place.end());

  it('show what the books have', () =>
    seated(place, 'support', '/ops', async (visitor, page) => {
      const account = await place.looked(`/v1/accounts/${place.shown.buyer}`);
      await visitor.open(`/ops/accounts/${account.id}`);
      assert.equal(fen(await page.locator('.big-amount').textContent()), account.balance);
      const { data } = await place.looked(`/v1/accounts/${account.id}/entries?limit=5`);
      const shown = await page.locator('main tbody td.num .amount').allTextContents();
      assert.deepEqual(shown.slice(0, 5).map((it) => Math.abs(fen(it))), data.map((it) => it.amount));
      await page.locator('main .facts a', { hasText: '小红' }).click();
      await page.waitForURL((it) => it.pathname === `/ops/users/${part('buyer').user}`);
      await page.locator('main').getByText('138****0001').waitFor();
      assert.equal(await page.locator('main').getByText('13800000001').count(), 0, 'no whole number');
    }));

  for (const js of [true, false]) {
    it(`are frozen and unfrozen by one, with a reason${js ? '' : ' without scripts'}`, async () => {
      const path = `/ops/accounts/${place.shown.buyer}`;
      const state = async () => (await place.looked(`/v1/accounts/${place.shown.buyer}`)).state;
      await seated(place, 'support', path, async (visitor, page) => {
        visitor.expect(/status of 422/);
        const reason = page.locator(`form[action="${path}/freeze"] [name=reason]`);
        if (js) await reason.evaluate((it) => (it.required = false));
        await send(page, `${path}/freeze`, { reason: '  ' });
        assert.match(await complaint(page), /理由/);
        assert.equal(await state(), 'open');
        await send(page, `${path}/freeze`, { reason: '疑似盗用' });
        await page.locator(`form[action="${path}/unfreeze"]`).waitFor();
        assert.equal(await state(), 'frozen');
        await visitor.open('/ops/audit');
        const newest = page.locator('main section.card').first();
        await newest.getByText('疑似盗用').waitFor();
        await newest.getByText('客服小李').waitFor();
        await visitor.open(path);
        await send(page, `${path}/unfreeze`, { reason: '本人已核实' });
        await page.locator(`form[action="${path}/freeze"]`).waitFor();
        assert.equal(await state(), 'open');
        await page.reload();
        await page.goBack();
        assert.equal(await state(), 'open', 'going back freezes nothing');
      }, { js });
      await place.audit();
    });
  }

  it('are not for everybody to change', () =>
    seated(place, 'sre', '/ops', async (visitor, page) => {
      const path = `/ops/accounts/${place.shown.buyer}`;
      await visitor.open(path);
      assert.equal(await page.locator('main form').count(), 0);
      await page.locator('#change ~ .note').waitFor();
      const form = { key: 'a-key-of-their-own', reason: 'mine' };
      const forged = await visitor.context.request.post(`${path}/freeze`, { form });
      assert.equal(forged.status(), 422);
      assert.equal((await place.looked(`/v1/accounts/${place.shown.buyer}`)).state, 'open');
    }));

  it('sign people out, and decide how well they are known', async () => {
    const path = `/ops/users/${part('buyer2').user}`;
    await visiting(place, {}, async (theirs, page) => {
      await enter(theirs, 'buyer2', '/wallet');
      await seated(place, 'support', path, async (_, desk) => {
        await desk.locator('.chip.ok', { hasText: '在线' }).first().waitFor();
        await send(desk, `${path}/close-sessions`, { reason: '手机丢失' });
        await desk.waitForLoadState('load');
        assert.equal(await desk.locator('.chip.ok', { hasText: '在线' }).count(), 0);
        await send(desk, `${path}/level`, { level: 'verified', reason: '证件已核对' });
        await desk.locator('.facts dd', { hasText: '高级认证' }).waitFor();
      });
      await page.goto('/wallet');
      await page.waitForURL(/sign-in/);
    });
    const { data } = await place.looked('/v1/proposals?stage=approved&limit=2');
    const said = data.map((it) => it.action.action).sort();
    assert.deepEqual(said, ['close_sessions', 'set_level']);
    await place.audit();
  });

  it('are there for operators alone', () =>
    visiting(place, {}, async (visitor) => {
      await enter(visitor, 'buyer', '/wallet');
      await visitor.open(`/ops/accounts/${place.shown.buyer}`, 404);
      await visitor.open(`/ops/users/${part('buyer').user}`, 404);
    }));

  it('keep nobody out', () =>
    sound(place, 'support', [
      `/ops/accounts/${place.shown.buyer}`, `/ops/users/${part('buyer').user}`,
      `/ops/users/${part('seller').user}`, `/ops/users/${part('support').user}`,
    ]));
});
