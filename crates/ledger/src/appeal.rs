//! Appeals: what the owner of a frozen account says against it, and that the platform said no.
//!
//! An appeal is the words of a person and may be about a person: whoever asks seals it, and the
//! account's row says no more than that one is open. Unfreezing grants it; there is no command of
//! its own for that. Closing the account ends it too.

use crate::id::AccountId;
use crate::name::Statement;

/// The owner of a frozen account asks to have it unfrozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// Which account.
    pub account: AccountId,
    /// Why, in the owner's words.
    pub statement: Statement,
}

/// Answers an appeal with no: the account stays frozen. By hand alone. The owner reads the reason
/// and may appeal again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefuseAppeal {
    /// Whose appeal.
    pub account: AccountId,
}
