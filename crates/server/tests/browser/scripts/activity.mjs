// The activity of an account: the page, the files that are taken home, the API and the books say the
// same, to the fen; and what is somebody else's is not there.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { fetched, Market, newcomer, visitingAs } from '../support/market.mjs';
import { fen, yuan } from '../support/money.mjs';
import { Place, until } from '../support/place.mjs';
import { toldApart } from '../support/tenants.mjs';

const MANY = 35;
const PAGE = 30;

/** A signed amount as a page shows it, in fen. */
function signed(text) {
  assert.match(text, /[+-]¥/, `an amount without its sign: ${text}`);
  return fen(text);
}

/** What a PDF says, with one blank where there are many. */
function read(file) {
  const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
  return text.replaceAll(/\s+/g, ' ');
}

/** The cells of a table that was downloaded; none of ours has a comma inside but in quotes. */
function cells(text) {
  const lines = text.replace(/^\ufeff/, '').trim().split('\r\n');
  return lines.map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((it) => it[1]));
}

describe('the activity of an account', () => {
  let place, market, friend, paid, refunded;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    friend = await newcomer(place, 'customer', '小刚');
    refunded = await market.orderAt('shipped', 3_000, { subject: '青瓷茶杯 一对' });
    await place.done(`/v1/orders/${refunded}/refund`, { amount: 3_000 });
    paid = await market.orderAt('shipped', 8_800);
    await place.done(`/v1/orders/${paid}/confirm`);
    const { id } = await place.done('/v1/withdrawals', {
      account: market.buyer.account, card: market.buyer.card, amount: 5_000,
    });
    await until('the withdrawal is paid', async () =>
      (await place.looked(`/v1/withdrawals/${id}`)).stage === 'paid');
    for (let turn = 1; turn <= MANY; turn += 1) {
      await place.done('/v1/transfers', {
        debit: market.buyer.account, credit: friend.account, amount: turn,
      });
    }
  });
  after(() => place.end());

  const asBuyer = (options, visit) => visitingAs(place, market.buyer, options, visit);

  /** What the API says of an account, the newest first: signed amounts. */
  async function booked(person) {
    const { data } = await place.looked(`/v1/accounts/${person.account}/entries?limit=100`);
    return data.map((it) => ({ ...it, signed: it.side === 'credit' ? it.amount : -it.amount }));
  }

  async function shown(page) {
    return (await page.locator('.entries .amount').allTextContents()).map(signed);
  }

  const sum = (amounts) => amounts.reduce((whole, it) => whole + it, 0);
  const sums = async (page) => (await page.locator('#sums dd').allTextContents());

  /** Downloads what a link or a button leads to, and gives the bytes. */
  async function kept(page, press) {
    const [download] = await Promise.all([page.waitForEvent('download'), press()]);
    return download.path();
  }

  for (const [device, lang, js] of [
    ['desktop', 'zh', true], ['pixel', 'en', true], ['pixel', 'zh', false], ['desktop', 'en', false],
  ]) {
    it(`is what the books say, page by page: ${device} ${lang}${js ? '' : ' without scripts'}`, () =>
      asBuyer({ device, lang, js }, async (visitor, page) => {
        await visitor.open('/wallet');
        const [latest] = await shown(page);
        await page.locator('main a[href="/activity"]').click();
        const books = await booked(market.buyer);
        assert.equal(latest, books[0].signed, 'the wallet shows the same');
        const first = await shown(page);
        assert.equal(first.length, PAGE);
        await page.locator('a[rel=next]').click();
        await page.locator('a[rel=first]').waitFor();
        const second = await shown(page);
        assert.deepEqual([...first, ...second], books.map((it) => it.signed));
        const [count, came, went] = await sums(page);
        assert.equal(Number(count), books.length);
        assert.equal(fen(came) + fen(went), sum(books.map((it) => it.signed)));
        assert.equal(fen(came) + fen(went), await market.balance(market.buyer), 'and the balance');
      }));
  }

  it('names the other side in words', () => asBuyer({ js: false }, async (visitor, page) => {
    await visitor.open(`/activity?q=${paid}`);
    const line = page.locator('.entries li', { hasText: '西湖龙井' });
    assert.match(await line.textContent(), /小明茶铺/);
    assert.match(await line.textContent(), /支出/, 'never by a sign or a colour alone');
    await visitor.open('/activity?kind=transfer');
    assert.match(await page.locator('.entries li').first().textContent(), /转给小刚/);
    await visitor.open('/activity?kind=top_up');
    assert.match(await page.locator('.entries li').first().textContent(), /尾号 0005/);
  }));

  it('is filtered without scripts', () => asBuyer({ js: false }, async (visitor, page) => {
    const books = await booked(market.buyer);
    const agrees = async (holds) => {
      const wanted = books.filter(holds).map((it) => it.signed);
      assert.deepEqual(await shown(page), wanted.slice(0, PAGE));
      assert.equal(Number((await sums(page))[0]), wanted.length);
    };
    const filter = async (fields) => {
      await visitor.open('/activity');
      await page.locator('main details > summary').click();
      for (const [name, value] of Object.entries(fields)) {
        const field = page.locator(`form.filters [name=${name}]`);
        await (['dir', 'kind'].includes(name) ? field.selectOption(value) : field.fill(value));
      }
      await page.locator('form[action="/activity"] button').click();
    };
    await filter({ dir: 'in' });
    await agrees((it) => it.side === 'credit');
    await filter({ dir: 'out', kind: 'order' });
    await agrees((it) => it.reason === 'order_paid');
    await filter({ kind: 'refund' });
    await agrees((it) => it.reason === 'order_refunded');
    await filter({ kind: 'withdrawal' });
    await agrees((it) => it.reason === 'withdrawn');
    await filter({ least: '30', most: '88.00' });
    await agrees((it) => it.amount >= 3_000 && it.amount <= 8_800);
    await filter({ q: refunded });
    await agrees((it) => it.subject === refunded);
    assert.equal(books.filter((it) => it.subject === refunded).length, 2);
    await filter({ q: 'B2' });
    await agrees((it) => it.subject === paid);
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    await filter({ from: today, to: today });
    await agrees(() => true);
    await filter({ to: '2020-01-01' });
    assert.equal(await page.locator('.entries li').count(), 0);
    await page.locator('.empty a', { hasText: '清除筛选条件' }).click();
    await agrees(() => true);
  }));

  it('says at the field what it cannot read', () => asBuyer({ lang: 'en' }, async (visitor, page) => {
    visitor.expect(/does not conform to the required format/);
    for (const [query, field] of [['least=much', 'least'], ['from=2026-13-01', 'from'],
      ['from=2026-02-02&to=2026-02-01', 'to']]) {
      await visitor.open(`/activity?${query}`, 422);
      await page.locator('#unread[role=alert]').waitFor();
      assert.equal(await page.locator(`#${field}`).getAttribute('aria-describedby'), 'unread');
    }
  }));

  it('goes home as a table and as a statement with the same sums', () =>
    asBuyer({}, async (visitor, page) => {
      const { readFileSync } = await import('node:fs');
      await visitor.open('/activity?dir=out');
      const out = fen((await sums(page))[2]);
      const path = await kept(page, () => page.locator('a[href^="/activity.csv"]').click());
      const [head, ...rows] = cells(readFileSync(path, 'utf8'));
      const at = head.indexOf('amount');
      const amounts = rows.map((it) => Math.round(Number(it[at]) * 100));
      assert.equal(sum(amounts), out, 'the table and the page');
      const books = await booked(market.buyer);
      assert.deepEqual(amounts, books.filter((it) => it.side === 'debit').map((it) => it.signed));

      await visitor.open('/activity');
      const [, came, went] = (await sums(page)).map((it) => it.replace('¥', ''));
      const file = await kept(page, () => page.locator('form[action="/activity.pdf"] button').click());
      const text = read(file);
      for (const wanted of [came, went, yuan(await market.balance(market.buyer)).replace('¥', ''),
        market.buyer.account, market.buyer.name, '小明茶铺']) {
        assert.ok(text.includes(wanted), `the statement says ${wanted}`);
      }
      // The button is there again for whoever needs another month.
      assert.equal(await page.locator('form[action="/activity.pdf"] [aria-busy]').count(), 0);
    }));

  it('tells one entry with the balance afterwards, both sides, and a slip', () =>
    asBuyer({ device: 'pixel' }, async (visitor, page) => {
      const [wanted] = (await booked(market.buyer)).filter((it) => it.subject === paid);
      await visitor.open(`/activity?q=${paid}`);
      await page.locator('.entries a').click();
      assert.equal(signed(await page.locator('.big-amount').textContent()), wanted.signed);
      assert.equal(fen(await page.locator('#balance-after').textContent()), wanted.balance_after);
      assert.match(await page.locator('#postings + ol').textContent(), /借记 您的账户，贷记 担保账户/);
      assert.equal(await page.locator(`a[href="/orders/${paid}"]`).count(), 1);
      const file = await kept(page, () => page.locator('a[href$="/slip.pdf"]').click());
      const text = read(file);
      for (const said of ['88.00 CNY', '西湖龙井', market.buyer.name, '小明茶铺', paid]) {
        assert.ok(text.includes(said), `the slip says ${said}`);
      }
      await page.locator(`a[href="/trace/${paid}"]`).click();
      await page.locator('.where').waitFor();
    }));

  it('belongs to shops too, who see who bought', () =>
    visitingAs(place, market.seller, { lang: 'en' }, async (visitor, page) => {
      await visitor.open('/shop');
      await page.locator('nav a[href="/activity"]').click();
      const books = await booked(market.seller);
      assert.deepEqual(await shown(page), books.map((it) => it.signed));
      assert.match(await page.locator('.entries li').first().textContent(), /小红/);
      await page.locator('.entries a').first().click();
      assert.equal(await page.locator(`a[href="/shop/orders/${paid}"]`).count(), 1);
    }));

  it('is nothing that others see', async () => {
    const { body } = await fetched(place, `/activity?q=${paid}`, market.buyer.cookie);
    const entry = body.match(/ent_[0-9a-z]{14}/)[0];
    const stranger = await newcomer(place, 'customer', '别人');
    for (const path of [`/activity/${entry}`, `/activity/${entry}/slip.pdf`]) {
      const ask = (cookie) => async (wanted) => {
        const there = path.replace(entry, wanted);
        const response = await fetch(place.url + there, { headers: { cookie, accept: 'text/html' } });
        const text = (await response.text()).replaceAll(there, 'PATH');
        return { status: response.status, body: text.replace(/ data-now="[^"]*"|req_\w+/g, '') };
      };
      assert.equal(await toldApart(path, entry, ask(stranger.cookie)), undefined);
    }
    // A cursor that is another's leads nowhere, on the page and in the API.
    const later = await booked(market.buyer);
    const cursor = later[0].number;
    const { data } = await place.looked(`/v1/accounts/${stranger.account}/entries?cursor=${cursor}`);
    assert.deepEqual(data, []);
    const { status } = await fetched(place, `/activity?account=${market.buyer.account}`, stranger.cookie);
    assert.equal(status, 404);
  });

  it('begins with what to do, when nothing has moved', async () => {
    const fresh = await newcomer(place, 'customer', '新人');
    await visitingAs(place, fresh, { lang: 'en', device: 'pixel' }, async (visitor, page) => {
      await visitor.open('/activity');
      await page.getByRole('heading', { name: 'No money has moved yet' }).waitFor();
      await page.locator('.empty a.primary').click();
      await page.waitForURL('**/wallet');
    });
  });

  for (const [device, lang] of [['desktop', 'en'], ['pixel', 'zh']]) {
    it(`keeps nobody out: ${device} ${lang}`, () =>
      asBuyer({ device, lang, audit: true }, async (visitor, page) => {
        const { body } = await fetched(place, '/activity', market.buyer.cookie);
        for (const path of ['/activity', '/activity?dir=in', '/activity?q=nothing',
          `/activity/${body.match(/ent_[0-9a-z]{14}/)[0]}`]) {
          await visitor.open(path);
          await frame(page, LANGS[lang]);
          await axe(page);
          await noHorizontalScroll(page);
          await forcedColors(page);
          await keyboardOnly(page);
        }
      }));
  }

  it('leaves the books in balance', () => place.audit());
});
