//! A statement that somebody uploaded by hand. It would change the books, so it is proposed, and
//! counts when another person has approved it; until then it is kept beside the report that it
//! would replace.

use super::files::Files;
use super::source::{Format, Refusal, Source};
use super::{Hands, reconcile_by};
use crate::api::proposals::proposed;
use crate::app::App;
use crate::banks::Desk;
use crate::http::codes;
use crate::http::problem::Problem;
use jiff::civil::Date;
use ledger::action::Action;
use ledger::bank::TakeStatement;
use ledger::id::ProposalId;
use ledger::proposal::{Proposal, ProposalStage};
use ledger::time::Time;
use recon::csv::Columns;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILE: &str = "offered";
const ABOUT: &str = "offered.json";

/// By which proposal a file counts, how it is to be read, and what would come of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Offer {
    /// The proposal.
    pub(crate) proposal: String,
    /// `camt`, `mt940` or `csv`.
    pub(crate) format: String,
    /// The columns of a CSV.
    pub(crate) columns: String,
    /// SHA-256 over its bytes.
    pub(crate) digest: String,
    /// How many lines it has.
    pub(crate) lines: u64,
    /// How many differences there would be, and how many of them would be told to the books.
    pub(crate) differences: u64,
    pub(crate) told: u64,
    /// How many would need a person.
    pub(crate) cases: u64,
}

/// How a file is read, by the names that people choose from.
pub(crate) fn format(name: &str, columns: &str) -> Result<Option<Format>, String> {
    Ok(match name {
        "camt" => Some(Format::Camt),
        "mt940" => Some(Format::Mt940),
        "csv" => Some(Format::Csv(Columns::parse(columns)?)),
        _ => None,
    })
}

/// The bytes of a digest that is written in hexadecimal.
fn bytes_of(digest: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digest.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// What is proposed about a file of this digest.
pub(crate) fn action(desk: &Desk, day: Date, digest: &str) -> Option<TakeStatement> {
    let (_, ends_at) = desk.calendar().bounds(day)?;
    Some(TakeStatement { bank: desk.name(), ends_at, digest: bytes_of(digest)? })
}

/// The bank and the business day of a statement that was proposed.
pub(crate) fn of_day(app: &App, it: &TakeStatement) -> Option<(Arc<Desk>, Date)> {
    let desk = app.banks().named(it.bank.as_str())?;
    let day = desk.calendar().day_of(Time(it.ends_at.0.saturating_sub(1)))?;
    Some((desk.clone(), day))
}

/// What is known of the file that was proposed, if it is here.
pub(crate) fn kept(app: &App, it: &TakeStatement) -> io::Result<Option<Offer>> {
    let Some((desk, day)) = of_day(app, it) else { return Ok(None) };
    let offered = Files::new(app.data(), desk.name(), day).offered()?;
    Ok(offered.map(|found| found.0).filter(|found| bytes_of(&found.digest) == Some(it.digest)))
}

/// Refuses to approve a file that is no longer here.
pub(crate) fn must_be_here(app: &App, action: &Action) -> Result<(), Problem> {
    let Action::TakeStatement(it) = action else { return Ok(()) };
    match kept(app, it).map_err(Refusal::from)? {
        Some(_) => Ok(()),
        None => Err(Problem::of(&codes::STATEMENT_FILE_GONE)),
    }
}

/// Does what was decided, if it was about a statement.
pub(crate) async fn decided(app: &App, action: &Action) -> Result<(), Problem> {
    if let Action::TakeStatement(it) = action
        && let Some((desk, day)) = of_day(app, it)
    {
        settle(app, &desk, day).await?;
    }
    Ok(())
}

/// Lets the file of a day count if it was approved, and forgets it if it was not.
pub(crate) async fn settle(app: &App, desk: &Arc<Desk>, day: Date) -> Result<(), Refusal> {
    let files = Files::new(app.data(), desk.name(), day);
    let Some((offer, path)) = files.offered()? else { return Ok(()) };
    let failed = |problem: Problem| Refusal::Failed(problem.code.name.to_owned());
    if let Some(it) = offer.proposal(app).map_err(failed)? {
        match it.stage {
            ProposalStage::Open => return Ok(()),
            ProposalStage::Approved => {
                let reason = proposed(app, &it).map_err(failed)?.reason.as_str().to_owned();
                let (uploaded_by, taken_over_by) = (it.maker, it.checker);
                let digest = offer.digest.clone();
                let hands = Hands { digest, uploaded_by, taken_over_by, reason };
                let source = source(&offer, path).map_err(Refusal::Failed)?;
                reconcile_by(app, desk, source, Some(hands)).await?;
            }
            ProposalStage::Refused | ProposalStage::Withdrawn | ProposalStage::Failed => {}
        }
    }
    Ok(files.drop_offer()?)
}

impl Offer {
    /// The proposal by which it counts.
    pub(crate) fn proposal(&self, app: &App) -> Result<Option<Proposal>, Problem> {
        let Ok(id) = ProposalId::parse(&self.proposal) else { return Ok(None) };
        Ok(app.read(id.cell(), |view| view.proposal(id))?.0)
    }
}

impl Files {
    /// Keeps a file that was uploaded for this day; another one that was is forgotten.
    pub(crate) fn offer(&self, file: &Path, offer: &Offer) -> io::Result<()> {
        self.drop_offer()?;
        fs::create_dir_all(self.folder())?;
        fs::rename(file, self.folder().join(FILE))?;
        fs::write(self.folder().join(ABOUT), serde_json::to_vec_pretty(offer)?)
    }

    /// What was uploaded for this day and waits for a second person.
    pub(crate) fn offered(&self) -> io::Result<Option<(Offer, PathBuf)>> {
        match fs::read(self.folder().join(ABOUT)) {
            Ok(bytes) => Ok(Some((serde_json::from_slice(&bytes)?, self.folder().join(FILE)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets what was uploaded.
    fn drop_offer(&self) -> io::Result<()> {
        for name in [ABOUT, FILE] {
            match fs::remove_file(self.folder().join(name)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The days of a bank for which something was uploaded, the newest first.
pub(super) fn days(app: &App, desk: &Desk) -> io::Result<Vec<Date>> {
    Files::days_with(app.data(), desk.name(), ABOUT)
}

/// The source that an offer is.
fn source(offer: &Offer, path: PathBuf) -> Result<Source, String> {
    let format = format(&offer.format, &offer.columns)?;
    Ok(Source::File(path, format.ok_or_else(|| format!("the format {}", offer.format))?))
}

#[cfg(test)]
mod tests {
    use super::bytes_of;
    use crate::signer::hex;

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let mut bytes = [0xf0; 32];
        bytes[1] = 7;
        let text = hex(&bytes);
        assert_eq!(bytes_of(&text), Some(bytes));
        assert_eq!(bytes_of("00ff"), None);
        assert_eq!(bytes_of(&text.replace('f', "é")), None);
    }
}
