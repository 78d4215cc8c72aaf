//! Rows: what the books keep, in a fixed number of bytes each.
//!
//! A row that changes begins with the byte 1, so that a row of zeros is one that was never written.
//! What a row does not need of its bytes is zero.

use super::{CodecError, Coded, coded_struct};
use crate::journal::Location;
use crate::table::CHECK;
use ledger::account::Account;
use ledger::announcement::Announcement;
use ledger::bank::{TopUp, Withdrawal};
use ledger::books::Settings;
use ledger::command::Answer;
use ledger::event::Happening;
use ledger::hold::Hold;
use ledger::id::Position;
use ledger::limits::{Flow, Limit, Limits, Usage, Used};
use ledger::order::Order;
use ledger::person::{Person, Session};
use ledger::posting::Posting;
use ledger::proposal::Proposal;
use ledger::receipt::Receipt;
use ledger::registry::{Card, Delivery, Endpoint, Key, User};
use ledger::remittance::{Channel, Letter, Remittance};

/// A row of a table, or of a log.
pub(crate) trait Row: Coded {
    /// Which table; part of every checksum.
    const TAG: u8;
    /// Its bytes. A log's include its checksum.
    const SIZE: usize;
    /// The name of its file.
    const FILE: &'static str;

    /// The row's bytes, except a log's checksum.
    fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        out.push(1);
        self.put(out);
        debug_assert!(out.len() <= Self::SIZE, "{} needs {} bytes", Self::FILE, out.len());
        out.resize(Self::SIZE, 0);
    }

    /// The row with these bytes; `None` if it was never written.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut input = bytes;
        match u8::take(&mut input) {
            Ok(1) => {}
            Ok(_) | Err(_) => return None,
        }
        let row = Self::take(&mut input);
        // Checksums have been verified: only a program that writes other rows could cause this.
        Some(row.unwrap_or_else(|error| panic!("{}: {error}", Self::FILE)))
    }
}

/// An answer, with the place of its request in the journal. The place comes first, where the state
/// hash leaves it out: another copy of the journal may have the same records in other places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) location: Location,
}

coded_struct! { Answered { location, answer } }

impl Answered {
    /// What the state hash is made of.
    pub(crate) fn hashed(row: &[u8]) -> &[u8] {
        &row[1 + size_of::<u64>()..row.len() - CHECK]
    }
}

impl Coded for Location {
    fn put(&self, out: &mut Vec<u8>) {
        self.raw().put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Ok(Location::from_raw(u64::take(input)?))
    }
}

macro_rules! arrays {
    ($($item:ty)*) => {$(
        impl<const N: usize> Coded for [$item; N] {
            fn put(&self, out: &mut Vec<u8>) {
                for item in self {
                    item.put(out);
                }
            }
            fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
                let mut items = [<$item>::default(); N];
                for item in &mut items {
                    *item = Coded::take(input)?;
                }
                Ok(items)
            }
        }
    )*};
}

arrays!(u64 Option<Position> Used Limit [Limit; Flow::ALL.len()]);

coded_struct! {
    Settings { cell, sandbox, clock_ahead, balance_limits }
    Account {
        id, kind, currency, state, debits, credits, held, balance_limit, opened_at, postings,
        open_top_ups, owner, last_posting, last_event, appealed,
    }
    Order {
        id, seller, buyer, merchant, customer, number, price, mode, terms, stage, refunded, asked,
        fee, buyer_statements, seller_statements, created_at, paid_at, shipped_at, ended_at, due,
        position, last_event,
    }
    Hold { id, account, amount, captured, stage, placed_at, due, last_event }
    TopUp {
        id, account, card, amount, stage, order, withdrawal, taken, set_aside, late, created_at,
        changed_at, last_event,
    }
    Withdrawal {
        id, account, card, amount, stage, paid, top_up, receipt, late, created_at,
        changed_at, last_event,
    }
    Receipt {
        id, amount, outgoing, stage, cause, taker, created_at, changed_at, position, last_event,
    }
    Proposal {
        id, stage, subject, about, maker, checker, fingerprint, position, decided, done, failure,
        created_at, changed_at, last_event,
    }
    Remittance { id, debit, credit, amount, purpose, stage, top_up, refusal, sent_at, last_event }
    Channel { sent, received }
    User { id, kind, created_at, position, accounts, endpoints }
    Card { id, user, last_four, created_at, position, removed_at }
    Key { id, hash, role, user, created_at, revoked_at }
    Endpoint { id, user, generation, rotated_at, created_at, disabled_at, position }
    Delivery {
        id, endpoint, event, stage, attempts, last_status, next_at, created_at,
    }
    Limits { by_level }
    Usage { account, day, month, flows }
    Used { day, count, month }
    Person {
        user, slot, login, duty, level, profile, password, payment_password, totp, passkeys,
        sign_in_failures, sign_in_locked_until, payment_failures, payment_locked_until, level_asked,
        erased_at, last_event,
    }
    Session { id, user, method, hash, opened_at, expires_at, ended_at, refused, position }
    Announcement { id, kind, starts_at, ends_at, ended_at, created_at, position, last_event }
    Posting {
        position, time, reason, subject, debit, credit, amount, currency, debit_previous,
        credit_previous, debit_balance, credit_balance,
    }
    Happening { position, time, kind, actor, subject, merchant, amount, previous }
    Answer { id, fingerprint, position, time, outcome, first_posting, postings }
    Letter { to, number, message }
}

macro_rules! rows {
    ($($row:ty = $tag:literal, $size:literal, $file:literal;)*) => {$(
        impl Row for $row {
            const TAG: u8 = $tag;
            const SIZE: usize = $size;
            const FILE: &'static str = $file;
        }
    )*};
}

rows! {
    Settings = 1, 96, "settings";
    Account = 2, 96, "accounts";
    Order = 3, 240, "orders";
    Hold = 4, 64, "holds";
    TopUp = 5, 112, "top-ups";
    Withdrawal = 6, 112, "withdrawals";
    Remittance = 7, 96, "remittances";
    Channel = 8, 32, "channels";
    User = 9, 48, "users";
    Card = 10, 48, "cards";
    Key = 11, 80, "keys";
    Endpoint = 12, 64, "endpoints";
    Delivery = 13, 48, "deliveries";
    Receipt = 14, 80, "receipts";
    Proposal = 15, 128, "proposals";
    Person = 16, 176, "people";
    Session = 17, 88, "sessions";
    Announcement = 18, 72, "announcements";
    Limits = 24, 400, "limits";
    Usage = 25, 128, "usages";
    Posting = 20, 96, "postings";
    Happening = 21, 72, "happenings";
    Answered = 22, 80, "answers";
    Letter = 23, 80, "letters";
}
