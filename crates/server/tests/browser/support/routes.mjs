// The addresses that the program has for pages, read from where they are said: its own source.

import { readdirSync, readFileSync } from 'node:fs';

const SOURCE = new URL('../../../src/web/', import.meta.url);

/** What stands in the parentheses that open at `from`. */
function inside(text, from) {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return text.slice(from, at);
  }
  return '';
}

/** Every address that can be looked at, such as `/orders/{id}`. */
export function routes() {
  const files = readdirSync(SOURCE, { recursive: true }).filter((it) => it.endsWith('.rs'));
  const texts = files.map((it) => readFileSync(new URL(it, SOURCE), 'utf8'));
  const found = texts.flatMap((text) => [...text.matchAll(/\.route\(/g)]
    .map((it) => inside(text, it.index + it[0].length - 1))
    .filter((it) => /\bget\(/.test(it))
    .map((it) => it.match(/"([^"]+)"/)[1]));
  return [...new Set(found)].sort();
}

/** The address that answers a path; one without a placeholder before one with it. */
export function routeOf(path, all) {
  const [plain] = path.split('?');
  const fits = (it) => new RegExp(`^${it.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(plain);
  const holes = (it) => it.split('{').length;
  return all.filter(fits).sort((one, other) => holes(one) - holes(other)).at(0);
}
