// A table of tracking numbers: a shop sees what would happen to every line, confirms, and what was good
// is done once, however often it is asked; with scripts and without, in the encodings of spreadsheets.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll, stretch } from '../support/checks.mjs';
import { fetched, Market, newcomer, posted, visitingAs } from '../support/market.mjs';
import { Place, until } from '../support/place.mjs';
import { nowhere } from '../support/tenants.mjs';

const ASK = '/shop/orders/import';
const CONFIRM = '/shop/orders/import/confirm';
const HEAD = '订单编号,快递公司,运单号';

describe('a table of tracking numbers', () => {
  let place, market, rival, foreign;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    rival = await newcomer(place, 'merchant', '花店');
    const others = Object.assign(new Market(), { place, orders: 1_000, seller: rival, buyer: market.buyer });
    foreign = await others.orderAt('paid', 500);
  });
  after(() => place.end());
  const seller = (options, visit) => visitingAs(place, market.seller, options, visit);

  const table = (...lines) => [HEAD, ...lines].join('\n');
  const file = (text, name = 'numbers.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

  /** Uploads a table on the page. */
  async function upload(visitor, page, text) {
    await visitor.open(ASK);
    await page.locator('#file').setInputFiles(typeof text === 'string' ? file(text) : text);
    await page.locator(`form[action="${ASK}"] button`).click();
    await page.locator('h1, [role=alert]').first().waitFor();
  }

  const confirm = (page) => page.locator(`form[action="${CONFIRM}"] button`);

  /** What the preview says of the lines of a part, by the line. */
  async function part(page, id) {
    const rows = page.locator(`[aria-labelledby=${id}] tbody tr`);
    const found = {};
    for (const row of await rows.all()) {
      const cells = (await row.locator('> *').allTextContents()).map((it) => it.trim());
      found[cells[0]] = cells.slice(1);
    }
    return found;
  }

  /** How often it was said how an order travels, and how. */
  async function told(order) {
    const [said, kinds] = [[], ['order.shipped', 'order.shipment_corrected']];
    for (let cursor = ''; ;) {
      const found = await place.looked(`/v1/events?limit=100${cursor && `&cursor=${cursor}`}`);
      const mine = found.data.filter((it) => it.subject === order && kinds.includes(it.kind));
      said.push(...mine.map((it) => it.shipment?.tracking_number));
      if (!found.has_more) return said.sort();
      cursor = found.next_cursor;
    }
  }

  /** Uploads a table as a browser without a page would. */
  async function uploaded(text, cookie = market.seller.cookie) {
    const body = new FormData();
    body.append('file', new Blob([text], { type: 'text/csv' }), 'numbers.csv');
    const headers = { cookie, accept: 'text/html', 'accept-language': 'zh-CN' };
    const response = await fetch(place.url + ASK, { method: 'POST', body, headers, redirect: 'manual' });
    return { status: response.status, body: await response.text() };
  }

  /** The lines that a preview carries. */
  const carried = (body) => [...body.matchAll(/name="line" value="([^"]+)"/g)].map((it) => it[1]);

  async function confirmed(lines, cookie = market.seller.cookie) {
    const response = await posted(place, CONFIRM, lines.map((it) => ['line', it]), cookie);
    return { status: response.status, body: await response.text() };
  }

  for (const [js, device, lang] of [[true, 'desktop', 'zh'], [false, 'pixel', 'en']]) {
    it(`ships what is good and says what is not, once: ${device} ${lang}${js ? '' : ' without scripts'}`, async () => {
      const turn = js ? '1' : '2';
      const [one, two, moving, same] = [
        await market.orderAt('paid', 8_800), await market.orderAt('paid', 100),
        await market.orderAt('shipped', 200), await market.orderAt('paid', 300),
      ];
      const said = { carrier: 'zto', tracking_number: `7${turn}` };
      await place.done(`/v1/orders/${same}/ship`, said);
      const { number } = await market.looked(two);
      const [open, twice] = [await market.order(100), await market.orderAt('paid', 400)];
      const closed = await market.order(100);
      await place.done(`/v1/orders/${closed}/cancel`, { party: 'buyer' });
      const text = table(
        `${one},顺丰速运,SF${turn}001`, `${number},zto,'7730${turn}`, `${moving},JD Express,JD${turn}`,
        `${same},中通,7${turn}`, `${one},sf,SF${turn}001`, `${same},,`,
        `${foreign},sf,SF${turn}`, 'no-such-order,sf,SF1', `${open},sf,SF1`, `${closed},sf,SF1`,
        `${nowhere(two)},sf,SF1`, `${twice},sf,SF1`, `${twice},sf,SF2`,
        `${moving},鸽子,1`, `${moving},sf,7.31E+14`, `${moving},sf,${'1'.repeat(36)}`, `${moving},,1`, ',sf,1',
      );
      await seller({ js, device, lang }, async (visitor, page) => {
        await visitor.open('/shop/orders');
        await page.locator(`a[href="${ASK}"]`).click();
        await upload(visitor, page, text);
        const wrong = await part(page, 'wrong');
        assert.deepEqual(Object.keys(wrong), ['8', '9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
        const why = (at) => wrong[at][2];
        assert.equal(why(8), why(9), 'what is another’s is as unknown as what is nobody’s');
        assert.equal(why(9), why(12));
        assert.ok(!wrong[8].join().includes('龙井'), 'and says nothing of it');
        assert.equal(new Set([8, 10, 11, 13, 14, 15, 16, 18, 19].map(why)).size, 9, JSON.stringify(wrong));
        assert.equal(why(16), why(17), 'no tracking number');
        const ships = await part(page, 'ship');
        assert.deepEqual(Object.keys(ships), ['2', '3']);
        assert.ok(ships[2].join().includes('¥88.00') && ships[2][0].includes('小红'), JSON.stringify(ships));
        assert.deepEqual(Object.keys(await part(page, 'correct')), ['4']);
        assert.deepEqual(Object.keys(await part(page, 'nothing')), ['5', '6', '7']);
        assert.equal(await page.locator('#count-wrong').textContent(), '12');
        await visitor.picture('import-preview', { fullPage: true });
        await noHorizontalScroll(page);
        for (const order of [one, two, moving]) assert.equal((await told(order)).includes(`SF${turn}001`), false);
        await market.stands(one, 'paid', 8_800);

        // Pressed twice, and once more with the page loaded again.
        await confirm(page).dblclick();
        await page.waitForURL(`**${CONFIRM}`);
        await page.locator('table .chip').first().waitFor();
        const result = await page.locator('main').textContent();
        await page.reload();
        assert.equal(await page.locator('main').textContent(), result, 'the same answer again');
        assert.equal(await page.locator('.chip.info').count(), 2);
        assert.equal(await page.locator('table .chip.ok').count(), 1);
        assert.equal(await page.locator('.chip.bad').count(), 0);
        assert.match(result, /12/);
        await visitor.picture('import-done', { fullPage: true });
        await noHorizontalScroll(page);

        // The same table again: there is nothing left to do.
        await upload(visitor, page, text);
        assert.equal(await confirm(page).count(), 0);
        assert.deepEqual(Object.keys(await part(page, 'nothing')), ['2', '3', '4', '5', '6', '7']);
        for (const [order, shown] of [[one, `SF${turn}001`], [two, `7730${turn}`], [moving, `JD${turn}`]]) {
          await visitor.open(`/shop/orders/${order}`);
          assert.ok((await page.locator('main').textContent()).includes(shown), shown);
        }
      });
      assert.deepEqual(await told(one), [`SF${turn}001`]);
      assert.deepEqual(await told(two), [`7730${turn}`]);
      assert.deepEqual((await told(moving)).filter(Boolean), [`JD${turn}`]);
      assert.deepEqual(await told(same), [`7${turn}`]);
      for (const order of [open, closed, twice, foreign]) assert.deepEqual(await told(order), []);
      const { shipment } = await market.looked(two);
      assert.deepEqual(shipment, { carrier: 'zto', tracking_number: `7730${turn}` });
    });
  }

  it('is offered as a sample that has what waits, and is taken back when it is filled in', async () => {
    const order = await market.orderAt('paid', 700, { subject: '=HYPERLINK("x")，"茶"' });
    const fresh = await newcomer(place, 'merchant', '新店');
    const example = await fetched(place, `${ASK}/sample.csv`, fresh.cookie);
    assert.equal(example.status, 200);
    assert.equal(example.body.trim().split('\r\n').length, 2, example.body);
    const { body } = await fetched(place, `${ASK}/sample.csv`, market.seller.cookie);
    const lines = body.split('\r\n');
    const at = lines.findIndex((it) => it.includes(order));
    assert.ok(at > 0 && lines[at].includes(`'=HYPERLINK`), 'no spreadsheet computes it');
    lines[at] = lines[at].replace(/,,$/, ',圆通,YT 778');
    const { status, body: page } = await uploaded(`\ufeff${lines.join('\r\n')}`);
    assert.equal(status, 200);
    assert.equal(carried(page).length, 1);
    assert.equal((await confirmed(carried(page))).status, 200);
    assert.deepEqual((await market.looked(order)).shipment, { carrier: 'yto', tracking_number: 'YT778' });
  });

  it('is read in GB18030, and with semicolons', async () => {
    const order = await market.orderAt('paid', 100);
    // 商户订单号;快递公司;运单号 and 顺丰 as a Chinese spreadsheet writes them.
    const bytes = Buffer.concat([
      Buffer.from('c9ccbba7b6a9b5a5bac53bbfecb5ddb9abcbbe3bd4cbb5a5bac50d0a', 'hex'),
      Buffer.from((await market.looked(order)).number), Buffer.from('3bcbb3b7e13b', 'hex'), Buffer.from('SF9\r\n'),
    ]);
    const { body } = await uploaded(bytes);
    assert.equal(carried(body).length, 1, body);
  });

  it('is refused as a whole when it is no table, and says why', () =>
    seller({ js: false }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      const many = `${HEAD}\n${'no-such,sf,1\n'.repeat(1_001)}`;
      const said = new Set();
      for (const text of ['', HEAD, 'a,b\n1,2\n', 'PK\u0003\u0004', many, `${HEAD}\n"1,sf,1\n`, 'x'.repeat((1 << 20) + 1)]) {
        await upload(visitor, page, text);
        said.add(await page.locator('[role=alert]').textContent());
      }
      // A file that is much too large is told so as well.
      await upload(visitor, page, 'x'.repeat(8 << 20));
      assert.ok(said.has(await page.locator('[role=alert]').textContent()));
      assert.equal(said.size, 6, [...said].join('\n'));
      await visitor.picture('import-refused', { fullPage: true });
    }));

  it('does nothing that was not shown', async () => {
    const [order, moving] = [await market.orderAt('paid', 100), await market.orderAt('shipped', 100)];
    const { body } = await uploaded(table(`${order},sf,A1`, `${moving},sf,A2`));
    const lines = carried(body);
    assert.equal(lines.length, 2);
    // What cannot have been written by the preview is not read, and stops everything.
    for (const wrong of [
      [...lines, 'x'], [], [`${lines[0]} more`], Array(1_001).fill(lines[0]), [lines[0].replace('ship', 'cancel')],
    ]) assert.ok((await confirmed(wrong)).status >= 400, `${wrong[0]}`);
    assert.deepEqual(await told(order), []);
    // Another's order is not there, whoever asks; nor is one that nobody has.
    for (const [id, cookie] of [[foreign, market.seller.cookie], [nowhere(order), market.seller.cookie], [order, rival.cookie]]) {
      const answer = await confirmed([lines[0].replace(order, id)], cookie);
      assert.equal(answer.status, 200);
      assert.ok(answer.body.includes('chip bad') && !answer.body.includes('chip info'), id);
      assert.ok(!answer.body.includes('龙井'), 'nothing is said of it');
    }
    assert.deepEqual([await told(foreign), await told(order)], [[], []]);
    for (const cookie of [market.buyer.cookie, '']) {
      assert.ok([303, 403, 404].includes((await fetched(place, ASK, cookie)).status));
      assert.ok([303, 403, 404].includes((await uploaded(table(`${order},sf,A1`), cookie)).status));
      assert.ok([303, 403, 404].includes((await confirmed(lines, cookie)).status));
    }
    // What happened in between is not overwritten.
    await place.done(`/v1/orders/${order}/ship`, { carrier: 'jd', tracking_number: 'HAND' });
    await place.done(`/v1/orders/${moving}/correct_shipment`, { carrier: 'jd', tracking_number: 'HAND' });
    const late = await confirmed(lines);
    assert.equal(late.body.match(/chip bad/g)?.length, 2);
    assert.deepEqual([await told(order), (await told(moving)).filter(Boolean)], [['HAND'], ['HAND']]);
    // Shown anew, it is done; and once more to and fro.
    for (const number of ['A1', 'B1', 'A1']) {
      const again = carried((await uploaded(table(`${order},sf,${number}`))).body);
      await Promise.all([confirmed(again), confirmed(again)]);
      assert.equal((await market.looked(order)).shipment.tracking_number, number);
    }
    assert.deepEqual(await told(order), ['A1', 'A1', 'B1', 'HAND']);
  });

  it('is done once when the server is killed in the middle', async () => {
    const orders = [];
    for (let turn = 0; turn < 12; turn += 1) {
      orders.push(...await Promise.all(Array.from({ length: 15 }, () => market.orderAt('paid', 100))));
    }
    const lines = carried((await uploaded(table(...orders.map((it, at) => `${it},sf,K${at}`)))).body);
    assert.equal(lines.length, orders.length);
    const lost = confirmed(lines).catch(() => 'the connection is lost');
    await until('something is shipped', async () => (await market.looked(orders[0])).stage === 'shipped');
    await place.kill();
    await place.serve();
    await lost;
    const { body } = await confirmed(lines);
    assert.equal(body.match(/chip info/g).length, orders.length);
    for (const [at, order] of orders.entries()) {
      assert.deepEqual((await market.looked(order)).shipment, { carrier: 'sf', tracking_number: `K${at}` });
    }
    assert.deepEqual(await told(orders.at(0)), ['K0']);
    assert.deepEqual(await told(orders.at(-1)), [`K${orders.length - 1}`]);
  });

  it('keeps nobody out', async () => {
    const order = await market.orderAt('paid', 8_800, { subject: `<b>龙井</b>${'W'.repeat(40)}` });
    const moving = await market.orderAt('shipped', 100);
    const text = table(`${order},sf,${'S'.repeat(35)}`, `${moving},sf,1`, `${'x'.repeat(300)},<b>,"<script>"`);
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await seller({ device, lang, scheme, audit: true }, async (visitor, page) => {
        const looked = async (name) => {
          await visitor.picture(`a11y-${name}-${scheme}`, { fullPage: true });
          await frame(page, LANGS[lang]);
          await axe(page);
          await noHorizontalScroll(page);
          await keyboardOnly(page);
          await forcedColors(page);
        };
        await visitor.open(ASK);
        await looked('import');
        await upload(visitor, page, text);
        assert.equal(await page.locator('main b:text("龙井"), main script').count(), 0, 'what was typed stays text');
        await looked('import-preview');
        await stretch(page);
        await noHorizontalScroll(page);
      });
    }
    await seller({ device: 'pixel', lang: 'en', audit: true }, async (visitor, page) => {
      await upload(visitor, page, text);
      await confirm(page).click();
      await page.waitForURL(`**${CONFIRM}`);
      await visitor.picture('a11y-import-done', { fullPage: true });
      await frame(page, LANGS.en);
      await axe(page);
      await noHorizontalScroll(page);
      // The other language of a result is the list: what was done is not done by looking.
      await page.locator('a.lang').first().click();
      await page.waitForURL('**/shop/orders');
    });
  });

  it('leaves the books in balance', () => place.audit());
});
