//! What a bank says became of messages: pain.002, versions 3 to 14.
//!
//! Of its codes, only RJCT ends something. ACSC says that the bank has settled; that it is booked,
//! an entry of a camt says, with the amount that really moved.

use recon::Refused;
use recon::xml::{Visitor, walk};
use std::collections::BTreeMap;
use std::io::BufRead;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.";
const VERSIONS: std::ops::RangeInclusive<u8> = 3..=14;
/// The most transactions of one report.
const TRANSACTIONS_MAX: usize = 1_000_000;
/// The codes that leave it open: received, checked, accepted, settling or settled.
const OPEN: [&str; 9] = ["RCVD", "PDNG", "ACTC", "ACCP", "ACSP", "ACWC", "ACSC", "ACCC", "PART"];

/// What became of an instruction, by the bank's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It is under way.
    Pending,
    /// The bank refuses it, and why.
    Rejected(String),
}

/// Reads a report: the status of each instruction, by our reference.
pub(super) fn read(input: impl BufRead) -> Result<BTreeMap<String, Status>, Refused> {
    let mut report = Report::default();
    walk(input, &mut report)?;
    Ok(report.statuses)
}

#[derive(Default)]
struct Report {
    statuses: BTreeMap<String, Status>,
    reference: String,
    code: String,
    reason: String,
}

impl Visitor for Report {
    const KNOWN: &'static [&'static str] = &[
        "Document",
        "CstmrPmtStsRpt",
        "OrgnlPmtInfAndSts",
        "TxInfAndSts",
        "OrgnlEndToEndId",
        "TxSts",
        "StsRsnInf",
        "Rsn",
        "Cd",
        "Prtry",
    ];

    fn root(&mut self, name: &str, namespaces: &[String], line: u64) -> Result<(), Refused> {
        let known = |it: &String| {
            let version = it.strip_prefix(NAMESPACE).and_then(|it| it.parse().ok());
            version.is_some_and(|it: u8| VERSIONS.contains(&it))
        };
        if name == "Document" && namespaces.iter().any(known) {
            return Ok(());
        }
        Err(Refused::new(line, "this is no status report: pain.002.001.03 to 14 are read"))
    }

    fn begin(
        &mut self,
        path: &[&'static str],
        _currency: Option<&str>,
        line: u64,
    ) -> Result<(), Refused> {
        if let [.., "TxInfAndSts"] = path {
            if self.statuses.len() >= TRANSACTIONS_MAX {
                return Err(Refused::new(line, "a report has too many transactions"));
            }
            self.reference.clear();
            self.code.clear();
            self.reason.clear();
        }
        Ok(())
    }

    fn end(&mut self, path: &[&'static str], value: &str, line: u64) -> Result<(), Refused> {
        match path {
            [.., "TxInfAndSts", "OrgnlEndToEndId"] => value.clone_into(&mut self.reference),
            [.., "TxInfAndSts", "TxSts"] => value.clone_into(&mut self.code),
            [.., "TxInfAndSts", "StsRsnInf", "Rsn", "Cd" | "Prtry"] => {
                value.clone_into(&mut self.reason);
            }
            [.., "TxInfAndSts"] => {
                let status = match self.code.as_str() {
                    "RJCT" => Status::Rejected(std::mem::take(&mut self.reason)),
                    code if OPEN.contains(&code) => Status::Pending,
                    code => {
                        return Err(Refused::new(line, format!("{code:?} is no status")));
                    }
                };
                if self.reference.is_empty() {
                    return Err(Refused::new(line, "a transaction has no OrgnlEndToEndId"));
                }
                self.statuses.insert(std::mem::take(&mut self.reference), status);
            }
            _ => {}
        }
        Ok(())
    }
}
