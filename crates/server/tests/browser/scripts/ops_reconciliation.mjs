// Reconciliation on the console: the demonstration's drift is found in the grid and traced down to
// the row; what a file would tell the books waits for a second person; a wrong file changes nothing.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { complaint, decided, enter, newest, seated, send, sound } from '../support/desk.mjs';
import { fen } from '../support/money.mjs';
import { Place, until } from '../support/place.mjs';

const DAY = 86_400;
const HEAD = 'reference,bank_reference,amount,currency,time,balance';
const COLUMNS =
  'reference=reference,bank_reference=bank_reference,amount=amount,currency=currency,time=time,balance=balance';

/** What the bank did on a day, as a file of what really happened. */
async function statement(place, day, opening) {
  const { data } = await (await fetch(`${place.bankUrl}/ledger/movements?limit=1000`)).json();
  const [from, to] = [0, 1].map((it) => Date.parse(`${day}T00:00:00+08:00`) + it * DAY * 1000);
  let balance = opening;
  const rows = data.filter((it) => it.at >= from && it.at < to).map((it) => {
    const signed = it.side === 'credit' ? it.amount : -it.amount;
    balance += signed;
    const yuan = (units) => (units / 100).toFixed(2);
    const time = new Date(it.at).toISOString();
    return [it.reference, it.bank_reference, yuan(signed), it.currency, time, yuan(balance)].join(',');
  });
  return [HEAD, ...rows, ''].join('\r\n');
}

async function upload(page, path, text, { format = 'csv', columns = COLUMNS } = {}) {
  const form = page.locator(`form[action="${path}/file"]`);
  await form.locator('[name=format]').selectOption(format);
  await form.locator('[name=columns]').fill(columns);
  await form.locator('[name=reason]').fill('银行邮件补发');
  const file = { name: 'statement.csv', mimeType: 'text/csv', buffer: Buffer.from(text) };
  await form.locator('[name=file]').setInputFiles(file);
  await form.locator('button').click();
  await page.waitForLoadState('load');
}

describe('reconciliation on the console', () => {
  let place, drift;
  before(async () => {
    place = await Place.demo();
  });
  after(() => place.end());

  const report = (day) => place.looked(`/v1/banks/bank/reports/${day}`);
  const at = (day) => `/ops/reconciliation/bank/${day}`;
  /** The business day of the platform's clock. */
  const today = async () => {
    const { time } = await place.looked('/v1/clock').catch(() => ({}));
    const now = time ? Date.parse(time) : await bankNow();
    return new Date(now + 8 * 3_600_000).toISOString().slice(0, 10);
  };
  const bankNow = async () => (await (await fetch(`${place.bankUrl}/control`)).json()).now;
  const nextDay = async () => {
    await place.control('POST', '/control/clock', { advance_seconds: DAY });
    await place.advance(DAY);
  };

  for (const js of [true, false]) {
    it(`finds the drift of the demonstration, and traces it to the row${js ? '' : ' without scripts'}`, () =>
      seated(place, 'finance', '/ops', async (visitor, page) => {
        await page.locator('nav.side a[href="/ops/reconciliation"]').click();
        const bad = page.locator('table.drift td.bad');
        await bad.waitFor();
        assert.equal(await bad.count(), 1, 'one day differs');
        assert.ok((await page.locator('table.drift td.ok').count()) >= 2, 'the others do not');
        assert.match(await bad.textContent(), /1 笔差异/, 'in words, not in colour alone');
        assert.match(await page.locator('p.books.bad').textContent(), /1 日有差异/);
        await bad.locator('a').click();
        await page.waitForURL(/\/ops\/reconciliation\/bank\/\d{4}-\d\d-\d\d$/);
        drift = page.url().split('/').at(-1);
        const said = await report(drift);
        assert.equal(said.cases, 1);
        const [difference] = said.listed;
        const row = page.locator('section[aria-labelledby=differences] tbody tr');
        assert.equal(await row.count(), 1);
        const sums = (await row.locator('td.num').allTextContents()).map((it) => fen(it.replace('+', '')));
        assert.deepEqual(sums, [difference.ours.amount, difference.banks.amount]);
        assert.equal(said.reserves[0].drift, difference.banks.amount - difference.ours.amount);
        const shown = await page.locator('section[aria-labelledby=account] .chip.bad').textContent();
        assert.equal(fen(shown.replace('+', '')), said.reserves[0].drift);
        await row.locator('th a').click();
        await page.waitForURL(/\/rows\/0$/);
        await page.locator('main', { hasText: '金额不符' }).waitFor();
        await page.locator('main', { hasText: difference.banks.bank_reference }).waitFor();
        await page.locator(`a[href="/trace/${difference.reference}"]`).first().click();
        await page.waitForURL(/\/trace\/top_/);
        const moved = await place.looked(`/v1/top_ups/${difference.reference}`);
        assert.equal(moved.amount, difference.ours.amount, 'the page, the API and the books');
        await visitor.open(`${at(drift)}/rows/7`, 404);
      }, { js }));
  }

  it('assigns a difference to one of finance, and says to whom and since when', async () => {
    const row = () => `${at(drift)}/rows/0`;
    const form = () => `${row()}/assign`;
    await seated(place, 'sre', row(), async (visitor, page) => {
      await page.locator('section[aria-labelledby=assigned]', { hasText: '无人跟进' }).waitFor();
      assert.equal(await page.locator(`form[action="${form()}"]`).count(), 0, 'not their duty');
      const forged = await visitor.context.request.post(form(), { form: { key: 'forged', to: '' } });
      assert.equal(forged.status(), 422);
    });
    let stale;
    await seated(place, 'finance', row(), async (visitor, page) => {
      visitor.expect(/status of 422/);
      stale = await page.locator(`form[action="${form()}"] [name=digest]`).inputValue();
      await send(page, form());
      await page.locator('section[aria-labelledby=assigned] b', { hasText: '财务' }).waitFor();
      const form2 = { key: 'another-key', digest: 'x', to: '' };
      assert.equal((await visitor.context.request.post(form(), { form: form2 })).status(), 422, 'another report');
      await visitor.open(`${at(drift)}?view=mine`);
      const mine = page.locator('section[aria-labelledby=differences] tbody tr');
      assert.equal(await mine.count(), 1);
      assert.match(await mine.locator('td').last().textContent(), /财务.* 起/s);
      await visitor.open('/ops/reconciliation');
      await page.locator('section[aria-labelledby=mine] a').click();
      await page.waitForURL(new RegExp(`${row()}$`));
      const options = page.locator(`form[action="${form()}"] option`);
      const other = options.filter({ hasNotText: '无人跟进' }).first();
      await send(page, form(), { to: await other.getAttribute('value'), reason: '已联系银行，等其更正' });
      await page.locator('section[aria-labelledby=assigned]', { hasText: '已联系银行，等其更正' }).waitFor();
      await visitor.open('/ops/reconciliation');
      assert.equal(await page.locator('section[aria-labelledby=mine]').count(), 0, 'it is somebody else’s');
      await visitor.open('/ops/audit');
      await page.locator('main', { hasText: '已联系银行，等其更正' }).waitFor();
    }, { js: false });
    await seated(place, 'checker', `${at(drift)}?view=mine`, async (_, page) => {
      assert.equal(await page.locator('section[aria-labelledby=differences] tbody tr').count(), 1);
    });
    assert.equal((await report(drift)).digest, stale, 'the report is what it was');
  });

  it('hands the report out to be kept', () =>
    seated(place, 'auditor', at(drift), async (visitor) => {
      const json = await visitor.context.request.get(`${at(drift)}/report.json`);
      const { digest } = await report(drift);
      assert.equal((await json.json()).digest, digest);
      const csv = await visitor.context.request.get(`${at(drift)}/differences.csv`);
      assert.match(csv.headers()['content-disposition'], new RegExp(`bank-${drift}\\.csv`));
      assert.match(await csv.text(), /^kind,age,resolution,reference[^]*\namount,/);
    }));

  it('refuses a wrong file, says in which line, and changes nothing', () =>
    seated(place, 'finance', at(drift), async (visitor, page) => {
      visitor.expect(/status of 422/);
      const before = await report(drift);
      const lines = (await statement(place, drift, 0)).split('\r\n');
      const broken = lines.with(2, lines[2].replace(',CNY,', 'x,CNY,')).join('\r\n');
      await upload(page, at(drift), broken);
      assert.match(await complaint(page), /第 3 行/);
      await page.goto(`${at(drift)}?lang=en`);
      await upload(page, at(drift), '<Document>', { format: 'camt' });
      assert.match(await complaint(page), /Line 1 .*nothing was changed/);
      await page.goto(`${at(drift)}?lang=zh`);
      await upload(page, at(drift), lines.join('\n'), { columns: 'amount=a' });
      assert.match(await complaint(page), /CSV 列对应有误/);
      const other = new Date(Date.parse(drift) + DAY * 1000).toISOString().slice(0, 10);
      await upload(page, at(drift), await statement(place, other, 0));
      assert.match(await complaint(page), new RegExp(`这是 ${other} 的对账单`));
      assert.deepEqual(await report(drift), before);
    }));

  it('is matched when the bank corrects its statement', () =>
    seated(place, 'finance', at(drift), async (_, page) => {
      const { opening } = (await report(drift)).reserves[0];
      await upload(page, at(drift), await statement(place, drift, opening));
      await page.locator('.chip.ok', { hasText: '已对平' }).first().waitFor();
      await page.locator('main', { hasText: '没有更新账本' }).waitFor();
      const now = await report(drift);
      assert.ok(now.nothing_unexplained && now.reserves[0].drift === 0 && now.taken_over_by === null);
      await page.goto('/ops/reconciliation');
      assert.equal(await page.locator('table.drift td.bad').count(), 0);
      await page.locator('p.books.ok').waitFor();
      await place.audit();
    }));

  it('takes two people to let a file tell the books something', async () => {
    const { card } = (await place.looked(`/v1/accounts/${place.shown.buyer}/top_ups`)).data[0];
    await place.control('POST', '/control/outage', { kind: 'unavailable', seconds: 3 * DAY });
    const day = await today();
    const top = await place.done('/v1/top_ups', { account: place.shown.buyer, card, amount: 7_700 });
    await until('the bank is silent', async () =>
      (await place.looked(`/v1/top_ups/${top.id}`)).stage === 'unknown');
    const { balance } = await place.looked(`/v1/accounts/${place.shown.buyer}`);
    const now = new Date(await bankNow()).toISOString();
    await nextDay();
    const file = [HEAD, `${top.id},bank-by-hand-1,77.00,CNY,${now},77.00`, ''].join('\n');
    await seated(place, 'finance', '/ops/reconciliation', async (visitor, page) => {
      visitor.expect(/status of 422/);
      const cell = page.locator(`td.warn a[href="${at(day)}"]`);
      assert.match(await cell.textContent(), /缺对账单/);
      await cell.click();
      await send(page, `${at(day)}/ask`);
      assert.match(await complaint(page), /银行没有答复/);
      await upload(page, at(day), file);
      await page.locator('main', { hasText: '会让账本更新 1 笔' }).waitFor();
      assert.equal(await page.locator(`form[action="${at(day)}/file"]`).count(), 0, 'one at a time');
      await page.locator('a', { hasText: '查看并复核' }).click();
      await page.waitForURL(/\/ops\/approvals\/prp_/);
      assert.equal(await page.locator('form[action$="/approve"]').count(), 0, 'not by themselves');
    });
    assert.equal((await place.looked(`/v1/top_ups/${top.id}`)).stage, 'unknown', 'nothing yet');
    await seated(place, 'sre', at(day), async (_, page) => {
      assert.equal(await page.locator(`form[action="${at(day)}/file"]`).count(), 0, 'not their duty');
    });
    const proposal = await newest(place);
    assert.equal(proposal.action.action, 'take_statement');
    const { id } = await decided(place, 'finance', 'checker', proposal);
    await seated(place, 'auditor', at(day), async (_, page) => {
      await page.locator('.chip.ok', { hasText: '已对平' }).first().waitFor();
      await page.locator('main', { hasText: '银行邮件补发' }).waitFor();
      await page.goto('/ops/audit');
      const kept = page.locator('main', { hasText: '上传对账单生效' });
      await kept.locator(`a[href="${at(day)}"]`).first().waitFor();
    });
    const said = await report(day);
    assert.notEqual(said.uploaded_by, said.taken_over_by);
    assert.equal(said.digest, (await place.looked(`/v1/proposals/${id}`)).action.digest);
    assert.equal((await place.looked(`/v1/top_ups/${top.id}`)).stage, 'credited');
    assert.equal((await place.looked(`/v1/accounts/${place.shown.buyer}`)).balance - balance, 7_700);
    await place.control('DELETE', '/control/outage');
    await place.audit();
  });

  it('proposes what a person has to decide, and another decides it', async () => {
    const day = await today();
    await place.control('PUT', '/control/faults', { statement_extra: 10_000 });
    const { card } = (await place.looked(`/v1/accounts/${place.shown.buyer}/top_ups`)).data[0];
    const top = await place.done('/v1/top_ups', { account: place.shown.buyer, card, amount: 3_300 });
    await until('it is credited', async () =>
      (await place.looked(`/v1/top_ups/${top.id}`)).stage === 'credited');
    await nextDay();
    await seated(place, 'finance', at(day), async (_, page) => {
      await send(page, `${at(day)}/ask`);
      const link = page.locator('section[aria-labelledby=differences] th a', { hasText: '来源不明' });
      await link.first().click();
      await page.waitForURL(/\/rows\/\d+$/);
      const action = `${new URL(page.url()).pathname}/record`;
      await send(page, action, { reason: '银行确认已收款' });
      await page.waitForURL(/\/ops\/approvals\/prp_/);
    });
    const proposal = await newest(place);
    const { banks } = (await report(day)).listed.find((it) => it.kind === 'unidentified');
    assert.equal(proposal.action.bank_reference, banks.bank_reference);
    assert.equal(proposal.action.amount, banks.amount);
    const done = await decided(place, 'finance', 'checker', proposal);
    assert.equal(done.stage, 'approved');
    const { data } = await place.looked('/v1/receipts?stage=open');
    assert.ok(data.some((it) => it.amount === banks.amount), 'it waits in suspense');
    await place.control('PUT', '/control/faults', { statement_extra: 0 });
    await place.audit();
  });

  it('is there for operators alone', () =>
    visiting(place, {}, async (visitor) => {
      await enter(visitor, 'seller', '/shop');
      await visitor.open('/ops/reconciliation', 404);
      await visitor.open(at(drift), 404);
      await visitor.open(`${at(drift)}/report.json`, 404);
    }));

  it('keeps nobody out', async () => {
    const bad = (await place.looked('/v1/banks/bank/reports')).data[0].day;
    const today = new Date(Date.parse(bad) + DAY * 1000).toISOString().slice(0, 10);
    await sound(place, 'finance', ['/ops/reconciliation', at(bad), `${at(bad)}/rows/0`, at(today)]);
  });
});
