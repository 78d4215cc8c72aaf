//! Short texts that callers choose and the books keep in place.

use std::fmt;

/// A merchant's own number for an order: 1 to 64 of `A–Z a–z 0–9 _ - .`; unique for that merchant,
/// for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber {
    length: u8,
    bytes: [u8; OrderNumber::MAX],
}

impl OrderNumber {
    /// The most characters.
    pub const MAX: usize = 64;

    /// The number with this text, if it is one.
    pub fn new(text: &str) -> Option<OrderNumber> {
        let allowed = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.');
        if text.is_empty() || text.len() > Self::MAX || !text.bytes().all(allowed) {
            return None;
        }
        let mut bytes = [0; Self::MAX];
        for (place, letter) in bytes.iter_mut().zip(text.bytes()) {
            *place = letter;
        }
        Some(OrderNumber { length: u8::try_from(text.len()).ok()?, bytes })
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Debug for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! short_texts {
    ($($(#[$doc:meta])* $name:ident of $allowed:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            length: u8,
            bytes: [u8; $name::MAX],
        }

        impl $name {
            /// The most characters.
            pub const MAX: usize = 35;

            /// The name with this text, if it is one.
            pub fn new(text: &str) -> Option<$name> {
                let allowed: fn(u8) -> bool = $allowed;
                if text.is_empty() || text.len() > Self::MAX || !text.bytes().all(allowed) {
                    return None;
                }
                let mut bytes = [0; Self::MAX];
                for (place, letter) in bytes.iter_mut().zip(text.bytes()) {
                    *place = letter;
                }
                Some($name { length: u8::try_from(text.len()).ok()?, bytes })
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
                std::str::from_utf8(text).unwrap_or_default()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

short_texts! {
    /// A bank, as the platform calls it: 1 to 35 visible characters of ASCII.
    BankName of |it| it.is_ascii_graphic();
    /// What a bank calls a movement of its own: 1 to 35 visible characters of ASCII, as ISO 20022
    /// has them.
    BankNumber of |it| it.is_ascii_graphic();
    /// What a carrier calls a shipment: 1 to 35 of `A–Z a–z 0–9 -`.
    TrackingNumber of |it| it.is_ascii_alphanumeric() || it == b'-';
}

/// What a side of an order says, sealed by whoever asks: the ledger keeps it in the journal and
/// cannot read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement(Box<str>);

impl Statement {
    /// The most bytes: 500 characters of four bytes, sealed.
    pub const MAX: usize = 2_720;

    /// The statement with this sealed text: some visible ASCII, and not too much of it.
    pub fn new(sealed: &str) -> Option<Statement> {
        let fits = !sealed.is_empty() && sealed.len() <= Self::MAX;
        let allowed = sealed.bytes().all(|it| it.is_ascii_graphic());
        (fits && allowed).then(|| Statement(sealed.into()))
    }

    /// The sealed text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text of the caller that the ledger keeps in the journal and never looks into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Box<str>);

impl Text {
    /// The most bytes.
    pub const MAX: usize = 1_024;

    /// The text, unless it is too long or has control characters.
    pub fn new(text: &str) -> Option<Text> {
        let fits = text.len() <= Self::MAX && !text.chars().any(char::is_control);
        fits.then(|| Text(text.into()))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
