// The signature debugger: what a receiver got is pasted, and the page says what went wrong.

import { strict as assert } from 'node:assert';
import { createHmac } from 'node:crypto';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { Market, newcomer, posted, visitingAs } from '../support/market.mjs';
import { DANBAO, Place, until } from '../support/place.mjs';
import { Receiver } from '../support/receiver.mjs';

describe('the signature debugger', () => {
  let place, market, receiver, one, two, message;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    receiver = await Receiver.start();
    const user = market.seller.user;
    one = await place.done('/v1/webhook_endpoints', { user, url: receiver.url });
    two = await place.done('/v1/webhook_endpoints', { user, url: `${receiver.url}?two` });
    await market.order();
    message = await until('it came', () => receiver.taken.find((it) => {
      const said = `${it.headers['webhook-id']}.${it.headers['webhook-timestamp']}.${it.body}`;
      const key = Buffer.from(one.secret.slice(6), 'base64');
      return it.headers['webhook-signature'].includes(createHmac('sha256', key).update(said).digest('base64'));
    }));
  });
  after(async () => {
    await receiver.end();
    await place.end();
  });
  const seller = (options, visit) => visitingAs(place, market.seller, options, visit);
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const headers = () => names.map((it) => `${it}: ${message.headers[it]}`).join('\n');
  const raw = () => message.body.toString();
  const sign = (secret, content) => createHmac('sha256', secret).update(content).digest('base64');

  async function check(page, { endpoint = one.id, secret = '', computed = '', head = headers(), body = raw() } = {}) {
    await page.goto('/developers/signature');
    await page.fill('#headers', head);
    await page.fill('#body', body);
    await page.check(`input[name=endpoint][value="${endpoint}"]`);
    if (secret) await page.fill('#secret', secret);
    if (computed) await page.fill('#computed', computed);
    await page.locator('form[action="/developers/signature"] button').click();
    await page.locator('#verdict').waitFor();
    const html = await page.content();
    for (const it of [one.secret, two.secret]) assert.ok(!html.includes(it.slice(6)), 'no secret is shown');
    const good = await page.locator('#verdict.ok').count() === 1;
    return { good, causes: await page.locator('#causes b').allTextContents() };
  }

  it('says that a message of ours is good', () =>
    seller({ lang: 'zh' }, async (visitor, page) => {
      assert.deepEqual(await check(page), { good: true, causes: [] });
      assert.equal(await page.locator('#expected').textContent(), message.headers['webhook-signature']);
      await visitor.picture('developers-signature-good', { fullPage: true });
      const pasted = await check(page, { endpoint: 'pasted', secret: one.secret });
      assert.deepEqual(pasted, { good: true, causes: [] });
    }));

  it('names what was done to the body, and the first byte that differs', () =>
    seller({ lang: 'zh', js: false }, async (visitor, page) => {
      const pretty = JSON.stringify(JSON.parse(raw()), null, 2);
      const reserialised = await check(page, { body: pretty });
      assert.deepEqual(reserialised, { good: false, causes: ['请求体被解析后重新生成'] });
      await visitor.picture('developers-signature-bad', { fullPage: true });
      const marks = page.locator('.code mark');
      assert.equal(await page.locator('#differs ~ p').first().textContent(), '第 2 个字节');
      assert.ok((await marks.first().textContent()).startsWith('"data"'));
      assert.ok((await marks.last().textContent()).startsWith('\\n'));
      const table = [
        [`${raw()}\n`, '请求体末尾多了换行'],
        [` ${raw()}`, '请求体前后多了空白'],
        [raw().replace('8800', '8801'), '请求体和发送的不一样'],
        ['', '请求体是空的'],
      ];
      for (const [body, cause] of table) {
        assert.deepEqual(await check(page, { body }), { good: false, causes: [cause] });
      }
    }));

  it('names the secret that was used, and the step that went wrong', () =>
    seller({ lang: 'en' }, async (visitor, page) => {
      const other = await check(page, { endpoint: two.id });
      assert.match(other.causes[0], new RegExp(`another endpoint, ${one.id}`));
      const [id, time] = names.map((it) => message.headers[it]);
      const key = Buffer.from(one.secret.slice(6), 'base64');
      const right = `${id}.${time}.${raw()}`;
      const table = [
        [sign(key, `${time}.${id}.${raw()}`), 'The timestamp was put before the id'],
        [sign(key, raw()), 'Only the body was signed'],
        [sign(one.secret.slice(6), right), 'The secret was not decoded from base64'],
        [sign(one.secret, right), 'The secret was used with its prefix'],
        [Buffer.from(sign(key, right), 'base64').toString('hex'), 'It is written in hexadecimal digits'],
        [sign('nonsense', right), 'It is the wrong secret'],
      ];
      for (const [computed, cause] of table) {
        assert.deepEqual(await check(page, { computed }), { good: false, causes: [cause] }, cause);
      }
      // After a change the old secret is known as the old one.
      await place.done(`/v1/webhook_endpoints/${one.id}/rotate`);
      assert.deepEqual((await check(page)).causes, ['It is signed with the secret before the last change']);
      const late = headers().replace(time, String(Number(time) - 1_000));
      assert.ok((await check(page, { head: late })).causes.some((it) => /seconds old/.test(it)));
      const missing = headers().split('\n').slice(1).join('\n');
      assert.equal((await check(page, { head: missing })).causes[0], 'The header webhook-id is missing');
    }));

  it('uses no secret of anybody else', async () => {
    const rival = await newcomer(place, 'merchant', '花店');
    const form = { headers: headers(), body: raw(), endpoint: two.id };
    const asked = await posted(place, '/developers/signature', form, rival.cookie);
    assert.ok(!(await asked.text()).includes('id="expected"'), 'nothing is signed with it');
    const secret = 'whsec_AAAA';
    const text = await (await posted(place, '/developers/signature', { ...form, endpoint: 'pasted', secret }, rival.cookie)).text();
    assert.ok(!text.includes(one.id) && !text.includes(two.id) && text.includes('密钥不对'));
  });

  it('says the same on the command line', async () => {
    const files = Object.fromEntries(['headers', 'body'].map((it) => [it, join(place.home, it)]));
    writeFileSync(files.headers, headers());
    const run = (body) => new Promise((done) => {
      writeFileSync(files.body, body);
      const words = ['webhooks', 'verify', '--json', '--headers', files.headers, '--body', files.body];
      const env = { ...process.env, DANBAO_WEBHOOK_SECRET: one.secret };
      execFile(DANBAO, words, { env }, (error, stdout) => done({ code: error?.code ?? 0, ...JSON.parse(stdout) }));
    });
    const good = await run(raw());
    assert.deepEqual([good.code, good.good, good.causes], [0, true, []]);
    const bad = await run(`${raw()}\r\n`);
    assert.deepEqual([bad.code, bad.good], [1, false]);
    assert.match(bad.causes[0].what, /line feed at its end/);
    assert.equal(bad.body_differs.same_bytes, raw().length);
  });

  it('keeps nobody out', async () => {
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await seller({ device, lang, scheme, audit: true }, async (visitor, page) => {
        for (const body of [undefined, `${raw()}\n`]) {
          if (body) await check(page, { body, endpoint: two.id });
          else await visitor.open('/developers/signature');
          await visitor.picture(`a11y-signature-${body ? 'bad' : 'ask'}-${lang}`, { fullPage: true });
          await frame(page, LANGS[lang]);
          await axe(page);
          await noHorizontalScroll(page);
          await keyboardOnly(page);
          await forcedColors(page);
        }
      });
    }
  });

  it('leaves the books in balance', () => place.audit());
});
