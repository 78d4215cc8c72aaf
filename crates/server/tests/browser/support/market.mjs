// A shop and its buyers on a place: real people, who registered as anybody would.

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { visiting } from './browser.mjs';
import { fen, yuan } from './money.mjs';
import { until } from './place.mjs';

export const PASSWORD = 'danbao-2009';
export const PAYMENT_PASSWORD = '135246';
export const PLAIN_CARD = '6200000000000005';

/** Posts a form as a browser would, and gives the answer with the cookie that came with it. */
export async function posted(place, path, fields, cookie = '') {
  const body = new URLSearchParams(fields);
  const headers = { cookie, accept: 'text/html', 'accept-language': 'zh-CN' };
  return fetch(place.url + path, { method: 'POST', body, headers, redirect: 'manual' });
}

/** The page as text, for whoever has this cookie. */
export async function fetched(place, path, cookie = '') {
  const headers = { cookie, accept: 'text/html', 'accept-language': 'zh-CN' };
  const response = await fetch(place.url + path, { headers, redirect: 'manual' });
  const kind = response.headers.get('content-type') ?? '';
  return { status: response.status, kind, body: await response.text() };
}

/** Somebody of a demonstration: the cookie, and who it is. */
export async function castAs(place, role) {
  const response = await posted(place, '/sign-in/as', { role });
  const cookie = response.headers.getSetCookie().find((it) => it.startsWith('danbao_session='));
  return { role, cookie: cookie.split(';')[0] };
}

/** The accounts that were opened since this was asked last. */
async function opened(place) {
  const found = [];
  for (;;) {
    const cursor = place.seen ? `&cursor=${place.seen}` : '';
    const page = await place.looked(`/v1/events?limit=100${cursor}`);
    found.push(...page.data.filter((it) => it.subject_object === 'account'));
    place.seen = page.next_cursor;
    if (!page.has_more) return [...new Set(found.map((it) => it.subject))];
  }
}

let turn = 0;

/** Somebody who has just registered: the account, the user, the cookie, and what they know. */
export async function newcomer(place, kind, name) {
  await opened(place);
  turn += 1;
  const login = String(13_900_000_000 + turn);
  const response = await posted(place, '/register', {
    key: randomUUID(), kind, name, login, password: PASSWORD, payment_password: PAYMENT_PASSWORD,
  });
  assert.equal(response.status, 303, `registered: ${await response.text()}`);
  const cookie = response.headers.getSetCookie().find((it) => it.startsWith('danbao_session='));
  const [account] = await opened(place);
  const { owner } = await place.looked(`/v1/accounts/${account}`);
  return { name, login, account, user: owner, cookie: cookie.split(';')[0] };
}

/** Whoever this is comes with their cookie. `visit` gets the visitor and the page. */
export function visitingAs(place, person, options, visit) {
  return visiting(place, options, async (visitor, page) => {
    const [name, value] = person.cookie.split('=');
    await visitor.context.addCookies([{ name, value, url: place.url }]);
    await visit(visitor, page);
  });
}

export class Market {
  /** A shop and a buyer with ¥10,000.00. */
  static async open(place, names = {}) {
    const market = Object.assign(new Market(), { place, orders: 0 });
    market.seller = await newcomer(place, 'merchant', names.seller ?? '小明茶铺');
    market.buyer = await market.customer(names.buyer ?? '小红', 1_000_000);
    return market;
  }

  /** A buyer with so many fen. */
  async customer(name, amount) {
    const person = await newcomer(this.place, 'customer', name);
    if (amount) {
      person.card = await this.card(person);
      const { id } = await this.place.done('/v1/top_ups', {
        account: person.account, card: person.card, amount,
      });
      await until('the top-up is credited', async () => {
        const { stage } = await this.place.looked(`/v1/top_ups/${id}`);
        return stage === 'credited';
      });
    }
    return person;
  }

  /** Gives what later gives the person whose account was opened in between. */
  async watchAccounts() {
    await opened(this.place);
    return async () => {
      const [account] = await opened(this.place);
      const { owner } = await this.place.looked(`/v1/accounts/${account}`);
      return { account, user: owner };
    };
  }

  /** It comes to this balance. */
  async hasBalance(person, amount) {
    await until(`a balance of ${yuan(amount)}`, async () => await this.balance(person) === amount);
  }

  /** A card of somebody's. */
  async card(person, number = PLAIN_CARD) {
    return (await this.place.done('/v1/cards', { user: person.user, number })).id;
  }

  /** An order for `buyer`, who has not paid it. */
  async order(amount = 8_800, { subject = '西湖龙井 250 克', buyer = this.buyer, ...terms } = {}) {
    this.orders += 1;
    const { id } = await this.place.done('/v1/orders', {
      seller: this.seller.account, buyer: buyer.account, number: `B${this.orders}`, amount, subject, ...terms,
    });
    return id;
  }

  /** An order that went this far. */
  async orderAt(stage, amount = 8_800, options = {}) {
    const order = await this.order(amount, options);
    const act = (it, body) => this.place.done(`/v1/orders/${order}/${it}`, body);
    if (stage === 'created') return order;
    await act('pay', { amount });
    if (stage === 'paid') return order;
    await act('ship');
    assert.equal(stage, 'shipped');
    return order;
  }

  looked(order) {
    return this.place.looked(`/v1/orders/${order}`);
  }

  async balance(person) {
    return (await this.place.looked(`/v1/accounts/${person.account}`)).balance;
  }

  /** What a buyer has, so that afterwards `spent` says what an order cost. */
  async before(person = this.buyer) {
    this.had = await this.balance(person);
    return this.had;
  }

  async spent(person = this.buyer) {
    return this.had - await this.balance(person);
  }

  /** The order is at `stage`, and holds so many fen. */
  async stands(order, stage, held) {
    const it = await until(`${order} is ${stage}`, async () => {
      const found = await this.looked(order);
      return found.stage === stage && found;
    });
    if (held !== undefined) assert.equal(it.in_escrow, held, 'what the platform holds');
    return it;
  }

  /** The payments of a buyer from cards, by the order that they are for. */
  async charges(order, person = this.buyer) {
    const { data } = await this.place.looked(`/v1/accounts/${person.account}/top_ups?limit=100`);
    return data.filter((it) => it.order === order);
  }

  /** The wallet's page says what the API says: its parts add up, to the fen. */
  async walletAgrees(person = this.buyer) {
    await visitingAs(this.place, person, { js: false }, async (visitor, page) => {
      await visitor.open('/wallet');
      const total = fen(await page.locator('#total + .big-amount').textContent());
      const parts = (await page.locator('.parts dd').allTextContents()).map(fen);
      assert.equal(parts.reduce((sum, it) => sum + it, 0), total, 'the parts add up');
      const { balance } = await this.place.looked(`/v1/accounts/${person.account}`);
      assert.equal(parts[0] + parts[1], balance, `the page and the API: ${yuan(balance)}`);
    });
  }
}
