// What is true of every page that needs no sign-in: in both languages, on both devices, light and
// dark, with and without scripts.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { DEVICES, LANGS, visiting } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { Place } from '../support/place.mjs';

const PAGES = ['/', '/sign-in', '/register', '/no-such-page'];

describe('pages for everybody', () => {
  let place;
  before(async () => (place = await Place.start()));
  after(() => place.end());

  for (const device of Object.keys(DEVICES)) {
    for (const lang of Object.keys(LANGS)) {
      for (const scheme of ['light', 'dark']) {
        it(`keep nobody out: ${device} ${lang} ${scheme}`, () =>
          visiting(place, { device, lang, scheme, audit: true }, async (visitor, page) => {
            for (const path of PAGES) {
              await visitor.open(path, path === '/no-such-page' ? 404 : 200);
              await frame(page, LANGS[lang]);
              await axe(page);
              await noHorizontalScroll(page);
              await visitor.picture(`${path.slice(1) || 'start'}-${scheme}`, { fullPage: true });
            }
          }));
      }
    }
  }

  it('are reached by keyboard alone, and seen in forced colours', () =>
    visiting(place, {}, async (visitor, page) => {
      for (const path of PAGES) {
        await visitor.open(path, path === '/no-such-page' ? 404 : 200);
        await keyboardOnly(page);
        await forcedColors(page);
      }
    }));

  it('change their language and stay', () =>
    visiting(place, { js: false }, async (visitor, page) => {
      await visitor.open('/');
      await page.getByRole('link', { name: 'English' }).click();
      assert.equal(await page.getAttribute('html', 'lang'), 'en');
      await visitor.open('/no-such-page', 404);
      assert.equal(await page.getAttribute('html', 'lang'), 'en', 'the choice is kept');
    }));
});
