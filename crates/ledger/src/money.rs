//! Money that cannot be added wrongly.

use crate::currency::Currency;
use std::fmt;

/// The whole, in basis points.
const BASIS_POINTS_MAX: u64 = 10_000;

/// The largest amount of one request, in minor units. Far below what an account can hold, so that
/// one mistaken request cannot make every later one overflow.
pub const AMOUNT_MAX: u64 = 100_000_000_000_000;

/// An amount of money. Not `Ord`: "is 5 EUR more than 600 JPY?" has no answer this type could give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Money {
    minor: u64,
    currency: Currency,
}

/// A share in basis points, from nothing to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Share {
    basis_points: u16,
}

/// Why amounts could not be put together, or a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// The amounts are in different currencies.
    CurrencyDiffers,
    /// The sum is more than can be written.
    Overflow,
    /// The text is not a plain decimal number.
    NotANumber,
    /// The text has more decimals than the currency.
    TooManyDecimals,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MoneyError::CurrencyDiffers => "the amounts are in different currencies",
            MoneyError::Overflow => "the amount is too large",
            MoneyError::NotANumber => "an amount is digits, with a point before the decimals",
            MoneyError::TooManyDecimals => "the amount has more decimals than its currency",
        })
    }
}

impl Share {
    /// Nothing.
    pub const NONE: Share = Share { basis_points: 0 };

    /// The share of so many basis points, or `None` if it is more than the whole.
    pub fn new(basis_points: u16) -> Option<Share> {
        (u64::from(basis_points) <= BASIS_POINTS_MAX).then_some(Share { basis_points })
    }

    /// The share in basis points.
    pub const fn basis_points(self) -> u16 {
        self.basis_points
    }
}

impl Money {
    /// So many minor units of a currency.
    pub const fn new(minor: u64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// The amount in minor units: fen, cents, or yen.
    pub const fn minor(self) -> u64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Reads a decimal such as `12.5` or `12.50`: digits of ASCII, one point at most, no more
    /// decimals than the currency has.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let exponent = usize::from(currency.exponent());
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return Err(MoneyError::NotANumber),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |it: &str| it.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) {
            return Err(MoneyError::NotANumber);
        }
        if decimals.len() > exponent {
            return Err(MoneyError::TooManyDecimals);
        }
        let zeros = std::iter::repeat_n(b'0', exponent.saturating_sub(decimals.len()));
        let mut minor: u64 = 0;
        for digit in whole.bytes().chain(decimals.bytes()).chain(zeros) {
            let value = u64::from(digit.saturating_sub(b'0'));
            let shifted = minor.checked_mul(10).ok_or(MoneyError::Overflow)?;
            minor = shifted.checked_add(value).ok_or(MoneyError::Overflow)?;
        }
        Ok(Money { minor, currency })
    }

    /// The same amount, once it is certain that it is in `currency`.
    pub fn in_currency(self, currency: Currency) -> Result<Money, MoneyError> {
        if self.currency == currency { Ok(self) } else { Err(MoneyError::CurrencyDiffers) }
    }

    /// The sum of two amounts in the same currency.
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        let other = other.in_currency(self.currency)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Money { minor, ..self })
    }

    /// Splits the amount into `share` of it, rounded down, and the rest.
    ///
    /// The rest keeps the fraction of a minor unit that rounding leaves over, so the parts always
    /// add up to the whole. Whoever should win the rounding must be given the rest.
    #[expect(clippy::arithmetic_side_effects, reason = "a share is at most the whole")]
    pub fn split(self, share: Share) -> (Money, Money) {
        let points = u64::from(share.basis_points);
        let (parts, left_over) = (self.minor / BASIS_POINTS_MAX, self.minor % BASIS_POINTS_MAX);
        let part = parts * points + left_over * points / BASIS_POINTS_MAX;
        let rest = self.minor - part;
        (Money { minor: part, ..self }, Money { minor: rest, ..self })
    }
}

impl fmt::Display for Money {
    /// The decimal number and the currency's code: `88.00 CNY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = usize::from(self.currency.exponent());
        let digits = format!("{:0>width$}", self.minor, width = exponent.saturating_add(1));
        let (whole, decimals) = digits.split_at(digits.len().saturating_sub(exponent));
        let point = if exponent == 0 { "" } else { "." };
        write!(f, "{whole}{point}{decimals} {}", self.currency.code())
    }
}
