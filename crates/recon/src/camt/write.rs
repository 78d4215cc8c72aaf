//! A camt.053 (version 8) as a simulated bank writes it: line by line, however many there are.

use super::entry::ORIGINAL;
use crate::statement::{Head, Line, Side};
use jiff::Timestamp;
use ledger::currency::Currency;
use ledger::time::Time;
use quick_xml::escape::escape;
use std::io::{self, Write};

/// Writes one statement in one currency.
pub struct Writer<W> {
    out: W,
}

fn time(at: Time) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX).to_string()
}

fn side(it: Side) -> &'static str {
    match it {
        Side::Credit => "CRDT",
        Side::Debit => "DBIT",
    }
}

/// An amount as XML has it: with the decimals of its currency, and without its name.
fn decimal(minor: u128, currency: Currency) -> String {
    let exponent = usize::from(currency.exponent());
    let digits = format!("{minor:0>width$}", width = exponent + 1);
    let (whole, decimals) = digits.split_at(digits.len() - exponent);
    if exponent == 0 { whole.to_owned() } else { format!("{whole}.{decimals}") }
}

impl<W: Write> Writer<W> {
    /// Begins a statement in `currency`, of `entries` lines that come to `sum` without their signs.
    pub fn begin(
        mut out: W,
        head: &Head,
        currency: Currency,
        entries: u64,
        sum: u128,
    ) -> io::Result<Writer<W>> {
        let Head { id, account, from, to, balances } = head;
        let (id, account) = (escape(id.as_str()), escape(account.as_str()));
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">")?;
        writeln!(out, "<BkToCstmrStmt><GrpHdr><MsgId>{id}</MsgId>")?;
        writeln!(out, "<CreDtTm>{}</CreDtTm></GrpHdr>", time(*to))?;
        writeln!(out, "<Stmt><Id>{id}</Id><CreDtTm>{}</CreDtTm>", time(*to))?;
        writeln!(out, "<FrToDt><FrDtTm>{}</FrDtTm>", time(*from))?;
        writeln!(out, "<ToDtTm>{}</ToDtTm></FrToDt>", time(*to))?;
        writeln!(out, "<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>")?;
        for it in balances.iter().filter(|it| it.currency == currency) {
            for (code, amount, at) in [("OPBD", it.opening, from), ("CLBD", it.closing, to)] {
                let sign = side(if amount < 0 { Side::Debit } else { Side::Credit });
                let number = decimal(amount.unsigned_abs(), currency);
                writeln!(out, "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>")?;
                writeln!(
                    out,
                    "<Amt Ccy=\"{currency}\">{number}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
                )?;
                writeln!(out, "<Dt><DtTm>{}</DtTm></Dt></Bal>", time(*at))?;
            }
        }
        writeln!(out, "<TxsSummry><TtlNtries><NbOfNtries>{entries}</NbOfNtries>")?;
        writeln!(out, "<Sum>{}</Sum></TtlNtries></TxsSummry>", decimal(sum, currency))?;
        Ok(Writer { out })
    }

    /// Writes a line.
    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        let Line { reference, bank_reference, amount, booked_at, returns, .. } = line;
        let (currency, sign) = (amount.currency(), side(line.side));
        let number = decimal(u128::from(amount.minor()), currency);
        let bank_reference = escape(bank_reference.as_str());
        let reference = escape(reference.as_deref().unwrap_or("NOTPROVIDED"));
        let out = &mut self.out;
        write!(out, "<Ntry><Amt Ccy=\"{currency}\">{number}</Amt><CdtDbtInd>{sign}</CdtDbtInd>")?;
        write!(
            out,
            "<Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>{}</DtTm></BookgDt>",
            time(*booked_at)
        )?;
        write!(
            out,
            "<AcctSvcrRef>{bank_reference}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs>"
        )?;
        write!(out, "<AcctSvcrRef>{bank_reference}</AcctSvcrRef>")?;
        write!(out, "<EndToEndId>{reference}</EndToEndId>")?;
        if let Some(original) = returns {
            let original = escape(original.as_str());
            write!(out, "<Prtry><Tp>{ORIGINAL}</Tp><Ref>{original}</Ref></Prtry>")?;
        }
        write!(out, "</Refs>")?;
        if returns.is_some() {
            write!(out, "<RtrInf><AddtlInf>returned</AddtlInf></RtrInf>")?;
        }
        writeln!(out, "</TxDtls></NtryDtls></Ntry>")
    }

    /// Ends the statement.
    pub fn finish(mut self) -> io::Result<W> {
        writeln!(self.out, "</Stmt></BkToCstmrStmt></Document>")?;
        self.out.flush()?;
        Ok(self.out)
    }
}
