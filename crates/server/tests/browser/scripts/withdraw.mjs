// Money to a card and from one, on pages: asked for once, followed until it has arrived, and back in
// the balance when a bank sends it back. What a page says is what the API and the books say.

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { fetched, Market, newcomer, PAYMENT_PASSWORD, posted, visitingAs } from '../support/market.mjs';
import { fen } from '../support/money.mjs';
import { Place, until } from '../support/place.mjs';
import { toldApart } from '../support/tenants.mjs';

const PAID = '6200000000012000';
const RETURNED = '6200000000013008';
const MISMATCH = '6200000000014006';
const SILENT = '6200000000007000';
const POOR = '6200000000001003';

/** Fills in the first page and goes on to the one where it is checked. */
async function check(visitor, page, way, card, amount) {
  await visitor.open(`/wallet/${way}`);
  await page.locator('#card').selectOption(card);
  await page.locator('#amount').fill(amount);
  await page.locator('form[method=get] button.primary').click();
}

/** Says yes on the page where it is checked. */
async function agree(page, way, password = PAYMENT_PASSWORD) {
  await page.locator('#payment_password').fill(password);
  await page.locator(`form[action="/wallet/${way}"] button.primary`).click();
}

const idIn = (page) => page.url().match(/(wdr|top)_[0-9a-z]{14}/)[0];
const stage = (page) => page.locator('p.sr[role=status]').textContent();
/** The page comes to say this, by itself. */
const says = (page, text) => page.locator('h1 + .chip', { hasText: text }).waitFor();

async function withdrawals(place, person) {
  return (await place.looked(`/v1/accounts/${person.account}/withdrawals?limit=100`)).data;
}

/** The page of a withdrawal, its API and the last entry of the books say the same amount. */
async function agrees(place, page, person, amount) {
  const id = idIn(page);
  assert.equal(fen(await page.locator('.big-amount').textContent()), amount);
  assert.equal((await place.looked(`/v1/withdrawals/${id}`)).amount, amount);
  const { data } = await place.looked(`/v1/accounts/${person.account}/entries?limit=100`);
  const sum = data.filter((it) => it.subject === id)
    .reduce((whole, it) => whole + (it.side === 'debit' ? it.amount : -it.amount), 0);
  return sum;
}

describe('a withdrawal', () => {
  let place, market, buyer, cards;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    buyer = market.buyer;
    cards = {};
    for (const number of [PAID, MISMATCH]) cards[number] = await market.card(buyer, number);
  });
  after(() => place.end());

  const asBuyer = (options, visit) => visitingAs(place, buyer, options, visit);

  for (const [device, lang, js] of [
    ['desktop', 'zh', true], ['pixel', 'en', true], ['pixel', 'zh', false], ['desktop', 'en', false],
  ]) {
    it(`is asked for, checked, and arrives: ${device} ${lang}${js ? '' : ' without scripts'}`, () =>
      asBuyer({ device, lang, js }, async (visitor, page) => {
        const had = await market.before();
        await visitor.open('/wallet');
        await page.locator('main a[href="/wallet/withdraw"]').click();
        await page.locator('#card').selectOption(cards[PAID]);
        await page.locator('#amount').fill('1,234.50');
        await visitor.picture('withdraw', { fullPage: true });
        await page.locator('form[method=get] button.primary').click();
        assert.equal(fen(await page.locator('.big-amount').textContent()), 123_450);
        assert.match(await page.locator('main').textContent(), /2000/, 'the end of the card');
        const after = page.locator('.facts dd', { hasText: '¥' }).first();
        assert.equal(fen(await after.textContent()), had - 123_450, 'what stays');
        assert.match(await page.locator('button.primary').textContent(), /¥1,234\.50/);
        await visitor.picture('withdraw-check', { fullPage: true });
        await agree(page, 'withdraw');
        await page.waitForURL('**/withdrawals/wdr_*');
        const arrived = lang === 'zh' ? '已到账' : 'Arrived';
        if (js) await says(page, arrived);
        else {
          await until('it has arrived', async () => {
            await page.reload();
            return (await stage(page)) === arrived;
          });
        }
        await visitor.picture('withdrawal-arrived', { fullPage: true });
        assert.equal(await page.locator('.steps .done').count(), 3);
        assert.equal(await agrees(place, page, buyer, 123_450), 123_450);
        assert.equal(await market.spent(), 123_450);
        await page.locator('main a[href^="/activity?q=wdr_"]').click();
        assert.equal(fen(await page.locator('.entries .amount').textContent()), -123_450);
      }));
  }

  it('is not more than there is, nor nothing, and says so at the field', () =>
    asBuyer({ lang: 'en' }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      const had = await market.before();
      for (const wrong of [(had / 100 + 0.01).toFixed(2), '0.00', '-1', '12.345', 'all']) {
        await check(visitor, page, 'withdraw', cards[PAID], wrong);
        await page.locator('#fault').waitFor();
        assert.equal(await page.locator('#amount').getAttribute('aria-invalid'), 'true', wrong);
        assert.equal(await page.locator('#amount').inputValue(), wrong, 'what was typed stays');
      }
      assert.equal(await market.spent(), 0);
    }));

  it('is not above the limit, and says what is left today', async () => {
    const person = await market.customer('小限', 100_000);
    const limit = {
      level: 'unverified', flow: 'withdraw', single_max: 20_000, day_max: 30_000, day_count: 2, month_max: 0,
    };
    await place.done('/v1/limits', limit);
    await visitingAs(place, person, { js: false }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await visitor.open('/wallet/withdraw');
      assert.match(await page.locator('dl.facts').textContent(), /¥200\.00.*¥300\.00.*2 次/s);
      await check(visitor, page, 'withdraw', person.card, '200.01');
      assert.match(await page.locator('#fault').textContent(), /现在最多 ¥200\.00/);
      await check(visitor, page, 'withdraw', person.card, '200');
      await agree(page, 'withdraw');
      await page.waitForURL('**/withdrawals/*');
      await visitor.open('/wallet/withdraw');
      assert.match(await page.locator('dl.facts').textContent(), /¥100\.00.*1 次/s);
      await check(visitor, page, 'withdraw', person.card, '100.01');
      assert.match(await page.locator('#fault').textContent(), /现在最多 ¥100\.00/);
    });
    await place.done('/v1/limits', { ...limit, single_max: 0, day_max: 0, day_count: 0 });
  });

  it('needs the payment password, which is locked when it was wrong too often', async () => {
    const person = await market.customer('小忘', 10_000);
    for (const js of [false, true]) {
      await visitingAs(place, person, { js, lang: 'en' }, async (visitor, page) => {
        visitor.expect(/status of 422/);
        await check(visitor, page, 'withdraw', person.card, '50');
        await visitor.picture('withdraw-review', { fullPage: true });
        if (js) {
          await page.locator('.alert .icon + div', { hasText: 'locked' }).first().waitFor();
          assert.equal(await page.locator('#payment_password').count(), 0);
          return;
        }
        const left = async () => Number((await page.locator('#password-hint').textContent())
          .match(/\d+/)?.[0] ?? 1);
        for (let before = await left(); before > 1; before -= 1) {
          await agree(page, 'withdraw', '000000');
          await page.locator('[role=alert]', { hasText: 'No money moved' }).waitFor();
          assert.equal(await left(), before - 1, 'attempts left');
        }
        await agree(page, 'withdraw', '000000');
        await page.locator('.alert', { hasText: 'locked until' }).first().waitFor();
        await visitor.picture('withdraw-locked', { fullPage: true });
      });
    }
    const form = { key: randomUUID(), card: person.card, amount: '50', payment_password: PAYMENT_PASSWORD };
    const { status } = await posted(place, '/wallet/withdraw', form, person.cookie);
    assert.equal(status, 422, 'the right password comes too late');
    assert.deepEqual(await withdrawals(place, person), []);
    assert.equal(await market.balance(person), 10_000);
  });

  it('happens once, however often the button is pressed', () => asBuyer({}, async (visitor, page) => {
    for (const how of ['dblclick', 'all at once']) {
      const [had, made] = [await market.before(), (await withdrawals(place, buyer)).length];
      await check(visitor, page, 'withdraw', cards[PAID], '10');
      await page.locator('#payment_password').fill(PAYMENT_PASSWORD);
      if (how === 'dblclick') {
        await page.locator('form[action="/wallet/withdraw"] button.primary').dblclick({ noWaitAfter: true });
        await page.waitForURL('**/withdrawals/*');
      } else {
        const places = await page.evaluate(async () => {
          const form = document.querySelector('form[action="/wallet/withdraw"]');
          const send = async () => {
            const body = new URLSearchParams(new FormData(form));
            return (await fetch(form.action, { method: 'POST', body })).url;
          };
          return Promise.all([send(), send(), send(), send(), send()]);
        });
        assert.equal(new Set(places).size, 1, `${places}`);
        assert.match(places[0], /withdrawals/);
      }
      assert.equal((await withdrawals(place, buyer)).length, made + 1, how);
      assert.equal(await market.balance(buyer), had - 1_000, how);
    }
  }));

  it('happens once, when its answer was lost and the password was wrong before it was right', async () => {
    const person = await market.customer('小失', 100_000);
    const form = { key: randomUUID(), card: person.card, amount: '50' };
    const sent = (key, payment_password) =>
      posted(place, '/wallet/withdraw', { ...form, key, payment_password }, person.cookie);
    const first = await sent(form.key, PAYMENT_PASSWORD);
    assert.equal(first.status, 303);
    // Nobody has seen that answer: the same form again, mistyped, and again what it was shown as.
    const wrong = await sent(form.key, '000000');
    assert.equal(wrong.status, 422);
    const key = (await wrong.text()).match(/name="key" value="([^"]+)"/)[1];
    const second = await sent(key, PAYMENT_PASSWORD);
    assert.equal(second.headers.get('location'), first.headers.get('location'));
    assert.equal((await withdrawals(place, person)).length, 1);
    assert.equal(await market.balance(person), 95_000);
  });

  it('comes back at once when the name on the card is another', () =>
    asBuyer({ device: 'pixel' }, async (visitor, page) => {
      await market.before();
      await check(visitor, page, 'withdraw', cards[MISMATCH], '66');
      await agree(page, 'withdraw');
      await says(page, '已退回余额');
      await visitor.picture('withdrawal-refused', { fullPage: true });
      assert.equal(await page.locator('.steps .bad').count(), 1);
      assert.match(await page.locator('.where').textContent(), /户名/);
      assert.equal(await agrees(place, page, buyer, 6_600), 0, 'and the books have undone it');
      assert.equal(await market.spent(), 0);
      await page.locator('a.primary[href="/wallet/withdraw"]').waitFor();
    }));

  it('is there for shops too', async () => {
    const order = await market.orderAt('shipped', 8_800);
    await place.done(`/v1/orders/${order}/confirm`);
    const card = await market.card(market.seller, PAID);
    const had = await market.balance(market.seller);
    await visitingAs(place, market.seller, { lang: 'en' }, async (visitor, page) => {
      await visitor.open('/shop');
      await page.locator('main a[href="/wallet/withdraw"]').click();
      await page.locator('[data-fill=amount]').click();
      assert.equal(fen(`¥${await page.locator('#amount').inputValue()}`), had);
      await page.locator('form[method=get] button.primary').click();
      await agree(page, 'withdraw');
      await says(page, 'Arrived');
      assert.equal(await agrees(place, page, market.seller, had), had);
      await visitor.open('/wallet/top-up', 404);
    });
    assert.equal(await market.balance(market.seller), 0);
    assert.equal((await withdrawals(place, market.seller))[0].card, card);
  });

  it('is nothing that others see, and takes no card of others', async () => {
    const stranger = await market.customer('别人', 10_000);
    const { id } = (await withdrawals(place, buyer))[0];
    const top = (await place.looked(`/v1/accounts/${buyer.account}/top_ups`)).data[0].id;
    for (const [path, it] of [[`/withdrawals/${id}`, id], [`/live/withdrawals/${id}`, id],
      [`/top-ups/${top}`, top], [`/live/top-ups/${top}`, top]]) {
      const ask = async (wanted) => {
        const there = path.replace(it, wanted);
        const headers = { cookie: stranger.cookie, accept: 'text/html' };
        const response = await fetch(place.url + there, { headers });
        const text = (await response.text()).replaceAll(there, 'PATH');
        return { status: response.status, body: text.replace(/ data-now="[^"]*"|req_\w+/g, '') };
      };
      assert.equal(await toldApart(path, it, ask), undefined);
    }
    const form = { key: randomUUID(), card: cards[PAID], amount: '50', payment_password: PAYMENT_PASSWORD };
    const { status } = await posted(place, '/wallet/withdraw', form, stranger.cookie);
    assert.equal(status, 422);
    assert.deepEqual(await withdrawals(place, stranger), []);
  });

  for (const [device, lang] of [['desktop', 'en'], ['pixel', 'zh']]) {
    it(`keeps nobody out: ${device} ${lang}`, () =>
      asBuyer({ device, lang, audit: true }, async (visitor, page) => {
        const { id } = (await withdrawals(place, buyer))[0];
        const query = `card=${cards[PAID]}&amount=10`;
        for (const path of ['/wallet', '/wallet/withdraw', '/wallet/top-up', `/withdrawals/${id}`,
          `/wallet/withdraw/review?${query}`, `/wallet/top-up/review?${query}`]) {
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

describe('a bank that takes its time', () => {
  let place, market, buyer;
  before(async () => {
    // It answers what it was silent about after six seconds.
    place = await Place.start({ bankScale: 10 });
    market = await Market.open(place);
    buyer = market.buyer;
  });
  after(() => place.end());

  it('is said not to have answered, when it is asked again, and then what it did', async () => {
    const card = await market.card(buyer, SILENT);
    await market.before();
    await visitingAs(place, buyer, { device: 'pixel' }, async (visitor, page) => {
      await check(visitor, page, 'withdraw', card, '88');
      await agree(page, 'withdraw');
      await says(page, '正在向银行确认');
      await visitor.picture('withdrawal-unknown', { fullPage: true });
      const where = await page.locator('.where').textContent();
      assert.match(where, /银行尚未答复/);
      assert.match(where, /下次向银行查询/);
      assert.equal(await page.locator('.where time').count() >= 1, true, 'with the time');
      assert.equal(await page.locator('.steps .done').count(), 1, 'sent is not arrived');
      assert.equal(await market.spent(), 8_800, 'the money is not in the balance meanwhile');
      const { body } = await fetched(place, new URL(page.url()).pathname, buyer.cookie);
      assert.match(body, /<noscript><meta http-equiv="refresh"/, 'it looks again without scripts');
      // The wallet says so too.
      const other = await visitor.context.newPage();
      await other.goto('/wallet');
      await other.locator(`a.alert[href="/withdrawals/${idIn(page)}"]`).waitFor();
      await other.close();
      await says(page, '已到账');
      assert.equal(await agrees(place, page, buyer, 8_800), 8_800);
    });
    assert.equal(await market.spent(), 8_800);
  });

  it('tops up from a card the same way, once the bank has said so', async () => {
    const card = await market.card(buyer, SILENT);
    const had = await market.before();
    await visitingAs(place, buyer, { lang: 'en' }, async (visitor, page) => {
      await check(visitor, page, 'top-up', card, '100');
      assert.match(await page.locator('button.primary').textContent(), /¥100\.00/);
      await agree(page, 'top-up');
      await says(page, 'Checking with the bank');
      await visitor.picture('top-up-unknown', { fullPage: true });
      assert.equal(await market.balance(buyer), had, 'nothing is there before the bank says so');
      assert.match(await page.locator('.where').textContent(), /Do not/);
      await says(page, 'Arrived');
    });
    await market.hasBalance(buyer, had + 10_000);
  });

  it('says that nothing was taken when it refused, and brings back to the order otherwise', async () => {
    const poor = await market.card(buyer, POOR);
    const had = await market.before();
    const order = await market.order(had + 10_000);
    await visitingAs(place, buyer, { js: true }, async (visitor, page) => {
      await visitor.open(`/pay/${order}`);
      await page.locator('main a[href^="/wallet/top-up?amount=100.00"]').click();
      assert.equal(await page.locator('#amount').inputValue(), '100.00', 'what is missing');
      await page.locator('#card').selectOption(poor);
      await page.locator('form[method=get] button.primary').click();
      await agree(page, 'top-up');
      await says(page, '未成功');
      assert.match(await page.locator('.where').textContent(), /没有扣款/);
      assert.equal(await market.balance(buyer), had);
      await visitor.open(`/pay/${order}`);
      await page.locator('main a[href^="/wallet/top-up?amount=100.00"]').click();
      await page.locator('#card').selectOption(buyer.card);
      await page.locator('form[method=get] button.primary').click();
      await agree(page, 'top-up');
      await says(page, '已到账');
      await page.locator(`.where a.primary[href="/pay/${order}"]`).click();
      await page.locator('input[name=method][value=balance]').check();
    });
    await market.hasBalance(buyer, had + 10_000);
  });

  it('leaves the books in balance', () => place.audit());
});

describe('a bank that sends it back the next day', () => {
  let place, market, buyer;
  before(async () => {
    // A day of the bank's is a few seconds of ours.
    place = await Place.start({ bankScale: 10_000 });
    market = await Market.open(place);
    buyer = market.buyer;
  });
  after(() => place.end());

  it('brings the money back to the balance, and the page says why', async () => {
    const card = await market.card(buyer, RETURNED);
    const had = await market.before();
    await visitingAs(place, buyer, {}, async (visitor, page) => {
      await check(visitor, page, 'withdraw', card, '77');
      await agree(page, 'withdraw');
      await says(page, '已到账');
      assert.equal(await market.balance(buyer), had - 7_700);
      await says(page, '已退回余额');
      await visitor.picture('withdrawal-returned', { fullPage: true });
      assert.match(await page.locator('.where').textContent(), /退了回来/);
      assert.equal(await agrees(place, page, buyer, 7_700), 0, 'both entries are in the books');
      assert.equal(await market.balance(buyer), had);
      await page.locator('main a[href^="/activity?q=wdr_"]').click();
      const amounts = (await page.locator('.entries .amount').allTextContents()).map(fen);
      assert.deepEqual(amounts.sort((one, other) => one - other), [-7_700, 7_700]);
      await visitor.open('/wallet');
      await market.walletAgrees();
    });
  });

  it('leaves the books in balance', () => place.audit());
});
