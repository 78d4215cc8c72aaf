// A merchant's own server: it takes webhooks, or does not, and checks who sent them.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

export class Receiver {
  /** Starts one. While it is `down` it refuses what it is sent, with `refusal`. */
  static async start() {
    const receiver = new Receiver();
    Object.assign(receiver, { down: false, refusal: 503, refused: 0, taken: [], says: '' });
    receiver.server = createServer((request, response) => {
      const parts = [];
      request.on('data', (it) => parts.push(it));
      request.on('end', () => {
        if (receiver.down) receiver.refused += 1;
        else receiver.taken.push({ headers: request.headers, body: Buffer.concat(parts) });
        response.writeHead(receiver.down ? receiver.refusal : 200).end(receiver.says);
      });
    });
    await new Promise((done) => receiver.server.listen(0, '127.0.0.1', done));
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`;
    return receiver;
  }

  /** The numbers of the events that came, each once, by what a receiver goes by: the id. */
  get ids() {
    return [...new Set(this.taken.map((it) => it.headers['webhook-id']))];
  }

  /** Those of what was taken that were not signed with this secret (Standard Webhooks). */
  forged(secret) {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return this.taken.filter(({ headers, body }) => {
      const said = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const signature = `v1,${createHmac('sha256', key).update(said).digest('base64')}`;
      return !headers['webhook-signature'].split(' ').includes(signature);
    });
  }

  end() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}
