// What somebody who does not see the pages is told of them: headings, names, states and words, in the
// order in which they come. The texts in `heard` are read when they change, as pictures are looked at.
//
//     DANBAO_HEARD=write … run.mjs heard      writes them anew

import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { castAs, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';
import { KEY_PAGES, lasting, placed } from '../support/sights.mjs';

const HEARD = new URL('../heard/', import.meta.url);

describe('what is heard', () => {
  let place;
  before(async () => {
    place = await Place.demo();
  });
  after(() => place.end());

  for (const lang of Object.keys(LANGS)) {
    for (const heard of KEY_PAGES) {
      it(`is what was agreed: ${heard.name} ${lang}`, async () => {
        const person = await castAs(place, heard.as);
        const path = await placed(place, heard, person.cookie);
        await visitingAs(place, person, { lang }, async (visitor, page) => {
          await visitor.open(path);
          const text = `${lasting(await page.locator('main').ariaSnapshot())}\n`;
          const file = new URL(`${heard.name}-${lang}.yml`, HEARD);
          if (process.env.DANBAO_HEARD === 'write') {
            mkdirSync(HEARD, { recursive: true });
            writeFileSync(file, text);
          }
          assert.equal(text, readFileSync(file, 'utf8'));
        });
      });
    }
  }
});
