//! What happened, in words: one sentence for each kind of event, in English and in Chinese.

use ledger::event::EventKind;

/// The sentence of a kind, in both languages.
pub(crate) fn words(kind: EventKind) -> [&'static str; 2] {
    let found = WORDS.iter().find(|it| it.0 == kind);
    found.map_or([""; 2], |(_, en, zh)| [en, zh])
}

static WORDS: [(EventKind, &str, &str); 71] = [
    (EventKind::UserAdded, "A user was added.", "新增用户。"),
    (EventKind::AccountOpened, "An account was opened.", "开立账户。"),
    (EventKind::AccountFrozen, "The account was frozen.", "账户已冻结。"),
    (EventKind::AccountUnfrozen, "The account was unfrozen.", "账户已解冻。"),
    (EventKind::AccountClosed, "The account was closed.", "账户已注销。"),
    (EventKind::AccountAppealed, "Its owner appealed against the freeze.", "账户所有人提出申诉。"),
    (EventKind::AccountAppealRefused, "The appeal was refused.", "申诉被驳回。"),
    (EventKind::TransferDone, "The transfer was made.", "转账完成。"),
    (EventKind::HoldPlaced, "The amount was kept back.", "已冻结款项。"),
    (EventKind::HoldCaptured, "What was kept back was taken.", "冻结款项已扣款。"),
    (EventKind::HoldReleased, "What was kept back was freed.", "冻结款项已解冻。"),
    (
        EventKind::HoldExpired,
        "The time for taking it ran out, and it was freed.",
        "冻结到期，已自动解冻。",
    ),
    (EventKind::OrderCreated, "The order was created.", "创建订单。"),
    (
        EventKind::OrderPaid,
        "The order was paid; the platform holds the money.",
        "订单已付款，款项由平台保管。",
    ),
    (EventKind::OrderShipped, "The seller shipped the goods.", "卖家已发货。"),
    (
        EventKind::OrderShipmentCorrected,
        "The seller corrected the shipment.",
        "卖家修改了物流信息。",
    ),
    (
        EventKind::OrderCompleted,
        "The order was completed, and the money released to the seller.",
        "交易成功，款项已打给卖家。",
    ),
    (EventKind::OrderCancelled, "The order was cancelled.", "订单已取消。"),
    (EventKind::OrderClosed, "The order was closed; nothing was charged.", "订单已关闭，未扣款。"),
    (EventKind::OrderExtended, "There is more time to confirm.", "确认收货时间已延长。"),
    (EventKind::OrderRefundAsked, "The buyer asked for money back.", "买家申请退款。"),
    (
        EventKind::OrderRefundWithdrawn,
        "The buyer took the wish for a refund back.",
        "买家撤销退款申请。",
    ),
    (EventKind::OrderRefundRefused, "The seller refused the refund.", "卖家拒绝退款。"),
    (EventKind::OrderRefunded, "Money went back to the buyer.", "已退款给买家。"),
    (EventKind::OrderDisputed, "The platform was asked to decide.", "已申请平台介入。"),
    (EventKind::OrderStatementAdded, "A side added a statement.", "一方补充了说明。"),
    (EventKind::OrderAwarded, "The platform decided.", "平台已裁决。"),
    (EventKind::TopUpCreated, "The top-up was asked for.", "提交充值。"),
    (EventKind::TopUpSent, "The bank was told.", "已通知银行。"),
    (EventKind::TopUpUnknown, "The bank did not answer.", "银行未答复。"),
    (EventKind::WithdrawalUnknown, "The bank did not answer.", "银行未答复。"),
    (
        EventKind::TopUpCredited,
        "The bank took the money, and it was credited.",
        "银行已扣款并入账。",
    ),
    (EventKind::TopUpRejected, "The bank said no.", "银行已拒绝。"),
    (EventKind::TopUpReturned, "The money went back to the card.", "款项已退回银行卡。"),
    (EventKind::TopUpInvestigating, "It is under investigation.", "正在调查。"),
    (EventKind::WithdrawalInvestigating, "It is under investigation.", "正在调查。"),
    (EventKind::WithdrawalCreated, "The withdrawal was asked for.", "提交提现。"),
    (EventKind::WithdrawalSent, "The bank was told to pay.", "已通知银行付款。"),
    (EventKind::WithdrawalPaid, "The bank paid it out.", "银行已付款。"),
    (
        EventKind::WithdrawalRejected,
        "The bank said no; the money is in the balance again.",
        "银行已拒绝，款项退回余额。",
    ),
    (
        EventKind::WithdrawalReturned,
        "The payment came back; the money is in the balance again.",
        "付款被退回，款项退回余额。",
    ),
    (EventKind::RemittanceSent, "The money left for another cell.", "款项转往另一单元。"),
    (EventKind::RemittanceSettled, "The money arrived there.", "款项已到达。"),
    (
        EventKind::RemittanceReturned,
        "The money was not taken there and came back.",
        "款项未被接收，已退回。",
    ),
    (
        EventKind::TopUpPaying,
        "The bank took the money, and it is on its way to the order.",
        "银行已扣款，正在支付订单。",
    ),
    (
        EventKind::TopUpReturning,
        "The order cannot be paid any more; the money goes back.",
        "订单已无法支付，正在原路退回。",
    ),
    (
        EventKind::ReceiptOpened,
        "The bank moved money that nothing accounts for.",
        "银行划转了一笔无法对应的款项。",
    ),
    (EventKind::ReceiptCredited, "It was given to an account.", "已入账。"),
    (EventKind::ReceiptReturning, "It goes back to a card.", "正在退回银行卡。"),
    (EventKind::ReceiptReturned, "It went back to a card.", "已退回银行卡。"),
    (EventKind::ReceiptMatched, "It was found out what it was for.", "已查明用途。"),
    (EventKind::ReceiptWrittenOff, "The platform keeps it, or bears it.", "由平台承担或收入。"),
    (EventKind::ProposalMade, "Somebody proposed what to do.", "已提交处理方案。"),
    (EventKind::ProposalApproved, "Somebody else agreed, and it was done.", "已复核通过并执行。"),
    (EventKind::ProposalRefused, "Somebody else did not agree.", "复核未通过。"),
    (EventKind::ProposalWithdrawn, "The proposal was taken back.", "已撤回处理方案。"),
    (
        EventKind::ProposalFailed,
        "It was agreed to and could not be done.",
        "已复核通过但未能执行。",
    ),
    (EventKind::PersonAdded, "A person was added.", "新增人员。"),
    (
        EventKind::PersonChanged,
        "Somebody changed their profile or credentials.",
        "资料或凭证已变更。",
    ),
    (
        EventKind::PersonLocked,
        "Too many attempts failed: it is locked for a while.",
        "多次尝试失败，已暂时锁定。",
    ),
    (EventKind::PersonLevelChanged, "The platform decided about a level.", "认证等级已审核。"),
    (EventKind::PersonErased, "The person was erased.", "个人信息已删除。"),
    (EventKind::SessionOpened, "Somebody signed in.", "已登录。"),
    (EventKind::SessionRefused, "A sign-in failed.", "登录失败。"),
    (EventKind::SessionClosed, "A session was ended.", "登录会话已结束。"),
    (EventKind::CardRemoved, "A card was removed.", "银行卡已解绑。"),
    (EventKind::OperatorDutyChanged, "An operator's duty was changed.", "运营人员的职责已变更。"),
    (EventKind::ProposalDone, "One person did it, as one person may.", "已由一人执行，无需复核。"),
    (EventKind::AnnouncementMade, "The platform announced something.", "平台已发布公告。"),
    (EventKind::AnnouncementEnded, "What was announced is over.", "公告事项已结束。"),
    (
        EventKind::DeliveryDiscarded,
        "A delivery that failed was discarded.",
        "投递失败的通知已停止处理。",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_words() {
        for kind in EventKind::ALL {
            let [en, zh] = words(kind);
            assert!(en.ends_with('.') && zh.ends_with('。'), "{}", kind.code());
        }
    }
}
