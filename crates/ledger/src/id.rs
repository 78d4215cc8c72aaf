//! Identifiers that refuse each other.
//!
//! Everything the ledger opens gets the next number of its kind in its cell. The cell is part of
//! the identifier, so whoever holds one knows which journal to ask. In text an identifier is its
//! prefix, thirteen digits of Crockford's base 32, and one check digit: a mistyped account is
//! refused before anybody looks for it. The parser accepts exactly one spelling.

use std::fmt;

/// The digits of Crockford's base 32, in lower case.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits in the text of an identifier, before the check digit.
const LENGTH: usize = 13;
/// Bits of an identifier that number the thing within its cell.
const NUMBER_BITS: u32 = 48;
/// The largest number within a cell.
pub const NUMBER_MAX: u64 = (1 << NUMBER_BITS) - 1;

/// Names a cell: one journal, one set of books, one writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(u8);

impl CellId {
    /// The cell that keeps what belongs to no user: API keys and the platform's settings.
    pub const FIRST: CellId = CellId(0);

    /// The cell with this number.
    pub const fn new(number: u8) -> CellId {
        CellId(number)
    }

    /// Its number, from 0.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Why a text is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// It begins with another prefix: it names another kind of thing, or nothing.
    Prefix {
        /// What it should have begun with.
        expected: &'static str,
    },
    /// It is too short, too long, or has a character that no identifier has.
    Spelling,
    /// The check digit does not fit: somebody mistyped it.
    CheckDigit,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdError::Prefix { expected } => write!(f, "an identifier that begins with {expected}_"),
            IdError::Spelling => write!(f, "an identifier has 14 digits after its prefix"),
            IdError::CheckDigit => write!(f, "the check digit does not fit: it is mistyped"),
        }
    }
}

/// The text of `value`, without prefix.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "five bits index thirty-two digits, and sums of small products stay small"
)]
fn spell(value: u64) -> [u8; LENGTH + 1] {
    let mut text = [0; LENGTH + 1];
    let mut check = 0;
    for (place, letter) in text.iter_mut().take(LENGTH).enumerate() {
        let digit = (value >> (5 * (LENGTH - 1 - place))) & 31;
        check = (check + digit * (place as u64 + 1)) % 31;
        *letter = DIGITS[digit as usize];
    }
    text[LENGTH] = DIGITS[check as usize];
    text
}

/// The value whose text this is.
fn read(text: &str) -> Result<u64, IdError> {
    let mut value: u64 = 0;
    let (digits, _) = text.as_bytes().split_at_checked(LENGTH).ok_or(IdError::Spelling)?;
    for letter in digits {
        let digit = DIGITS.iter().position(|it| it == letter).ok_or(IdError::Spelling)?;
        let digit = u64::try_from(digit).map_err(|_| IdError::Spelling)?;
        value = value.checked_mul(32).ok_or(IdError::Spelling)? | digit;
    }
    if text.len() != LENGTH.saturating_add(1) {
        return Err(IdError::Spelling);
    }
    if spell(value) == *text.as_bytes() { Ok(value) } else { Err(IdError::CheckDigit) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        #[expect(
            clippy::as_conversions,
            reason = "const functions have no other conversions, and the masks leave what fits"
        )]
        impl $name {
            /// What its text begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The thing with this number in `cell`. Numbers have 48 bits; the rest is cut off.
            pub const fn new(cell: CellId, number: u64) -> $name {
                $name(((cell.0 as u64) << NUMBER_BITS) | (number & NUMBER_MAX))
            }

            /// The cell it lives in.
            pub const fn cell(self) -> CellId {
                CellId(((self.0 >> NUMBER_BITS) & 0xff) as u8)
            }

            /// Its number in that cell.
            pub const fn number(self) -> u64 {
                self.0 & NUMBER_MAX
            }

            /// The identifier as it is kept.
            pub const fn raw(self) -> u64 {
                self.0
            }

            /// The identifier that was kept as `raw`.
            pub const fn from_raw(raw: u64) -> $name {
                $name(raw)
            }

            /// Reads the text that `Display` writes, and nothing else.
            pub fn parse(text: &str) -> Result<$name, IdError> {
                let rest = text
                    .strip_prefix($prefix)
                    .and_then(|it| it.strip_prefix('_'))
                    .ok_or(IdError::Prefix { expected: $prefix })?;
                let value = read(rest)?;
                let fits = value >> (NUMBER_BITS + 8) == 0;
                if fits { Ok($name(value)) } else { Err(IdError::Spelling) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = spell(self.0);
                write!(f, "{}_{}", $prefix, std::str::from_utf8(&text).unwrap_or_default())
            }
        }
    )*};
}

ids! {
    /// Names an account.
    AccountId = "acc";
    /// Names a user: a customer, a merchant or an operator.
    UserId = "usr";
    /// Names a bank card that belongs to a user.
    CardId = "card";
    /// Names a hold on an account.
    HoldId = "hold";
    /// Names an order.
    OrderId = "ord";
    /// Names a top-up from a bank card.
    TopUpId = "top";
    /// Names a withdrawal to a bank card.
    WithdrawalId = "wdr";
    /// Names money that a bank moved and that nothing accounted for.
    ReceiptId = "rcpt";
    /// Names what somebody proposed to do by hand.
    ProposalId = "prp";
    /// Names what the platform announced.
    AnnouncementId = "ann";
    /// Names money on its way to another cell.
    RemittanceId = "rem";
    /// Names a transfer, or a row of linked ones, by the position of its request.
    TransferId = "trf";
    /// Names an entry: a posting, as the history of an account has it.
    EntryId = "ent";
    /// Names something that happened.
    EventId = "evt";
    /// Names an API key, without giving it away.
    KeyId = "key";
    /// Names a webhook endpoint.
    EndpointId = "whe";
    /// Names the delivery of an event to an endpoint.
    DeliveryId = "whd";
    /// Names a session, or a sign-in that failed.
    SessionId = "ses";
}

/// Names a request. Made from the caller and the key the caller chose: asking again under the same
/// name repeats the answer, not the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u128);

impl RequestId {
    /// The name of requests that the platform makes for itself and that carry their own protection
    /// against repetition, such as the numbered messages between cells.
    pub const UNNAMED: RequestId = RequestId(0);
}

/// The place of a record in its cell's journal. The first record has position 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
