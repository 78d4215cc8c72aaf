use super::{MORNING, cny, statement};
use crate::documents::pdf::{self, Head, Party, Proof, Slip};
use crate::documents::{NotMade, Statement};
use crate::web::lang::Lang;
use ledger::time::Time;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

fn head(lang: Lang, sandbox: bool) -> Head {
    let made_at = Time(MORNING.0 + 3_600_000);
    Head { brand: "Danbao 担保".to_owned(), lang, sandbox, made_at }
}

fn proof() -> Proof {
    Proof {
        key: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned(),
        signature: [
            "YxTyMtSvWVSgVGDAUCBQZjGQ4dmgVOS8w1MWySui",
            "q4HrfHAQ9MgXhWCeOQ2pAn8VQz0UG4+rUJUPQYBvOwnFDA==",
        ]
        .concat(),
        check_at: "https://danbao.example/trace/ord_01abcdefghijklmnopqrstuvwx".to_owned(),
    }
}

fn slip(subject: &str) -> Slip {
    let party =
        |name: &str, account: &str| Party { name: name.to_owned(), account: account.to_owned() };
    Slip {
        id: "ord_01abcdefghijklmnopqrstuvwx".to_owned(),
        what: "担保交易付款".to_owned(),
        stage: "交易成功".to_owned(),
        amount: cny(123_456_789),
        debited: party("张三", "acc_01abcdefghijklmnopqrstuvwx"),
        credited: party("西湖龙井旗舰店", "acc_01zyxwvutsrqponmlkjihgfedc"),
        at: MORNING,
        facts: vec![
            ("商品".to_owned(), subject.to_owned()),
            ("付款方式".to_owned(), "余额".to_owned()),
        ],
        proof: Some(proof()),
    }
}

/// What `pdftotext` reads, or nothing where it is not installed.
fn read(bytes: &[u8]) -> Option<String> {
    let mut reader = Command::new("pdftotext")
        .args(["-layout", "-enc", "UTF-8", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = reader.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = reader.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && complaints.is_empty(), "{complaints}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The text in which every run of blanks is one.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_slip_says_who_what_and_how_much() {
    let bytes = pdf::slip(&head(Lang::Zh, true), &slip("明前西湖龙井茶叶礼盒，250 克")).unwrap();
    let Some(text) = read(&bytes) else { return };
    let text = words(&text);
    let facts = [
        "Danbao 担保",
        "电子回单",
        "沙箱环境：没有真实资金往来",
        "1,234,567.89 CNY",
        "（大写）壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分",
        "张三",
        "西湖龙井旗舰店",
        "acc_01zyxwvutsrqponmlkjihgfedc",
        "2026-11-26 09:00:00 (UTC+08:00)",
        "明前西湖龙井茶叶礼盒，250 克",
        "https://danbao.example/trace/ord_01abcdefghijklmnopqrstuvwx",
        "1/1",
    ];
    for it in facts {
        assert!(text.contains(it), "{it} is not in {text}");
    }
    let real = pdf::slip(&head(Lang::En, false), &slip("茶")).unwrap();
    let text = words(&read(&real).unwrap());
    assert!(!text.contains("Sandbox") && !text.contains("大写"));
    assert!(text.contains("Payment slip") && text.contains("Signed by the platform"));
}

#[test]
fn what_the_font_lacks_is_seen_and_can_be_copied() {
    let bytes = pdf::slip(&head(Lang::Zh, false), &slip("㐂龘茶🍵一斤")).unwrap();
    let Some(text) = read(&bytes) else { return };
    assert!(text.contains("㐂龘茶🍵一斤"), "{text}");
    assert!(text.contains("〓 代表字库中没有的字"));
    let bytes = pdf::slip(&head(Lang::Zh, false), &slip("堃喆玥饕茶")).unwrap();
    assert!(!read(&bytes).unwrap().contains('〓'));
}

#[test]
fn a_statement_adds_up_on_paper() {
    let of = statement(100);
    let totals = of.totals().unwrap();
    let bytes = pdf::statement(&head(Lang::Zh, false), &of, Some(&proof())).unwrap();
    let Some(text) = read(&bytes) else { return };
    let fen = |it: &str| it.replace([',', '.', '+'], "").parse::<i64>().unwrap();
    let mut balance = fen("1,000.00");
    let mut lines = 0;
    for line in text.lines().filter(|it| it.contains("订单付款")) {
        let mut ends = line.split_whitespace().rev();
        let after = fen(ends.next().unwrap());
        balance += fen(ends.next().unwrap());
        assert_eq!(balance, after, "{line}");
        lines += 1;
    }
    assert_eq!(lines, 100);
    assert_eq!(balance, i64::try_from(totals.closing.minor()).unwrap());
    let total = text.lines().find(|it| it.trim_start().starts_with("合计")).unwrap();
    let sums: Vec<i64> = total.split_whitespace().skip(1).map(fen).collect();
    let sum = |it: ledger::money::Money| i64::try_from(it.minor()).unwrap();
    assert_eq!(sums, [sum(totals.credits), -sum(totals.debits), balance]);
    let pages = text.matches('\u{c}').count();
    assert!(pages > 2);
    for page in 1..=pages {
        assert!(words(&text).contains(&format!("{page}/{pages}")));
    }
}

#[test]
fn the_same_values_give_the_same_bytes() {
    let once = |lang| pdf::statement(&head(lang, true), &statement(60), None).unwrap();
    assert_eq!(once(Lang::Zh), once(Lang::Zh));
    assert_ne!(once(Lang::Zh), once(Lang::En));
}

#[test]
fn the_longest_statement_is_soon_written_and_a_longer_one_is_refused() {
    let longest = statement(10_000);
    let begin = Instant::now();
    let bytes = pdf::statement(&head(Lang::Zh, false), &longest, None).unwrap();
    let took = begin.elapsed();
    // Below a second on a machine that does nothing else.
    assert!(took.as_secs() < 5, "{took:?}");
    assert!(bytes.len() < 2_000_000, "{}", bytes.len());
    let more = pdf::statement(&head(Lang::Zh, false), &statement(10_001), None);
    assert_eq!(more, Err(NotMade::TooLong));
    let mut many = slip("茶");
    many.facts = vec![("a".to_owned(), "b".to_owned()); 41];
    assert_eq!(pdf::slip(&head(Lang::Zh, false), &many), Err(NotMade::TooLong));
}

#[test]
fn whatever_people_wrote_fits_on_pages() {
    let long = "无穷无尽的说明 and_an_unbroken_word_".repeat(100);
    let mut wild = slip(&long);
    wild.debited.name.clone_from(&long);
    wild.what.clone_from(&long);
    wild.facts = vec![(long.clone(), long.clone()); 40];
    let mut entries = statement(50);
    for it in &mut entries.entries {
        it.counterparty.clone_from(&long);
        it.reference.clone_from(&long);
    }
    let empty = Statement { entries: Vec::new(), ..statement(0) };
    let papers = [
        pdf::slip(&head(Lang::En, true), &wild).unwrap(),
        pdf::statement(&head(Lang::En, true), &entries, Some(&proof())).unwrap(),
        pdf::statement(&head(Lang::En, true), &empty, None).unwrap(),
    ];
    for bytes in &papers {
        assert!(bytes.starts_with(b"%PDF-1.7"));
        let Some(text) = read(bytes) else { return };
        assert!(text.contains("1/"));
    }
}
