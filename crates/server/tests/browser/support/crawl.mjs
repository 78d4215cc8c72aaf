// Walks through everything that somebody can reach by links, without a browser.

import { fetched } from './market.mjs';

/** An id in an address. */
export const ID = /\b[a-z]{2,5}_[0-9a-z]{10,}\b/g;

/** Pages that are not ours to look at, and files. */
const ELSEWHERE = /^\/(docs|v1|assets|live)(\/|$)|\.(pdf|csv|svg|json|xml|txt|md|zip)(\?|$)/;

/** What an address looks like without what it is about: one of each is looked at. */
export function pattern(path) {
  const [plain, query = ''] = path.split('?');
  const names = query.split('&').filter((it) => /^(tab|view|kind)=/.test(it));
  const days = plain.replace(/\/\d{4}-\d\d-\d\d/, '/DAY').replace(/\/rows\/\d+/, '/rows/ROW');
  return [days.replace(ID, 'ID'), ...names].join('?');
}

function plainText(it) {
  return it.replaceAll('&#38;', '&').replaceAll('&amp;', '&').replaceAll('&#39;', "'");
}

/** The addresses of ours that a page leads to, by links and by forms that ask for something. */
function links(body) {
  const found = [/<a\b[^>]*\shref="(\/[^"#]*)/g, /<form\b[^>]*method="get" action="(\/[^"#]*)/g]
    .flatMap((it) => [...body.matchAll(it)]).map((it) => plainText(it[1]));
  return found.filter((it) => !ELSEWHERE.test(it) && !/[?&]lang=/.test(it));
}

/** The forms of a page that change something: where they go, and what they would say. */
function forms(body) {
  return [...body.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)]
    .filter(([, head]) => /method="post"/.test(head))
    .map(([, head, inside]) => {
      const fields = {};
      for (const [, tag] of inside.matchAll(/<(?:input|button|textarea|select)\b([^>]*)/g)) {
        const name = tag.match(/\sname="([^"]*)"/)?.[1];
        if (name) fields[name] ??= plainText(tag.match(/\svalue="([^"]*)"/)?.[1] ?? '');
      }
      return { action: plainText(head.match(/action="([^"]*)"/)?.[1] ?? ''), fields };
    });
}

/** Every page of `seeds`, and one of each kind that they lead to, with the forms that are on it. */
export async function crawl(place, cookie, seeds) {
  const [waiting, seen, pages] = [[...seeds], new Set(), []];
  for (let at = 0; at < waiting.length; at += 1) {
    const path = waiting[at];
    if (at >= seeds.length && seen.has(pattern(path))) continue;
    seen.add(pattern(path));
    const { status, body, kind } = await fetched(place, path, cookie);
    if (status === 303 || !kind.includes('text/html')) continue;
    pages.push({ path, status, body, forms: forms(body) });
    waiting.push(...links(body));
  }
  return pages;
}
