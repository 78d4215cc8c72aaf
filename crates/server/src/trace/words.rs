//! Everything that a trace says in words, in English and in Chinese. Each sentence is whole: only
//! `{amount}`, `{card}`, `{by}` and `{reference}` are put in.

/// A sentence in both languages.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// Its name, for programs.
    pub name: &'static str,
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

macro_rules! words {
    ($($name:ident $en:literal $zh:literal;)*) => {
        $(pub(super) static $name: Words =
            Words { name: stringify!($name), en: $en, zh: $zh };)*
        #[cfg(test)]
        pub(super) static ALL: &[&Words] = &[$(&$name),*];
    };
}

words! {
    // What is certain.
    TOP_UP_INTENDED
        "Taking {amount} from the card ending in {card} is intended; the bank has not been told."
        "已受理从尾号 {card} 的银行卡充值 {amount}，尚未通知银行。";
    TOP_UP_TOLD
        "The bank has been told to take {amount} from the card ending in {card}."
        "已通知银行从尾号 {card} 的银行卡扣款 {amount}。";
    TOP_UP_SILENT
        "The bank has not said whether it took {amount} from the card ending in {card}."
        "银行尚未答复是否已从尾号 {card} 的银行卡扣款 {amount}。";
    TOP_UP_CREDITED
        "The bank took {amount}, and it was credited."
        "银行已扣款 {amount}，并已入账。";
    TOP_UP_REJECTED
        "The bank said no: nothing was taken."
        "银行已拒绝，未扣款。";
    TOP_UP_LATE
        "The bank said no and took {amount} afterwards; it is set aside."
        "银行先拒绝，之后又扣款 {amount}，该笔款项已单独挂账。";
    TOP_UP_UNDONE
        "The bank undid it: the {amount} went back to the card ending in {card}."
        "银行已撤销，{amount} 已退回尾号 {card} 的银行卡。";
    TOP_UP_GONE_BACK
        "The order could not be paid any more, and {amount} went back to the card ending in {card}."
        "订单已无法支付，{amount} 已原路退回尾号 {card} 的银行卡。";
    TOP_UP_GOING_BACK
        "The bank took {amount}, the order could not be paid any more, and it is on its way back."
        "银行已扣款 {amount}，但订单已无法支付，正在原路退回。";
    TOP_UP_PAYING
        "The bank took {amount}, and it is on its way to the order."
        "银行已扣款 {amount}，正在支付订单。";
    TOP_UP_LOOKED_INTO
        "What the bank said does not fit what it was asked; what it took is set aside."
        "银行的答复与指令不符，已扣款项单独挂账，正在调查。";
    WITHDRAWAL_INTENDED
        "{amount} left the balance; the bank has not been told yet."
        "{amount} 已从余额扣除，尚未通知银行。";
    WITHDRAWAL_TOLD
        "The bank has been told to pay {amount} to the card ending in {card}."
        "已通知银行向尾号 {card} 的银行卡付款 {amount}。";
    WITHDRAWAL_SILENT
        "The bank has not said whether it paid {amount} to the card ending in {card}."
        "银行尚未答复是否已向尾号 {card} 的银行卡付款 {amount}。";
    WITHDRAWAL_PAID
        "The bank paid {amount} to the card ending in {card}."
        "银行已向尾号 {card} 的银行卡付款 {amount}。";
    WITHDRAWAL_REJECTED
        "The bank said no: {amount} is in the balance again."
        "银行已拒绝，{amount} 已退回余额。";
    WITHDRAWAL_RETURNED
        "The bank paid {amount} and got it back; it is in the balance again."
        "银行付款后被退回，{amount} 已退回余额。";
    WITHDRAWAL_LOOKED_INTO
        "What the bank said does not fit what it was asked to pay."
        "银行的答复与付款指令不符，正在调查。";
    ORDER_UNPAID
        "The order is not paid; nothing was charged."
        "订单未付款，未扣款。";
    ORDER_BANK_CONFIRMING
        "The buyer has paid from a card, and the bank has not confirmed it yet."
        "买家已用银行卡付款，银行尚未确认。";
    ORDER_HELD
        "The platform holds {amount} for this order."
        "平台保管该订单的 {amount}。";
    ORDER_REFUND_ASKED
        "The buyer asks for money back; the platform holds {amount} meanwhile."
        "买家申请退款，期间由平台保管 {amount}。";
    ORDER_DISPUTED
        "Buyer and seller disagree; the platform holds {amount} until it has decided."
        "双方有争议，平台裁决前由平台保管 {amount}。";
    ORDER_COMPLETED
        "The order is completed, and its money is with the seller."
        "交易成功，款项已打给卖家。";
    ORDER_REFUNDED
        "The order is refunded, and its money is with the buyer."
        "订单已退款，款项已退给买家。";
    ORDER_CLOSED
        "The order is closed; nothing was charged for it."
        "订单已关闭，未扣款。";
    HOLD_OPEN
        "{amount} is kept back and still belongs to its owner."
        "{amount} 已冻结，仍归账户所有人。";
    HOLD_CAPTURED
        "What was kept back was taken by whom it was kept for."
        "冻结的款项已扣给收款方。";
    HOLD_FREE
        "Nothing is kept back any more."
        "冻结已解除。";
    RECEIPT_OPEN
        "The bank moved {amount} that nothing accounts for; it is set aside."
        "银行划转了一笔无法对应的 {amount}，已单独挂账。";
    RECEIPT_LOSS
        "The bank paid out {amount} after it had said no; the platform bears it meanwhile."
        "银行拒绝之后又付出 {amount}，暂由平台承担。";
    RECEIPT_ENDED
        "It was found out whose the {amount} is."
        "已查明 {amount} 的归属。";
    RECEIPT_GOING_BACK
        "{amount} is on its way back to the card."
        "{amount} 正在退回银行卡。";
    BETWEEN_CELLS
        "{amount} left the payer and is on its way to the payee."
        "{amount} 已从付款方转出，正在转往收款方。";
    ARRIVED
        "{amount} has arrived."
        "{amount} 已到账。";
    CAME_BACK
        "{amount} was not taken and is with the payer again."
        "收款方未接收，{amount} 已退回付款方。";

    // What happens then.
    THEN_TOLD
        "The bank is told, and answers."
        "将通知银行，等待答复。";
    THEN_ASKED
        "If the bank took it, it arrives by itself; if not, nothing was taken. The bank is asked \
         again by {by}."
        "如银行已扣款，将自动入账；如未扣款，则不会扣款。最迟 {by} 再次向银行查询。";
    THEN_PAYOUT_ASKED
        "If the bank paid it, it stays paid; if not, it comes back to the balance by itself. The \
         bank is asked again by {by}."
        "如银行已付款，则付款有效；如未付款，将自动退回余额。最迟 {by} 再次向银行查询。";
    THEN_STATEMENT
        "The bank's statement decides by {by}."
        "最迟 {by} 以银行对账单为准。";
    THEN_NOTHING
        "Nothing more."
        "无后续。";
    THEN_PERSON
        "Somebody of the platform finds out whose it is, and another person agrees; by {by}."
        "平台运营人员调查归属并经另一人复核，最迟 {by}。";
    THEN_COMPENSATED
        "Somebody of the platform finds out what happened, and another person agrees. What is not \
         found out by {by} is credited."
        "平台运营人员调查并经另一人复核；{by} 前仍未查明的，将直接入账。";
    THEN_ARRIVES
        "It arrives within moments, or comes back."
        "即将到账，否则自动退回。";
    THEN_CLOSES
        "Unpaid by {by}, the order closes."
        "{by} 前未付款，订单自动关闭。";
    THEN_BANK_DECIDES
        "When the bank confirms, the order is paid in the same moment; when it refuses, nothing is \
         charged. Decided by {by}."
        "银行确认后订单即时变为已付款；银行拒绝则不扣款。最迟 {by} 有结果。";
    THEN_MAY_CANCEL
        "Not shipped by {by}, the buyer may cancel and gets everything back."
        "{by} 前未发货，买家可取消并全额退款。";
    THEN_RELEASED
        "Not confirmed by {by}, the money is released to the seller."
        "{by} 前未确认收货，款项自动打给卖家。";
    THEN_REFUND_GRANTED
        "Not answered by {by}, the refund is granted."
        "{by} 前卖家未处理，自动同意退款。";
    THEN_DECIDED
        "The platform decides."
        "等待平台裁决。";
    THEN_EXPIRES
        "Not taken by {by}, it is free again."
        "{by} 前未扣款，自动解冻。";
    THEN_TAKEN_OR_FREED
        "It is taken or freed by whom it is kept for."
        "由收款方扣款或解冻。";

    // What to do.
    WAIT
        "There is nothing to do. You may close this page: it goes on by itself."
        "您无需操作，可以关闭页面，处理会自动继续。";
    QUOTE
        "If you ask your bank, quote {reference}."
        "如需咨询银行，请提供凭证号 {reference}。";
    OTHER_CARD
        "Use another card, or ask your bank why; quote {reference}."
        "请换一张银行卡，或向银行查询原因，凭证号 {reference}。";
    DONE
        "There is nothing to do."
        "无需操作。";
    PAY
        "Pay the order if you still want it."
        "如仍需要，请付款。";
    SHIP
        "The seller ships the goods."
        "请卖家发货。";
    CONFIRM
        "Confirm when the goods are there and as they should be; ask for a refund if not."
        "收到货且无误后请确认收货，否则请申请退款。";
    ANSWER
        "The seller answers the wish for a refund."
        "请卖家处理退款申请。";

    // What not to do.
    NOT_AGAIN
        "Do not pay again: it may be taken twice."
        "请勿重复付款，以免重复扣款。";
    NOT_SHIP
        "Do not ship before the order says that it is paid."
        "订单显示已付款之前请勿发货。";
}

/// What is put into sentences.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Such as `88.00 CNY`.
    pub amount: String,
    /// The last four digits of a card.
    pub card: String,
    /// A moment.
    pub by: String,
    /// What the bank knows it by.
    pub reference: String,
}

impl Words {
    /// The sentence in both languages, with what is put in.
    pub(super) fn fill(&self, facts: &Facts) -> [String; 2] {
        [self.en, self.zh].map(|text| {
            text.replace("{amount}", &facts.amount)
                .replace("{card}", &facts.card)
                .replace("{by}", &facts.by)
                .replace("{reference}", &facts.reference)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|it| it.split('}').next().unwrap()).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let known = BTreeSet::from(["amount", "card", "by", "reference"]);
        let mut seen = BTreeSet::new();
        for it in ALL {
            assert_eq!(placeholders(it.en), placeholders(it.zh), "{}", it.name);
            assert!(placeholders(it.en).is_subset(&known), "{}", it.name);
            assert!(it.en.ends_with('.') && it.zh.ends_with('。'), "{}", it.name);
            assert!(
                !it.zh.contains([',', ';', '!', '?']),
                "{}: Chinese has its own signs",
                it.name
            );
            assert!(seen.insert(it.en) && seen.insert(it.zh), "{} is there twice", it.name);
        }
    }
}
