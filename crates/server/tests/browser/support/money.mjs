// Amounts as pages show them, and as the API counts them.

/** `¥1,234.56` in fen. */
export function fen(text) {
  const [, minus, amount] = text.match(/([-−]?)[^\d-]*([\d,]+\.\d\d)/);
  const value = Number(amount.replaceAll(/[,.]/g, ''));
  return minus ? -value : value;
}

/** Fen as a page shows them, in either language. */
export function yuan(minor) {
  const said = new Intl.NumberFormat('zh-CN', { style: 'currency', currency: 'CNY' });
  return said.format(minor / 100);
}
