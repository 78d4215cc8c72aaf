// A place where a server and a simulated bank run, and what is asked of them without a browser.

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const call = promisify(execFile);

/** The program under test; whoever runs these scripts says where it is. */
export const DANBAO = process.env.DANBAO_BIN;

/** Every process that was started, so that none outlives the run. */
const children = new Set();
process.on('exit', () => children.forEach((it) => it.kill('SIGKILL')));

function start(words) {
  const child = spawn(DANBAO, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.said = '';
  child.stderr.on('data', (text) => (child.said = (child.said + text).slice(-4000)));
  child.printed = '';
  child.stdout.on('data', (text) => (child.printed = (child.printed + text).slice(-64_000)));
  children.add(child);
  child.gone = new Promise((done) => child.once('exit', () => (children.delete(child), done())));
  return child;
}

/** A port that nobody has at present. */
export function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Waits until `holds` gives something, and gives that. */
export async function until(what, holds, patience = 20_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it does not come to this: ${what}`);
    await sleep(25);
  }
}

/** An answer of the API: its status, its headers, its body. */
async function answer(response) {
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

export class Place {
  /**
   * Starts a bank and a server. `bankScale` is how much faster than ours the bank's time passes:
   * it is asked after two seconds instead of a minute what it was silent about.
   */
  static async start({ cells = 1, bankScale = 30, words = [] } = {}) {
    const place = new Place();
    place.home = mkdtempSync(join(tmpdir(), 'danbao-pages-'));
    place.data = join(place.home, 'data');
    const init = ['init', '--json', '--cells', String(cells), '--data', place.data];
    place.key = JSON.parse((await call(DANBAO, init)).stdout).api_key;
    [place.port, place.bankPort] = [await freePort(), await freePort()];
    Object.assign(place, { bankScale, words });
    await place.startBank();
    await place.serve();
    return place;
  }

  /** Starts a demonstration: everybody is there, and an order in every stage. */
  static async demo() {
    const place = new Place();
    place.home = mkdtempSync(join(tmpdir(), 'danbao-demo-'));
    place.server = start(['demo', '--json', '--data', place.home]);
    const shown = await until('the demonstration starts', () => {
      if (place.server.exitCode !== null) throw new Error(`no demonstration: ${place.server.said}`);
      return place.server.printed.endsWith('\n') && JSON.parse(place.server.printed);
    }, 60_000);
    place.key = shown.api_key;
    [place.port, place.bankPort] = [shown.server, shown.bank].map((it) => new URL(it).port);
    return Object.assign(place, { shown });
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get bankUrl() {
    return `http://127.0.0.1:${this.bankPort}`;
  }

  async startBank() {
    const notify = `${this.url}/v1/banks/bank/notices`;
    const data = join(this.home, 'bank');
    const listen = `127.0.0.1:${this.bankPort}`;
    const scale = ['--time-scale', String(this.bankScale)];
    this.bank = start(['bank-sim', '--listen', listen, '--notify', notify, '--data', data, ...scale]);
    await until('the bank starts', () => existsSync(join(data, 'bank.secret')));
  }

  async serve() {
    const secret = `bank=${join(this.home, 'bank', 'bank.secret')}`;
    this.server = start([
      'serve', '--listen', `127.0.0.1:${this.port}`, '--data', this.data,
      '--bank', `bank=${this.bankUrl}`, '--bank-secret', secret,
      '--bank-time-scale', String(this.bankScale), ...this.words,
    ]);
    const ready = () => fetch(`${this.url}/readyz`).then((it) => it.ok, () => false);
    await until(`the server starts: ${this.server.said}`, () => {
      if (this.server.exitCode !== null) throw new Error(`no server: ${this.server.said}`);
      return ready();
    });
  }

  /** `kill -9`, and not a word before. */
  async kill() {
    this.server.kill('SIGKILL');
    await this.server.gone;
  }

  async killBank() {
    this.bank.kill('SIGKILL');
    await this.bank.gone;
  }

  async end() {
    // A demonstration has its bank inside, and takes its platform with it.
    if (this.bank) await Promise.all([this.kill(), this.killBank()]);
    else {
      this.server.kill('SIGTERM');
      await this.server.gone;
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Asks the API. `name` is the idempotency key; a fresh one unless said. */
  async api(method, path, body, { key = this.key, name = randomUUID(), prefer } = {}) {
    const headers = { authorization: `Bearer ${key}` };
    if (method !== 'GET') headers['idempotency-key'] = name;
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (prefer) headers.prefer = prefer;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return answer(await fetch(this.url + path, { method, headers, body: text }));
  }

  /** What the API shows. */
  async looked(path, options) {
    const { status, body } = await this.api('GET', path, undefined, options);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Has the API do something, which must succeed. */
  async done(path, body = {}, options) {
    const { status, body: said } = await this.api('POST', path, body, options);
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(said)}`);
    return said;
  }

  /** Asks the bank to go wrong. */
  async control(method, path, body) {
    const headers = { 'content-type': 'application/json' };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await fetch(this.bankUrl + path, { method, headers, body: text });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  /** Moves the sandbox's clock forward. */
  async advance(seconds) {
    await this.done('/v1/clock/advance', { seconds });
  }

  /** Runs a command of the program against this server. */
  async run(...words) {
    const env = { ...process.env, DANBAO_KEY: this.key };
    const { stdout } = await call(DANBAO, [...words, '--json', '--server', this.url], { env });
    return JSON.parse(stdout);
  }

  /**
   * The end of every scenario: debits equal credits in every currency, and whoever replays the
   * journal into fresh books gets the same and finds nothing that must not be.
   */
  async audit() {
    const { cells } = await this.looked('/v1/status');
    const sums = {};
    for (const { currency, debits, credits } of cells.flatMap((it) => it.totals)) {
      sums[currency] = (sums[currency] ?? 0) + debits - credits;
    }
    const unbalanced = Object.entries(sums).filter(([, sum]) => sum !== 0);
    if (unbalanced.length) throw new Error(`the books do not balance: ${unbalanced}`);
    const { sound } = await this.run('verify');
    if (!sound) throw new Error('danbao verify found faults');
  }
}
