//! Operations on events, webhooks and the platform itself, one row each.

use super::operation::{Answer, Asked, Kind, Operation};
use crate::api::journal::PIECE_MAX;
use crate::http::codes;
use ledger::id::{EventId, UserId};

pub(super) const OPERATIONS: [Operation; 21] = [
    Operation {
        method: "get",
        path: "/v1/events",
        tag: "events",
        id: "list_events",
        title: ["What happened", "事件列表"],
        says: "A merchant sees its own; the platform sees all, or those of one cell.",
        query: &[
            Asked::LIMIT,
            Asked::CURSOR,
            Asked::new("cell", Kind::Number(0, 255), "Only events of this cell."),
            Asked::new("after", Kind::Id(EventId::PREFIX), "Events after this one."),
        ],
        answer: Answer::Json(200, "EventList"),
        codes: &[&codes::CURSOR_INVALID, &codes::CELL_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/events/{id}",
        tag: "events",
        id: "get_event",
        title: ["Show an event", "查询事件"],
        answer: Answer::Json(200, "Event"),
        codes: &[&codes::ID_INVALID, &codes::EVENT_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/webhook_endpoints",
        tag: "webhooks",
        id: "add_endpoint",
        title: ["Add a webhook endpoint", "添加通知地址"],
        says: "The answer shows the secret. See docs/webhooks.md.",
        body: Some(("NewEndpoint", r#"{"user":"{merchant}","url":"https://shop.example/hook"}"#)),
        answer: Answer::Json(201, "Receipt"),
        codes: &[
            &codes::URL_INVALID,
            &codes::ID_INVALID,
            &codes::USER_NOT_FOUND,
            &codes::KIND_NOT_ALLOWED,
            &codes::COUNT_OUT_OF_RANGE,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/webhook_endpoints",
        tag: "webhooks",
        id: "list_endpoints",
        title: ["The endpoints of a merchant that are in use", "通知地址列表"],
        query: &[Asked::new("user", Kind::Id(UserId::PREFIX), "The merchant, for the platform.")],
        answer: Answer::Json(200, "WebhookEndpointList"),
        codes: &[&codes::ID_INVALID, &codes::USER_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/webhook_endpoints/{id}",
        tag: "webhooks",
        id: "get_endpoint",
        title: ["Show a webhook endpoint", "查询通知地址"],
        answer: Answer::Json(200, "WebhookEndpoint"),
        codes: &[&codes::ID_INVALID, &codes::ENDPOINT_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "delete",
        path: "/v1/webhook_endpoints/{id}",
        tag: "webhooks",
        id: "remove_endpoint",
        title: ["Remove a webhook endpoint", "删除通知地址"],
        says: "What is still owed to it is given up.",
        answer: Answer::Json(200, "Receipt"),
        codes: &[&codes::ID_INVALID, &codes::ENDPOINT_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/webhook_endpoints/{id}/rotate",
        tag: "webhooks",
        id: "rotate_endpoint",
        title: ["Change the secret of an endpoint", "轮换密钥"],
        says: "For 24 hours messages are signed with both.",
        body: Some(("Nothing", "{}")),
        answer: Answer::Json(200, "Receipt"),
        codes: &[&codes::ID_INVALID, &codes::ENDPOINT_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/webhook_endpoints/{id}/redeliver",
        tag: "webhooks",
        id: "redeliver",
        title: ["Deliver events again", "重新投递"],
        body: Some(("Redelivery", r#"{"from":"evt_00000000000000"}"#)),
        answer: Answer::Json(202, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::ENDPOINT_NOT_FOUND,
            &codes::COUNT_OUT_OF_RANGE,
            &codes::NOT_IN_THIS_CELL,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/webhook_endpoints/{id}/deliveries",
        tag: "webhooks",
        id: "list_deliveries",
        title: ["What was delivered", "投递记录"],
        says: "The newest first.",
        query: &[Asked::LIMIT, Asked::CURSOR],
        answer: Answer::Json(200, "DeliveryList"),
        codes: &[&codes::ID_INVALID, &codes::ENDPOINT_NOT_FOUND, &codes::CURSOR_INVALID],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/keys",
        tag: "platform",
        id: "list_keys",
        title: ["The API keys", "密钥列表"],
        says: "Of the platform, or of a merchant; the first 100.",
        query: &[Asked::new("user", Kind::Id(UserId::PREFIX), "The merchant.")],
        answer: Answer::Json(200, "KeyList"),
        codes: &[&codes::ID_INVALID, &codes::USER_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/keys",
        tag: "platform",
        id: "add_key",
        title: ["Make an API key", "创建密钥"],
        says: "It is shown only in this answer.",
        body: Some(("NewKey", r#"{"role":"merchant","user":"{merchant}"}"#)),
        answer: Answer::Json(201, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::VALUE_UNKNOWN,
            &codes::KIND_NOT_ALLOWED,
            &codes::USER_NOT_FOUND,
            &codes::NO_RANDOMNESS,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "delete",
        path: "/v1/keys/{id}",
        tag: "platform",
        id: "revoke_key",
        title: ["Revoke an API key", "吊销密钥"],
        answer: Answer::Json(200, "Receipt"),
        codes: &[&codes::ID_INVALID, &codes::KEY_NOT_FOUND, &codes::STATE_UNCHANGED],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/operators",
        tag: "platform",
        id: "list_operators",
        title: ["The operators", "运营人员列表"],
        says: "Those who were disabled included.",
        answer: Answer::Json(200, "OperatorList"),
        codes: &[&codes::NOT_ALLOWED],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/operators",
        tag: "platform",
        id: "add_operator",
        title: ["Add an operator", "添加运营人员"],
        says: "They sign in with this password once, and choose another then.",
        body: Some((
            "NewOperator",
            r#"{"login":"finance-1","name":"Zhao","duty":"finance","password":"k3m9-x7qd-once"}"#,
        )),
        answer: Answer::Json(201, "Operator"),
        codes: &[
            &codes::VALUE_UNKNOWN,
            &codes::LOGIN_INVALID,
            &codes::LOGIN_TAKEN,
            &codes::NAME_INVALID,
            &codes::PASSWORD_LENGTH,
            &codes::PASSWORD_ONLY_DIGITS,
            &codes::PASSWORD_COMMON,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "delete",
        path: "/v1/operators/{id}",
        tag: "platform",
        id: "disable_operator",
        title: ["Take an operator's duty away", "停用运营人员"],
        says: "They are signed out at once, and may do nothing any more.",
        answer: Answer::Json(200, "Receipt"),
        codes: &[
            &codes::ID_INVALID,
            &codes::USER_NOT_FOUND,
            &codes::USER_ERASED,
            &codes::KIND_NOT_ALLOWED,
            &codes::STATE_UNCHANGED,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/clock/advance",
        tag: "platform",
        id: "advance_clock",
        title: ["Move a sandbox's clock forward", "推进沙箱时钟"],
        says: "Every cell's. What is due happens at once.",
        body: Some(("ClockAdvance", r#"{"seconds":60}"#)),
        answer: Answer::Json(200, "Receipt"),
        codes: &[&codes::SANDBOX_ONLY, &codes::TIME_OUT_OF_RANGE],
        ..Operation::NONE
    },
    Operation {
        method: "post",
        path: "/v1/limits",
        tag: "platform",
        id: "set_limit",
        title: ["Limit what accounts may have, or people may do", "设置上限"],
        says: "With `kind`: the most that accounts of a kind may come to have. With `level` and \
             `flow`: the most that customers of that level may do who are people. What is \
             refunded, or rejected by a bank, is not given back on the same day.",
        body: Some(("NewLimit", r#"{"kind":"customer","limit":0}"#)),
        answer: Answer::Json(200, "Receipt"),
        codes: &[&codes::VALUE_UNKNOWN],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/limits",
        tag: "platform",
        id: "list_limits",
        title: ["The limits that are set", "上限列表"],
        answer: Answer::Json(200, "LimitList"),
        codes: &[&codes::NOT_ALLOWED],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/status",
        tag: "platform",
        id: "status",
        title: ["Where every cell stands, and its money", "系统状态"],
        answer: Answer::Json(200, "Status"),
        codes: &[&codes::NOT_ALLOWED],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/journal",
        tag: "platform",
        id: "list_segments",
        title: ["The files of the journals", "日志段列表"],
        says: "For backups, and for whoever verifies the books without trusting this server.",
        answer: Answer::Json(200, "Journal"),
        codes: &[&codes::NOT_ALLOWED],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/journal/{cell}/{segment}",
        tag: "platform",
        id: "get_segment",
        title: ["Durable bytes of a journal", "日志内容"],
        says: "At most 4 MiB; none at the end.",
        query: &[
            Asked::new("offset", Kind::Number(0, u32::MAX), "From this byte on."),
            Asked::new("limit", Kind::Number(0, PIECE_MAX), "At most so many bytes."),
        ],
        answer: Answer::Bytes,
        codes: &[&codes::NOT_ALLOWED, &codes::SEGMENT_NOT_FOUND],
        ..Operation::NONE
    },
];
