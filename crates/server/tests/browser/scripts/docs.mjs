// The pages about the interface, which nobody signs in for.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { axe, noHorizontalScroll, weighed } from '../support/checks.mjs';
import { Place } from '../support/place.mjs';

describe('the pages about the interface', () => {
  let place;
  before(async () => (place = await Place.start()));
  after(() => place.end());

  it('list every problem without keeping anybody out', () =>
    visiting(place, { audit: true }, async (visitor, page) => {
      await visitor.open('/docs/problems');
      await page.getByText('insufficient_funds').first().waitFor();
      await axe(page);
      await noHorizontalScroll(page);
      const bytes = await weighed(visitor, '/docs/problems/insufficient_funds');
      assert.ok(bytes.total < 20_000, JSON.stringify(bytes));
    }));

  it('show the interface under a strict policy', () =>
    visiting(place, {}, async (visitor, page) => {
      await visitor.open('/docs');
      await page.locator('.opblock-tag').first().waitFor();
    }));

  it('leave the books in balance', () => place.audit());
});
