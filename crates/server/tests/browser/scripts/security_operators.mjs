// Security: operators, from the temporary password to the day on which they are disabled.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { Place } from '../support/place.mjs';
import { entered, fill, isIn } from '../support/settings.mjs';

const ENTER = 'form[action="/sign-in"] button';
const CHANGE = 'form[action="/security/password"] button';

describe('security: operators', () => {
  let place;
  before(async () => (place = await Place.start()));
  after(async () => {
    await place.audit();
    await place.end();
  });

  for (const way of [{ device: 'desktop', lang: 'zh', js: true }, { device: 'pixel', lang: 'en', js: false }]) {
    it(`choose a password at once, and are out when they are disabled: ${way.device} ${way.lang}`, () =>
      visiting(place, way, async (visitor, page) => {
        visitor.expect(/status of 422/);
        const login = `finance-${way.lang}`;
        const made = await place.run('operators', 'add', '--login', login, '--name', '小赵', '--duty', 'finance');
        await visitor.open('/sign-in?next=/ops');
        await fill(page, { login, password: made.password }, ENTER);
        await page.waitForURL(`${place.url}/security/password`);
        await page.locator('.alert.warn').waitFor();
        await visitor.open('/ops');
        assert.equal(new URL(page.url()).pathname, '/security/password', 'nowhere before that');
        await visitor.picture('security-password-once', { fullPage: true });
        await fill(page, { password: made.password, new: 'sesame-2026', again: 'sesame-2026' }, CHANGE);
        await page.locator('.alert.ok').waitFor();
        assert.equal(await page.locator('.alert.warn').count(), 0);
        // The session lasts as long as an operator's does, not minutes.
        const [cookie] = (await visitor.context.cookies()).filter((it) => it.name === 'danbao_session');
        assert.ok(cookie.expires - Date.now() / 1000 > 11 * 3600);
        await visitor.open('/ops');
        const mine = `danbao_session=${cookie.value}`;
        assert.equal(await entered(place, login, made.password), undefined, 'good for once');
        const { data } = await place.looked('/v1/operators');
        assert.equal(data.find((it) => it.id === made.id).duty, 'finance');
        await place.run('operators', 'disable', made.id);
        assert.ok(!await isIn(place, mine));
        assert.equal(await entered(place, login, 'sesame-2026'), undefined);
      }));
  }
});
