// What the pages look like: a quarter of their size, beside the pictures in `seen` that were agreed to.
// Letters may be drawn a little differently by another browser; a page whose style is missing, whose
// parts have moved or whose colours are wrong is noticed.
//
//     DANBAO_SEEN=write … run.mjs seen        photographs them anew

import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { castAs, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';
import { KEY_PAGES, PASSING, placed } from '../support/sights.mjs';

const SEEN = new URL('../seen/', import.meta.url);
/** A picture is smaller than the page by this much in each direction. */
const SMALLER = 4;
/** How far a colour may be off, of 255, before its dot counts as another one. */
const SHADE_MAX = 48;
/** The most dots that may differ, of a thousand. */
const DOTS_MAX = 5;

const LOOKS = [
  { device: 'pixel', scheme: 'light' },
  { device: 'desktop', scheme: 'dark' },
];

/** Puts the same words in the place of whatever differs from one run to the next. */
function settle(patterns) {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const [source, flags, word] of patterns) {
      texts.currentNode.data = texts.currentNode.data.replace(new RegExp(source, flags), word);
    }
  }
}

/** Makes a picture smaller; and how many dots of a thousand differ from the agreed one. */
async function compare([now, agreed, smaller, shadeMax]) {
  const decoded = (text) => {
    const bytes = Uint8Array.from(atob(text), (it) => it.charCodeAt(0));
    return createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  };
  const drawn = (image, width, height) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(image, 0, 0, width, height);
    return { canvas, dots: pen.getImageData(0, 0, width, height).data };
  };
  const image = await decoded(now);
  const [width, height] = [image.width, image.height].map((it) => Math.round(it / smaller));
  const { canvas, dots } = drawn(image, width, height);
  const small = canvas.toDataURL('image/png').split(',')[1];
  if (!agreed) return { small };
  const before = await decoded(agreed);
  if (before.width !== width || before.height !== height) return { small, differ: 1000 };
  const old = drawn(before, width, height).dots;
  let differ = 0;
  for (let dot = 0; dot < dots.length; dot += 4) {
    const off = [0, 1, 2].map((it) => Math.abs(dots[dot + it] - old[dot + it]));
    if (Math.max(...off) > shadeMax) differ += 1;
  }
  return { small, differ: Math.round((differ * 4000) / dots.length) };
}

describe('what is seen', () => {
  let place;
  before(async () => {
    place = await Place.demo();
  });
  after(() => place.end());

  /** How much of what is seen differs from the picture in `file`, which is written if it has to be. */
  async function differs(visitor, page, file) {
    await page.evaluate(settle, PASSING.map(([it, word]) => [it.source, it.flags, word]));
    const now = (await page.screenshot({ animations: 'disabled', scale: 'css' })).toString('base64');
    const write = process.env.DANBAO_SEEN === 'write';
    const agreed = write ? null : readFileSync(file).toString('base64');
    const desk = await visitor.context.newPage();
    const { small, differ } = await desk.evaluate(compare, [now, agreed, SMALLER, SHADE_MAX]);
    if (write) {
      mkdirSync(SEEN, { recursive: true });
      writeFileSync(file, Buffer.from(small, 'base64'));
      return 0;
    }
    return differ;
  }

  for (const lang of Object.keys(LANGS)) {
    for (const { device, scheme } of LOOKS) {
      for (const seen of KEY_PAGES) {
        const name = `${seen.name}-${lang}-${device}-${scheme}`;
        it(`is what was agreed: ${name}`, async () => {
          const person = await castAs(place, seen.as);
          const path = await placed(place, seen, person.cookie);
          await visitingAs(place, person, { lang, device, scheme }, async (visitor, page) => {
            await visitor.open(path);
            const differ = await differs(visitor, page, new URL(`${name}.png`, SEEN));
            await visitor.picture(`seen-${name}`);
            assert.ok(differ <= DOTS_MAX, `${differ} of a thousand dots differ`);
          });
        });
      }
    }
  }

  it('notices a page whose colours are gone', async () => {
    const person = await castAs(place, 'buyer');
    await visitingAs(place, person, { lang: 'zh', device: 'pixel' }, async (visitor, page) => {
      await visitor.open('/wallet');
      await page.evaluate(() => document.querySelector('link[rel=stylesheet]').remove());
      if (process.env.DANBAO_SEEN === 'write') return;
      const file = new URL('wallet-zh-pixel-light.png', SEEN);
      assert.ok(await differs(visitor, page, file) > DOTS_MAX * 10);
    });
  });
});
