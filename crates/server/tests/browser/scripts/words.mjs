// What people type is shown as they typed it, and does nothing: scripts, tags, emoji, right to left,
// and words that never end.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { axe, noHorizontalScroll } from '../support/checks.mjs';
import { Market, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';

const SUBJECTS = {
  'a script': `<script>fetch('/sign-out',{method:'POST'})</script>`,
  'a picture that fails': `"><img src=x onerror=alert(1)><a href='javascript:alert(1)'>`,
  'the words of templates': '{{ 7*7 }} {% raw %} ${7*7} %s &amp; &#x3c;',
  emoji: '🧧👨‍👩‍👧‍👦🇨🇳 茶叶 ❤️‍🔥 礼盒',
  'right to left': 'شاي أخضر ١٢٣ \u202Eסוף\u202C',
  'one long word': 'W'.repeat(60),
  'a long sentence': '明前特级西湖龙井茶叶礼盒装中秋送长辈送领导高档绿茶'.repeat(2),
};
const NAMES = { buyer: `<b onclick=alert(1)>小红</b>`, seller: `"><svg/onload=alert(1)>茶铺 'کافه' 🍵` };

describe('words that people typed', () => {
  let place, market;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place, NAMES);
  });
  after(() => place.end());

  /** Nothing of what was typed has become a part of the page. */
  async function inert(page, subjects = []) {
    const found = await page.evaluate(() => [...document.querySelectorAll('*')]
      .filter((it) => it.matches('main script, main img, iframe, object, b[onclick], svg[onload]')
        || [...it.attributes].some(({ name, value }) => /^on/.test(name) || /^\s*javascript:/i.test(value)))
      .map((it) => it.outerHTML.slice(0, 120)));
    assert.deepEqual(found, [], page.url());
    const said = await page.locator('main').textContent();
    const unsaid = subjects.filter((it) => !said.includes(it));
    assert.deepEqual(unsaid, [], page.url());
  }

  it('are shown and do nothing', async () => {
    const orders = [];
    for (const subject of Object.values(SUBJECTS)) {
      const paid = await market.orderAt('paid', 100, { subject });
      orders.push({ subject, paid, open: await market.order(100, { subject }) });
    }
    const sides = [
      [market.buyer, (it) => [`/orders/${it.paid}`, `/pay/${it.open}`, `/orders/${it.paid}/ask-refund`],
        ['/orders', '/wallet']],
      [market.seller, (it) => [`/shop/orders/${it.paid}`], ['/shop/orders', '/shop']],
    ];
    for (const [person, pages, lists] of sides) {
      await visitingAs(place, person, { device: 'pixel', lang: 'en' }, async (visitor, page) => {
        page.on('dialog', (it) => (visitor.troubles.push(`a dialog: ${it.message()}`), it.dismiss()));
        const look = async (path, subjects) => {
          await visitor.open(path);
          await inert(page, subjects);
          await noHorizontalScroll(page);
        };
        for (const it of orders) {
          for (const path of pages(it)) await look(path, [it.subject]);
        }
        await look(lists[0], Object.values(SUBJECTS));
        await look(lists[1], []);
        await visitor.open(lists[0]);
        await visitor.picture('words', { fullPage: true });
      });
    }
  });

  it('stay what they are in forms that are shown again, and in addresses', async () => {
    const order = await market.orderAt('paid', 100);
    const evil = `"><script>alert(1)</script>`;
    await visitingAs(place, market.buyer, {}, async (visitor, page) => {
      visitor.expect(/status of 4/);
      await visitor.open(`/orders/${order}/ask-refund`);
      const [amount, said] = ['#amount', 'textarea[name=statement]'].map((it) => page.locator(it));
      const send = () => page.locator('form.form button:not([type=button])').click();
      await page.locator('select[name=grounds]').selectOption('damaged');
      await amount.fill(evil);
      await said.fill(`${evil} 😀`);
      await send();
      await page.locator('#amount-error').waitFor();
      await inert(page);
      assert.equal(await amount.inputValue(), evil);
      assert.equal(await said.inputValue(), `${evil} 😀`);
      await amount.fill('1.00');
      await send();
      await page.locator('.said', { hasText: `${evil} 😀` }).waitFor();
      await inert(page);
      await visitor.open(`/${encodeURIComponent(evil)}?tab=${encodeURIComponent(evil)}`, 404);
      await inert(page);
      await visitor.open(`/orders?tab=${encodeURIComponent(evil)}`);
      await inert(page);
      await visitor.open(`/sign-in?next=${encodeURIComponent(evil)}`);
      await inert(page);
    });
    await visitingAs(place, market.seller, { lang: 'en', device: 'pixel' }, async (visitor, page) => {
      await visitor.open(`/shop/orders/${order}`);
      await page.locator('.said', { hasText: `${evil} 😀` }).waitFor();
      await inert(page);
    });
  });

  it('leave the pages open to everybody', () =>
    visitingAs(place, market.buyer, { audit: true }, async (visitor, page) => {
      await visitor.open('/orders');
      await axe(page);
    }));

  it('leave the books in balance', () => place.audit());
});
