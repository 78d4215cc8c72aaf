//! What bodies of requests look like. These types only describe: bodies are read by `http::body`.

use super::words::{
    AccountKind, AnnouncementKind, BatchAction, Carrier, Duty, Flow, Grounds, Level, OrderMode,
    Party, ProposedAction, RefundWord, Role, UserKind,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::ComponentsBuilder;

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code, reason = "a description is never read")]
        pub(super) struct $name { $($(#[$about])* pub(super) $field: $type,)* }
    )*};
}

bodies! {
    /// Nothing: an empty object, or no body at all.
    Nothing {}
    /// A new user.
    NewUser {
        kind: UserKind,
        /// At most 700 bytes, no control characters.
        name: Option<String>,
    }
    /// A new account.
    NewAccount {
        /// Whose it is.
        owner: String,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// The most that it may come to have, in minor units; 0 if only its kind limits it.
        balance_limit: Option<u64>,
    }
    /// What the owner of a frozen account says against it.
    NewAppeal {
        #[schema(min_length = 1, max_length = 500)]
        statement: String,
    }
    /// Money from one account to another, in the currency of both.
    NewTransfer {
        /// The account to debit.
        debit: String,
        /// The account to credit.
        credit: String,
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
    }
    /// Transfers that are all done or none of them. All accounts live in one cell.
    NewLinkedTransfers {
        #[schema(min_items = 1, max_items = 64)]
        transfers: Vec<NewTransfer>,
    }
    /// Thousands of movements in one request.
    NewBatch {
        #[schema(min_items = 1, max_items = 10_000)]
        items: Vec<BatchItem>,
    }
    /// One movement of a batch, under a name of its own: the same name is done once, for ever.
    BatchItem {
        /// What `Idempotency-Key` is to other requests.
        id: String,
        /// `transfer` if it is missing. Each takes the members of the request of that name, and no
        /// others.
        action: Option<BatchAction>,
        owner: Option<String>,
        debit: Option<String>,
        credit: Option<String>,
        order: Option<String>,
        seller: Option<String>,
        buyer: Option<String>,
        number: Option<String>,
        carrier: Option<Carrier>,
        tracking_number: Option<String>,
        amount: Option<u64>,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
    }
    /// A part of a balance to be kept back.
    NewHold {
        account: String,
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// For ever if it is 0 or missing.
        expires_in_seconds: Option<u32>,
    }
    /// What is taken of a hold.
    Capture {
        /// The account that gets it.
        credit: String,
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// Whether the rest of the hold is given up.
        last: Option<bool>,
    }
    /// A new order.
    NewOrder {
        /// The account that will be paid.
        seller: String,
        /// The account that pays.
        buyer: String,
        /// The seller's own number: 1 to 64 of `A-Z a-z 0-9 _ - .`, unique for ever.
        #[schema(pattern = "^[A-Za-z0-9_.-]{1,64}$")]
        number: String,
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// `escrow` if it is missing.
        mode: Option<OrderMode>,
        /// What is bought, in words.
        subject: Option<String>,
        /// The platform's share in hundredths of a per cent; only the platform may say it.
        fee_basis_points: Option<u16>,
        /// Unpaid, the order closes then. Three days if it is missing.
        pay_within_seconds: Option<u32>,
        /// After that the buyer may cancel. Seven days if it is missing.
        ship_within_seconds: Option<u32>,
        /// Unconfirmed, the money is released then. Ten days if it is missing.
        confirm_within_seconds: Option<u32>,
        /// Unanswered, a refund is granted then. Three days if it is missing.
        answer_within_seconds: Option<u32>,
    }
    /// A payment of exactly the price.
    Payment {
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// The buyer's account, if the order's cell does not know it.
        debit: Option<String>,
        /// Whether to pay although a card is paying for it already.
        deliberate: Option<bool>,
    }
    /// A sum of an order's money.
    Sum {
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
    }
    /// What is shipped, and how. A carrier and its number come together; goods that nobody carries
    /// have neither.
    NewShipment {
        carrier: Option<Carrier>,
        /// 1 to 35 letters, digits or hyphens.
        #[schema(pattern = "^[A-Za-z0-9-]{1,35}$")]
        tracking_number: Option<String>,
    }
    /// On whose behalf.
    OnBehalf {
        party: Party,
    }
    /// More time.
    Extension {
        /// How much longer the buyer may take to confirm.
        seconds: u32,
    }
    /// A wish for money back, and why.
    RefundWish {
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        grounds: Grounds,
        /// Why, in the buyer's words: at most 500 characters. The seller and the platform read it.
        statement: Option<String>,
    }
    /// A call for the platform, and why.
    NewDispute {
        party: Party,
        grounds: Grounds,
        /// Why, in the words of that side: at most 500 characters. The other side reads it.
        statement: Option<String>,
    }
    /// What a side adds to what it said.
    NewStatement {
        party: Party,
        /// At most 500 characters. The other side and the platform read it.
        statement: String,
    }
    /// The seller's answer.
    RefundAnswer {
        answer: RefundWord,
        /// Why, in the seller's words: at most 500 characters. The buyer and the platform read it.
        statement: Option<String>,
    }
    /// The platform's decision.
    Award {
        /// What the buyer gets, in minor units; the seller gets the rest.
        to_buyer: u64,
    }
    /// A new card. Its number goes to the bank and is kept nowhere.
    NewCard {
        /// Whose it is.
        user: String,
        /// 12 to 19 digits.
        #[schema(pattern = "^[0-9]{12,19}$")]
        number: String,
        /// The bank's name, where the platform has several.
        bank: Option<String>,
    }
    /// Which statement of a bank to compare.
    StatementDay {
        /// A business day of the bank, such as `2026-11-23`.
        #[schema(format = Date)]
        day: String,
    }
    /// Money from a card to an account of the same user.
    NewTopUp {
        account: String,
        card: String,
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// The order to pay as soon as the bank confirms. What cannot pay it goes back to the card.
        order: Option<String>,
        /// Whether another top-up like it may be under way: money may be taken twice.
        deliberate: Option<bool>,
    }
    /// Money from an account to a card of the same user.
    BankMovement {
        account: String,
        card: String,
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: u64,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
    }
    /// What should be done by hand, and why. Which members it needs depends on the action.
    NewProposal {
        action: ProposedAction,
        /// Why; not empty, at most 1,024 bytes, no control characters.
        reason: String,
        receipt: Option<String>,
        /// `credit` (account), `return` (account, card), `match` (top-up) or `write_off`.
        resolution: Option<String>,
        account: Option<String>,
        card: Option<String>,
        top_up: Option<String>,
        withdrawal: Option<String>,
        /// What the bank did in the end: `confirm`, `reject` or `return`.
        event: Option<String>,
        /// Which bank.
        bank: Option<String>,
        /// What the bank calls it.
        bank_reference: Option<String>,
        /// In minor units: fen, cents, yen.
        #[schema(minimum = 1, maximum = 100_000_000_000_000_u64)]
        amount: Option<u64>,
        /// A three-letter code of ISO 4217 in capitals; CNY if it is missing.
        #[schema(pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// The cell that keeps a new receipt, or whose limit or clock it is; 0 if it is missing.
        cell: Option<u8>,
        order: Option<String>,
        /// What of an order in dispute goes back to its buyer, in minor units.
        to_buyer: Option<u64>,
        /// What becomes of an account: `freeze`, `unfreeze` or `close`.
        change: Option<String>,
        /// The kind of accounts, or of an announcement.
        kind: Option<String>,
        /// The most that accounts of a kind may come to have, in minor units; 0 for no limit.
        limit: Option<u64>,
        announcement: Option<String>,
        #[schema(format = DateTime)]
        starts_at: Option<String>,
        #[schema(format = DateTime)]
        ends_at: Option<String>,
        title_zh: Option<String>,
        title_en: Option<String>,
        text_zh: Option<String>,
        text_en: Option<String>,
        endpoint: Option<String>,
        /// The first event to deliver again.
        from: Option<String>,
        /// The last event; the first one only, if it is missing.
        to: Option<String>,
        /// How far a sandbox's clock moves forward.
        seconds: Option<u32>,
        user: Option<String>,
        level: Option<String>,
        /// What of people of the level is limited, as in /v1/limits.
        flow: Option<Flow>,
        single_max: Option<u64>,
        day_max: Option<u64>,
        day_count: Option<u64>,
        month_max: Option<u64>,
    }
    /// Something to announce, in both languages.
    NewAnnouncement {
        kind: AnnouncementKind,
        /// Since when, or from when on; now if it is missing.
        #[schema(format = DateTime)]
        starts_at: Option<String>,
        /// When it should be over, if that is known.
        #[schema(format = DateTime)]
        ends_at: Option<String>,
        /// What it is, in a line of Chinese; not empty.
        title_zh: String,
        /// What it is, in a line of English; not empty.
        title_en: String,
        /// What it means for whom, in Chinese.
        text_zh: Option<String>,
        /// What it means for whom, in English.
        text_en: Option<String>,
    }
    /// Why it is decided so.
    Explanation {
        /// At most 1,024 bytes, no control characters.
        reason: Option<String>,
    }
    /// A new webhook endpoint.
    NewEndpoint {
        /// A public https address; a sandbox also takes http and its own machine.
        url: String,
        /// Whose events; the key's own merchant if it is missing.
        user: Option<String>,
    }
    /// Events to be delivered again.
    Redelivery {
        /// The first event.
        from: String,
        /// The last one; only the first if it is missing.
        to: Option<String>,
    }
    /// A new API key.
    NewKey {
        role: Role,
        /// The merchant that it is limited to.
        user: Option<String>,
    }
    /// A new operator.
    NewOperator {
        /// What they sign in with: a name, a telephone number or an e-mail address.
        login: String,
        /// What they are called.
        name: String,
        duty: Duty,
        /// For the first sign-in; they have to choose another then.
        password: String,
    }
    /// How far a sandbox's clock is moved.
    ClockAdvance {
        seconds: u32,
    }
    /// The most that accounts of a kind may come to have, or that people of a level may do. Amounts
    /// are in minor units, and 0 is no limit.
    NewLimit {
        /// With `limit`, and without `level`.
        kind: Option<AccountKind>,
        /// The most that an account of the kind may come to have.
        limit: Option<u64>,
        /// With `flow`, and without `kind`.
        level: Option<Level>,
        flow: Option<Flow>,
        /// The most at once.
        single_max: Option<u64>,
        /// The most in a day.
        day_max: Option<u64>,
        /// How often in a day.
        day_count: Option<u64>,
        /// The most in a month.
        month_max: Option<u64>,
    }
}

/// What a bank says without being asked. A bank may say more than is read.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "a description is never read")]
pub(super) struct BankNotice {
    /// The platform's name for the movement.
    pub(super) reference: String,
    /// What the bank says that became of it.
    pub(super) status: String,
}

/// Adds the types to the document.
pub(super) fn add(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema_from::<Nothing>()
        .schema_from::<NewUser>()
        .schema_from::<NewAccount>()
        .schema_from::<NewAppeal>()
        .schema_from::<NewTransfer>()
        .schema_from::<NewLinkedTransfers>()
        .schema_from::<NewBatch>()
        .schema_from::<BatchItem>()
        .schema_from::<NewHold>()
        .schema_from::<Capture>()
        .schema_from::<NewOrder>()
        .schema_from::<Payment>()
        .schema_from::<Sum>()
        .schema_from::<NewShipment>()
        .schema_from::<OnBehalf>()
        .schema_from::<Extension>()
        .schema_from::<RefundAnswer>()
        .schema_from::<RefundWish>()
        .schema_from::<NewDispute>()
        .schema_from::<NewStatement>()
        .schema_from::<Award>()
        .schema_from::<NewCard>()
        .schema_from::<StatementDay>()
        .schema_from::<NewTopUp>()
        .schema_from::<BankMovement>()
        .schema_from::<NewProposal>()
        .schema_from::<NewAnnouncement>()
        .schema_from::<Explanation>()
        .schema_from::<BankNotice>()
        .schema_from::<NewEndpoint>()
        .schema_from::<Redelivery>()
        .schema_from::<NewKey>()
        .schema_from::<NewOperator>()
        .schema_from::<ClockAdvance>()
        .schema_from::<NewLimit>()
}
