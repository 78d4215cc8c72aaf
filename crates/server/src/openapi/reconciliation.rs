//! Operations on banks' statements, one row each, and what reports look like.

use super::answers::answers;
use super::operation::{Answer, Asked, Kind, Operation};
use crate::http::codes;
use utoipa::ToSchema;
use utoipa::openapi::ComponentsBuilder;

const COLUMNS: Asked = Asked::new(
    "columns",
    Kind::Text,
    "For `csv`: `reference=COLUMN,bank_reference=COLUMN,amount=COLUMN,…`, see \
     docs/reconciliation.md.",
);

pub(super) const OPERATIONS: [Operation; 4] = [
    Operation {
        method: "post",
        path: "/v1/banks/{name}/statements",
        tag: "banks",
        id: "reconcile_day",
        title: ["Ask a bank for a day's statement and compare it", "获取银行对账单并对账"],
        says: "What is certain is told to the books; the rest is in the report. The same statement \
               again changes nothing.",
        body: Some(("StatementDay", r#"{"day":"2026-11-23"}"#)),
        answer: Answer::Json(200, "Reconciliation"),
        codes: &[
            &codes::NO_BANK,
            &codes::BANK_NOT_FOUND,
            &codes::BANK_SILENT,
            &codes::STATEMENT_NOT_READY,
            &codes::STATEMENT_UNREADABLE,
            &codes::VALUE_UNKNOWN,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "put",
        path: "/v1/banks/{name}/statements/{format}",
        tag: "banks",
        id: "reconcile_file",
        title: ["Compare a statement that is a file", "上传对账单文件并对账"],
        says: "`format` is `camt` (camt.053 or camt.054), `mt940` or `csv`. The file counts as a \
               whole or not at all, and changes nothing the second time.",
        query: &[COLUMNS],
        takes: "application/octet-stream",
        answer: Answer::Json(200, "Reconciliation"),
        codes: &[
            &codes::NO_BANK,
            &codes::BANK_NOT_FOUND,
            &codes::STATEMENT_UNREADABLE,
            &codes::VALUE_UNKNOWN,
        ],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/banks/{name}/reports",
        tag: "banks",
        id: "list_reports",
        title: ["The days that were compared, the newest first", "对账报告列表"],
        answer: Answer::Json(200, "ReportList"),
        codes: &[&codes::NOT_ALLOWED, &codes::NO_BANK, &codes::BANK_NOT_FOUND],
        ..Operation::NONE
    },
    Operation {
        method: "get",
        path: "/v1/banks/{name}/reports/{day}",
        tag: "banks",
        id: "get_report",
        title: ["The report of a day", "对账报告"],
        says: "As a page for whoever accepts `text/html`, as a table of all differences for \
               `text/csv`.",
        answer: Answer::Json(200, "Reconciliation"),
        codes: &[
            &codes::NOT_ALLOWED,
            &codes::NO_BANK,
            &codes::BANK_NOT_FOUND,
            &codes::REPORT_NOT_FOUND,
            &codes::VALUE_UNKNOWN,
        ],
        ..Operation::NONE
    },
];

answers! {
    /// The comparison of a bank's statement with the books.
    Reconciliation {
        object: String,
        bank: String,
        /// The business day.
        day: String,
        /// SHA-256 of the statement.
        digest: String,
        /// The bank's name for the statement.
        statement: String,
        account: String,
        #[schema(format = DateTime)]
        from: String,
        #[schema(format = DateTime)]
        to: String,
        #[schema(format = DateTime)]
        made_at: String,
        /// Who uploaded the statement by hand, and who took it over; the bank sent it otherwise.
        uploaded_by: Option<String>,
        taken_over_by: Option<String>,
        lines: u64,
        movements: u64,
        /// How many movements each rule found.
        found: Vec<FoundByRule>,
        reserves: Vec<ReserveAccount>,
        counts: Vec<DifferenceCount>,
        /// How many differences there are.
        differences: u64,
        /// How many of them were told to the books.
        resolved: u64,
        /// How many of them may be in the next statement.
        waiting: u64,
        /// How many of them need a person.
        cases: u64,
        /// The differences, at most a thousand; the table has all.
        listed: Vec<Difference>,
        /// Whether every line, every movement and every balance is accounted for.
        nothing_unexplained: bool,
    }
    /// How many movements a rule found.
    FoundByRule {
        rule: String,
        movements: u64,
    }
    /// What a bank's account held, in minor units with their signs.
    ReserveAccount {
        currency: String,
        /// What it held when the statement begins, and when it ends.
        opening: i64,
        closing: i64,
        /// By how much the balances changed.
        balances: i64,
        /// By how much the lines say that it changed.
        lines: i64,
        /// By how much it changed by movements that were found in the books.
        found: i64,
        /// By how much it changed as the books have it, when what is certain has been told.
        ours: i64,
        /// What the lines say more than the books.
        drift: i64,
        /// Whether lines and balances agree.
        agrees: bool,
    }
    /// How many differences of a kind and age there are.
    DifferenceCount {
        kind: String,
        age: String,
        count: u64,
    }
    /// A difference between the books and a statement.
    Difference {
        kind: String,
        age: String,
        /// What becomes of it.
        resolution: String,
        /// Whether the books were told.
        resolved: bool,
        #[schema(format = DateTime)]
        since: String,
        reference: Option<String>,
        ours: Option<SideOfDifference>,
        banks: Option<SideOfDifference>,
        /// What a person may propose about it, ready for `POST /v1/proposals`.
        propose: Option<ProposedReceipt>,
    }
    /// A proposal to record money that nothing accounts for.
    ProposedReceipt {
        action: String,
        bank: String,
        bank_reference: String,
        amount: u64,
        currency: String,
        reason: String,
    }
    /// One side of a difference.
    SideOfDifference {
        side: String,
        amount: u64,
        currency: String,
        #[schema(format = DateTime)]
        at: String,
        /// The line of the statement.
        line: Option<u64>,
        bank_reference: Option<String>,
    }
    /// The days that were compared.
    ReportList {
        object: String,
        data: Vec<ReportDay>,
        has_more: bool,
    }
    /// A day that was compared.
    ReportDay {
        day: String,
    }
}

/// Adds the types to the document.
pub(super) fn add(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema_from::<Reconciliation>()
        .schema_from::<FoundByRule>()
        .schema_from::<ReserveAccount>()
        .schema_from::<DifferenceCount>()
        .schema_from::<Difference>()
        .schema_from::<SideOfDifference>()
        .schema_from::<ProposedReceipt>()
        .schema_from::<ReportList>()
        .schema_from::<ReportDay>()
}
