//! Every value comes back, in one form only, and no bytes make the codec panic.

mod dice;
pub(crate) mod samples;

use super::{
    Answered, CodecError, Coded, Row, decode, decode_request, encode_request, fingerprint,
};
use crate::table::CHECK;
use ledger::account::Account;
use ledger::announcement::Announcement;
use ledger::bank::{TopUp, Withdrawal};
use ledger::books::Settings;
use ledger::command::{Command, Request, Transfer};
use ledger::currency::Currency;
use ledger::event::{Actor, EventKind, Happening};
use ledger::hold::Hold;
use ledger::id::{AccountId, CellId, RequestId, UserId};
use ledger::limits::{Limits, Usage};
use ledger::money::Money;
use ledger::order::Order;
use ledger::person::{Person, Session};
use ledger::posting::Posting;
use ledger::proposal::Proposal;
use ledger::receipt::Receipt;
use ledger::registry::{Card, Delivery, Endpoint, Key, User};
use ledger::remittance::{Channel, Letter, Remittance};
use samples::{Dice, Sample};
use std::collections::HashSet;
use std::fmt::Debug;

/// What the documents say of rows.
const TABLES: &str = include_str!("../../../../docs/data/tables.md");
/// The tags of logs, whose rows end in a checksum.
const LOGS: std::ops::RangeInclusive<u8> = 20..=23;

fn encoded(request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_request(request, &mut bytes);
    bytes
}

fn transfer(id: u128, minor: u64) -> Request {
    let account = |number| AccountId::new(CellId::new(3), number);
    Request {
        id: RequestId(id),
        actor: Actor::User(UserId::new(CellId::new(3), 9)),
        command: Command::Transfer(Transfer {
            debit: account(512_000),
            credit: account(512_001),
            amount: Money::new(minor, Currency::CNY),
        }),
    }
}

#[test]
fn every_request_comes_back() {
    let mut commands = HashSet::new();
    for seed in 0..20_000 {
        let request = Request::sample(&mut Dice(seed));
        let bytes = encoded(&request);
        commands.insert(std::mem::discriminant(&request.command));
        assert_eq!(decode_request(&bytes), Ok(request), "seed {seed}");
    }
    assert_eq!(commands.len(), 62, "every command was met");
}

/// Longest forms included: a row that outgrows its place would be cut.
#[test]
fn every_row_comes_back() {
    fn check<R: Row + Sample + PartialEq + Debug>() {
        let mut bytes = Vec::new();
        for seed in 0..3_000 {
            let row = R::sample(&mut Dice(seed));
            row.write(&mut bytes);
            assert_eq!(bytes.len(), R::SIZE);
            if LOGS.contains(&R::TAG) {
                bytes[R::SIZE - CHECK..].fill(0xff);
            }
            assert_eq!(R::read(&bytes), Some(row), "seed {seed}");
        }
        let line = format!("| `{}` | {} | {} |", R::FILE, R::TAG, R::SIZE);
        assert!(TABLES.contains(&line), "docs/data/tables.md does not say {line}");
        assert_eq!(R::read(&vec![0; R::SIZE]), None, "{} of zeros was never written", R::FILE);
    }
    check::<Settings>();
    check::<Account>();
    check::<Order>();
    check::<Hold>();
    check::<TopUp>();
    check::<Withdrawal>();
    check::<Remittance>();
    check::<Channel>();
    check::<User>();
    check::<Card>();
    check::<Key>();
    check::<Endpoint>();
    check::<Delivery>();
    check::<Receipt>();
    check::<Proposal>();
    check::<Person>();
    check::<Session>();
    check::<Limits>();
    check::<Usage>();
    check::<Posting>();
    check::<Happening>();
    check::<Answered>();
    check::<Letter>();
}

#[test]
fn a_value_has_one_form() {
    let mut accepted = 0;
    for seed in 0..60_000 {
        let mut dice = Dice(seed);
        let mut bytes = encoded(&Request::sample(&mut dice));
        for _ in 0..=dice.roll(2) {
            let at = usize::try_from(dice.roll(u64::try_from(bytes.len()).unwrap())).unwrap();
            bytes[at] = dice.pick(&[0, 1, bytes[at] ^ 1, bytes[at].wrapping_add(1), 0xff]);
        }
        if let Ok(request) = decode_request(&bytes) {
            accepted += 1;
            assert_eq!(encoded(&request), bytes, "seed {seed}");
        }
    }
    assert!((10_000..60_000).contains(&accepted), "{accepted} were still requests");
}

#[test]
fn what_is_cut_off_or_goes_on_is_refused() {
    for seed in 0..500 {
        let bytes = encoded(&Request::sample(&mut Dice(seed)));
        for length in 0..bytes.len() {
            assert!(decode_request(&bytes[..length]).is_err(), "seed {seed}, {length} bytes");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(decode_request(&longer), Err(CodecError::TooLong), "seed {seed}");
    }
}

#[test]
fn noise_does_no_harm() {
    for seed in 0..50_000 {
        let mut dice = Dice(seed);
        let bytes: Vec<u8> = (0..dice.roll(300)).map(|_| dice.pick(&[0, 1, 2, 22, 30])).collect();
        let _ = decode_request(&bytes);
    }
}

/// The form is for ever: journals that were written have to be read. If this fails, put the form
/// back.
#[test]
fn the_form_of_a_transfer_is_for_ever() {
    let expected = [
        "100f0e0d0c0b0a090807060504030201", // the request's name
        "02_0900000000000300",              // actor: a user
        "16",                               // command: a transfer
        "00d0070000000300",                 // debit
        "01d0070000000300",                 // credit
        "6022000000000000_9c00",            // amount, currency
    ];
    let request = transfer(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10, 8_800);
    let expected = expected.concat().replace('_', "");
    let expected: Vec<u8> = (0..expected.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&expected[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(encoded(&request), expected);
    assert_eq!(fingerprint(&expected), 0xd182_4973_64e5_7aca);
}

/// Records from before shipments were kept are read as they were meant, and written as ever.
#[test]
fn an_order_that_was_shipped_without_a_shipment_is_read_as_ever() {
    let order = ledger::id::OrderId::new(CellId::FIRST, 7);
    let command = |shipment| Command::ShipOrder(ledger::command::ShipOrder { order, shipment });
    let bytes = |it: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        it(&mut out);
        out
    };
    let before = [vec![32], bytes(&|out| order.put(out))].concat();
    assert_eq!(decode::<Command>(&before), Ok(command(None)));
    assert_eq!(bytes(&|out| command(None).put(out)), before);
}

/// So are the numbers of cases.
#[test]
fn numbers_of_cases_are_for_ever() {
    fn numbers<T: Coded>(all: &[T]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for case in all {
            case.put(&mut bytes);
        }
        bytes
    }
    let up_to = |last| (1..=last).collect::<Vec<u8>>();
    assert_eq!(numbers(&EventKind::ALL), (0..71).collect::<Vec<u8>>());
    assert_eq!(numbers(&ledger::posting::Reason::ALL), up_to(18));
    assert_eq!(numbers(&ledger::order::Stage::ALL), up_to(9));
    assert_eq!(numbers(&ledger::order::Event::ALL), up_to(17));
    assert_eq!(numbers(&ledger::shipment::Carrier::ALL), up_to(11));
    assert_eq!(numbers(&ledger::account::AccountKind::ALL), up_to(9));
    assert_eq!(numbers(&ledger::bank::BankEvent::ALL), up_to(6));
    assert_eq!(numbers(&ledger::bank::TopUpStage::ALL), up_to(9));
    assert_eq!(numbers(&ledger::bank::WithdrawalStage::ALL), up_to(7));
    assert_eq!(numbers(&ledger::hold::HoldStage::ALL), up_to(4));
    assert_eq!(numbers(&ledger::remittance::RemittanceStage::ALL), up_to(3));
    assert_eq!(numbers(&ledger::receipt::ReceiptStage::ALL), up_to(6));
    assert_eq!(numbers(&ledger::proposal::ProposalStage::ALL), up_to(5));
    assert_eq!(numbers(&ledger::person::Level::ALL), up_to(3));
    assert_eq!(numbers(&ledger::person::Duty::ALL), up_to(4));
    assert_eq!(numbers(&ledger::person::Method::ALL), up_to(3));
    assert_eq!(numbers(&ledger::announcement::AnnouncementKind::ALL), up_to(3));
    assert_eq!(numbers(&ledger::limits::Flow::ALL), up_to(4));
    assert_eq!(numbers(&ledger::limits::LimitKind::ALL), up_to(4));
}

#[test]
fn a_fingerprint_is_of_the_content_and_not_of_the_name() {
    let print = |request: &Request| fingerprint(&encoded(request));
    assert_eq!(print(&transfer(1, 100)), print(&transfer(2, 100)));
    assert_ne!(print(&transfer(1, 100)), print(&transfer(1, 101)));
    let by_platform = Request { actor: Actor::Platform, ..transfer(1, 100) };
    assert_ne!(print(&transfer(1, 100)), print(&by_platform));
}

fn row_sample<R: Row + Sample>(kind: u8, seed: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    R::sample(&mut Dice(seed)).write(&mut bytes);
    bytes[0] = kind;
    bytes
}

/// The targets of fuzzing, for a moment.
#[test]
fn no_bytes_make_the_codec_panic_and_what_it_reads_has_one_form() {
    let requests: Vec<_> = (0..500).map(|it| encoded(&Request::sample(&mut Dice(it)))).collect();
    ledger::fuzz::short(30_000, &requests, super::fuzz::request);

    let rows: Vec<_> = (0..30)
        .flat_map(|seed| {
            [
                row_sample::<Account>(1, seed),
                row_sample::<Order>(2, seed),
                row_sample::<Remittance>(6, seed),
                row_sample::<Delivery>(12, seed),
                row_sample::<Posting>(13, seed),
                row_sample::<Happening>(14, seed),
                row_sample::<Answered>(15, seed),
                row_sample::<Letter>(16, seed),
                row_sample::<Receipt>(17, seed),
                row_sample::<Proposal>(18, seed),
                row_sample::<Person>(19, seed),
                row_sample::<Session>(20, seed),
                row_sample::<Announcement>(21, seed),
                row_sample::<Limits>(22, seed),
                row_sample::<Usage>(23, seed),
            ]
        })
        .collect();
    ledger::fuzz::short(30_000, &rows, super::fuzz::row);
}
