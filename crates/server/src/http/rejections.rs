//! The codes of the ledger's rejections: a rejection is an answer, and is kept. Asking again under
//! the same name gets it again.

use super::codes::{Code, codes};
use ledger::rejection::Rejection;

codes! { LEDGER:
    REQUEST_ID_TAKEN 422 "request_id_taken"
        "The Idempotency-Key was used for another request" "该 Idempotency-Key 已用于另一个请求"
        "That request stands as it was answered. Use a new key for this one."
        "原请求的结果不变。请为本请求使用新的键。";
    NOT_IN_THIS_CELL 422 "not_in_this_cell"
        "These things live in different cells" "涉及的对象位于不同单元"
        "This operation needs them in one cell." "该操作要求它们位于同一单元。";
    SANDBOX_ONLY 403 "sandbox_only"
        "Only a sandbox may do this" "仅沙箱环境可用"
        "Use a sandbox." "请使用沙箱环境。";
    CELL_EXISTS 409 "cell_exists"
        "The cell was founded before" "单元已存在"
        "Nothing has to be done." "无需任何操作。";
    USER_NOT_FOUND 404 "user_not_found"
        "There is no such user" "用户不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    ACCOUNT_NOT_FOUND 404 "account_not_found"
        "There is no such account" "账户不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    CARD_NOT_FOUND 404 "card_not_found"
        "There is no such card of this user" "该用户没有这张银行卡"
        "Check the identifier and the key." "请检查标识符与密钥。";
    HOLD_NOT_FOUND 404 "hold_not_found"
        "There is no such hold" "预授权不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    ORDER_NOT_FOUND 404 "order_not_found"
        "There is no such order" "订单不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    TOP_UP_NOT_FOUND 404 "top_up_not_found"
        "There is no such top-up" "充值不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    WITHDRAWAL_NOT_FOUND 404 "withdrawal_not_found"
        "There is no such withdrawal" "提现不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    RECEIPT_NOT_FOUND 404 "receipt_not_found"
        "There is no such receipt" "待查款不存在"
        "Check the identifier." "请检查标识符。";
    PROPOSAL_NOT_FOUND 404 "proposal_not_found"
        "There is no such proposal" "该申请不存在"
        "Check the identifier." "请检查标识符。";
    ANNOUNCEMENT_NOT_FOUND 404 "announcement_not_found"
        "There is no such announcement" "公告不存在"
        "Check the identifier." "请检查标识符。";
    KEY_NOT_FOUND 404 "key_not_found"
        "There is no such API key" "API 密钥不存在"
        "Check the identifier." "请检查标识符。";
    ENDPOINT_NOT_FOUND 404 "endpoint_not_found"
        "There is no such webhook endpoint" "通知地址不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    DELIVERY_NOT_FOUND 404 "delivery_not_found"
        "There is no such delivery" "通知记录不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    SESSION_NOT_FOUND 404 "session_not_found"
        "There is no such session" "登录会话不存在"
        "It may have ended. Sign in again." "会话可能已结束，请重新登录。";
    USER_ERASED 410 "user_erased"
        "The person was erased" "该用户已注销并删除个人信息"
        "Nothing can be done for this user any more." "无法再为该用户办理任何业务。";
    NOT_ALLOWED 403 "not_allowed"
        "This key does not allow that" "该密钥无权执行此操作"
        "Use a key with the right role, or let the other side of the order do it."
        "请使用有相应权限的密钥，或由订单的另一方操作。";
    NEEDS_APPROVAL 403 "needs_approval"
        "One person cannot do this alone" "此操作须双人复核"
        "Propose it (POST /v1/proposals), and let somebody with another key approve it."
        "请提交申请(POST /v1/proposals)，由持有另一密钥的人复核。";
    SAME_PERSON 403 "same_person"
        "Whoever proposed it cannot also decide it" "经办人不得复核自己的申请"
        "Somebody else has to approve or refuse it, with another key. To take it back, withdraw it."
        "须由另一人使用另一密钥复核。如需收回，请撤回申请。";
    KEY_REVOKED 403 "key_revoked"
        "The key of whoever proposed or decides was revoked" "经办人或复核人的密钥已吊销"
        "Refuse the proposal and make it again with a key that is in force."
        "请拒绝该申请，并使用有效的密钥重新提交。";
    SIGN_IN_LOCKED 403 "sign_in_locked"
        "Too many sign-ins failed" "登录失败次数过多，已暂时锁定"
        "Wait until the lock ends. Whoever is signed in stays so." "请在锁定结束后重试；已登录的设备不受影响。";
    PAYMENT_LOCKED 403 "payment_locked"
        "The payment password was wrong too often" "支付密码错误次数过多，已暂时锁定"
        "Wait until the lock ends, or set a new payment password." "请在锁定结束后重试，或重设支付密码。";
    OPERATOR_DISABLED 403 "operator_disabled"
        "The operator who proposed or decides has no duty any more" "经办人或复核人已无岗位权限"
        "Refuse the proposal, and let an operator who is on duty make it again."
        "请拒绝该申请，由在岗人员重新提交。";
    KIND_NOT_ALLOWED 422 "kind_not_allowed"
        "This kind does not go with that one" "种类不匹配"
        "`detail` and the documentation say which kinds go together." "请参阅文档了解可搭配的种类。";
    AMOUNT_OUT_OF_RANGE 422 "amount_out_of_range"
        "The amount is too small or too large" "金额超出范围"
        "An amount is 1 to 100000000000000 minor units." "金额为 1 至 100000000000000 个最小货币单位。";
    TIME_OUT_OF_RANGE 422 "time_out_of_range"
        "The time is not ahead, or too far ahead" "时间超出范围"
        "Deadlines are at least a second and at most 366 days ahead." "期限至少一秒，至多 366 天。";
    COUNT_OUT_OF_RANGE 422 "count_out_of_range"
        "There are none of these, or too many" "数量为零或过多"
        "The documentation of the endpoint says how many are allowed." "请参阅接口文档中的数量限制。";
    REASON_MISSING 422 "reason_missing"
        "A proposal needs a reason" "申请须填写理由"
        "Say in `reason` why this should be done." "请在 `reason` 中说明理由。";
    CURRENCY_DIFFERS 422 "currency_differs"
        "The currencies are not the same" "币种不一致"
        "Use the currency of the account." "请使用账户的币种。";
    SAME_ACCOUNT 422 "same_account"
        "Debit and credit are the same account" "借方与贷方是同一账户"
        "Name two accounts." "请指定两个不同的账户。";
    ACCOUNT_KIND_NOT_ALLOWED 422 "account_kind_not_allowed"
        "Accounts of this kind do not do that" "该类账户不支持此操作"
        "Money of this kind of account moves with what it is for and in no other way."
        "该类账户的资金只随其用途流转。";
    LOGIN_TAKEN 409 "login_taken"
        "Somebody else signs in with this name" "该登录名已被使用"
        "Sign in, or choose another name." "请直接登录，或换一个登录名。";
    ORDER_NUMBER_TAKEN 409 "order_number_taken"
        "The seller has used this number for another order" "商户订单号已被使用"
        "Look at that order, or choose another number." "请查看该订单，或换一个订单号。";
    EVENT_NOT_ALLOWED 409 "event_not_allowed"
        "This cannot happen to the order now" "订单当前状态不允许此操作"
        "GET the order: `allowed` lists what can happen." "请查询订单，`allowed` 列出可执行的操作。";
    GROUNDS_NOT_ALLOWED 422 "grounds_not_allowed"
        "These grounds cannot be given here" "此处不能选择该理由"
        "Choose grounds for what is asked and by which side. No money moved."
        "请选择与申请内容和申请方相符的理由。资金未变动。";
    STATEMENT_LIMIT_REACHED 422 "statement_limit_reached"
        "This side has added ten statements already" "该方已补充十条说明"
        "The platform decides with what was said. No money moved."
        "平台将依据已有说明裁决。资金未变动。";
    PAYMENT_UNDER_WAY 409 "payment_under_way"
        "The order is being paid from a card" "订单正在通过银行卡付款"
        "Do not pay again. To pay from the balance on purpose, send `deliberate: true`."
        "请勿重复付款，先查看那笔充值。如确需使用余额付款，请附上 `deliberate: true`。";
    AMOUNT_DIFFERS 422 "amount_differs"
        "The amount is not the price of the order" "金额与订单价格不符"
        "Pay exactly the price." "请按订单价格付款。";
    ACTION_DIFFERS 409 "action_differs"
        "What is approved is not what was proposed" "复核内容与申请不符"
        "GET the proposal, look at it again, and approve it with a new key."
        "请重新查询该申请，核对后使用新的键复核。";
    REFUND_TOO_LARGE 422 "refund_too_large"
        "That is more than is left to refund" "退款金额超过可退金额"
        "GET the order to see what is left." "请查询订单的可退金额。";
    HOLD_ENDED 409 "hold_ended"
        "The hold has ended" "预授权已结束"
        "Place another hold." "请重新发起预授权。";
    CAPTURE_TOO_LARGE 422 "capture_too_large"
        "That is more than the hold keeps back" "金额超过预授权余额"
        "GET the hold to see what remains." "请查询预授权的剩余金额。";
    BANK_EVENT_NOT_ALLOWED 409 "bank_event_not_allowed"
        "What the bank says changes nothing now" "银行的通知不改变当前状态"
        "Nothing has to be done." "无需任何操作。";
    BANK_REFERENCE_TAKEN 409 "bank_reference_taken"
        "The bank calls another movement or amount so" "银行流水号已对应其他资金记录"
        "Look at that movement: its money is accounted for." "请查看该记录，其资金已入账。";
    RECEIPT_NOT_OPEN 409 "receipt_not_open"
        "This cannot be done with the receipt now" "该待查款当前不可执行此操作"
        "GET the receipt: it may be decided already." "请查询该记录，可能已处理。";
    PROPOSAL_DECIDED 409 "proposal_decided"
        "The proposal was decided before" "该申请已有处理结果"
        "GET the proposal to see how. Whoever thinks otherwise makes a new one."
        "请查询该申请的结果。如有异议，请重新提交申请。";
    PROPOSAL_UNDER_WAY 409 "proposal_under_way"
        "Another proposal about the same is open" "同一事项已有待复核的申请"
        "Decide that one first, or withdraw it." "请先处理或撤回该申请。";
    ACCOUNT_FROZEN 409 "account_frozen"
        "The account is frozen" "账户已冻结"
        "The platform has to unfreeze it." "需由平台解冻。";
    ACCOUNT_CLOSED 409 "account_closed"
        "The account is closed" "账户已关闭"
        "Use another account." "请使用其他账户。";
    ACCOUNT_NOT_FROZEN 409 "account_not_frozen"
        "The account is not frozen" "账户未被冻结"
        "There is nothing to appeal against." "无需申诉。";
    APPEAL_UNDER_WAY 409 "appeal_under_way"
        "An appeal for this account is being read" "该账户已有待处理的申诉"
        "Wait for the answer." "请等待答复。";
    APPEAL_NOT_OPEN 409 "appeal_not_open"
        "No appeal for this account waits for an answer" "该账户没有待处理的申诉"
        "Look at the account: somebody may have answered." "请查看该账户，可能已有人答复。";
    ACCOUNT_IN_USE 409 "account_in_use"
        "The account has money, or money on its way" "账户仍有余额或在途资金"
        "Empty it first." "请先清空账户。";
    USER_IN_USE 409 "user_in_use"
        "There is money, or something under way" "仍有余额或未完结的业务"
        "Withdraw the balance, and let orders and bank movements end first."
        "请先提现，并等待订单与银行业务完结。";
    STATE_UNCHANGED 409 "state_unchanged"
        "It is in that state already" "状态未改变"
        "Nothing has to be done." "无需任何操作。";
    INSUFFICIENT_FUNDS 409 "insufficient_funds"
        "The account does not have that much available" "可用余额不足"
        "Top up, or use a smaller amount and a new key." "请充值，或使用较小的金额和新的键。";
    BALANCE_LIMIT_EXCEEDED 409 "balance_limit_exceeded"
        "The account would have more than it may" "账户余额将超过上限"
        "Withdraw first, or ask the platform for a higher limit." "请先提现，或联系平台提高上限。";
    LIMIT_EXCEEDED 409 "limit_exceeded"
        "That is more than people of this level may do" "超过该认证等级的限额"
        "Use a smaller amount, wait until the next day or month, or apply for a higher level."
        "请减少金额，或等到次日、次月，或申请更高的认证等级。";
    TOP_UP_UNDER_WAY 409 "top_up_under_way"
        "The bank has not answered for another top-up like this one" "另一笔相同的充值仍在等待银行答复"
        "Look at that top-up first. To take the money again on purpose, send `deliberate: true`."
        "请先查看那笔充值。如确需再次扣款，请附上 `deliberate: true`。";
    BALANCE_OVERFLOW 409 "balance_overflow"
        "The account's sums cannot grow any further" "账户累计金额已达系统上限"
        "Use another account." "请使用其他账户。";
    MESSAGE_OUT_OF_ORDER 409 "message_out_of_order"
        "The message was taken before, or is too early" "消息重复或乱序"
        "Nothing has to be done." "无需任何操作。";
}

/// The code of a rejection.
pub fn of(rejection: &Rejection) -> &'static Code {
    match rejection {
        Rejection::RequestIdTaken => &REQUEST_ID_TAKEN,
        Rejection::NotInThisCell => &NOT_IN_THIS_CELL,
        Rejection::SandboxOnly => &SANDBOX_ONLY,
        Rejection::CellExists => &CELL_EXISTS,
        Rejection::UserNotFound => &USER_NOT_FOUND,
        Rejection::AccountNotFound => &ACCOUNT_NOT_FOUND,
        Rejection::CardNotFound => &CARD_NOT_FOUND,
        Rejection::HoldNotFound => &HOLD_NOT_FOUND,
        Rejection::OrderNotFound => &ORDER_NOT_FOUND,
        Rejection::TopUpNotFound => &TOP_UP_NOT_FOUND,
        Rejection::WithdrawalNotFound => &WITHDRAWAL_NOT_FOUND,
        Rejection::ReceiptNotFound => &RECEIPT_NOT_FOUND,
        Rejection::ProposalNotFound => &PROPOSAL_NOT_FOUND,
        Rejection::AnnouncementNotFound => &ANNOUNCEMENT_NOT_FOUND,
        Rejection::KeyNotFound => &KEY_NOT_FOUND,
        Rejection::EndpointNotFound => &ENDPOINT_NOT_FOUND,
        Rejection::DeliveryNotFound => &DELIVERY_NOT_FOUND,
        Rejection::SessionNotFound => &SESSION_NOT_FOUND,
        Rejection::UserErased => &USER_ERASED,
        Rejection::NotAllowed => &NOT_ALLOWED,
        Rejection::NeedsApproval => &NEEDS_APPROVAL,
        Rejection::SamePerson => &SAME_PERSON,
        Rejection::KeyRevoked => &KEY_REVOKED,
        Rejection::OperatorDisabled => &OPERATOR_DISABLED,
        Rejection::SignInLocked { .. } => &SIGN_IN_LOCKED,
        Rejection::PaymentLocked { .. } => &PAYMENT_LOCKED,
        Rejection::KindNotAllowed => &KIND_NOT_ALLOWED,
        Rejection::AmountOutOfRange => &AMOUNT_OUT_OF_RANGE,
        Rejection::TimeOutOfRange => &TIME_OUT_OF_RANGE,
        Rejection::CountOutOfRange => &COUNT_OUT_OF_RANGE,
        Rejection::ReasonMissing => &REASON_MISSING,
        Rejection::CurrencyDiffers => &CURRENCY_DIFFERS,
        Rejection::SameAccount => &SAME_ACCOUNT,
        Rejection::AccountKindNotAllowed => &ACCOUNT_KIND_NOT_ALLOWED,
        Rejection::LoginTaken => &LOGIN_TAKEN,
        Rejection::OrderNumberTaken { .. } => &ORDER_NUMBER_TAKEN,
        Rejection::EventNotAllowed { .. } => &EVENT_NOT_ALLOWED,
        Rejection::GroundsNotAllowed => &GROUNDS_NOT_ALLOWED,
        Rejection::StatementLimitReached => &STATEMENT_LIMIT_REACHED,
        Rejection::PaymentUnderWay { .. } => &PAYMENT_UNDER_WAY,
        Rejection::AmountDiffers => &AMOUNT_DIFFERS,
        Rejection::ActionDiffers => &ACTION_DIFFERS,
        Rejection::RefundTooLarge => &REFUND_TOO_LARGE,
        Rejection::HoldEnded => &HOLD_ENDED,
        Rejection::CaptureTooLarge => &CAPTURE_TOO_LARGE,
        Rejection::BankEventNotAllowed { .. } => &BANK_EVENT_NOT_ALLOWED,
        Rejection::BankReferenceTaken => &BANK_REFERENCE_TAKEN,
        Rejection::ReceiptNotOpen => &RECEIPT_NOT_OPEN,
        Rejection::ProposalDecided => &PROPOSAL_DECIDED,
        Rejection::ProposalUnderWay { .. } => &PROPOSAL_UNDER_WAY,
        Rejection::AccountFrozen => &ACCOUNT_FROZEN,
        Rejection::AccountClosed => &ACCOUNT_CLOSED,
        Rejection::AccountNotFrozen => &ACCOUNT_NOT_FROZEN,
        Rejection::AppealUnderWay => &APPEAL_UNDER_WAY,
        Rejection::AppealNotOpen => &APPEAL_NOT_OPEN,
        Rejection::AccountInUse => &ACCOUNT_IN_USE,
        Rejection::UserInUse => &USER_IN_USE,
        Rejection::StateUnchanged => &STATE_UNCHANGED,
        Rejection::InsufficientFunds => &INSUFFICIENT_FUNDS,
        Rejection::BalanceLimitExceeded => &BALANCE_LIMIT_EXCEEDED,
        Rejection::LimitExceeded { .. } => &LIMIT_EXCEEDED,
        Rejection::TopUpUnderWay { .. } => &TOP_UP_UNDER_WAY,
        Rejection::BalanceOverflow => &BALANCE_OVERFLOW,
        Rejection::MessageOutOfOrder => &MESSAGE_OUT_OF_ORDER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// What each rejection becomes in a `match`, read from the source: `Rejection::Name => it`.
    fn arms(source: &'static str) -> BTreeMap<&'static str, String> {
        let arms = source.lines().filter_map(|it| it.trim().strip_prefix("Rejection::"));
        let arms = arms.filter_map(|it| it.split_once(" => "));
        let bare = |it: &str| it.trim_matches(['&', '"', ',']).to_lowercase();
        arms.map(|(name, code)| (name.trim_end_matches(" { .. }"), bare(code))).collect()
    }

    #[test]
    fn a_rejection_has_the_same_code_here_and_in_the_ledger() {
        let here = arms(include_str!("rejections.rs"));
        let ledger = arms(include_str!("../../../ledger/src/rejection.rs"));
        assert_eq!(here, ledger);
        assert_eq!(here.len(), LEDGER.len(), "and no other is in the table");
        for code in here.values() {
            assert!(LEDGER.iter().any(|it| it.name == code), "{code}");
        }
        assert_eq!(of(&Rejection::HoldEnded).name, Rejection::HoldEnded.code());
    }
}
