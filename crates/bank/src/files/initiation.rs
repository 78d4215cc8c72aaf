//! What the platform tells a bank: pain.001 (version 9) for a payout, pain.008 (version 8) for a
//! collection, one instruction in each message.
//!
//! Elements stand in the order of the ISO 20022 message definitions, which a bank's schema insists
//! on.

use crate::{Instruction, Kind};
use jiff::Timestamp;
use ledger::currency::Currency;
use ledger::money::Money;
use serde::Deserialize;
use std::fmt::Write as _;

/// Who instructs, as the bank knows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parties {
    /// The platform's name.
    name: String,
    /// Its account at the bank.
    account: String,
    /// The bank's BIC.
    bic: Option<String>,
}

/// Text that is nothing but text in XML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An amount with the decimals of its currency, and without its name.
fn decimal(amount: Money) -> String {
    let text = amount.to_string();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// The message; `None` if its currency is none.
pub(super) fn write(it: &Instruction, parties: &Parties, now: Timestamp) -> Option<String> {
    let currency = Currency::from_code(&it.currency)?;
    let amount = decimal(Money::new(it.amount, currency));
    let facts = Facts {
        reference: escape(&it.reference),
        name: escape(&parties.name),
        account: escape(&parties.account),
        agent: parties.bic.as_deref().map_or_else(
            || "<Othr><Id>NOTPROVIDED</Id></Othr>".to_owned(),
            |it| format!("<BICFI>{}</BICFI>", escape(it)),
        ),
        other: escape(&it.token),
        currency: currency.code(),
        amount,
        at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        day: now.strftime("%Y-%m-%d").to_string(),
    };
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    match it.kind {
        Kind::Payout => facts.payout(&mut text),
        Kind::Collect => facts.collection(&mut text),
    }
    Some(text)
}

struct Facts {
    reference: String,
    name: String,
    account: String,
    agent: String,
    other: String,
    currency: &'static str,
    amount: String,
    at: String,
    day: String,
}

impl Facts {
    fn header(&self, text: &mut String) {
        let Facts { reference, name, amount, at, .. } = self;
        let _ = writeln!(
            text,
            "<GrpHdr><MsgId>{reference}</MsgId><CreDtTm>{at}</CreDtTm><NbOfTxs>1</NbOfTxs>\
             <CtrlSum>{amount}</CtrlSum><InitgPty><Nm>{name}</Nm></InitgPty></GrpHdr>"
        );
    }

    fn payout(&self, text: &mut String) {
        let Facts { reference, name, account, agent, other, currency, amount, day, .. } = self;
        text.push_str(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\
             <CstmrCdtTrfInitn>",
        );
        self.header(text);
        let _ = writeln!(
            text,
            "<PmtInf><PmtInfId>{reference}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>1</NbOfTxs>\
             <CtrlSum>{amount}</CtrlSum><ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt>\
             <Dbtr><Nm>{name}</Nm></Dbtr>\
             <DbtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></DbtrAcct>\
             <DbtrAgt><FinInstnId>{agent}</FinInstnId></DbtrAgt>\n\
             <CdtTrfTxInf><PmtId><EndToEndId>{reference}</EndToEndId></PmtId>\
             <Amt><InstdAmt Ccy=\"{currency}\">{amount}</InstdAmt></Amt>\
             <Cdtr><Nm>NOTPROVIDED</Nm></Cdtr>\
             <CdtrAcct><Id><Othr><Id>{other}</Id></Othr></Id></CdtrAcct></CdtTrfTxInf></PmtInf>\
             </CstmrCdtTrfInitn></Document>"
        );
    }

    fn collection(&self, text: &mut String) {
        let Facts { reference, name, account, agent, other, currency, amount, day, .. } = self;
        text.push_str(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.008.001.08\">\
             <CstmrDrctDbtInitn>",
        );
        self.header(text);
        let _ = writeln!(
            text,
            "<PmtInf><PmtInfId>{reference}</PmtInfId><PmtMtd>DD</PmtMtd><NbOfTxs>1</NbOfTxs>\
             <CtrlSum>{amount}</CtrlSum><ReqdColltnDt>{day}</ReqdColltnDt>\
             <Cdtr><Nm>{name}</Nm></Cdtr>\
             <CdtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></CdtrAcct>\
             <CdtrAgt><FinInstnId>{agent}</FinInstnId></CdtrAgt>\n\
             <DrctDbtTxInf><PmtId><EndToEndId>{reference}</EndToEndId></PmtId>\
             <InstdAmt Ccy=\"{currency}\">{amount}</InstdAmt>\
             <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>\
             <Dbtr><Nm>NOTPROVIDED</Nm></Dbtr>\
             <DbtrAcct><Id><Othr><Id>{other}</Id></Othr></Id></DbtrAcct></DrctDbtTxInf></PmtInf>\
             </CstmrDrctDbtInitn></Document>"
        );
    }
}
