//! Operations that say where money is, one row each, and what they answer.

use super::answers::answers;
use super::operation::{Answer, Asked, Kind, Operation};
use crate::http::codes;
use utoipa::ToSchema;
use utoipa::openapi::ComponentsBuilder;

const SIDE: Asked =
    Asked::new("side", Kind::Text, "`buyer` or `seller`: from whose side to look at an order.");

pub(super) const OPERATIONS: [Operation; 2] = [
    Operation {
        method: "get",
        path: "/v1/trace/{id}",
        tag: "traces",
        id: "get_trace",
        title: ["Where the money is, who acts next, and by when", "我的钱在哪里"],
        says: "`id` is an order, a top-up, a withdrawal, a transfer, a hold, a bank's own \
               reference, or the key of a request. The events are chained and the whole is \
               signed, see docs/trace.md. It is there also while nothing can be written.",
        query: &[SIDE],
        answer: Answer::Json(200, "Trace"),
        codes: &[&codes::TRACE_NOT_FOUND, &codes::VALUE_UNKNOWN],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/signing_key",
        tag: "traces",
        id: "get_signing_key",
        title: ["The key by which signatures are checked", "验签公钥"],
        answer: Answer::Json(200, "SigningKey"),
        open: true,
        codes: &[&codes::CELL_NOT_FOUND, &codes::BOOKS_UNREADABLE],
        ..Operation::NONE
    },
];

answers! {
    /// Where money is.
    Trace {
        object: String,
        id: String,
        kind: String,
        stage: String,
        amount: u64,
        currency: String,
        /// Whence: an account, a card, or a bank.
        from: Option<TracePlace>,
        /// Whither: an account, a card, or an order.
        to: Option<TracePlace>,
        /// `card`, `bank`, `wallet`, `held`, `going_back`, `seller`, `between_cells` or
        /// `set_aside`.
        r#where: String,
        /// What is certain.
        certain: TraceWords,
        #[schema(format = DateTime)]
        since: String,
        /// Who acts next: `bank`, `platform`, `buyer`, `seller` or `nobody`.
        next: String,
        #[schema(format = DateTime)]
        by: Option<String>,
        /// What happens then.
        then: TraceWords,
        r#do: TraceWords,
        do_not: Option<TraceWords>,
        /// What the bank knows it by: to be quoted.
        reference: Option<String>,
        /// What the bank itself calls it.
        bank_reference: Option<String>,
        related: Vec<TraceRelated>,
        events: Vec<TraceEvent>,
        as_of: TraceMoment,
        signature: TraceSignature,
    }
    /// A sentence in both languages.
    TraceWords {
        name: String,
        en: String,
        zh: String,
    }
    /// Where money came from or goes to.
    TracePlace {
        object: String,
        id: Option<String>,
        last_four: Option<String>,
    }
    /// Something that belongs to the same purpose.
    TraceRelated {
        id: String,
        object: String,
    }
    /// Something that happened.
    TraceEvent {
        id: String,
        kind: String,
        subject: String,
        amount: u64,
        #[schema(format = DateTime)]
        time: String,
        position: u64,
        en: String,
        zh: String,
        /// SHA-256 over the hash before it and this event.
        hash: String,
    }
    /// What was seen, and when.
    TraceMoment {
        cell: u64,
        position: u64,
        #[schema(format = DateTime)]
        time: String,
    }
    /// A signature by which a trace can be checked without this server.
    TraceSignature {
        algorithm: String,
        public_key: String,
        value: String,
    }
    /// The key by which signatures are checked.
    SigningKey {
        object: String,
        algorithm: String,
        public_key: String,
    }
}

/// Adds the types to the document.
pub(super) fn add(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema_from::<Trace>()
        .schema_from::<TraceWords>()
        .schema_from::<TracePlace>()
        .schema_from::<TraceRelated>()
        .schema_from::<TraceEvent>()
        .schema_from::<TraceMoment>()
        .schema_from::<TraceSignature>()
        .schema_from::<SigningKey>()
}
