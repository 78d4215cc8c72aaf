//! What answers look like. These types only describe: answers are rendered beside their handlers,
//! and the tests compare the two.

use super::words::{
    AccountKind, AccountState, BatchStatus, Carrier, DeliveryStage, Duty, EventKind, Flow, Grounds,
    HoldStage, Holder, Level, MoneyMoved, OrderEvent, OrderMode, OrderStage, Party, Reason,
    RemittanceStage, Retry, Role, Side, UserKind,
};
use utoipa::ToSchema;
use utoipa::openapi::ComponentsBuilder;

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, ToSchema)]
        #[allow(dead_code, reason = "a description is never read")]
        pub(super) struct $name { $($(#[$about])* pub(super) $field: $type,)* }
    )*};
}
pub(super) use answers;

answers! {
    /// What is said to a request that was accepted. It is made of what was kept, so asking again
    /// under the same name gets the same bytes.
    Receipt {
        /// What it was done to.
        id: String,
        object: String,
        status: String,
        cell: u8,
        /// The position of its record in the cell's journal.
        position: u64,
        #[schema(format = DateTime)]
        time: String,
        /// Only of money that goes to another cell.
        stage: Option<RemittanceStage>,
        /// A new API key, shown only now.
        key: Option<String>,
        /// The secret of a webhook endpoint.
        secret: Option<String>,
    }
    /// An error (RFC 9457), as `application/problem+json`.
    ProblemDetails {
        /// Where the code is explained.
        r#type: String,
        title: String,
        title_zh: String,
        status: u16,
        /// The stable name; never renamed.
        code: String,
        detail: String,
        /// The part of the body that is to blame, as a JSON pointer.
        field: Option<String>,
        remedy: String,
        remedy_zh: String,
        request_id: String,
        money_moved: MoneyMoved,
        retry: Retry,
        /// Where to look what is under way instead.
        trace: Option<String>,
    }
    /// A user.
    User {
        id: String,
        object: String,
        kind: UserKind,
        /// Nothing when the user was erased.
        name: Option<String>,
        /// How many accounts it has.
        accounts: u32,
        #[schema(format = DateTime)]
        created_at: String,
    }
    /// An account. Amounts are minor units of its currency.
    Account {
        id: String,
        object: String,
        kind: AccountKind,
        currency: String,
        state: AccountState,
        owner: Option<String>,
        balance: i64,
        /// What may be debited now.
        available: u64,
        held: u64,
        debits: u64,
        credits: u64,
        /// How many entries its history has.
        entries: u64,
        balance_limit: u64,
        /// Whether an appeal of its owner waits for an answer.
        appealed: bool,
        #[schema(format = DateTime)]
        opened_at: String,
    }
    /// Accounts.
    AccountList {
        object: String,
        data: Vec<Account>,
        has_more: bool,
    }
    /// One line of an account's history.
    Entry {
        number: u64,
        object: String,
        side: Side,
        amount: u64,
        currency: String,
        balance_after: i64,
        counterparty: String,
        reason: Reason,
        subject: String,
        #[schema(format = DateTime)]
        time: String,
        position: u64,
    }
    /// A page of an account's history, the newest first.
    EntryList {
        object: String,
        data: Vec<Entry>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// A transfer, with its postings.
    Transfer {
        id: String,
        object: String,
        entries: Vec<TransferEntry>,
        #[schema(format = DateTime)]
        time: String,
        position: u64,
    }
    /// One posting.
    TransferEntry {
        debit: String,
        credit: String,
        amount: u64,
        currency: String,
        reason: Reason,
    }
    /// Money that went to another cell.
    Remittance {
        id: String,
        object: String,
        stage: RemittanceStage,
        debit: String,
        credit: String,
        amount: u64,
        currency: String,
        /// Why the other cell would not take it.
        refusal: Option<String>,
        #[schema(format = DateTime)]
        sent_at: String,
    }
    /// The answers to a batch, in the order of its items.
    BatchAnswer {
        object: String,
        accepted: u32,
        rejected: u32,
        results: Vec<BatchResult>,
    }
    /// The answer to one item: what it made under the name of its kind, or the code of a problem.
    BatchResult {
        id: String,
        status: BatchStatus,
        code: Option<String>,
        transfer: Option<String>,
        remittance: Option<String>,
        account: Option<String>,
        order: Option<String>,
    }
    /// A hold.
    Hold {
        id: String,
        object: String,
        stage: HoldStage,
        account: String,
        amount: u64,
        currency: String,
        captured: u64,
        remaining: u64,
        #[schema(format = DateTime)]
        placed_at: String,
        #[schema(format = DateTime)]
        expires_at: Option<String>,
    }
    /// A page of holds, the newest first.
    HoldList {
        object: String,
        data: Vec<Hold>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// An order.
    Order {
        id: String,
        object: String,
        number: String,
        stage: OrderStage,
        seller: String,
        buyer: String,
        merchant: String,
        customer: Option<String>,
        amount: u64,
        currency: String,
        mode: OrderMode,
        /// What the platform holds of its money now.
        in_escrow: u64,
        refunded: u64,
        /// What the buyer asks for at present.
        refund_asked: u64,
        fee: u64,
        fee_basis_points: u16,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        paid_at: Option<String>,
        #[schema(format = DateTime)]
        shipped_at: Option<String>,
        #[schema(format = DateTime)]
        ended_at: Option<String>,
        money: WhereIsMyMoney,
        /// What can happen now.
        allowed: Vec<OrderEvent>,
        subject: Option<String>,
        /// How it travels, as the seller said last.
        shipment: Option<Shipment>,
        timeline: Option<Vec<TimelineEvent>>,
    }
    /// Goods on their way.
    Shipment {
        carrier: Carrier,
        /// What the carrier calls them.
        tracking_number: String,
    }
    /// Who holds the money, who acts next, by when, and what happens if nobody does.
    WhereIsMyMoney {
        held_by: Holder,
        next_actor: Option<Holder>,
        #[schema(format = DateTime)]
        deadline: Option<String>,
        then: String,
    }
    /// Something that happened to an order.
    TimelineEvent {
        event: u64,
        kind: EventKind,
        actor: String,
        amount: u64,
        #[schema(format = DateTime)]
        time: String,
        position: u64,
        /// Which side said something.
        party: Option<Party>,
        grounds: Option<Grounds>,
        statement: Option<String>,
        /// Whether there was a statement whose author was erased since.
        statement_erased: bool,
        /// Why the platform decided as it did.
        reason: Option<String>,
    }
    /// A page of orders, the newest first.
    OrderList {
        object: String,
        data: Vec<Order>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// Something that happened.
    Event {
        id: String,
        object: String,
        kind: EventKind,
        subject: String,
        subject_object: String,
        amount: u64,
        merchant: Option<String>,
        #[schema(format = DateTime)]
        time: String,
        position: u64,
        /// How the goods travel, of an event that says it.
        shipment: Option<Shipment>,
        /// Why money is asked back or the platform is called, where it is.
        grounds: Option<Grounds>,
        /// Why the platform did it, of a freeze, its end or an appeal that was refused; none if it
        /// gave no reason.
        reason: Option<String>,
    }
    /// A page of the feed, the oldest first.
    EventList {
        object: String,
        data: Vec<Event>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// What is sent to a webhook endpoint. The body of an event never changes.
    WebhookMessage {
        r#type: EventKind,
        #[schema(format = DateTime)]
        timestamp: String,
        data: Event,
    }
    /// Where a merchant's events are sent.
    WebhookEndpoint {
        id: String,
        object: String,
        user: String,
        url: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        rotated_at: String,
        #[schema(format = DateTime)]
        disabled_at: Option<String>,
    }
    /// Webhook endpoints.
    WebhookEndpointList {
        object: String,
        data: Vec<WebhookEndpoint>,
        has_more: bool,
    }
    /// The delivery of one event to one endpoint.
    Delivery {
        id: String,
        object: String,
        endpoint: String,
        event: String,
        stage: DeliveryStage,
        attempts: u8,
        /// The last answer's HTTP status, if there was an answer.
        last_status: Option<u16>,
        #[schema(format = DateTime)]
        next_at: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
    }
    /// A page of deliveries, the newest first.
    DeliveryList {
        object: String,
        data: Vec<Delivery>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// An API key; the key itself is kept nowhere.
    Key {
        id: String,
        object: String,
        role: Role,
        user: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        revoked_at: Option<String>,
    }
    /// API keys.
    KeyList {
        object: String,
        data: Vec<Key>,
        has_more: bool,
    }
    /// An operator.
    Operator {
        id: String,
        object: String,
        /// Nothing when they were erased.
        name: Option<String>,
        /// Nothing when they were disabled.
        duty: Option<Duty>,
        /// Whether they have one-time codes or a passkey besides the password.
        second_step: bool,
        #[schema(format = DateTime)]
        created_at: String,
    }
    /// Operators.
    OperatorList {
        object: String,
        data: Vec<Operator>,
        has_more: bool,
    }
    /// Where the whole stands.
    Status {
        object: String,
        sandbox: bool,
        cells: Vec<CellStatus>,
    }
    /// Where one cell stands.
    CellStatus {
        cell: u8,
        position: u64,
        #[schema(format = DateTime)]
        time: String,
        orders: u64,
        totals: Vec<Total>,
        /// A sum over all rows of the books, in hexadecimal.
        state_hash: String,
        /// The hash of its journal, in hexadecimal.
        chain_hash: String,
    }
    /// All accounts of a kind in a currency, in minor units.
    Total {
        kind: AccountKind,
        currency: String,
        debits: u64,
        credits: u64,
        held: u64,
    }
    /// A limit: of what accounts of a kind may come to have, or of what people of a level may do.
    LimitInForce {
        kind: Option<AccountKind>,
        limit: Option<u64>,
        level: Option<Level>,
        flow: Option<Flow>,
        /// At once, in minor units; 0 for no limit, as with the others.
        single_max: Option<u64>,
        day_max: Option<u64>,
        /// How often in a day.
        day_count: Option<u64>,
        month_max: Option<u64>,
    }
    /// The limits that are set.
    LimitList {
        object: String,
        data: Vec<LimitInForce>,
        has_more: bool,
    }
    /// The journals.
    Journal {
        object: String,
        sandbox: bool,
        cells: Vec<CellJournal>,
    }
    /// The journal of one cell.
    CellJournal {
        cell: u8,
        position: u64,
        chain_hash: String,
        segments: Vec<Segment>,
    }
    /// A file of a journal.
    Segment {
        name: String,
        size: u32,
        /// How many of its bytes are durable, and never change again.
        durable: u32,
    }
}

/// Adds the types to the document.
pub(super) fn add(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema_from::<Receipt>()
        .schema_from::<ProblemDetails>()
        .schema_from::<User>()
        .schema_from::<Account>()
        .schema_from::<AccountList>()
        .schema_from::<Entry>()
        .schema_from::<EntryList>()
        .schema_from::<Transfer>()
        .schema_from::<TransferEntry>()
        .schema_from::<Remittance>()
        .schema_from::<BatchAnswer>()
        .schema_from::<BatchResult>()
        .schema_from::<Hold>()
        .schema_from::<HoldList>()
        .schema_from::<Order>()
        .schema_from::<Shipment>()
        .schema_from::<WhereIsMyMoney>()
        .schema_from::<TimelineEvent>()
        .schema_from::<OrderList>()
        .schema_from::<Event>()
        .schema_from::<EventList>()
        .schema_from::<WebhookMessage>()
        .schema_from::<WebhookEndpoint>()
        .schema_from::<WebhookEndpointList>()
        .schema_from::<Delivery>()
        .schema_from::<DeliveryList>()
        .schema_from::<Key>()
        .schema_from::<KeyList>()
        .schema_from::<Operator>()
        .schema_from::<OperatorList>()
        .schema_from::<Status>()
        .schema_from::<CellStatus>()
        .schema_from::<Total>()
        .schema_from::<LimitInForce>()
        .schema_from::<LimitList>()
        .schema_from::<Journal>()
        .schema_from::<CellJournal>()
        .schema_from::<Segment>()
}
