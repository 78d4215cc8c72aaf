//! Bytes that nobody would write, for every place that reads bytes.
//!
//! A *target* is a function that takes any bytes, reads them as something, and panics if a promise
//! of that reader is broken: it must not panic itself, and what it accepts has one form. Each crate
//! has the targets of its own readers in modules named `fuzz`. Two kinds of callers share them:
//! tests, which run [`short`] and need nothing; and the programs in `fuzz/`, where a fuzzer looks
//! for new paths for as long as it is let (`cargo xtask fuzz`).

use crate::currency::Currency;
use crate::id::{
    AccountId, AnnouncementId, CardId, DeliveryId, EndpointId, EventId, HoldId, IdError, KeyId,
    OrderId, ProposalId, ReceiptId, RemittanceId, SessionId, TopUpId, TransferId, UserId,
    WithdrawalId,
};
use crate::money::Money;
use crate::name::{OrderNumber, Text};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Bytes of one edit.
const EDIT: usize = 8;
/// The most bytes that one edit puts in.
const INSERTED_MAX: usize = 64;
/// Numbers that readers are prone to trip over.
const NUMBERS: [u32; 8] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX];

/// `base` after the edits that `script` spells, eight bytes each: so a few bytes of a fuzzer lead
/// deep into a file that was sound.
pub fn edited(base: &[u8], script: &[u8]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    let mut rest = script;
    while let Some(([kind, value, a, b, c, d, e, f], behind)) = rest.split_first_chunk::<EDIT>() {
        let place = |one: &u8, two: &u8, three: &u8, length: usize| {
            let number = u32::from_le_bytes([*one, *two, *three, 0]);
            usize::try_from(number).unwrap_or(0).checked_rem(length).unwrap_or(0)
        };
        let at = place(a, b, c, bytes.len());
        let length = usize::from(u16::from_le_bytes([*d, *e]));
        let end = at.saturating_add(length).min(bytes.len());
        let few = length.checked_rem(INSERTED_MAX).unwrap_or(0);
        let after_few = at.saturating_add(few).min(bytes.len());
        match kind % 8 {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|it| *it = *value),
            1 => bytes.iter_mut().skip(at).take(1).for_each(|it| *it ^= 1 << (value % 8)),
            2 => bytes.iter_mut().take(end).skip(at).for_each(|it| *it = *value),
            3 => bytes.truncate(at),
            4 => drop(bytes.splice(at..at, std::iter::repeat_n(*value, few))),
            5 => drop(bytes.drain(at..after_few)),
            6 => {
                let from = place(d, e, f, bytes.len());
                let copied: Vec<u8> =
                    bytes.iter().skip(from).take(usize::from(*value)).copied().collect();
                bytes.iter_mut().skip(at).zip(copied).for_each(|(it, new)| *it = new);
            }
            _ => {
                let number = NUMBERS.get(usize::from(value % 8)).copied().unwrap_or_default();
                let place = bytes.iter_mut().skip(at);
                place.zip(number.to_le_bytes()).for_each(|(it, new)| *it = new);
            }
        }
        rest = behind;
    }
    bytes
}

/// Runs a target with many edited forms of the `bases`, the same ones each time, and with bytes
/// that were nothing before. A panic says with which bytes.
pub fn short(rounds: u64, bases: &[Vec<u8>], target: impl Fn(&[u8])) {
    let mut dice = Dice(rounds);
    for round in 0..rounds {
        let edits = usize::try_from(dice.roll(5)).unwrap_or(0);
        let script: Vec<u8> = (0..edits.saturating_mul(EDIT)).map(|_| dice.byte()).collect();
        let base = bases.get(usize::try_from(dice.roll(u64_of(bases.len()))).unwrap_or(0));
        let bytes = match base {
            Some(base) if round % 8 != 0 => edited(base, &script),
            Some(_) | None => script,
        };
        let ended = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
        assert!(ended.is_ok(), "round {round} of {rounds}: {bytes:?}");
    }
}

fn u64_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Dice that roll the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)).checked_rem(sides).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).unwrap_or(0)
    }
}

fn one_form<T: Display>(text: &str, parse: impl Fn(&str) -> Result<T, IdError>) -> bool {
    let Ok(id) = parse(text) else { return false };
    assert_eq!(id.to_string(), text, "an identifier has one spelling");
    true
}

/// A target: identifiers, order numbers and texts.
pub fn identifiers(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let kinds = [
        one_form(text, AccountId::parse),
        one_form(text, UserId::parse),
        one_form(text, CardId::parse),
        one_form(text, HoldId::parse),
        one_form(text, OrderId::parse),
        one_form(text, TopUpId::parse),
        one_form(text, WithdrawalId::parse),
        one_form(text, ReceiptId::parse),
        one_form(text, ProposalId::parse),
        one_form(text, AnnouncementId::parse),
        one_form(text, RemittanceId::parse),
        one_form(text, TransferId::parse),
        one_form(text, EventId::parse),
        one_form(text, KeyId::parse),
        one_form(text, EndpointId::parse),
        one_form(text, DeliveryId::parse),
        one_form(text, SessionId::parse),
    ];
    assert!(kinds.iter().filter(|it| **it).count() <= 1, "{text} names one kind of thing");
    if let Some(number) = OrderNumber::new(text) {
        assert_eq!(number.as_str(), text);
    }
    if let Some(kept) = Text::new(text) {
        assert!(kept.as_str() == text && text.len() <= Text::MAX);
    }
}

/// A target: a currency in the first three bytes, and an amount behind it.
pub fn money(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((code, amount)) = text.split_at_checked(3) else { return };
    let Some(currency) = Currency::from_code(code) else { return };
    assert_eq!(currency.code(), code);
    assert_eq!(Currency::from_numeric(currency.numeric()), Some(currency));
    let Ok(money) = Money::parse(amount, currency) else { return };
    assert_eq!(money.currency(), currency);
    let shown = money.to_string();
    let spelled = shown.strip_suffix(code).unwrap_or(&shown).trim();
    assert_eq!(Money::parse(spelled, currency), Ok(money), "{amount} is shown as {shown}");
}
