//! What is printed on every paper of a kind, in English and in Chinese.

type Pair = [&'static str; 2];

pub(super) const SLIP: Pair = ["Payment slip", "电子回单"];
pub(super) const STATEMENT: Pair = ["Account statement", "对账单"];
pub(super) const SANDBOX: Pair = [
    "Sandbox: no real money moved. This paper proves nothing.",
    "沙箱环境：没有真实资金往来，本单据不作任何证明。",
];
pub(super) const GENERATED: Pair = ["made", "生成于"];
pub(super) const LACKED: Pair = [
    "〓 stands for a character that the font lacks; it can be searched and copied.",
    "〓 代表字库中没有的字，仍可检索和复制。",
];

pub(super) const AMOUNT: Pair = ["Amount", "金额"];
pub(super) const FROM: Pair = ["From", "付款方"];
pub(super) const TO: Pair = ["To", "收款方"];
pub(super) const NUMBER: Pair = ["Number", "回单编号"];
pub(super) const WHEN: Pair = ["Time", "交易时间"];
pub(super) const SIGNED: Pair = ["Signed by the platform", "平台已签名"];
pub(super) const KEY: Pair = ["Ed25519 key", "Ed25519 公钥"];
pub(super) const SIGNATURE: Pair = ["Signature", "签名"];
pub(super) const CHECK: Pair = ["Check it at", "核验地址"];

pub(super) const ACCOUNT: Pair = ["Account", "账户"];
pub(super) const OWNER: Pair = ["Owner", "户名"];
pub(super) const PERIOD: Pair = ["Period", "起止时间"];
pub(super) const CURRENCY: Pair = ["Currency", "币种"];
pub(super) const OPENING: Pair = ["Opening balance", "期初余额"];
pub(super) const CREDITS: Pair = ["Money in", "收入合计"];
pub(super) const DEBITS: Pair = ["Money out", "支出合计"];
pub(super) const CLOSING: Pair = ["Closing balance", "期末余额"];
pub(super) const WHAT: Pair = ["What", "摘要"];
pub(super) const CREDIT: Pair = ["In", "收入"];
pub(super) const DEBIT: Pair = ["Out", "支出"];
pub(super) const BALANCE: Pair = ["Balance", "余额"];
pub(super) const TOTAL: Pair = ["Total", "合计"];
pub(super) const NOTHING: Pair = ["Nothing happened in this time.", "此期间没有收支。"];
