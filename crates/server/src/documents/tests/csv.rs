use super::{MORNING, cny};
use crate::documents::csv::{self, Activity, Settled};
use crate::documents::{Change, NotMade};
use ledger::currency::Currency;
use ledger::money::Money;

/// The cells of a table, the names of its columns first.
fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("the mark of UTF-8");
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|it| it.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn paid(subject: &str, change: Change) -> Activity {
    Activity {
        at: MORNING,
        what: "订单付款".to_owned(),
        counterparty: "小卖部".to_owned(),
        subject: subject.to_owned(),
        reference: "ord_1".to_owned(),
        change,
        stage: "paid".to_owned(),
    }
}

#[test]
fn text_that_people_wrote_comes_back_and_is_no_formula() {
    let harmless = ["茶叶，一斤", "a \"quoted\" word", "two\r\nlines", " =1", "", "ord-1", "'1"];
    let formulas = [
        "=HYPERLINK(\"http://evil\")",
        "+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1",
        "＠SUM(A1)",
    ];
    let lines: Vec<Activity> = harmless
        .into_iter()
        .chain(formulas)
        .map(|it| paid(it, Change::Debit(cny(8_800))))
        .collect();
    let table = cells(&csv::activity(&lines).unwrap());
    for (at, text) in harmless.into_iter().enumerate() {
        assert_eq!(table[at + 1][3], text);
    }
    for (at, text) in formulas.into_iter().enumerate() {
        assert_eq!(table[at + 1 + harmless.len()][3], format!("'{text}"));
    }
    assert!(table.iter().skip(1).all(|it| it[5] == "-88.00"));
}

#[test]
fn lines_end_as_the_standard_wants_and_amounts_are_decimals() {
    let yen = Money::new(1_200, Currency::from_code("JPY").unwrap());
    let lines = [paid("茶", Change::Credit(cny(5))), paid("茶", Change::Debit(yen))];
    let bytes = csv::activity(&lines).unwrap();
    assert_eq!(
        std::str::from_utf8(&bytes).unwrap(),
        "\u{feff}time,what,counterparty,subject,reference,amount,currency,stage\r\n\
         2026-11-26T01:00:00.000Z,订单付款,小卖部,茶,ord_1,0.05,CNY,paid\r\n\
         2026-11-26T01:00:00.000Z,订单付款,小卖部,茶,ord_1,-1200,JPY,paid\r\n"
    );
}

#[test]
fn settlements_have_what_was_sold_beside_what_was_kept_of_it() {
    let sale = Settled {
        at: MORNING,
        part: "sale",
        what: "=茶".to_owned(),
        number: "-2026/7".to_owned(),
        counterparty: "张三".to_owned(),
        reference: "ord_1".to_owned(),
        gross: cny(8_800),
        fee: cny(53),
        change: Change::Credit(cny(8_747)),
        balance: cny(9_747),
    };
    let refund = Settled {
        part: "refund",
        gross: cny(0),
        fee: cny(0),
        change: Change::Debit(cny(2_000)),
        balance: cny(7_747),
        ..sale.clone()
    };
    let table = cells(&csv::settlement(&[sale.clone(), refund]).unwrap());
    let line = [
        "2026-11-26T01:00:00.000Z",
        "sale",
        "'=茶",
        "'-2026/7",
        "张三",
        "ord_1",
        "88.00",
        "0.53",
        "87.47",
        "97.47",
        "CNY",
    ];
    assert_eq!(table[1], line);
    assert_eq!(table[2][6..], ["0.00", "0.00", "-20.00", "77.47", "CNY"]);
    assert_eq!(csv::settlement(&vec![sale; 10_001]), Err(NotMade::TooLong));
}
