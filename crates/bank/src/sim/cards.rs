//! What a card does. A number ends in its behaviour, so that a test can be read without looking
//! anything up, and the bank remembers the behaviour of each token that it gave.

use super::script::{Act, Script};
use crate::Kind;
use serde::{Deserialize, Serialize};

/// How long the bank of a card that is late takes, in seconds.
pub const LATE: u64 = 60;
/// How long the bank of a card that is slow takes to answer, in seconds.
pub const SLOW: u64 = 30;
/// After how long an order that nobody paid is long closed, in seconds.
pub const AFTER_CLOSING: u64 = 7_200;
/// After how long a withdrawal comes back, in seconds.
pub const NEXT_DAY: u64 = 86_400;

/// What becomes of an instruction with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// It is done, unless the bank was told to make mistakes.
    Plain,
    /// Collecting fails for want of money.
    InsufficientFunds,
    /// The card's bank says no.
    Declined,
    /// The card is too old.
    Expired,
    /// The customer typed the wrong code.
    WrongSmsCode,
    /// The customer typed the right code.
    SmsThenDone,
    /// The customer typed the right code and then failed to confirm.
    SmsThenFailed,
    /// The bank is silent, and does it after [`LATE`].
    LateSuccess,
    /// The bank is silent, and rejects it after [`LATE`].
    LateFailure,
    /// The bank does it, and takes half a minute to say so.
    Slow,
    /// The bank does it, and says so twice.
    NotifiesTwice,
    /// The bank does it after [`AFTER_CLOSING`].
    AfterClosing,
    /// A withdrawal comes back after [`NEXT_DAY`].
    ReturnedNextDay,
    /// The card is somebody else's.
    NameMismatch,
    /// The bank does it, and writes another amount into its statement.
    StatementAmount,
}

/// The numbers that behave in a certain way. All others are plain.
pub const CARDS: [(&str, Behaviour); 16] = [
    ("6200000000000005", Behaviour::Plain),
    ("6200000000001003", Behaviour::InsufficientFunds),
    ("6200000000002001", Behaviour::Declined),
    ("6200000000003009", Behaviour::Expired),
    ("6200000000004007", Behaviour::WrongSmsCode),
    ("6200000000005004", Behaviour::SmsThenDone),
    ("6200000000006002", Behaviour::SmsThenFailed),
    ("6200000000007000", Behaviour::LateSuccess),
    ("6200000000008008", Behaviour::LateFailure),
    ("6200000000009006", Behaviour::Slow),
    ("6200000000010004", Behaviour::NotifiesTwice),
    ("6200000000011002", Behaviour::AfterClosing),
    ("6200000000012000", Behaviour::Plain),
    ("6200000000013008", Behaviour::ReturnedNextDay),
    ("6200000000014006", Behaviour::NameMismatch),
    ("6200000000015003", Behaviour::StatementAmount),
];

impl Behaviour {
    /// The behaviour of a card number.
    pub(super) fn of(number: &str) -> Behaviour {
        let found = CARDS.iter().find(|(it, _)| *it == number);
        found.map_or(Behaviour::Plain, |(_, it)| *it)
    }

    /// What the bank does with such a card, and when.
    pub(super) fn script(self, kind: Kind) -> Script {
        let done = || Script::now(Act::Execute);
        let rejected = |reason: &str| Script::now(Act::Reject(reason.to_owned()));
        // Nobody needs money on a card, or a code, to be paid.
        let collecting = |script: Script| match kind {
            Kind::Collect => script,
            Kind::Payout => done(),
        };
        match self {
            Behaviour::Plain
            | Behaviour::SmsThenDone
            | Behaviour::Slow
            | Behaviour::NotifiesTwice
            | Behaviour::StatementAmount => done(),
            Behaviour::InsufficientFunds => collecting(rejected("insufficient_funds")),
            Behaviour::WrongSmsCode => collecting(rejected("sms_code_wrong")),
            Behaviour::SmsThenFailed => collecting(rejected("sms_not_confirmed")),
            Behaviour::Declined => rejected("declined"),
            Behaviour::Expired => rejected("card_expired"),
            Behaviour::NameMismatch => rejected("holder_name_mismatch"),
            Behaviour::LateSuccess => Script::after(LATE, Act::Execute),
            Behaviour::LateFailure => Script::after(LATE, Act::Reject("declined".to_owned())),
            Behaviour::AfterClosing => Script::after(AFTER_CLOSING, Act::Execute),
            Behaviour::ReturnedNextDay => match kind {
                Kind::Collect => done(),
                Kind::Payout => done().then(NEXT_DAY, Act::Return("account_closed".to_owned())),
            },
        }
    }
}

/// Twelve to nineteen digits, the last of which checks the others (ISO/IEC 7812-1, annex B).
pub(super) fn is_card_number(number: &str) -> bool {
    let digits = number.bytes().all(|it| it.is_ascii_digit());
    if !digits || !(12..=19).contains(&number.len()) {
        return false;
    }
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let each = number.bytes().rev().map(|it| u32::from(it - b'0')).enumerate();
    let sum: u32 = each.map(|(at, it)| if at % 2 == 1 { doubled(it) } else { it }).sum();
    sum.is_multiple_of(10)
}
