use super::{MORNING, cny, statement};
use crate::documents::csv::{self, Activity, Counted, Settled};
use crate::documents::{Change, Entry, NotMade, Statement};
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

/// The same statement, of which every credit is a sale with a fee and every other debit a refund.
fn settled(of: &Statement) -> Vec<Settled> {
    let counted = |(place, it): (usize, &Entry)| match it.change {
        Change::Credit(net) => {
            let fee = cny(net.minor() % 100);
            Counted::Sale { gross: net.plus(fee).unwrap(), fee }
        }
        Change::Debit(_) if place % 2 == 0 => Counted::Refund,
        Change::Debit(_) => Counted::Other,
    };
    let of_entry =
        |(place, it)| Settled { number: format!("=NO-{place}"), counted: counted((place, it)) };
    of.entries.iter().enumerate().map(of_entry).collect()
}

#[test]
fn a_settlement_adds_up_in_every_line_and_over_all() {
    let good = statement(50);
    let table = cells(&csv::settlement(&good, &settled(&good)).unwrap());
    assert_eq!(table.len(), 52);
    let fen = |it: &str| it.replace('.', "").parse::<i64>().unwrap_or(0);
    let parts = |it: &[String]| fen(&it[6]) - fen(&it[7]) - fen(&it[8]) + fen(&it[9]);
    let (mut balance, mut sum) = (fen(&table[1][11]), 0);
    let opening = balance;
    for line in &table[2..] {
        assert_eq!(parts(line), fen(&line[10]));
        balance += fen(&line[10]);
        sum += parts(line);
        assert_eq!(balance, fen(&line[11]));
        assert!(line[4].starts_with("'=NO-"));
    }
    assert_eq!(opening + sum, balance);
}

#[test]
fn a_settlement_that_does_not_add_up_is_not_written() {
    let good = statement(3);
    let wrong = Err(NotMade::DoesNotAddUp { entry: 1 });
    let mut lines = settled(&good);
    lines[1].counted = Counted::Sale { gross: cny(1), fee: cny(0) };
    assert_eq!(csv::settlement(&good, &lines), wrong);
    assert_eq!(csv::settlement(&good, &settled(&good)[..1]), wrong);
    let mut other = good.clone();
    other.entries[1].balance = cny(1);
    assert_eq!(csv::settlement(&other, &settled(&good)), wrong);
    let long = statement(10_001);
    assert_eq!(csv::settlement(&long, &settled(&long)), Err(NotMade::TooLong));
}
