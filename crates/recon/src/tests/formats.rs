use super::{FROM, NOON, TO, calendar, head, line};
use crate::csv::{self, Columns};
use crate::{Balance, Head, Line, Refused, Side, camt, mt940};
use ledger::currency::Currency;
use ledger::time::Time;
use proptest::prelude::*;
use std::fmt::Write as _;

type Read = Result<(Head, Vec<Line>), Refused>;

fn read_camt(text: impl AsRef<[u8]>) -> Read {
    let mut lines = Vec::new();
    let head = camt::read(text.as_ref(), &mut |it| {
        lines.push(it);
        Ok(())
    })?;
    Ok((head, lines))
}

fn read_mt940(text: &str) -> Read {
    let mut lines = Vec::new();
    let head = mt940::read(text.as_bytes(), &calendar(), &mut |it| {
        lines.push(it);
        Ok(())
    })?;
    Ok((head, lines))
}

fn read_csv(text: &str, columns: &str) -> Read {
    let mut lines = Vec::new();
    let columns = Columns::parse(columns).unwrap();
    let head = csv::read(text.as_bytes(), &columns, &calendar(), &mut |it| {
        lines.push(it);
        Ok(())
    })?;
    Ok((head, lines))
}

fn written(head: &Head, lines: &[Line]) -> String {
    let sum = lines.iter().map(|it| u128::from(it.amount.minor())).sum();
    let count = u64::try_from(lines.len()).unwrap();
    let mut writer = camt::Writer::begin(Vec::new(), head, Currency::CNY, count, sum).unwrap();
    for it in lines {
        writer.line(it).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let reference = proptest::option::of("[a-z]{3}_[0-9]{14}|<&>'\"[ ]?x");
    let each = (
        reference,
        "[A-Za-z0-9&<>-]{1,35}",
        any::<bool>(),
        1..u64::from(u32::MAX),
        0..86_400_000_u64,
        any::<bool>(),
    );
    let each = each.prop_map(|(reference, bank_reference, incoming, minor, at, back)| Line {
        reference,
        booked_at: Time(FROM.0 + at),
        returns: back.then(|| "b0".to_owned()),
        ..line("", &bank_reference, if incoming { Side::Credit } else { Side::Debit }, minor)
    });
    proptest::collection::vec(each, 0..50)
}

proptest! {
    #[test]
    fn what_is_written_is_read(lines in lines()) {
        let head = head(&lines);
        let (read_head, read) = read_camt(written(&head, &lines)).unwrap();
        prop_assert_eq!(read_head, head);
        let without_number = |it: &Line| Line { number: 0, ..it.clone() };
        prop_assert!(read.iter().map(without_number).eq(lines.iter().map(without_number)));
    }

    #[test]
    fn no_piece_of_a_statement_counts(lines in lines(), at in 0..1_000_usize) {
        let whole = written(&head(&lines), &lines);
        let end = whole.trim_end().len();
        let cut = end * at / 1_000;
        prop_assert!(read_camt(&whole.as_bytes()[..cut]).is_err());
    }
}

#[test]
fn what_is_wrong_is_refused_with_its_line_and_reason() {
    let good = [line("top_1", "b1", Side::Credit, 100), line("top_2", "b2", Side::Credit, 250)];
    let text = written(&head(&good), &good);
    assert_eq!(read_camt(&text).unwrap().1.len(), 2);
    let bomb = "<!DOCTYPE Document [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n";
    let deep = "<x>".repeat(40);
    let long = "x".repeat(3_000);
    let huge = "x".repeat(200_000);
    let cases: Vec<(&str, String, &str)> = vec![
        ("bomb", text.replacen("<Document", &format!("{bomb}<Document"), 1), "document type"),
        ("external", text.replace("b1", "&file;"), "entities"),
        ("encoding", text.replace("UTF-8", "ISO-8859-1"), "UTF-8"),
        (
            "stylesheet",
            text.replacen("<Document", "<?xml-stylesheet href='x'?><Document", 1),
            "processing",
        ),
        ("deep", text.replacen("<Stmt>", &format!("<Stmt>{deep}"), 1), "too deep"),
        ("long", text.replace("<EndToEndId>top_1", &format!("<EndToEndId>{long}")), "longer than"),
        ("huge", text.replace("<EndToEndId>top_1", &format!("<EndToEndId>{huge}")), "bytes"),
        ("sum", text.replace("<Sum>3.50</Sum>", "<Sum>3.51</Sum>"), "announced as 3.51"),
        (
            "count",
            text.replace("<NbOfNtries>2<", "<NbOfNtries>3<"),
            "3 entries are announced, 2 came",
        ),
        ("amount", text.replace(">1.00<", ">1.001<"), "decimals"),
        ("negative", text.replace(">1.00<", ">-1.00<"), "digits"),
        ("currency", text.replace("Ccy=\"CNY\">1.00", "Ccy=\"XXX\">1.00"), "no currency"),
        ("other currency", text.replace("Ccy=\"CNY\">2.50", "Ccy=\"USD\">2.50"), "one currency"),
        ("side", text.replacen("CRDT</CdtDbtInd><Sts>", "CREDIT</CdtDbtInd><Sts>", 1), "neither"),
        ("status", text.replacen("BOOK", "DONE", 1), "no status"),
        ("message", text.replace("camt.053.001.08", "camt.052.001.08"), "no statement"),
        ("version", text.replace("camt.053.001.08", "camt.053.001.99"), "no statement"),
        ("tags", text.replacen("</Sts>", "</Stz>", 1), ""),
        ("twice", format!("{text}<Document/>"), "after the document"),
        ("empty", String::new(), "ends before"),
        ("json", "{}".to_owned(), "outside"),
        ("opening", text.replace("OPBD", "ITBD"), "opening"),
        ("times", text.replace("FrDtTm>2026", "FrDtTm>2027"), "before it begins"),
        ("day", text.replace("2026-11-23T04", "2026-13-23T04"), "no time"),
    ];
    for (what, broken, reason) in cases {
        assert_ne!(broken, text, "{what}: the case changes nothing");
        let refused = read_camt(&broken).unwrap_err();
        assert!(refused.reason.contains(reason), "{what}: {refused}");
    }
    let refused = read_camt(text.replace("top_2", "&x;")).unwrap_err();
    let line = text.lines().position(|it| it.contains("top_2")).unwrap() + 1;
    assert_eq!(usize::try_from(refused.line).unwrap(), line, "{refused}");
    let mut bytes = text.clone().into_bytes();
    bytes.splice(60..60, [0xff, 0xfe]);
    assert!(read_camt(&bytes).is_err(), "bytes that are no UTF-8");
}

#[test]
fn a_batch_is_read_by_its_parts_which_add_up() {
    let part = |reference: &str, amount: &str| {
        format!(
            "<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>\
                 <AmtDtls><TxAmt><Amt Ccy=\"CNY\">{amount}</Amt></TxAmt></AmtDtls></TxDtls>"
        )
    };
    let with = |entry: &str| {
        format!(
            "<n:Document xmlns:n=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">\
             <n:BkToCstmrStmt><n:Stmt><n:Id>S</n:Id><n:FrToDt>\
             <n:FrDtTm>2026-11-22T16:00:00Z</n:FrDtTm>\
             <n:ToDtTm>2026-11-24T00:00:00+08:00</n:ToDtTm>\
             </n:FrToDt><n:Bal><n:Tp><n:CdOrPrtry><n:Cd>OPBD</n:Cd></n:CdOrPrtry></n:Tp>\
             <n:Amt Ccy=\"CNY\">1</n:Amt><n:CdtDbtInd>DBIT</n:CdtDbtInd></n:Bal><n:Bal><n:Tp>\
             <n:CdOrPrtry><n:Cd>CLBD</n:Cd></n:CdOrPrtry></n:Tp><n:Amt Ccy=\"CNY\">2.00000</n:Amt>\
             <n:CdtDbtInd>CRDT</n:CdtDbtInd></n:Bal>{entry}</n:Stmt></n:BkToCstmrStmt></n:Document>"
        )
    };
    let entry = |parts: &str| {
        format!(
            "<Ntry><Amt Ccy=\"CNY\">3</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>\
                 <BookgDt><Dt>2026-11-23</Dt></BookgDt><AcctSvcrRef>batch</AcctSvcrRef>\
                 <NtryDtls>{parts}</NtryDtls></Ntry>"
        )
    };
    let parts = part("a", "1") + &part("NOTPROVIDED", "2.00");
    let pending = entry("").replace("BOOK", "PDNG");
    let (head, lines) = read_camt(with(&(entry(&parts) + &pending))).unwrap();
    assert_eq!(head.balances, [Balance { currency: Currency::CNY, opening: -100, closing: 200 }]);
    assert_eq!((head.from, head.to), (FROM, TO));
    let seen: Vec<_> =
        lines.iter().map(|it| (it.reference.as_deref(), it.amount.minor())).collect();
    assert_eq!(seen, [(Some("a"), 100), (None, 200)]);
    assert!(lines.iter().all(|it| it.bank_reference == "batch"));
    let wrong = part("a", "1") + &part("b", "1.99");
    assert!(read_camt(with(&entry(&wrong))).unwrap_err().reason.contains("add up to 299"));
}

#[test]
fn mt940_is_read_and_its_balances_are_added_up() {
    let text = ":20:S-1\r\n:25:CITIC/0815\r\n:28C:1/1\r\n:60F:C261122CNY10,00\r\n\
        :61:2611231123C100,5NTRFtop_1//b1\r\n:86:?20SVWZ+tea?21EREF+top_00000000000001?22x\r\n\
        :61:2611231123DY0,50NTRFNONREF//b2\r\nmore\r\n:61:261123RD1,NTRFwdr_1//b3\r\n\
        :62F:C261123CNY111,00\r\n-\r\n";
    let (head, lines) = read_mt940(text).unwrap();
    assert_eq!((head.id.as_str(), head.account.as_str()), ("S-1", "CITIC/0815"));
    assert_eq!(
        head.balances,
        [Balance { currency: Currency::CNY, opening: 1_000, closing: 11_100 }]
    );
    assert_eq!((head.from, head.to), (Time(FROM.0 - 86_400_000), TO));
    let seen: Vec<_> = lines
        .iter()
        .map(|it| {
            (
                it.reference.as_deref(),
                &*it.bank_reference,
                it.side,
                it.amount.minor(),
                it.returns.is_some(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (Some("top_00000000000001"), "b1", Side::Credit, 10_050, false),
            (None, "b2", Side::Debit, 50, false),
            (Some("wdr_1"), "b3", Side::Credit, 100, true),
        ]
    );
    for (broken, reason) in [
        (text.replace("C100,5", "C100,4"), "lead to"),
        (text.replace(":62F:", ":64:"), ":62F: is missing"),
        (text.replace("C100,5", "X100,5"), "neither C nor D"),
        (text.replace("C261122CNY10,00", "C261122XXX10,00"), "a balance is"),
        (text.replace(":60F:", ":60M:"), "parts of statements"),
        (text.replace("100,5N", "100,555N"), "decimals"),
        (text.replace(":61:2611231123C", ":61:26AB231123C"), "no date"),
        (text.replace("tea", &"tea".repeat(1_000)), "longer than"),
        (format!("hello\n{text}"), "a field begins"),
    ] {
        let refused = read_mt940(&broken).unwrap_err();
        assert!(refused.reason.contains(reason) && refused.line > 0, "{refused}");
    }
}

#[test]
fn csv_is_read_by_the_columns_that_a_bank_has() {
    let columns = "reference=Ref,bank_reference=Bank,amount=Amount,all=CNY,time=When,balance=Left";
    let text = "Bank,Ref,Amount,When,Left\r\nb1,top_1,100.00,2026-11-23T12:00:00,110.00\r\n\
                b2,,-0.5,2026-11-23 12:00,109.50\r\n";
    let (head, lines) = read_csv(text, columns).unwrap();
    assert_eq!(
        head.balances,
        [Balance { currency: Currency::CNY, opening: 1_000, closing: 10_950 }]
    );
    assert_eq!((head.from, head.to), (FROM, TO));
    assert_eq!((lines[0].booked_at, lines[0].side, lines[0].number), (NOON, Side::Credit, 2));
    assert_eq!(
        (lines[1].side, lines[1].amount.minor(), lines[1].reference.as_ref()),
        (Side::Debit, 50, None)
    );

    let two = "Bank;In;Out;Day".replace(';', ",") + "\nb1,1.00,,23.11.2026\nb2,,2.00,23.11.2026\n";
    let columns_two = "bank_reference=Bank,credit=In,debit=Out,all=CNY,time=Day,format=%d.%m.%Y";
    let (_, lines) = read_csv(&two, columns_two).unwrap();
    assert_eq!(lines[1].side, Side::Debit);
    assert_eq!(lines[0].booked_at, FROM);

    for (broken, reason, line) in [
        (text.replace("-0.5", "-0.555"), "decimals", 3),
        (text.replace("109.50", "109.51"), "balance", 3),
        (text.replace("2026-11-23T", "2026-31-23T"), "no time", 2),
        (text.replace("b2", ""), "bank reference", 3),
        (text.replace("Ref", "Reference"), "no column", 1),
        (text.replace("100.00", "1e3"), "digits", 2),
        (text.replace("top_1", &"x".repeat(80)), "longer than", 2),
        (text.replace("b2,,", "b2,,,"), "", 3),
        ("Bank,Ref,Amount,When,Left\r\n".to_owned(), "not one row", 2),
    ] {
        let refused = read_csv(&broken, columns).unwrap_err();
        assert!(refused.reason.contains(reason), "{refused}");
        assert_eq!(refused.line, line, "{refused}");
    }
    for wrong in
        ["amount=A", "time=T,bank_reference=B,all=CNY", "hello=x,time=T,bank_reference=B", "x"]
    {
        assert!(Columns::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_large_statement_has_all_its_lines() {
    let lines: Vec<Line> =
        (0..50_000).map(|it| line(&format!("top_{it}"), "b", Side::Credit, it + 1)).collect();
    let text = written(&head(&lines), &lines);
    assert_eq!(read_camt(&text).unwrap().1.len(), lines.len());
    let mut broken = text;
    let _ = write!(broken, "x");
    assert!(read_camt(&broken).is_err());
}

#[test]
fn whatever_the_bytes_are_nothing_panics() {
    let good = [line("top_1", "b1", Side::Credit, 100)];
    let text = written(&head(&good), &good).into_bytes();
    for at in 0..text.len() {
        for change in [0, b'<', b'>', b'&', b'9', 0xff] {
            let mut bytes = text.clone();
            bytes[at] = change;
            crate::fuzz::statements(&bytes);
        }
    }
    for kept in ["", ":61:", ":60F:C", ":61:2611231123C", "Bank,Ref\n,", ":86:EREF+", "\u{feff}"] {
        crate::fuzz::statements(kept.as_bytes());
    }
}
