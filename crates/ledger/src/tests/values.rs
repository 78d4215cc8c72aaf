//! Amounts, identifiers and texts: what is true of all of them.

use crate::account::System;
use crate::currency::Currency;
use crate::id::{AccountId, CellId, IdError, NUMBER_MAX, OrderId};
use crate::money::{Money, MoneyError, Share};
use crate::name::{OrderNumber, Text};
use crate::time::{Seconds, Time};
use proptest::prelude::*;

fn currency() -> impl Strategy<Value = Currency> {
    let all: Vec<Currency> = Currency::all().collect();
    (0..all.len()).prop_map(move |at| all[at])
}

proptest! {
    #[test]
    fn an_amount_is_read_as_it_is_written(minor: u64, currency in currency()) {
        let money = Money::new(minor, currency);
        let text = money.to_string();
        let (number, code) = text.split_once(' ').unwrap();
        prop_assert_eq!(Currency::from_code(code), Some(currency));
        prop_assert_eq!(Money::parse(number, currency), Ok(money));
    }

    #[test]
    fn the_parts_of_a_split_are_the_whole_and_the_share_is_rounded_down(
        minor: u64,
        points in 0_u16..=10_000,
    ) {
        let whole = Money::new(minor, Currency::CNY);
        let (part, rest) = whole.split(Share::new(points).unwrap());
        prop_assert_eq!(part.plus(rest), Ok(whole));
        let exact = u128::from(minor) * u128::from(points) / 10_000;
        prop_assert_eq!(u128::from(part.minor()), exact);
    }

    #[test]
    fn no_text_makes_the_parser_panic_or_guess(text in ".{0,24}", currency in currency()) {
        if let Ok(money) = Money::parse(&text, currency) {
            prop_assert!(text.bytes().all(|it| it.is_ascii_digit() || it == b'.'));
            let again = money.to_string();
            let again = again.split_once(' ').unwrap().0;
            prop_assert_eq!(Money::parse(again, currency), Ok(money));
        }
        prop_assert!(AccountId::parse(&text).is_err());
        let named = format!("acc_{text}");
        prop_assert!(AccountId::parse(&named).is_err());
    }

    #[test]
    fn an_identifier_is_read_as_it_is_written(cell: u8, number in 0..=NUMBER_MAX) {
        let id = AccountId::new(CellId::new(cell), number);
        prop_assert_eq!((id.cell().number(), id.number()), (cell, number));
        let text = id.to_string();
        prop_assert_eq!(AccountId::parse(&text), Ok(id));
        prop_assert_eq!(AccountId::from_raw(id.raw()), id);
        let order = text.replace("acc_", "ord_");
        prop_assert_eq!(OrderId::parse(&order).map(OrderId::raw), Ok(id.raw()));
        prop_assert_eq!(OrderId::parse(&text), Err(IdError::Prefix { expected: "ord" }));
        prop_assert!(AccountId::parse(&text.to_uppercase()).is_err());
        let longer = format!("{text}0");
        prop_assert!(AccountId::parse(&longer).is_err());
        prop_assert!(AccountId::parse(&text[..text.len() - 1]).is_err());
    }

    /// The check digit counts modulo 31, so it cannot tell the digits 0 and 31 apart.
    #[test]
    fn a_slip_is_noticed(
        cell: u8,
        number in 0..=NUMBER_MAX,
        place in 4_usize..18,
        letter in 0..32,
    ) {
        let text = AccountId::new(CellId::new(cell), number).to_string();
        let digits = "0123456789abcdefghjkmnpqrstvwxyz";
        let letter = digits.chars().nth(usize::try_from(letter).unwrap()).unwrap();
        let before = text.chars().nth(place).unwrap();
        let mut slipped = text.clone();
        slipped.replace_range(place..=place, &letter.to_string());
        if letter != before && !["0z", "z0"].contains(&format!("{before}{letter}").as_str()) {
            prop_assert!(AccountId::parse(&slipped).is_err(), "{text} {slipped}");
        }
        let mut swapped: Vec<char> = text.chars().collect();
        if (4..16).contains(&place) && swapped[place] != swapped[place + 1] {
            swapped.swap(place, place + 1);
            let pair: String = swapped[place..=place + 1].iter().collect();
            let swapped: String = swapped.into_iter().collect();
            if !["0z", "z0"].contains(&pair.as_str()) {
                prop_assert!(AccountId::parse(&swapped).is_err(), "{text} {swapped}");
            }
        }
    }

    #[test]
    fn an_order_number_is_kept_as_it_is_given(text in "[A-Za-z0-9_.-]{1,64}") {
        let number = OrderNumber::new(&text).unwrap();
        prop_assert_eq!(number.as_str(), text);
    }

    #[test]
    fn times_never_wrap(time: u64, span: u32) {
        prop_assert!(Time(time).after(Seconds(span)) >= Time(time));
    }
}

#[test]
fn amounts_have_one_spelling_or_a_reason_why_not() {
    let cny = |text| Money::parse(text, Currency::CNY).map(Money::minor);
    assert_eq!(cny("12.5"), Ok(1_250));
    assert_eq!(cny("12"), Ok(1_200));
    assert_eq!(cny("0.01"), Ok(1));
    assert_eq!(cny("007"), Ok(700));
    for text in ["", ".", "1.", ".5", "-1", "+1", "1,5", "1.2.3", " 1", "1 ", "1e2", "٣", "0x1"] {
        assert_eq!(cny(text), Err(MoneyError::NotANumber), "{text}");
    }
    assert_eq!(cny("0.001"), Err(MoneyError::TooManyDecimals));
    assert_eq!(cny("184467440737095516.16"), Err(MoneyError::Overflow));
    assert_eq!(cny("184467440737095516.15"), Ok(u64::MAX));
    let jpy = Currency::from_code("JPY").unwrap();
    assert_eq!(Money::parse("5.0", jpy), Err(MoneyError::TooManyDecimals));
    assert_eq!(Money::new(5, jpy).to_string(), "5 JPY");
    let kwd = Currency::from_code("KWD").unwrap();
    assert_eq!(Money::new(5, kwd).to_string(), "0.005 KWD");
}

#[test]
fn sums_stay_in_one_currency_and_in_range() {
    let one = Money::new(1, Currency::CNY);
    let yen = Money::new(1, Currency::from_code("JPY").unwrap());
    assert_eq!(one.plus(one), Ok(Money::new(2, Currency::CNY)));
    assert_eq!(one.plus(yen), Err(MoneyError::CurrencyDiffers));
    assert_eq!(one.plus(Money::new(u64::MAX, Currency::CNY)), Err(MoneyError::Overflow));
    assert_eq!(Share::new(10_001), None);
}

#[test]
fn every_currency_is_found_by_its_code_and_its_number() {
    let mut count = 0;
    for currency in Currency::all() {
        assert_eq!(Currency::from_code(currency.code()), Some(currency));
        assert_eq!(Currency::from_numeric(currency.numeric()), Some(currency));
        assert!(currency.exponent() <= 3);
        count += 1;
    }
    let known = (0..=u16::MAX).filter_map(Currency::from_numeric).count();
    assert_eq!(known, count);
    for code in ["cny", "XXX", "XAU", "", "CN"] {
        assert_eq!(Currency::from_code(code), None, "{code}");
    }
}

#[test]
fn system_accounts_are_named_by_what_they_are() {
    let places = [
        System::Escrow,
        System::Fees,
        System::Suspense,
        System::Payouts,
        System::Capital,
        System::BankClearing,
        System::Transit(CellId::new(0)),
        System::Transit(CellId::new(255)),
    ];
    let mut ids = std::collections::BTreeSet::new();
    for currency in Currency::all() {
        for system in places {
            let id = system.id(CellId::new(9), currency);
            assert_eq!(System::of(id), Some((system, currency)));
            assert_eq!(id.cell(), CellId::new(9));
            assert!(ids.insert(id));
        }
    }
    let none = |number| System::of(AccountId::new(CellId::FIRST, number));
    assert_eq!(none(0), None, "0 is no currency");
    assert_eq!(none(156 * 512 + 6), None);
    assert_eq!(none(crate::account::FIRST_OPENED), None);
}

#[test]
fn texts_are_short_and_have_no_control_characters() {
    assert!(Text::new(&"x".repeat(Text::MAX)).is_some());
    assert!(Text::new(&"x".repeat(Text::MAX + 1)).is_none());
    assert!(Text::new("two\nlines").is_none());
    assert_eq!(Text::new("担保").unwrap().as_str(), "担保");
    for text in ["", "a b", "ä", "a/b", &"x".repeat(65)] {
        assert_eq!(OrderNumber::new(text), None, "{text}");
    }
}

/// The targets of fuzzing, for a moment.
#[test]
fn no_text_makes_a_parser_panic_and_what_is_read_has_one_form() {
    let texts = |all: &[&str]| all.iter().map(|it| it.as_bytes().to_vec()).collect::<Vec<_>>();
    let cell = CellId::new(3);
    let mut ids = texts(&["A-1.b_2", "担保"]);
    ids.push(AccountId::new(cell, 512_000).to_string().into_bytes());
    ids.push(crate::id::DeliveryId::new(cell, 7).to_string().into_bytes());
    crate::fuzz::short(20_000, &ids, crate::fuzz::identifiers);
    let amounts = texts(&["CNY88.00", "JPY1000", "BHD0.001", "CNY18446744073709551615"]);
    crate::fuzz::short(20_000, &amounts, crate::fuzz::money);
}
