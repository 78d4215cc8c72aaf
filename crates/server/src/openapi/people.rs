//! Operations on what people do by hand, and on what they announce, one row each.

use super::operation::{Answer, Asked, CREDIT, Kind, ORDER, Operation, SUM};
use crate::http::codes;

pub(super) const OPERATIONS: [Operation; 9] = [
    Operation {
        method: "post",
        path: "/v1/proposals",
        tag: "proposals",
        id: "propose",
        title: ["Propose what is to be done by hand", "提交人工处理申请"],
        says: "`resolve_receipt` (receipt; resolution `credit` with account, `return` with \
               account and card, `match` with top_up, or `write_off`), `settle_top_up` (top_up) or \
               `settle_withdrawal` (withdrawal), both with event `confirm`, `reject` or `return` \
               and what the bank said of it, `record_receipt` (bank, bank_reference, amount), \
               `award_order` (order, to_buyer), `refund_order` (order, amount), \
               `set_balance_limit` (kind, limit) and `set_limit` (level, flow and limits, as in \
               /v1/limits) need somebody else: nothing happens before another person approves it. \
               `set_account_state` (account, change), `announce` (as in /v1/announcements), \
               `end_announcement` (announcement), `redeliver` (endpoint, from, to), \
               `discard_delivery` (delivery, that failed), `assign_difference` (bank; day, as \
               20261123; row: our reference, else the bank's; to: an operator of finance, or \
               missing), `refuse_appeal` (account; its owner reads the reason), \
               `advance_clock` (seconds), `set_level` (user, level) and `close_sessions` (user) \
               are done at once. `take_statement` is proposed on the console, where the file of a \
               statement is uploaded.",
        body: Some((
            "NewProposal",
            r#"{"action":"record_receipt","bank":"icbc","bank_reference":"b1","amount":1000,
                "reason":"line 7 of the statement of 11 March"}"#,
        )),
        answer: Answer::Json(201, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::VALUE_UNKNOWN,
            &codes::TEXT_INVALID,
            &codes::KEY_NOT_FOUND,
            &codes::KEY_REVOKED,
            &codes::OPERATOR_DISABLED,
            &codes::USER_NOT_FOUND,
            &codes::USER_ERASED,
            &codes::RECEIPT_NOT_FOUND,
            &codes::TOP_UP_NOT_FOUND,
            &codes::WITHDRAWAL_NOT_FOUND,
            &codes::RECEIPT_NOT_OPEN,
            &codes::BANK_EVENT_NOT_ALLOWED,
            &codes::BANK_REFERENCE_TAKEN,
            &codes::REASON_MISSING,
            &codes::PROPOSAL_UNDER_WAY,
            &codes::ACCOUNT_NOT_FOUND,
            &codes::ACCOUNT_IN_USE,
            &codes::STATE_UNCHANGED,
            &codes::APPEAL_NOT_OPEN,
            &codes::REFUND_TOO_LARGE,
            &codes::ANNOUNCEMENT_NOT_FOUND,
            &codes::ENDPOINT_NOT_FOUND,
            &codes::COUNT_OUT_OF_RANGE,
            &codes::SANDBOX_ONLY,
            &codes::TIME_OUT_OF_RANGE,
        ],
        groups: &[SUM, ORDER, CREDIT],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/proposals",
        tag: "proposals",
        id: "list_proposals",
        title: ["What waits for another person, or did", "人工处理申请列表"],
        says: "The newest first.",
        query: &[
            Asked::new("stage", Kind::Word("ProposalStage"), "Open if it is missing."),
            Asked::new("cell", Kind::Number(0, 255), "Of this cell; 0 if it is missing."),
            Asked::LIMIT,
            Asked::CURSOR,
        ],
        answer: Answer::Json(200, "ProposalList"),
        codes: &[&codes::NOT_ALLOWED, &codes::CURSOR_INVALID, &codes::PROPOSAL_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/proposals/{id}",
        tag: "proposals",
        id: "get_proposal",
        title: ["Show a proposal: who, when and why", "查询人工处理申请"],
        answer: Answer::Json(200, "Proposal"),
        codes: &[&codes::NOT_ALLOWED, &codes::ID_INVALID, &codes::PROPOSAL_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/proposals/{id}/approve",
        tag: "proposals",
        id: "approve_proposal",
        title: ["Approve what somebody else proposed", "复核通过"],
        says: "What was proposed happens in the same step. If it cannot be done any more, the \
               stage is `failed`, `failure` says why, and no money moved.",
        body: Some(("Explanation", r#"{"reason":"checked against the statement"}"#)),
        answer: Answer::Json(200, "ProposalDecision"),
        codes: &[
            &codes::ID_INVALID,
            &codes::TEXT_INVALID,
            &codes::KEY_NOT_FOUND,
            &codes::KEY_REVOKED,
            &codes::PROPOSAL_NOT_FOUND,
            &codes::SAME_PERSON,
            &codes::PROPOSAL_DECIDED,
            &codes::ACTION_DIFFERS,
            &codes::STATEMENT_FILE_GONE,
            &codes::STATEMENT_CHANGED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/proposals/{id}/refuse",
        tag: "proposals",
        id: "refuse_proposal",
        title: ["Refuse what somebody else proposed", "复核拒绝"],
        body: Some(("Explanation", r#"{"reason":"not ours"}"#)),
        answer: Answer::Json(200, "ProposalDecision"),
        codes: &[
            &codes::ID_INVALID,
            &codes::TEXT_INVALID,
            &codes::KEY_NOT_FOUND,
            &codes::KEY_REVOKED,
            &codes::PROPOSAL_NOT_FOUND,
            &codes::SAME_PERSON,
            &codes::PROPOSAL_DECIDED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/proposals/{id}/withdraw",
        tag: "proposals",
        id: "withdraw_proposal",
        title: ["Take back what one proposed", "撤回申请"],
        body: Some(("Explanation", r#"{"reason":"a mistake"}"#)),
        answer: Answer::Json(200, "ProposalDecision"),
        codes: &[
            &codes::ID_INVALID,
            &codes::TEXT_INVALID,
            &codes::KEY_NOT_FOUND,
            &codes::KEY_REVOKED,
            &codes::PROPOSAL_NOT_FOUND,
            &codes::PROPOSAL_DECIDED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/announcements",
        tag: "announcements",
        id: "announce",
        title: ["Announce maintenance, an incident or something else", "发布公告"],
        says: "In both languages. It is shown until it is ended.",
        body: Some((
            "NewAnnouncement",
            r#"{"kind":"maintenance","title_zh":"系统升级","title_en":"An upgrade"}"#,
        )),
        answer: Answer::Json(201, "Receipt"),
        codes: &[&codes::VALUE_UNKNOWN, &codes::TEXT_INVALID, &codes::TIME_OUT_OF_RANGE],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/announcements",
        tag: "announcements",
        id: "list_announcements",
        title: ["What is announced now", "公告列表"],
        says: "Those that have not ended, the newest first.",
        answer: Answer::Json(200, "AnnouncementList"),
        codes: &[&codes::NOT_ALLOWED, &codes::ANNOUNCEMENT_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/announcements/{id}/end",
        tag: "announcements",
        id: "end_announcement",
        title: ["Say that it is over", "结束公告"],
        body: Some(("Nothing", "{}")),
        answer: Answer::Json(200, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::ANNOUNCEMENT_NOT_FOUND,
            &codes::STATE_UNCHANGED,
            &codes::NOT_IN_THIS_CELL,
        ],
        ..Operation::NONE
    },
];
