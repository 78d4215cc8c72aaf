//! What answers about cards, banks and the money between them look like: see `answers`.

use super::answers::answers;
use super::words::{
    AnnouncementKind, Flow, ProposalStage, ProposedAction, TopUpStage, WithdrawalStage,
};
use utoipa::ToSchema;
use utoipa::openapi::ComponentsBuilder;

answers! {
    /// A bank card. Its number is kept nowhere.
    Card {
        id: String,
        object: String,
        user: String,
        /// The last four digits of its number.
        #[schema(pattern = "^[0-9]{4}$")]
        last_four: String,
        #[schema(format = DateTime)]
        created_at: String,
    }
    /// A page of cards, the newest first.
    CardList {
        object: String,
        data: Vec<Card>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// What a bank moved.
    Sum {
        amount: u64,
        currency: String,
    }
    /// Money from a card.
    TopUp {
        id: String,
        object: String,
        stage: TopUpStage,
        account: String,
        card: String,
        amount: u64,
        currency: String,
        /// The order that it pays.
        order: Option<String>,
        /// The withdrawal by which it goes back.
        withdrawal: Option<String>,
        /// What the bank took. It may differ from what it was asked for.
        taken: Option<Sum>,
        /// Whether that is in suspense until a person has looked.
        set_aside: bool,
        /// The receipt of what the bank took after it had said no.
        late: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        changed_at: String,
    }
    /// A page of top-ups, the newest first.
    TopUpList {
        object: String,
        data: Vec<TopUp>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// Money to a card.
    Withdrawal {
        id: String,
        object: String,
        stage: WithdrawalStage,
        account: String,
        card: String,
        amount: u64,
        currency: String,
        /// The top-up that goes back by it.
        top_up: Option<String>,
        /// What the bank paid out. It may differ from what it was asked for.
        paid: Option<Sum>,
        /// The receipt that goes back by it.
        receipt: Option<String>,
        /// The receipt of what the bank paid out after it had said no.
        late: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        changed_at: String,
    }
    /// A page of withdrawals, the newest first.
    WithdrawalList {
        object: String,
        data: Vec<Withdrawal>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// A bank that the platform talks to.
    Bank {
        name: String,
        /// In a sandbox, the address of the simulated bank.
        url: Option<String>,
        oldest_unanswered_seconds: u64,
        /// Whether new top-ups are turned away because the bank does not answer.
        paused: bool,
        /// Movements that the bank has not been told of yet.
        created: u64,
        /// Movements that the bank was told of and is about to answer.
        sent: u64,
        /// Movements about which the bank was silent.
        unknown: u64,
        /// What the bank was told, since the server's start.
        instructions: u64,
        /// What it was asked, since the server's start.
        questions: u64,
        /// How often it did not answer, since the server's start.
        silences: u64,
        /// Notices that were not signed by the bank, since the server's start.
        notices_refused: u64,
    }
    /// Money that a bank moved and that nothing accounts for.
    UnidentifiedReceipt {
        id: String,
        object: String,
        stage: String,
        amount: u64,
        currency: String,
        /// Whether the bank paid it out, instead of taking it in.
        outgoing: bool,
        /// The movement that the bank had rejected before.
        cause: Option<String>,
        /// Who or what has it now.
        taker: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        changed_at: String,
    }
    /// What somebody proposed to do by hand.
    Proposal {
        id: String,
        object: String,
        stage: ProposalStage,
        /// What it is about, if that is there.
        subject: Option<String>,
        action: ProposalAction,
        /// Why it was proposed.
        reason: String,
        /// Whoever proposed it: a key, or an operator.
        maker: String,
        /// Whoever decided: a key, or an operator; nobody about what one person may do alone.
        checker: Option<String>,
        /// Whether it was proposed with the key that asks now: then another has to decide.
        own: bool,
        /// Why it was decided so.
        decision: Option<String>,
        /// What it was done to.
        done: Option<String>,
        /// Why it could not be done any more, as the code of a problem.
        failure: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        changed_at: String,
    }
    /// What is to be done: the members of the proposal.
    ProposalAction {
        action: ProposedAction,
        receipt: Option<String>,
        resolution: Option<String>,
        account: Option<String>,
        card: Option<String>,
        top_up: Option<String>,
        withdrawal: Option<String>,
        event: Option<String>,
        bank: Option<String>,
        bank_reference: Option<String>,
        amount: Option<u64>,
        currency: Option<String>,
        order: Option<String>,
        to_buyer: Option<u64>,
        change: Option<String>,
        kind: Option<String>,
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
        from: Option<String>,
        to: Option<String>,
        seconds: Option<u32>,
        user: Option<String>,
        level: Option<String>,
        flow: Option<Flow>,
        single_max: Option<u64>,
        day_max: Option<u64>,
        day_count: Option<u64>,
        month_max: Option<u64>,
    }
    /// What the platform announced.
    Announcement {
        id: String,
        object: String,
        kind: AnnouncementKind,
        #[schema(format = DateTime)]
        starts_at: String,
        /// When it should be over, if that was known.
        #[schema(format = DateTime)]
        ends_at: Option<String>,
        /// When somebody said that it is over.
        #[schema(format = DateTime)]
        ended_at: Option<String>,
        title_zh: String,
        title_en: String,
        text_zh: String,
        text_en: String,
        #[schema(format = DateTime)]
        created_at: String,
    }
    /// Announcements that have not ended, the newest first; at most 100.
    AnnouncementList {
        object: String,
        data: Vec<Announcement>,
        has_more: bool,
    }
    /// A page of proposals.
    ProposalList {
        object: String,
        data: Vec<Proposal>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// What was made of a proposal. Asking again under the same name gets the same bytes.
    ProposalDecision {
        id: String,
        object: String,
        status: String,
        cell: u8,
        position: u64,
        #[schema(format = DateTime)]
        time: String,
        stage: ProposalStage,
        /// What it was done to.
        done: Option<String>,
        /// Why it could not be done any more, as the code of a problem: no money moved.
        failure: Option<String>,
    }
    /// A page of receipts, the newest first.
    UnidentifiedReceiptList {
        object: String,
        data: Vec<UnidentifiedReceipt>,
        has_more: bool,
        next_cursor: Option<String>,
    }
    /// Banks.
    BankList {
        object: String,
        data: Vec<Bank>,
        has_more: bool,
    }
}

/// Adds the types to the document.
pub(super) fn add(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema_from::<Card>()
        .schema_from::<CardList>()
        .schema_from::<UnidentifiedReceipt>()
        .schema_from::<UnidentifiedReceiptList>()
        .schema_from::<Proposal>()
        .schema_from::<ProposalAction>()
        .schema_from::<ProposalList>()
        .schema_from::<ProposalDecision>()
        .schema_from::<Announcement>()
        .schema_from::<AnnouncementList>()
        .schema_from::<Sum>()
        .schema_from::<TopUp>()
        .schema_from::<TopUpList>()
        .schema_from::<Withdrawal>()
        .schema_from::<WithdrawalList>()
        .schema_from::<Bank>()
        .schema_from::<BankList>()
}
