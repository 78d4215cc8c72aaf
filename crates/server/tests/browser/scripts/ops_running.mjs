// What keeps the platform running, on the console: the sandbox's clock, what was given up, limits,
// how the server was started, and what is announced when.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { complaint, decided, enter, newest, seated, send, sound } from '../support/desk.mjs';
import { Place, until } from '../support/place.mjs';
import { Receiver } from '../support/receiver.mjs';

const PAGES = ['/ops/jobs', '/ops/clock', '/ops/limits', '/ops/configuration'];

describe('what keeps the platform running', () => {
  let place;
  before(async () => (place = await Place.demo()));
  after(() => place.end());

  const part = (role) => place.shown.people.find((it) => it.role === role);

  for (const [js, step] of [[true, '10d'], [false, '1h']]) {
    it(`is a clock that goes forward by ${step}${js ? '' : ' without scripts'}, after a look at what happens`, () =>
      seated(place, 'sre', '/ops', async (visitor, page) => {
        const id = place.shown.orders.shipped;
        const before = await place.looked(`/v1/orders/${id}`);
        const seller = (await place.looked(`/v1/accounts/${before.seller}`)).balance;
        await page.locator('nav.side a[href="/ops/clock"]').click();
        await page.locator(`nav.tabs a[href="/ops/clock?by=${step}"]`).click();
        await page.waitForURL(/by=/);
        const listed = page.locator('section[aria-labelledby=due]', { hasText: id });
        if (step === '10d') await listed.waitFor();
        else assert.equal(await listed.count(), 0, 'it was paid out');
        await send(page, '/ops/clock', { reason: '演示自动确认收货' });
        // Who is signed in may be signed out by ten days.
        await page.waitForURL(/done=true|sign-in/);
        if (step !== '10d') return;
        const order = await place.looked(`/v1/orders/${id}`);
        assert.equal(order.stage, 'completed', 'it was confirmed by itself');
        await enter(visitor, 'sre', `/ops/orders/${id}`);
        await page.locator('.chip', { hasText: '交易成功' }).waitFor();
        const paid = (await place.looked(`/v1/accounts/${before.seller}`)).balance - seller;
        assert.ok(paid >= order.amount - Math.ceil(order.amount / 100), `${paid} of ${order.amount}`);
        await place.audit();
      }, { js }));
  }

  it('is nobody’s clock but SRE’s, and none without a reason', async () => {
    await seated(place, 'finance', '/ops/clock?by=1d', async (visitor, page) => {
      await page.locator('.review .note').waitFor();
      assert.equal(await page.locator('form[action="/ops/clock"]').count(), 0);
      const forged = await visitor.context.request.post('/ops/clock', {
        form: { key: 'a-key-of-mine', by: '1d', reason: 'mine' },
      });
      assert.equal(forged.status(), 422);
    });
    await seated(place, 'sre', '/ops/clock?by=1d', async (visitor, page) => {
      visitor.expect(/status of 422/);
      await send(page, '/ops/clock', { reason: '   ' });
      assert.match(await complaint(page), /理由/);
    });
  });

  it('delivers again what was given up', async () => {
    const receiver = await Receiver.start();
    try {
      receiver.down = true;
      const { id } = await place.done('/v1/webhook_endpoints', { user: part('seller').user, url: receiver.url });
      const order = await place.looked(`/v1/orders/${place.shown.orders.paid}`);
      await place.done(`/v1/orders/${order.id}/ship`, {});
      const deliveries = async () => (await place.looked(`/v1/webhook_endpoints/${id}/deliveries`)).data;
      await until('it is owed', async () => (await deliveries()).length);
      const first = (await deliveries()).at(-1).id;
      const it = async () => (await deliveries()).find((each) => each.id === first);
      while ((await it()).stage !== 'failed') {
        const { attempts } = await it();
        await place.advance(86_400);
        await until('another attempt', async () => (await it()).attempts > attempts);
      }
      const dead = await it();
      await seated(place, 'finance', '/ops/jobs', async (_, page) => {
        await page.locator('section[aria-labelledby=dead]', { hasText: dead.event }).waitFor();
        assert.equal(await page.locator('form[action$="/retry"]').count(), 0, 'not their duty');
      });
      await sound(place, 'sre', ['/ops/jobs']);
      receiver.down = false;
      await seated(place, 'sre', '/ops/jobs', async (_, page) => {
        await send(page, `/ops/jobs/deliveries/${dead.id}/retry`, { reason: '商户已恢复' });
        await page.waitForLoadState('load');
        assert.equal(await page.locator('section[aria-labelledby=dead]', { hasText: dead.event }).count(), 0);
      });
      await until('the merchant has it', () => receiver.ids.includes(dead.event));
      await place.audit();
    } finally {
      await receiver.end();
    }
  });

  it('discards what was given up and nobody needs, with a reason, and says so to the merchant', async () => {
    const receiver = await Receiver.start();
    Object.assign(receiver, { down: true, refusal: 410 });
    try {
      const { id } = await place.done('/v1/webhook_endpoints', { user: part('seller').user, url: receiver.url });
      await place.done('/v1/transfers', { debit: part('buyer').account, credit: part('seller').account, amount: 1 });
      const deliveries = async () => (await place.looked(`/v1/webhook_endpoints/${id}/deliveries`)).data;
      await until('it was given up', async () => (await deliveries())[0]?.stage === 'failed');
      const [dead] = await deliveries();
      const waiting = (page) => page.locator('section[aria-labelledby=dead] li', { hasText: dead.event });
      const count = async (page) => Number(await page.locator('.stat', { hasText: '已放弃' }).locator('b').textContent());
      await seated(place, 'sre', '/ops/jobs', async (visitor, page) => {
        const before = await count(page);
        visitor.expect(/status of 422/);
        const discard = async (reason) => {
          await waiting(page).locator('[name=reason]').fill(reason);
          await waiting(page).locator('button[formaction$="/discard"]').click();
          await page.waitForLoadState('load');
        };
        await discard('   ');
        assert.match(await complaint(page), /理由/);
        const again = await waiting(page).locator('[name=key]').inputValue();
        await discard('商户已下线该系统');
        assert.equal(await waiting(page).count(), 0);
        assert.equal(await count(page), before - 1);
        const gone = page.locator('section[aria-labelledby=discarded] li', { hasText: dead.event });
        assert.match(await gone.textContent(), /运维.*停止处理：商户已下线该系统/);
        await gone.locator('a').click();
        await page.locator('main', { hasText: '商户已下线该系统' }).waitFor();
        const late = await visitor.context.request.post(`/ops/jobs/deliveries/${dead.id}/retry`, {
          form: { key: again.replace(/.$/, (it) => (it === '0' ? '1' : '0')), reason: '再试' },
        });
        assert.equal(late.status(), 422, 'it does not wait for anybody any more');
      }, { js: false });
      await sound(place, 'sre', ['/ops/jobs']);
      assert.equal((await deliveries())[0].stage, 'discarded');
      await visiting(place, {}, async (visitor, page) => {
        await enter(visitor, 'seller', `/developers/deliveries/${dead.id}`);
        await page.locator('.chip', { hasText: '平台已停止处理' }).waitFor();
      });
      await place.audit();
    } finally {
      await receiver.end();
    }
  });

  it('sets limits as two, and shows what they refuse', async () => {
    await seated(place, 'finance', '/ops/limits', async (visitor, page) => {
      visitor.expect(/status of 422/);
      const typed = { level: 'unverified', flow: 'transfer', single: '-1', day: '', day_count: '', month: '' };
      await send(page, '/ops/limits', { ...typed, reason: '风控要求' });
      await complaint(page);
      await send(page, '/ops/limits', { ...typed, single: '20.00', day_count: '3', reason: '风控要求' });
      await page.waitForURL(/\/ops\/approvals\/prp_/);
      await page.locator('main', { hasText: '单笔 ¥20.00' }).waitFor();
    });
    assert.deepEqual((await place.looked('/v1/limits')).data.filter((it) => it.flow === 'transfer'), []);
    await decided(place, 'finance', 'checker', await newest(place));
    const set = (await place.looked('/v1/limits')).data.find((it) => it.flow === 'transfer');
    assert.deepEqual([set.single_max, set.day_count], [2_000, 3]);
    const { status } = await place.api('POST', '/v1/transfers', {
      debit: part('buyer').account, credit: part('buyer2').account, amount: 5_000,
    });
    assert.ok(status >= 400, `a transfer above the limit: ${status}`);
    await seated(place, 'sre', '/ops/limits', async (_, page) => {
      assert.equal(await page.locator('form[action="/ops/limits"]').count(), 0, 'SRE set no limits');
      const row = page.locator('tbody tr', { hasText: '转账' }).filter({ hasText: '不限' }).filter({ hasText: '¥20.00' });
      assert.match(await row.textContent(), /财务小王.*提出.*批准/);
      await page.locator('section[aria-labelledby=refused]', { hasText: '转账超过单笔上限 ¥20.00' }).waitFor();
    });
    await place.audit();
  });

  it('says how it was started, and no secret', () =>
    seated(place, 'auditor', '/ops/configuration', async (_, page) => {
      const said = await page.locator('table').textContent();
      for (const word of ['listen', 'data', '命令行参数', '默认值', 'DANBAO_MEMORY']) {
        assert.ok(said.includes(word), `${word}: ${said}`);
      }
      const secret = page.locator('tbody tr', { hasText: 'bank-secret' });
      assert.match(await secret.textContent(), /已设置/);
      assert.ok(!said.includes('.secret'), said);
    }));

  it('is told at the top of every page from its start to its end, by itself', async () => {
    const banner = (page) => page.locator('.banner', { hasText: '系统升级' });
    const at = (minutes) => {
      const time = new Date(now + minutes * 60_000 + 8 * 3_600_000);
      return time.toISOString().slice(0, 16);
    };
    let now;
    await seated(place, 'sre', '/ops/announcements', async (visitor, page) => {
      visitor.expect(/status of 422/);
      now = Date.parse(await page.locator('[data-now]').first().getAttribute('data-now'));
      const typed = { kind: 'maintenance', title_zh: '系统升级', title_en: 'Upgrade', reason: '例行' };
      await send(page, '/ops/announcements', { ...typed, starts_at: at(60), ends_at: at(30) });
      await complaint(page);
      await send(page, '/ops/announcements', { ...typed, starts_at: at(60), ends_at: at(180) });
      await page.locator('.chip', { hasText: '尚未开始' }).waitFor();
      assert.equal(await banner(page).count(), 0, 'not yet');
      await place.advance(3_700);
      await page.reload();
      await banner(page).waitFor();
      await page.locator('.chip', { hasText: '正在显示' }).waitFor();
      await place.advance(2 * 3_600);
      await page.reload();
      await page.locator('.chip', { hasText: '已到期' }).waitFor();
      assert.equal(await banner(page).count(), 0, 'it ended by itself');
    });
  });

  it('has a pulse on the overview', () =>
    seated(place, 'auditor', '/ops', async (_, page) => {
      await page.locator('figure.chart svg[role=img] rect').first().waitFor();
      await page.locator('main', { hasText: '每次均平' }).waitFor();
      await page.locator('a.stat[href="/ops/reconciliation"]').waitFor();
    }));

  it('is there for operators alone', () =>
    visiting(place, {}, async (visitor) => {
      await enter(visitor, 'seller', '/shop');
      for (const path of PAGES) await visitor.open(path, 404);
    }));

  it('keeps nobody out', () =>
    sound(place, 'sre', ['/ops', '/ops/clock?by=10d', '/ops/limits', '/ops/configuration', '/ops/announcements']));
});
