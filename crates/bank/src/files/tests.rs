use super::*;
use crate::Kind;
use ledger::currency::Currency;
use ledger::money::Money;
use ledger::time::Time;
use recon::xml::{Visitor, walk};
use recon::{Balance, Side};

/// The business day of 2026-11-23 in China.
const FROM: Time = Time(1_795_363_200_000);
const TO: Time = Time(FROM.0 + 86_400_000);

fn bank(home: &Path) -> FileBank {
    let parties = r#"{"name":"Dan & Bao","account":"6222000011112222","bic":"ABCDCNBJ"}"#;
    fs::write(home.join("channel.json"), parties).unwrap();
    FileBank::open(home, "+08:00", "00:00").unwrap()
}

fn instruction(reference: &str, kind: Kind) -> Instruction {
    Instruction {
        reference: reference.to_owned(),
        kind,
        token: "6217000099998888".to_owned(),
        amount: 8_800,
        currency: "CNY".to_owned(),
    }
}

fn status_of(reference: &str, code: &str) -> String {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>\
         <GrpHdr><MsgId>1</MsgId></GrpHdr><OrgnlPmtInfAndSts><TxInfAndSts>\
         <OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{code}</TxSts>\
         <StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>\
         </CstmrPmtStsRpt></Document>"
    )
}

fn line(reference: &str, bank_reference: &str, side: Side, returns: bool) -> Line {
    Line {
        number: 1,
        reference: Some(reference.to_owned()),
        bank_reference: bank_reference.to_owned(),
        side,
        amount: Money::new(8_800, Currency::CNY),
        booked_at: Time(FROM.0 + 1_000),
        returns: returns.then(|| "b0".to_owned()),
    }
}

fn statement(lines: &[Line]) -> Vec<u8> {
    let balances = vec![Balance { currency: Currency::CNY, opening: 0, closing: 0 }];
    let head = Head { id: "S-1".to_owned(), account: "A".to_owned(), from: FROM, to: TO, balances };
    let sum = lines.iter().map(|it| u128::from(it.amount.minor())).sum();
    let count = u64::try_from(lines.len()).unwrap();
    let mut writer = camt::Writer::begin(Vec::new(), &head, Currency::CNY, count, sum).unwrap();
    for it in lines {
        writer.line(it).unwrap();
    }
    writer.finish().unwrap()
}

#[tokio::test]
async fn an_instruction_is_a_file_once_and_money_only_when_it_is_booked() {
    let home = tempfile::tempdir().unwrap();
    let bank = bank(home.path());
    let (out, inn) = (home.path().join("out"), home.path().join("in"));
    let pay = instruction("wdr_1", Kind::Payout);
    assert_eq!(bank.inquire("wdr_1").await, Ok(Found::NotFound { is_final: false }));
    assert_eq!(bank.instruct(&pay).await, Ok(Answer::Pending));
    let written = fs::read_to_string(out.join("wdr_1.xml")).unwrap();
    assert_eq!(bank.instruct(&pay).await, Ok(Answer::Pending));
    assert_eq!(fs::read_to_string(out.join("wdr_1.xml")).unwrap(), written, "once");

    // Settled is not booked.
    fs::write(inn.join("1.xml"), status_of("wdr_1", "ACSC")).unwrap();
    assert_eq!(bank.inquire("wdr_1").await, Ok(Found::Answer(Answer::Pending)));
    fs::write(inn.join("2.xml"), statement(&[line("wdr_1", "b1", Side::Debit, false)])).unwrap();
    let Ok(Found::Answer(Answer::Executed { bank_reference, amount, .. })) =
        bank.inquire("wdr_1").await
    else {
        panic!("it is booked");
    };
    assert_eq!((bank_reference.as_str(), amount), ("b1", 8_800));
    fs::write(inn.join("3.xml"), statement(&[line("wdr_1", "b2", Side::Credit, true)])).unwrap();
    assert!(matches!(
        bank.inquire("wdr_1").await,
        Ok(Found::Answer(Answer::Returned { return_reference, .. })) if return_reference == "b2"
    ));

    // A rejection has its reason, and a file that is none of them changes nothing.
    bank.instruct(&instruction("top_1", Kind::Collect)).await.unwrap();
    fs::write(inn.join("4.xml"), status_of("top_1", "RJCT")).unwrap();
    fs::write(inn.join("5.xml"), "<html/>").unwrap();
    fs::write(inn.join("6.xml"), status_of("top_1", "????")).unwrap();
    let rejected = Answer::Rejected { reason: "AC04".to_owned() };
    assert_eq!(bank.inquire("top_1").await, Ok(Found::Answer(rejected)));
}

#[tokio::test]
async fn a_statement_is_there_when_the_bank_has_given_it() {
    let home = tempfile::tempdir().unwrap();
    let bank = bank(home.path());
    assert_eq!(bank.statement("2026-11-23").await, Ok(None));
    let lines = [line("top_1", "b1", Side::Credit, false), line("wdr_1", "b2", Side::Debit, false)];
    fs::write(home.path().join("in/day.xml"), statement(&lines)).unwrap();
    let found = bank.statement("2026-11-23").await.unwrap().unwrap();
    assert_eq!((found.head.rows, found.rows.len()), (2, 2));
    assert_eq!(found.rows[1].side, crate::Side::Debit);
    assert_eq!(bank.statement("2026-11-24").await, Ok(None));
}

/// The order of elements in a message.
#[derive(Default)]
struct Order {
    seen: Vec<String>,
    namespace: String,
}

impl Visitor for Order {
    const KNOWN: &'static [&'static str] = &[
        "Document",
        "CstmrCdtTrfInitn",
        "CstmrDrctDbtInitn",
        "GrpHdr",
        "MsgId",
        "CreDtTm",
        "NbOfTxs",
        "CtrlSum",
        "InitgPty",
        "PmtInf",
        "PmtInfId",
        "PmtMtd",
        "ReqdExctnDt",
        "ReqdColltnDt",
        "Dbtr",
        "DbtrAcct",
        "DbtrAgt",
        "Cdtr",
        "CdtrAcct",
        "CdtrAgt",
        "CdtTrfTxInf",
        "DrctDbtTxInf",
        "PmtId",
        "Amt",
        "InstdAmt",
    ];

    fn root(&mut self, _: &str, namespaces: &[String], _: u64) -> Result<(), Refused> {
        self.namespace = namespaces.concat();
        Ok(())
    }

    fn begin(&mut self, path: &[&'static str], _: Option<&str>, _: u64) -> Result<(), Refused> {
        if path.len() == 4 || path.len() == 5 && path[3].ends_with("TxInf") {
            self.seen.push(path[3..].join("/"));
        }
        Ok(())
    }

    fn end(&mut self, _: &[&'static str], _: &str, _: u64) -> Result<(), Refused> {
        Ok(())
    }
}

#[test]
fn messages_have_the_structure_of_their_definitions() {
    let parties: Parties = serde_json::from_str(r#"{"name":"<D>","account":"1"}"#).unwrap();
    let at = Timestamp::from_second(1_795_400_000).unwrap();
    for (kind, namespace, order) in [
        (
            Kind::Payout,
            "pain.001.001.09",
            "MsgId CreDtTm NbOfTxs CtrlSum InitgPty PmtInfId PmtMtd NbOfTxs CtrlSum ReqdExctnDt \
             Dbtr DbtrAcct DbtrAgt CdtTrfTxInf CdtTrfTxInf/PmtId CdtTrfTxInf/Amt CdtTrfTxInf/Cdtr \
             CdtTrfTxInf/CdtrAcct",
        ),
        (
            Kind::Collect,
            "pain.008.001.08",
            "MsgId CreDtTm NbOfTxs CtrlSum InitgPty PmtInfId PmtMtd NbOfTxs CtrlSum \
             ReqdColltnDt Cdtr CdtrAcct CdtrAgt DrctDbtTxInf DrctDbtTxInf/PmtId \
             DrctDbtTxInf/InstdAmt DrctDbtTxInf/DbtrAgt DrctDbtTxInf/Dbtr DrctDbtTxInf/DbtrAcct",
        ),
    ] {
        let text = initiation::write(&instruction("top_1", kind), &parties, at).unwrap();
        let mut seen = Order::default();
        walk(text.as_bytes(), &mut seen).unwrap();
        assert!(seen.namespace.ends_with(namespace));
        assert_eq!(seen.seen.join(" "), order);
        assert!(text.contains("<CtrlSum>88.00</CtrlSum>") && text.contains("&lt;D&gt;"));
        assert!(text.contains("<EndToEndId>top_1</EndToEndId>"));
    }
    let odd = Instruction { currency: "XXX".to_owned(), ..instruction("top_1", Kind::Collect) };
    assert_eq!(initiation::write(&odd, &parties, at), None);
}
