// What a shop is settled: the pages, the papers and the API say the same, to the fen, and every page
// adds up; and what is another shop's is not there.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { fetched, Market, newcomer, visitingAs } from '../support/market.mjs';
import { fen, yuan } from '../support/money.mjs';
import { Place, until } from '../support/place.mjs';
import { nowhere } from '../support/tenants.mjs';

/** Small entries beside the sales: more than a page, and more than used to be counted. */
const MANY = 1_010;
const PAGE = 100;
const HOME = '/shop/settlements';

/** A day in China, so many days from now. */
function dayFrom(now, days = 0) {
  return new Date(now + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
}

/** What a PDF says, with one blank where there are many. */
function read(file) {
  const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
  return text.replaceAll(/\s+/g, ' ');
}

/** The lines of a table that was downloaded, each by the names of its columns. */
function table(text) {
  const lines = text.replace(/^\ufeff/, '').trim().split('\r\n');
  const cells = (line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((it) => it[1]);
  const names = cells(lines[0]).slice(0, 13);
  return lines.slice(1).map((line) => {
    const found = cells(line);
    return Object.fromEntries(names.map((name, at) => [name, found[at]]));
  });
}

const whole = (decimal) => Math.round(Number(decimal || 0) * 100);
const sum = (amounts) => amounts.reduce((all, it) => all + it, 0);

describe('what a shop is settled', () => {
  let place, market, other, orders, today;

  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    other = await newcomer(place, 'merchant', '别家');
    today = dayFrom(Date.now());
    const terms = { fee_basis_points: 60 };
    const act = (order, it, body) => place.done(`/v1/orders/${order}/${it}`, body);
    orders = {
      plain: await market.orderAt('shipped', 8_800, terms),
      less: await market.orderAt('shipped', 10_000, terms),
      back: await market.orderAt('shipped', 6_000, terms),
      direct: await market.orderAt('paid', 4_000, { ...terms, mode: 'direct' }),
      never: await market.orderAt('shipped', 2_000, terms),
    };
    // Part goes back before the release, all of it after, and all of it before.
    await act(orders.less, 'refund', { amount: 2_500 });
    for (const it of [orders.plain, orders.less, orders.back]) await act(it, 'confirm');
    await act(orders.back, 'refund', { amount: 1_000 });
    await act(orders.back, 'refund', { amount: 5_000 });
    await act(orders.never, 'refund', { amount: 2_000 });
    const card = await market.card(market.seller);
    await place.done('/v1/withdrawals', { account: market.seller.account, card, amount: 3_000 });
    for (let turn = 0; turn < MANY; turn += 50) {
      const some = Array.from({ length: Math.min(50, MANY - turn) }, () => place.done('/v1/transfers', {
        debit: market.buyer.account, credit: market.seller.account, amount: 1,
      }));
      await Promise.all(some);
    }
  });
  after(() => place.end());

  /** What the entries above come to. A fee is a share of what was released, rounded down. */
  const GROSS = 8_800 + 7_500 + 6_000 + 4_000;
  const FEES = 52 + 45 + 36 + 24;
  const REFUNDS = 6_000;
  const OTHER = MANY - 3_000;

  const asSeller = (options, visit) => visitingAs(place, market.seller, options, visit);

  /** The sums of a page: before, gross, fees, refunds, other, after. What went out is below zero. */
  const sums = async (page) => (await page.locator('#sums dd').allTextContents()).map(fen);

  /** Whether a page adds up; gives its sums. */
  async function addsUp(page) {
    const found = await sums(page);
    assert.equal(sum(found.slice(0, 5)), found[5], `it adds up: ${found}`);
    return found;
  }

  /** Downloads what a link or a button leads to. */
  async function kept(page, press) {
    const [download] = await Promise.all([page.waitForEvent('download'), press()]);
    return download.path();
  }

  for (const [device, lang, js] of [['desktop', 'zh', true], ['pixel', 'en', false]]) {
    it(`adds up by month: ${device} ${lang}${js ? '' : ' without scripts'}`, () =>
      asSeller({ device, lang, js }, async (visitor, page) => {
        await visitor.open('/shop');
        await page.locator(`nav a[href="${HOME}"]`).first().click();
        await page.locator('#settled').waitFor();
        const balance = await market.balance(market.seller);
        assert.deepEqual(await addsUp(page), [0, GROSS, -FEES, -REFUNDS, OTHER, balance]);
        const cells = await page.locator('#settled tbody tr').first().locator('td').allTextContents();
        const [gross, fees, refunds, rest, net, closing] = cells.slice(2).map(fen);
        assert.equal(Number(cells[1]), 4, 'orders that paid the shop');
        assert.deepEqual([gross, fees, refunds, rest], [GROSS, -FEES, -REFUNDS, OTHER]);
        assert.equal(net, GROSS - FEES - REFUNDS + OTHER);
        assert.equal(closing, balance);
        await visitor.picture('settlements', { fullPage: true });
        await page.locator('#settled a').first().click();
        await page.waitForURL(`**${HOME}/${today}`);
        await visitor.picture('settlement-day', { fullPage: true });
      }));
  }

  it('tells every entry of a day, page by page, from the balance before to the one after', () =>
    asSeller({ js: false }, async (visitor, page) => {
      const balance = await market.balance(market.seller);
      await visitor.open(`${HOME}/${today}`);
      assert.equal((await addsUp(page))[5], balance);
      assert.equal(fen(await page.locator('tr.opening .num').textContent()), 0);
      const lines = [];
      for (;;) {
        for (const it of await page.locator('#settled tbody tr:not(.opening, .closing)').all()) {
          const cells = await it.locator('td').allTextContents();
          lines.push({
            href: await it.locator('a').getAttribute('href'), number: cells[2],
            parts: cells.slice(3, 5).map((text) => text && fen(text)), net: fen(cells[5]), balance: fen(cells[6]),
          });
        }
        const next = page.locator('.pager a[rel=next]');
        if (!await next.count()) break;
        assert.equal(lines.length % PAGE, 0);
        assert.equal(await page.locator('tr.closing').count(), 0);
        await next.click();
      }
      assert.equal(fen(await page.locator('tr.closing .num').textContent()), balance);
      assert.equal(lines.length, 4 + 2 + 1 + MANY);
      let left = 0;
      for (const it of lines) assert.equal(left += it.net, it.balance);
      const of = (order) => lines.filter((it) => it.href === `/shop/orders/${order}`);
      assert.deepEqual(of(orders.less).map(({ parts, net }) => [...parts, net]), [[7_500, -45, 7_455]]);
      assert.deepEqual(of(orders.direct).map(({ parts, net }) => [...parts, net]), [[4_000, -24, 3_976]]);
      assert.deepEqual(of(orders.back).map(({ parts, net }) => [...parts, net]),
        [[6_000, -36, 5_964], ['', '', -1_000], ['', '', -5_000]]);
      assert.deepEqual(of(orders.never), [], 'what went back out of escrow never was here');
      const { number, fee } = await market.looked(orders.less);
      assert.equal(of(orders.less)[0].number, number);
      assert.equal(fee, 45, 'the API says the same fee');
    }));

  it('is paid out as a table and a statement with the same sums', () =>
    asSeller({}, async (visitor, page) => {
      const balance = await market.balance(market.seller);
      await visitor.open(`${HOME}/${today}`);
      const day = readFileSync(await kept(page, () => page.locator(`a[href^="${HOME}.csv"]`).click()), 'utf8');
      await visitor.open(HOME);
      await page.fill('#from', today);
      await page.fill('#to', today);
      const path = await kept(page, () => page.locator(`form[action="${HOME}.csv"] button`).first().click());
      assert.equal(readFileSync(path, 'utf8'), day, 'a day is a range of one day');
      const [opening, ...lines] = table(day);
      assert.equal(opening.kind, 'opening_balance');
      assert.equal(lines.length, 4 + 2 + 1 + MANY);
      const column = (name) => sum(lines.map((it) => whole(it[name])));
      assert.deepEqual(['gross', 'fee', 'refund', 'other'].map(column), [GROSS, FEES, REFUNDS, OTHER]);
      assert.equal(whole(opening.balance) + column('net'), balance);
      assert.equal(whole(lines.at(-1).balance), balance);
      for (const it of lines) {
        const [gross, fee, refund, rest, net] =
          ['gross', 'fee', 'refund', 'other', 'net'].map((name) => whole(it[name]));
        assert.equal(gross - fee - refund + rest, net);
      }
      const file = await kept(page, () => page.locator(`button[formaction="${HOME}.pdf"]`).click());
      const text = read(file);
      for (const wanted of [yuan(balance).replace('¥', ''), market.seller.account, market.seller.name]) {
        assert.ok(text.includes(wanted), `the statement says ${wanted}`);
      }
      assert.ok(/¥75\.00.{0,200}¥0\.45/.test(text), 'and what a fee was of');
    }));

  it('says what it cannot read, and makes no file of it', () =>
    asSeller({ lang: 'en' }, async (visitor, page) => {
      visitor.expect(/does not conform to the required format/);
      for (const [query, field] of [['from=&to=2026-01-01', 'from'], ['from=2026-02-30&to=2026-03-01', 'from'],
        ['from=2026-02-02&to=2026-02-01', 'to'], ['from=2026-01-01&to=2026-04-03', 'to'],
        ['from=0001-01-01&to=9999-12-31', 'to']]) {
        for (const kind of ['csv', 'pdf']) {
          await visitor.open(`${HOME}.${kind}?${query}`, 422);
          await page.locator('#unread[role=alert]').waitFor();
          assert.equal(await page.locator(`#${field}`).getAttribute('aria-describedby'), 'unread');
        }
      }
      for (const month of ['2026-13', 'never', '0000-01', '-9999-01']) {
        await visitor.open(`${HOME}?month=${month}`, 422);
        await page.locator('.alert[role=alert]').waitFor();
        await addsUp(page);
      }
      for (const day of ['2026-02-30', 'yesterday', '0001-01-01', '20261123', dayFrom(Date.now(), 2)]) {
        await visitor.open(`${HOME}/${day}`, 404);
      }
      // Ninety-two days, both ends counted, are one paper.
      const { status } = await fetched(place, `${HOME}.csv?from=2026-01-01&to=2026-04-02`, market.seller.cookie);
      assert.equal(status, 200);
    }));

  it('has nothing to tell of a day before the account, and a month in which nothing moved', () =>
    asSeller({ lang: 'en' }, async (visitor, page) => {
      await visitor.open(`${HOME}/2020-02-29`);
      assert.deepEqual(await addsUp(page), [0, 0, 0, 0, 0, 0]);
      await page.getByText('Nothing moved on this day').waitFor();
      await visitor.open(`${HOME}?month=2020-02`);
      assert.deepEqual(await addsUp(page), [0, 0, 0, 0, 0, 0]);
      assert.equal(await page.locator('a[rel=prev]').count(), 0, 'there was no shop before');
      await page.locator('a[rel=next]').click();
      await page.waitForURL('**month=2020-03');
    }));

  it('is for every account of the shop, each in its own currency', async () => {
    await place.done('/v1/accounts', { owner: market.seller.user, currency: 'USD' });
    await asSeller({ js: false }, async (visitor, page) => {
      await visitor.open(HOME);
      const balance = await market.balance(market.seller);
      assert.equal((await sums(page))[5], balance, 'the first is chosen');
      const names = await page.locator('#account option').allTextContents();
      assert.equal(names.length, 2);
      await page.selectOption('#account', { label: names.find((it) => it.startsWith('USD')) });
      await page.locator(`form[action="${HOME}"] button`).click();
      await page.waitForURL('**account=acc_*');
      assert.match(await page.locator('#sums').textContent(), /\$0\.00/);
      // Whoever chose an account keeps it on the way to a day.
      await visitor.open(`${HOME}?account=${market.seller.account}`);
      await page.locator('#settled a').first().click();
      await page.waitForURL(`**${HOME}/${today}?account=${market.seller.account}`);
    });
  });

  it('is nothing that others see', async () => {
    const paths = [HOME, `${HOME}/${today}`, `${HOME}.csv?from=${today}&to=${today}`,
      `${HOME}.pdf?from=${today}&to=${today}`];
    const asked = async (path, account, cookie) => {
      const mark = path.includes('?') ? '&' : '?';
      return fetched(place, `${path}${mark}account=${account}`, cookie);
    };
    for (const path of paths) {
      for (const account of [market.seller.account, market.buyer.account]) {
        const seen = await asked(path, account, other.cookie);
        const unseen = await asked(path, nowhere(account), other.cookie);
        assert.deepEqual([seen.status, unseen.status], [404, 404], path);
        for (const secret of [yuan(GROSS), orders.plain, market.seller.name]) {
          assert.ok(!seen.body.includes(secret), `${path} shows ${secret}`);
        }
      }
      assert.equal((await fetched(place, path, market.buyer.cookie)).status, 404, 'nor a buyer');
      assert.equal((await fetched(place, path)).status, 303, 'nor nobody');
    }
    const { status, body } = await fetched(place, `${HOME}/${today}`, other.cookie);
    assert.equal(status, 200);
    assert.ok(!body.includes('/shop/orders/ord_'), 'a shop without sales has none');
  });

  for (const [device, lang, scheme] of [['desktop', 'en', 'dark'], ['pixel', 'zh', 'light']]) {
    it(`keeps nobody out: ${device} ${lang}`, () =>
      asSeller({ device, lang, scheme, audit: true }, async (visitor, page) => {
        for (const path of [HOME, `${HOME}?month=2020-02`, `${HOME}/${today}?page=11`, `${HOME}/2020-02-29`]) {
          await visitor.open(path);
          await frame(page, LANGS[lang]);
          await axe(page);
          await noHorizontalScroll(page);
          await forcedColors(page);
          await keyboardOnly(page);
        }
        await visitor.open(HOME);
        await visitor.picture(`settlements-${scheme}`, { fullPage: true });
        await visitor.open(`${HOME}/${today}?page=11`);
        await visitor.picture(`settlement-day-${scheme}`, { fullPage: true });
      }));
  }

  it('goes on tomorrow where today ended', async () => {
    const had = await market.balance(market.seller);
    await place.advance(86_400);
    const order = await market.orderAt('shipped', 1_234, { fee_basis_points: 60 });
    await place.done(`/v1/orders/${order}/confirm`);
    const tomorrow = dayFrom(Date.now(), 1);
    await market.hasBalance(market.seller, had + 1_227);
    await asSeller({ js: false }, async (visitor, page) => {
      await visitor.open(`${HOME}/${tomorrow}`);
      assert.deepEqual(await addsUp(page), [had, 1_234, -7, 0, 0, had + 1_227]);
      await visitor.open(`${HOME}/${today}`);
      assert.equal((await addsUp(page))[5], had, 'what came later changes nothing here');
    });
    const path = `${HOME}.csv?from=${today}&to=${tomorrow}`;
    const { body } = await fetched(place, path, market.seller.cookie);
    assert.equal(whole(table(body).at(-1).balance), had + 1_227);
  });

  it('leaves the books in balance', () => place.audit());
});
