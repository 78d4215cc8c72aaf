// Merchants on the API: for every operation with an id, somebody else's is nobody's.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { Place } from '../support/place.mjs';
import { sameTime, toldApart } from '../support/tenants.mjs';

/** A merchant with one of everything, by the beginning of its id. */
async function merchant(place, name) {
  const made = {};
  const make = async (path, body, options) => {
    const thing = await place.done(path, body, options);
    made[(thing.id ?? '').split('_')[0]] = thing.id;
    return thing;
  };
  const user = await make('/v1/users', { kind: 'merchant', name });
  const { key } = await make('/v1/keys', { role: 'merchant', user: user.id });
  const buyer = await place.done('/v1/users', { kind: 'customer', name: '买家' });
  const wallet = await place.done('/v1/accounts', { owner: buyer.id });
  const own = await place.done('/v1/cards', { user: buyer.id, number: '6200000000000005' });
  await topUp(place, wallet.id, own.id);
  const account = await make('/v1/accounts', { owner: user.id });
  const card = await make('/v1/cards', { user: user.id, number: '6200000000000005' });
  made.top = await topUp(place, account.id, card.id);
  await make('/v1/withdrawals', { account: account.id, card: card.id, amount: 100 });
  await make('/v1/transfers', { debit: account.id, credit: wallet.id, amount: 100 });
  const hold = { account: account.id, amount: 100, expires_in_seconds: 86_400 };
  await make('/v1/holds', hold);
  const order = await make('/v1/orders', {
    seller: account.id, buyer: wallet.id, number: `number-${name}`, amount: 8_800,
  });
  await place.done(`/v1/orders/${order.id}/pay`, { amount: 8_800 });
  await make('/v1/webhook_endpoints', { url: 'https://example.com/hook' }, { key });
  made.evt = (await place.looked('/v1/events', { key })).data[0].id;
  return { key, made };
}

async function topUp(place, account, card) {
  const { id } = await place.done('/v1/top_ups', { account, card, amount: 20_000 });
  await place.looked(`/v1/top_ups/${id}`, { prefer: 'wait=20' });
  return id;
}

describe('merchants on the API', () => {
  let place, mine, theirs, operations;
  before(async () => {
    place = await Place.start();
    [mine, theirs] = [await merchant(place, 'a'), await merchant(place, 'b')];
    const { paths } = await place.looked('/v1/openapi.json');
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).filter(() => path.includes('{id}')).map(([method, said]) => ({
        path, method: method.toUpperCase(),
        kind: said.parameters.find((it) => it.name === 'id').schema.pattern?.match(/^\^(\w+?)_/)[1],
        body: said.requestBody?.content['application/json'].example,
      })));
  });
  after(() => place.end());

  const asking = ({ method, path, body }) => (id) =>
    place.api(method, path.replace('{id}', id), body, { key: mine.key });

  it('are told of what is not theirs what they are told of what is not there', async () => {
    const known = operations.filter((it) => !it.kind || theirs.made[it.kind]);
    assert.ok(known.length > 35, `only ${known.length} operations were asked`);
    const found = [];
    for (const operation of known) {
      const ids = operation.kind ? [theirs.made[operation.kind]] : Object.values(theirs.made);
      for (const id of ids) {
        const what = `${operation.method} ${operation.path} ${id}`;
        found.push(await toldApart(what, id, asking(operation)));
      }
    }
    assert.deepEqual(found.filter(Boolean), []);
  });

  it('do not learn by the time either', async () => {
    const looks = operations.filter((it) => it.method === 'GET' && theirs.made[it.kind]);
    for (const look of looks) {
      await sameTime(look.path, theirs.made[look.kind], asking(look));
    }
  });

  it('see what is theirs', async () => {
    for (const kind of ['acc', 'ord', 'usr', 'evt', 'whe']) {
      const look = operations.find((it) => it.method === 'GET' && it.kind === kind);
      assert.equal((await asking(look)(mine.made[kind])).status, 200, kind);
    }
  });

  it('leave the books in balance', () => place.audit());
});
