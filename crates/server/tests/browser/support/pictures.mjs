// Small pictures of pages, for people who have not started the program yet.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The most bytes of a picture. */
const BYTES_MAX = 80 << 10;

/** Photographs what is on the screen as WebP, as well as the size allows. */
export async function photograph(visitor, path) {
  const session = await visitor.context.newCDPSession(visitor.page);
  mkdirSync(dirname(path), { recursive: true });
  for (let quality = 70; quality > 0; quality -= 10) {
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
    const bytes = Buffer.from(data, 'base64');
    if (bytes.length > BYTES_MAX) continue;
    writeFileSync(path, bytes);
    await session.detach();
    return;
  }
  throw new Error(`${path} does not get smaller than ${BYTES_MAX} bytes`);
}
