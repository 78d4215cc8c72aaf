//! Targets for fuzzing: requests and rows. See [`ledger::fuzz`].

use super::{decode_request, encode_request, fingerprint};
use crate::codec::rows::{Answered, Row};
use crate::table::CHECK;
use ledger::account::Account;
use ledger::announcement::Announcement;
use ledger::bank::{TopUp, Withdrawal};
use ledger::books::Settings;
use ledger::event::Happening;
use ledger::hold::Hold;
use ledger::limits::{Limits, Usage};
use ledger::order::Order;
use ledger::person::{Person, Session};
use ledger::posting::Posting;
use ledger::proposal::Proposal;
use ledger::receipt::Receipt;
use ledger::registry::{Card, Delivery, Endpoint, Key, User};
use ledger::remittance::{Channel, Letter, Remittance};

/// A record of the journal: what is read as a request at all is written as the same bytes.
pub fn request(bytes: &[u8]) {
    let _ = fingerprint(bytes);
    let Ok(request) = decode_request(bytes) else { return };
    let mut again = Vec::new();
    encode_request(&request, &mut again);
    assert_eq!(again, bytes, "a request has one form: {request:?}");
}

/// A row, of the kind that the first byte says. What is read and has nothing behind it but zeros is
/// written as the same bytes.
pub fn row(bytes: &[u8]) {
    let Some((kind, content)) = bytes.split_first() else { return };
    let readers: [fn(&[u8]); 24] = [
        one::<Settings>,
        one::<Account>,
        one::<Order>,
        one::<Hold>,
        one::<TopUp>,
        one::<Withdrawal>,
        one::<Remittance>,
        one::<Channel>,
        one::<User>,
        one::<Card>,
        one::<Key>,
        one::<Endpoint>,
        one::<Delivery>,
        one::<Posting>,
        one::<Happening>,
        one::<Answered>,
        one::<Letter>,
        one::<Receipt>,
        one::<Proposal>,
        one::<Person>,
        one::<Session>,
        one::<Announcement>,
        one::<Limits>,
        one::<Usage>,
    ];
    readers[usize::from(*kind) % readers.len()](content);
}

fn one<R: Row>(content: &[u8]) {
    let mut bytes = vec![1];
    bytes.extend_from_slice(content);
    bytes.resize(R::SIZE, 0);
    let mut rest = &bytes[1..];
    let Ok(row) = R::take(&mut rest) else { return };
    if rest.iter().any(|it| *it != 0) {
        return;
    }
    let mut again = Vec::new();
    row.write(&mut again);
    assert_eq!(again, bytes, "a row of {} has one form", R::FILE);
    // A log puts its checksum over the last bytes.
    assert!(
        !LOGS.contains(&R::TAG) || rest.len() >= CHECK,
        "{} has room for its checksum",
        R::FILE
    );
}

/// The tags of logs.
const LOGS: std::ops::RangeInclusive<u8> = 20..=23;
