// The checks themselves: a page that does everything wrong is found out, and a plain one is not.

import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll, weighed } from '../support/checks.mjs';

const head = (lang) => `<!doctype html><html lang="${lang}"><head><meta charset="utf-8">
  <meta name="viewport" content="width=device-width"><title>A page</title>
  <link rel="icon" href="data:,">`;
const PAGES = {
  '/good': `${head('en')}</head><body><main><h1>A page</h1><p>In order.</p>
    <p><a href="/good">Again</a></p><button>Press</button></main></body></html>`,
  '/bad': `${head('')}<link rel="stylesheet" href="/style.css"></head><body><h1>One</h1>
    <h1>Two</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><p class="pale">pale</p>
    <button class="flat">x</button><div class="wide">wide</div></body></html>`,
  '/style.css': `.wide { width: 2000px } .pale { color: #ddd; background: #fff }
    .flat { border: 0; outline: 0 !important } `,
  '/noisy': `${head('en')}<script>console.error('never runs')</script>
    <script src="/noise.js"></script></head><body><main><h1>Noise</h1></main></body></html>`,
  '/noise.js': `console.error('a complaint'); fetch('/gone').catch(() => {});
    setTimeout(() => { throw new Error('thrown') });`,
};

describe('the checks', () => {
  let place, server;
  before(async () => {
    server = createServer((request, response) => {
      const body = PAGES[request.url];
      const kind = { css: 'text/css', js: 'text/javascript' }[request.url.split('.')[1]];
      response.setHeader('content-type', kind ?? 'text/html');
      response.setHeader('content-security-policy', "default-src 'self'; img-src data:");
      if (request.url === '/gone') request.socket.destroy();
      else response.writeHead(body ? 200 : 500).end(body);
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    place = { url: `http://127.0.0.1:${server.address().port}` };
  });
  after(() => server.close(server.closeAllConnections()));

  it('find nothing on a page that is in order', () =>
    visiting(place, { audit: true }, async (visitor, page) => {
      await visitor.open('/good');
      await frame(page, 'en');
      await axe(page);
      await noHorizontalScroll(page);
      assert.equal((await keyboardOnly(page)).length, 2);
      await forcedColors(page);
      const { total } = await weighed(visitor, '/good');
      assert.ok(total > 200 && total < 2_000, `${total} bytes`);
    }));

  it('find each thing that is wrong', () =>
    visiting(place, { audit: true }, async (visitor, page) => {
      await visitor.open('/bad');
      await assert.rejects(frame(page, 'en'), /headings/);
      const found = await axe(page).then(() => '', (it) => it.message);
      for (const rule of ['html-has-lang', 'image-alt', 'color-contrast']) {
        assert.ok(found.includes(rule), `axe says nothing of ${rule}: ${found}`);
      }
      await assert.rejects(noHorizontalScroll(page), /wider than 320/);
      await assert.rejects(keyboardOnly(page), /focus cannot be seen/);
      await assert.rejects(forcedColors(page), /forced colours/);
    }));

  it('hear whatever a page complains about', async () => {
    const visit = visiting(place, {}, async (visitor, page) => {
      await visitor.open('/noisy');
      await page.waitForTimeout(200);
    });
    const { message } = await visit.then(() => assert.fail('nothing was heard'), (it) => it);
    for (const part of [/a complaint/, /thrown/, /Content Security Policy/, /CSP: script-src/, /\/gone/]) {
      assert.match(message, part);
    }
  });
});
