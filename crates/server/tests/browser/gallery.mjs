// Photographs the pages of a demonstration into the folder that DANBAO_GALLERY names. Called by
// `cargo xtask gallery`.

import { join } from 'node:path';
import { closeBrowser, visiting } from './support/browser.mjs';
import { castAs } from './support/market.mjs';
import { photograph } from './support/pictures.mjs';
import { Place } from './support/place.mjs';
import { KEY_PAGES, placed } from './support/sights.mjs';

/** What is photographed: the name of the picture, who looks, the page, and what is pressed there. */
const PICTURES = [
  { name: 'start', path: '/' },
  { name: 'tour', path: '/tour', press: ['/tour/act/again', '/tour/act/pay'] },
  ...KEY_PAGES.filter(({ name }) => name !== 'sales'),
  { name: 'security', as: 'buyer', path: '/security' },
  { name: 'developers', as: 'seller', path: '/developers' },
  { name: 'console', as: 'finance', path: '/ops' },
];

/** As whom: a phone and a desktop in each language, one of them in the dark. */
const LOOKS = [
  { device: 'pixel', lang: 'zh', scheme: 'light' },
  { device: 'pixel', lang: 'en', scheme: 'light' },
  { device: 'desktop', lang: 'en', scheme: 'light' },
  { device: 'desktop', lang: 'zh', scheme: 'dark' },
];

const folder = process.env.DANBAO_GALLERY;
const place = await Place.demo();
try {
  for (const look of LOOKS) {
    // A phone's own resolution would make its pictures four times as large as they are shown.
    const options = { ...look, context: { deviceScaleFactor: 1 } };
    for (const picture of PICTURES) {
      await visiting(place, options, async (visitor, page) => {
        const { cookie = '' } = picture.as ? await castAs(place, picture.as) : {};
        const [name, value] = cookie.split('=');
        if (name) await visitor.context.addCookies([{ name, value, url: place.url }]);
        await visitor.open(await placed(place, picture, cookie));
        for (const action of picture.press ?? []) {
          const button = page.locator(`form[action="${action}"] button`);
          if (await button.count()) await button.click();
          await page.waitForLoadState('load');
          // The money that flies has landed.
          await page.waitForTimeout(2_000);
        }
        const file = `${picture.name}-${look.device}-${look.lang}-${look.scheme}.webp`;
        await photograph(visitor, join(folder, file));
        console.log(file);
      });
    }
  }
} finally {
  await place.end();
  await closeBrowser();
}
