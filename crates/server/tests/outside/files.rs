//! A bank that takes and gives files of ISO 20022, beside one that speaks HTTP.

use crate::flow::{Flow, until};
use crate::place::Place;
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use recon::calendar::Calendar;
use recon::{Balance, Head, Line, Side, camt};
use serde_json::json;
use std::path::Path;

/// What the bank writes at the end of its day: everything that it booked.
fn statement(day: &str, lines: &[Line], file: &Path) {
    let calendar = Calendar::parse("+08:00", "00:00").unwrap();
    let (from, to) = calendar.bounds(day.parse().unwrap()).unwrap();
    let signed = |it: &Line| {
        let minor = i128::from(it.amount.minor());
        if it.side == Side::Credit { minor } else { -minor }
    };
    let closing = lines.iter().map(signed).sum();
    let balances = vec![Balance { currency: Currency::CNY, opening: 0, closing }];
    let head = Head { id: day.to_owned(), account: "6222".to_owned(), from, to, balances };
    let sum = lines.iter().map(|it| u128::from(it.amount.minor())).sum();
    let count = u64::try_from(lines.len()).unwrap();
    let mut writer = camt::Writer::begin(Vec::new(), &head, Currency::CNY, count, sum).unwrap();
    for it in lines {
        writer.line(it).unwrap();
    }
    std::fs::write(file, writer.finish().unwrap()).unwrap();
}

fn booked(reference: &str, number: u64, side: Side, minor: u64, at: u64) -> Line {
    Line {
        number: 0,
        reference: Some(reference.to_owned()),
        bank_reference: format!("F{number}"),
        side,
        amount: Money::new(minor, Currency::CNY),
        booked_at: Time(at),
        returns: None,
    }
}

#[test]
fn a_bank_of_files_is_a_bank_like_any_other() {
    let mut flow = Flow::new(Place::new(1), 1);
    let folder = flow.place.home.path().join("files");
    std::fs::create_dir_all(&folder).unwrap();
    let parties = json!({ "name": "Danbao", "account": "6222000011112222" });
    std::fs::write(folder.join("channel.json"), parties.to_string()).unwrap();
    flow.place.kill();
    let bank = format!("icbc=files:{}", folder.display());
    flow.place.start_with(&["--bank-time-scale", "60", "--bank", &bank]);
    flow.place.wait_until_ready();
    let today = flow.day_with_room();
    let card = flow.card_at(0, "icbc");
    let into = json!({ "account": flow.wallets[0], "card": card, "amount": 8_800 });
    let top_up = flow.post("in", "/v1/top_ups", &into).unwrap()["id"].as_str().unwrap().to_owned();
    let message = folder.join("out").join(format!("{top_up}.xml"));
    until("the bank is told", || message.exists());
    let text = std::fs::read_to_string(&message).unwrap();
    assert!(text.contains("pain.008.001.08") && text.contains("<EndToEndId>top_"), "{text}");
    until("it is under way", || flow.shown("top_ups", &top_up)["stage"] == "unknown");
    assert_eq!(flow.balance(0), 0);

    let at = flow.bank("/control")["now"].as_u64().unwrap();
    let first = booked(&top_up, 1, Side::Credit, 8_800, at);
    statement(&today, std::slice::from_ref(&first), &folder.join("in/first.xml"));
    assert_eq!(flow.ended("top_ups", &top_up)["stage"], "credited");
    assert_eq!(flow.balance(0), 8_800);

    let out = json!({ "account": flow.wallets[0], "card": card, "amount": 3_000 });
    let out = flow.post("out", "/v1/withdrawals", &out).unwrap()["id"].as_str().unwrap().to_owned();
    let message = folder.join("out").join(format!("{out}.xml"));
    until("the bank is told to pay", || message.exists());
    assert!(std::fs::read_to_string(&message).unwrap().contains("pain.001.001.09"));
    // Its statement says the rest: what it paid, and what nobody knows.
    let stranger = Line { reference: None, ..booked("", 3, Side::Credit, 55, at) };
    let paid = booked(&out, 2, Side::Debit, 3_000, at);
    statement(&today, &[first, paid, stranger], &folder.join("in/whole.xml"));
    flow.next_day(&today);
    let path = "/v1/banks/icbc/statements";
    let report = flow.post("day", path, &json!({ "day": today })).unwrap();
    assert_eq!(report["nothing_unexplained"], true, "{report}");
    assert_eq!(flow.ended("withdrawals", &out)["stage"], "paid");
    assert_eq!((flow.balance(0), flow.of_kind("suspense")), (5_800, 55));
    let again = flow.post("again", path, &json!({ "day": today })).unwrap();
    assert_eq!(again["digest"], report["digest"]);
    assert_eq!(flow.of_kind("suspense"), 55, "once");

    // The same as a file that somebody sends; and a file that is broken is refused with its line.
    let file = folder.join("in/whole.xml").display().to_string();
    let url = flow.place.url();
    let words = ["recon", "--bank", "icbc", "--file", &file, "--format", "camt", "--json"];
    let sent = flow.place.run(&[&words[..], &["--server", &url]].concat());
    let said: serde_json::Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(said["nothing_unexplained"], true, "{said}");
    assert_eq!(flow.of_kind("suspense"), 55, "still once");
    let broken = std::fs::read_to_string(&file).unwrap().replace("88.00", "88.01");
    std::fs::write(folder.join("broken.xml"), broken).unwrap();
    let file = folder.join("broken.xml").display().to_string();
    let words = ["recon", "--bank", "icbc", "--file", &file, "--format", "camt"];
    let sent = flow.place.run(&[&words[..], &["--server", &url]].concat());
    let said = String::from_utf8_lossy(&sent.stderr).into_owned();
    assert!(!sent.status.success() && said.contains("line") && said.contains("sum"), "{said}");
    flow.verify();
}
