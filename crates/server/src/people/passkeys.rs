//! Passkeys: keys on people's devices by which they sign in without a password.
//!
//! A passkey is asked for twice. First a browser is told what to make or to use, with a challenge;
//! then it sends what the device answered. What has to be known in between is kept in memory: a
//! ceremony that a restart interrupts is begun again. Devices keep passkeys together with whose
//! they are, so nobody types a name; and they recognize their owner by PIN, finger or face, so a
//! passkey stands for password and one-time code at once.

mod challenges;
mod options;
mod proof;
pub mod site;
#[cfg(test)]
mod tests;

use super::ceremonies::{Ceremonies, new_challenge};
use super::sign_in::Opened;
use super::vault::{PLAIN_MAX, Slot, VaultError};
use super::{People, Signed, field};
use crate::http::codes;
use crate::http::problem::Problem;
use challenges::Challenges;
use ledger::command::Command;
use ledger::event::Actor;
use ledger::id::{Position, SessionId, UserId};
use ledger::name::Text;
use ledger::person::{Credential, Method, Person, SetCredential};
use ledger::time::Time;
use options::{Owner, creation, request, user_in};
use proof::{Flaw, Known, Made, Sent, Used};
use serde::{Deserialize, Serialize};
use site::Site;
use std::sync::OnceLock;
use std::time::Instant;

/// The most characters of what somebody calls a passkey.
pub const NAME_MAX: usize = 40;
/// Passkeys that are being made at a time.
const MAKING_MAX: usize = 1_000;

/// What is kept for passkeys beside the books.
pub(super) struct Passkeys {
    site: OnceLock<Site>,
    making: Ceremonies<Making>,
    signing_in: Challenges,
}

/// A passkey that is being made.
struct Making {
    session: SessionId,
    name: String,
}

impl Default for Passkeys {
    fn default() -> Passkeys {
        Passkeys {
            site: OnceLock::new(),
            making: Ceremonies::new(MAKING_MAX),
            signing_in: Challenges::default(),
        }
    }
}

/// A passkey, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its own name, by which it is removed.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Since when it is here.
    pub added: Time,
    /// Whether it is kept on more than one device.
    pub backed_up: bool,
}

/// What is sealed of a passkey: no more than is needed.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Kept {
    name: String,
    added: u64,
    #[serde(flatten)]
    known: Known,
}

impl From<Kept> for Passkey {
    fn from(it: Kept) -> Passkey {
        let (id, backed_up) = (it.known.id.into(), it.known.backed_up);
        Passkey { id, name: it.name, added: Time(it.added), backed_up }
    }
}

impl People<'_> {
    /// Says once where browsers reach this server. Before that there are no passkeys.
    pub fn reached_at(&self, site: Site) {
        let _ = self.kept.passkeys.site.set(site);
    }

    /// Where passkeys work.
    pub fn site(&self) -> Option<&Site> {
        self.kept.passkeys.site.get()
    }

    /// Somebody's passkeys.
    pub fn passkeys(&self, user: UserId) -> Result<Vec<Passkey>, Problem> {
        let kept = self.passkeys_of(&self.person(user)?)?;
        Ok(kept.into_iter().map(|(_, it)| it.into()).collect())
    }

    /// Begins to make a passkey for somebody who knows their password: what their browser is told.
    pub async fn begin_passkey(
        &self,
        signed: &Signed,
        password: &str,
        name: &str,
    ) -> Result<String, Problem> {
        let site = self.passkey_site()?;
        let name = name.trim();
        let fits = (1..=NAME_MAX).contains(&name.chars().count());
        if !fits || name.chars().any(char::is_control) {
            return Err(Problem::of(&codes::PASSKEY_NAME_INVALID).at("/name"));
        }
        let _turn = self.turn(signed.user).await?;
        let person = self.proved(signed, password).await?;
        if person.passkeys.iter().all(Option::is_some) {
            return Err(Problem::of(&codes::PASSKEYS_FULL));
        }
        let known = self.passkeys_of(&person)?;
        let login = self.login_of(signed.user)?;
        let challenge = new_challenge()?;
        let owner = Owner { user: signed.user, login: &login, name: &signed.name };
        let ids = known.into_iter().map(|(_, it)| it.known.id);
        let options = creation(site, &challenge, &owner, ids);
        let making = Making { session: signed.session, name: name.to_owned() };
        self.kept.passkeys.making.begin(challenge, making, Instant::now());
        Ok(options.to_string())
    }

    /// Adds the passkey that somebody's browser made.
    pub async fn add_passkey(&self, signed: &Signed, credential: &str) -> Result<(), Problem> {
        let refused = || Problem::of(&codes::PASSKEY_NOT_MADE);
        let site = self.passkey_site()?;
        let sent: Sent<Made> = serde_json::from_str(credential).map_err(|_| refused())?;
        let challenge = sent.challenge().ok_or_else(refused)?;
        let making = self.kept.passkeys.making.end(&challenge, Instant::now());
        let making = making.filter(|it| it.session == signed.session).ok_or_else(refused)?;
        let known = sent.check(site, &challenge).map_err(|_| refused())?;
        let user = signed.user;
        let _turn = self.turn(user).await?;
        let person = self.person(user)?;
        if self.passkeys_of(&person)?.iter().any(|(_, it)| it.known.id == known.id) {
            return Err(refused());
        }
        if person.passkeys.iter().all(Option::is_some) {
            return Err(Problem::of(&codes::PASSKEYS_FULL));
        }
        let added = self.app.engine().now(user.cell())?.0;
        let sealed = self.seal_passkey(&person, &Kept { name: making.name, added, known })?;
        self.set(user, Credential::AddPasskey(sealed), Actor::User(user)).await
    }

    /// Takes a passkey from somebody who knows their password. One that is gone is gone.
    pub async fn remove_passkey(
        &self,
        signed: &Signed,
        password: &str,
        id: &str,
    ) -> Result<(), Problem> {
        let _turn = self.turn(signed.user).await?;
        let person = self.proved(signed, password).await?;
        let known = self.passkeys_of(&person)?;
        let found = known.into_iter().find(|(_, it)| String::from(it.known.id.clone()) == id);
        let Some((place, _)) = found else { return Ok(()) };
        self.set(person.user, Credential::RemovePasskey { place }, Actor::User(person.user)).await
    }

    /// Begins to sign in whoever has a passkey: what their browser is told.
    pub fn begin_sign_in_by_passkey(&self) -> Result<String, Problem> {
        let site = self.passkey_site()?;
        let challenge = self.kept.passkeys.signing_in.new_one(Instant::now())?;
        Ok(request(site, &challenge).to_string())
    }

    /// Signs somebody in by a passkey.
    pub async fn sign_in_by_passkey(
        &self,
        credential: &str,
        seen_from: &str,
    ) -> Result<Opened, Problem> {
        let refused = || Problem::of(&codes::PASSKEY_REFUSED);
        let site = self.passkey_site()?;
        let sent: Sent<Used> = serde_json::from_str(credential).map_err(|_| refused())?;
        let challenge = sent.challenge().ok_or_else(refused)?;
        let challenges = &self.kept.passkeys.signing_in;
        if !challenges.is_good(&challenge, Instant::now())? {
            return Err(refused());
        }
        let user = sent.response.user_handle.as_ref().and_then(user_in).ok_or_else(refused)?;
        let _turn = self.turn(user).await?;
        // Whether there is such a person is nobody's business.
        let person = self.person(user).map_err(|it| {
            let broken = it.code.status().is_server_error();
            if broken { it } else { refused() }
        })?;
        let mine = self.passkeys_of(&person)?;
        // A passkey that is not theirs proves nothing and counts as nothing, or anybody could lock
        // out anybody. Two people may well have passkeys with the same id: each opens one account.
        let found = mine.into_iter().find(|(_, it)| it.known.id == sent.id);
        let (place, kept) = found.ok_or_else(refused)?;
        let known = match sent.check(site, &challenge, &kept.known) {
            Ok(known) => known,
            Err(Flaw::Signature | Flaw::Counter) => {
                // It counts like a wrong password, but no lock is between a passkey and its owner.
                if self.not_locked(&person).is_ok() {
                    self.fail(&person, Method::Passkey, seen_from).await?;
                }
                return Err(refused());
            }
            Err(
                Flaw::Unreadable
                | Flaw::Purpose
                | Flaw::Challenge
                | Flaw::Origin
                | Flaw::Site
                | Flaw::Absent
                | Flaw::Unverified
                | Flaw::Key
                | Flaw::Backup,
            ) => return Err(refused()),
        };
        if !challenges.spend(challenge, Instant::now()) {
            return Err(refused());
        }
        if known != kept.known {
            // The counter is kept before anybody is let in by it.
            let passkey = self.seal_passkey(&person, &Kept { known, ..kept })?;
            self.set(user, Credential::ReplacePasskey { place, passkey }, Actor::Platform).await?;
        }
        self.open_session(user, Method::Passkey, seen_from, false).await
    }

    /// Where passkeys work; where they do not, nothing of them is there.
    fn passkey_site(&self) -> Result<&Site, Problem> {
        self.site().ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))
    }

    /// A person's passkeys with their places.
    fn passkeys_of(&self, person: &Person) -> Result<Vec<(u8, Kept)>, Problem> {
        let places = (0_u8..).zip(person.passkeys);
        let there = places.filter_map(|(place, it)| Some((place, it?)));
        there.map(|(place, at)| Ok((place, self.passkey_at(person, at)?))).collect()
    }

    fn passkey_at(&self, person: &Person, at: Position) -> Result<Kept, Problem> {
        let sealed = passkey_in(self.command_at(person.user.cell(), at)?);
        let sealed = sealed.ok_or(VaultError::Damaged)?;
        let plain = self.open(Slot(person.slot), field::PASSKEY, &sealed)?;
        serde_json::from_str(&plain).map_err(|_| VaultError::Damaged.into())
    }

    fn seal_passkey(&self, person: &Person, kept: &Kept) -> Result<Text, Problem> {
        // A few strings and numbers are always JSON.
        let plain = serde_json::to_vec(kept).unwrap_or_default();
        if plain.is_empty() || plain.len() > PLAIN_MAX {
            return Err(Problem::of(&codes::PASSKEY_NOT_MADE));
        }
        self.seal(Slot(person.slot), field::PASSKEY, &plain)
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other command has a passkey")]
fn passkey_in(command: Command) -> Option<Text> {
    match command {
        Command::SetCredential(SetCredential {
            credential:
                Credential::AddPasskey(sealed) | Credential::ReplacePasskey { passkey: sealed, .. },
            ..
        }) => Some(sealed),
        _ => None,
    }
}
