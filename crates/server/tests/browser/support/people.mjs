// People who register as anybody would, and their cookies.

import { randomInt, randomUUID } from 'node:crypto';

/** The form's own key on a page that was just shown. */
export function formKey(html) {
  return html.match(/name="key" value="([0-9a-f]+)"/)[1];
}

/** A new merchant or customer: its cookie, its name to sign in with and both passwords. */
export async function register(place, kind, name) {
  const login = `1${randomInt(3_000_000_000, 9_999_999_999)}`;
  const said = { login, password: `Sesame-${randomUUID()}`, payment_password: '748392' };
  const key = formKey(await (await fetch(`${place.url}/register`)).text());
  const body = new URLSearchParams({ key, kind, name, ...said });
  const response = await fetch(`${place.url}/register`, { method: 'POST', body, redirect: 'manual' });
  if (response.status !== 303) throw new Error(`${name} cannot register: ${response.status}`);
  const [cookie] = response.headers.get('set-cookie').split(';');
  return { ...said, name, cookie };
}

/** Signs a visitor in with the cookie that somebody has. */
export async function signIn(visitor, { cookie }) {
  const [name, value] = cookie.split('=');
  await visitor.context.addCookies([{ name, value, url: visitor.place.url }]);
}
