//! Operations on users, accounts, transfers and holds, one row each.

use super::operation::{Answer, Asked, CREDIT, DEBIT, Kind, Operation, SUM};
use crate::http::codes;

pub(super) const OPERATIONS: [Operation; 25] = [
    Operation {
        method: "get",
        path: "/healthz",
        tag: "health",
        id: "health",
        title: ["The process runs", "进程存活"],
        answer: Answer::Text,
        open: true,
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/readyz",
        tag: "health",
        id: "ready",
        title: ["Every cell answers", "所有单元可用"],
        answer: Answer::Text,
        codes: &[&codes::BOOKS_UNREADABLE],
        open: true,
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/metrics",
        tag: "health",
        id: "metrics",
        title: ["Counts for Prometheus", "Prometheus 指标"],
        says: "Queue wait, sync time, frame sizes, applied positions, and money by kind of \
             account.",
        answer: Answer::Text,
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/openapi.json",
        tag: "health",
        id: "openapi",
        title: ["This document", "本文档"],
        answer: Answer::Document,
        open: true,
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/users",
        tag: "users",
        id: "create_user",
        title: ["Add a user", "创建用户"],
        body: Some(("NewUser", r#"{"kind":"customer","name":"小红"}"#)),
        answer: Answer::Json(201, "Receipt"),
        codes: &[&codes::VALUE_UNKNOWN, &codes::TEXT_INVALID, &codes::VAULT_UNREADABLE],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/users/{id}",
        tag: "users",
        id: "get_user",
        title: ["Show a user", "查询用户"],
        answer: Answer::Json(200, "User"),
        codes: &[&codes::ID_INVALID, &codes::USER_NOT_FOUND, &codes::VAULT_UNREADABLE],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/users/{id}/accounts",
        tag: "users",
        id: "list_accounts",
        title: ["The accounts of a user", "用户的账户"],
        says: "The first 100.",
        answer: Answer::Json(200, "AccountList"),
        codes: &[&codes::ID_INVALID, &codes::USER_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/accounts",
        tag: "accounts",
        id: "open_account",
        title: ["Open an account", "开立账户"],
        body: Some(("NewAccount", r#"{"owner":"{customer}","currency":"CNY"}"#)),
        answer: Answer::Json(201, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::CURRENCY_UNKNOWN,
            &codes::USER_NOT_FOUND,
            &codes::USER_ERASED,
            &codes::KIND_NOT_ALLOWED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/accounts/{id}",
        tag: "accounts",
        id: "get_account",
        title: ["Show an account", "查询账户"],
        says: "`balance` is credits less debits; `available` is what may be debited now.",
        answer: Answer::Json(200, "Account"),
        codes: &[&codes::ID_INVALID, &codes::ACCOUNT_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/accounts/{id}/entries",
        tag: "accounts",
        id: "list_entries",
        title: ["The history of an account", "账户流水"],
        says: "The newest first.",
        query: &[Asked::LIMIT, Asked::CURSOR],
        answer: Answer::Json(200, "EntryList"),
        codes: &[&codes::ID_INVALID, &codes::ACCOUNT_NOT_FOUND, &codes::CURSOR_INVALID],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/accounts/{id}/orders",
        tag: "accounts",
        id: "list_orders",
        title: ["Orders bought or sold by an account", "账户的订单"],
        says: "The newest first.",
        query: &[
            Asked::LIMIT,
            Asked::CURSOR,
            Asked::new("stage", Kind::Word("OrderStage"), "Only orders in this stage."),
        ],
        answer: Answer::Json(200, "OrderList"),
        codes: &[
            &codes::ID_INVALID,
            &codes::ACCOUNT_NOT_FOUND,
            &codes::CURSOR_INVALID,
            &codes::VALUE_UNKNOWN,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/accounts/{id}/holds",
        tag: "holds",
        id: "list_holds",
        title: ["The holds of an account", "账户的预授权"],
        says: "The newest first.",
        query: &[Asked::LIMIT, Asked::CURSOR],
        answer: Answer::Json(200, "HoldList"),
        codes: &[&codes::ID_INVALID, &codes::ACCOUNT_NOT_FOUND, &codes::CURSOR_INVALID],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/accounts/{id}/freeze",
        tag: "accounts",
        id: "freeze_account",
        title: ["Freeze an account", "冻结账户"],
        says: "Nothing may be debited; what is owed to it still arrives.",
        body: Some(("Nothing", "{}")),
        answer: Answer::Json(200, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::ACCOUNT_NOT_FOUND,
            &codes::ACCOUNT_KIND_NOT_ALLOWED,
            &codes::STATE_UNCHANGED,
            &codes::ACCOUNT_CLOSED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/accounts/{id}/unfreeze",
        tag: "accounts",
        id: "unfreeze_account",
        title: ["Unfreeze an account", "解冻账户"],
        body: Some(("Nothing", "{}")),
        answer: Answer::Json(200, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::ACCOUNT_NOT_FOUND,
            &codes::ACCOUNT_KIND_NOT_ALLOWED,
            &codes::STATE_UNCHANGED,
            &codes::ACCOUNT_CLOSED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/accounts/{id}/appeal",
        tag: "accounts",
        id: "appeal",
        title: ["Appeal against a freeze", "对冻结提出申诉"],
        says: "For the owner of a frozen account, once until the platform has answered: it \
               unfreezes the account, or refuses with a reason and then one may appeal again. \
               `statement` has at most 500 characters; it is sealed, and unreadable once the owner \
               is erased. Why the account is frozen and why an appeal was refused stand in \
               `reason` of the events.",
        body: Some((
            "NewAppeal",
            r#"{"statement":"The parcel was delivered, here is its number."}"#,
        )),
        answer: Answer::Json(200, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::STATEMENT_INVALID,
            &codes::ACCOUNT_NOT_FOUND,
            &codes::ACCOUNT_KIND_NOT_ALLOWED,
            &codes::ACCOUNT_CLOSED,
            &codes::ACCOUNT_NOT_FROZEN,
            &codes::APPEAL_UNDER_WAY,
            &codes::VAULT_UNREADABLE,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/accounts/{id}/close",
        tag: "accounts",
        id: "close_account",
        title: ["Close an account", "关闭账户"],
        says: "It must be empty, with nothing on its way. For ever.",
        body: Some(("Nothing", "{}")),
        answer: Answer::Json(200, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::ACCOUNT_NOT_FOUND,
            &codes::ACCOUNT_KIND_NOT_ALLOWED,
            &codes::STATE_UNCHANGED,
            &codes::ACCOUNT_IN_USE,
            &codes::ACCOUNT_CLOSED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/transfers",
        tag: "transfers",
        id: "transfer",
        title: ["Move money between accounts", "转账"],
        says: "Within a cell it is done at once. To another cell it is debited first and a \
             message brings it there: the answer is 202 if that takes more than five seconds.",
        body: Some(("NewTransfer", r#"{"debit":"{buyer}","credit":"{seller}","amount":100}"#)),
        answer: Answer::Json(201, "Receipt"),
        codes: &[&codes::ID_INVALID, &codes::SAME_ACCOUNT, &codes::ACCOUNT_NOT_FOUND],
        groups: &[SUM, DEBIT, CREDIT],
        travels: true,
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/transfers/linked",
        tag: "transfers",
        id: "link_transfers",
        title: ["Transfers that succeed or fail together", "关联转账"],
        body: Some((
            "NewLinkedTransfers",
            r#"{"transfers":[
                {"debit":"{buyer}","credit":"{seller}","amount":100},
                {"debit":"{seller}","credit":"{buyer}","amount":40}]}"#,
        )),
        answer: Answer::Json(201, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::NOT_IN_THIS_CELL,
            &codes::COUNT_OUT_OF_RANGE,
            &codes::SAME_ACCOUNT,
            &codes::ACCOUNT_NOT_FOUND,
        ],
        groups: &[SUM, DEBIT, CREDIT],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/transfers/{id}",
        tag: "transfers",
        id: "get_transfer",
        title: ["Show a transfer", "查询转账"],
        answer: Answer::Json(200, "Transfer"),
        codes: &[&codes::ID_INVALID, &codes::TRANSFER_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/remittances/{id}",
        tag: "transfers",
        id: "get_remittance",
        title: ["Show money that went to another cell", "查询跨单元汇款"],
        answer: Answer::Json(200, "Remittance"),
        codes: &[&codes::ID_INVALID, &codes::REMITTANCE_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/batches",
        tag: "transfers",
        id: "batch",
        title: ["Thousands of movements in one request", "批量处理"],
        says: "Each item has a name of its own and its own answer. The `Idempotency-Key` is not \
             needed: a batch that was cut off is sent again, whole or in other pieces. At most \
             4 MiB.",
        body: Some((
            "NewBatch",
            r#"{"items":[
                {"id":"pay-1","debit":"{buyer}","credit":"{seller}","amount":100},
                {"id":"order-1","action":"create_order","seller":"{seller}",
                 "buyer":"{buyer}","number":"B-1","amount":8800}]}"#,
        )),
        answer: Answer::Json(200, "BatchAnswer"),
        codes: &[
            &codes::ID_INVALID,
            &codes::VALUE_UNKNOWN,
            &codes::SHIPMENT_INVALID,
            &codes::NUMBER_INVALID,
            &codes::AMOUNT_INVALID,
            &codes::CURRENCY_UNKNOWN,
            &codes::COUNT_OUT_OF_RANGE,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/holds",
        tag: "holds",
        id: "place_hold",
        title: ["Keep back a part of a balance", "预授权冻结"],
        body: Some(("NewHold", r#"{"account":"{buyer}","amount":500,"expires_in_seconds":86400}"#)),
        answer: Answer::Json(201, "Receipt"),
        codes: &[&codes::ID_INVALID, &codes::ACCOUNT_NOT_FOUND, &codes::TIME_OUT_OF_RANGE],
        groups: &[SUM, DEBIT],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/holds/{id}",
        tag: "holds",
        id: "get_hold",
        title: ["Show a hold", "查询预授权"],
        answer: Answer::Json(200, "Hold"),
        codes: &[&codes::ID_INVALID, &codes::HOLD_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/holds/{id}/capture",
        tag: "holds",
        id: "capture_hold",
        title: ["Take what a hold keeps back", "预授权扣款"],
        says: "Wholly or in part; the rest stays held, unless `last` says otherwise.",
        body: Some(("Capture", r#"{"credit":"{seller}","amount":200,"last":true}"#)),
        answer: Answer::Json(200, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::HOLD_NOT_FOUND,
            &codes::HOLD_ENDED,
            &codes::CAPTURE_TOO_LARGE,
            &codes::ACCOUNT_NOT_FOUND,
            &codes::SAME_ACCOUNT,
            &codes::NOT_IN_THIS_CELL,
        ],
        groups: &[SUM, DEBIT, CREDIT],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/holds/{id}/release",
        tag: "holds",
        id: "release_hold",
        title: ["Give up a hold", "解除预授权"],
        body: Some(("Nothing", "{}")),
        answer: Answer::Json(200, "Receipt"),
        codes: &[&codes::ID_INVALID, &codes::HOLD_NOT_FOUND, &codes::HOLD_ENDED],
        ..Operation::NONE
    },
];
