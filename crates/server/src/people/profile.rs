//! What somebody is called, and where they can be reached: sealed in the journal, opened for pages.

use super::vault::{Slot, VaultError};
use super::{People, field};
use crate::http::problem::Problem;
use ledger::command::Command;
use ledger::id::{Position, UserId};
use ledger::name::Text;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Profiles that are kept open in memory.
const OPEN_MAX: usize = 10_000;

/// What somebody is called, and where they can be reached.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// The name to show.
    pub name: String,
    /// The telephone number, if it is the name to sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address, if it is the name to sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The language that they registered in, such as zh-CN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl Profile {
    /// The bytes that are sealed.
    pub(super) fn plain(&self) -> Vec<u8> {
        // A few strings are always JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A name to sign in with, in the one spelling that is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// A telephone number with its country, such as +8613800138000.
    Phone(String),
    /// An e-mail address in lower case.
    Email(String),
    /// A plain name; only operators have one.
    Name(String),
}

impl Login {
    /// Reads what somebody typed.
    pub fn parse(text: &str) -> Option<Login> {
        let text = text.trim().to_lowercase();
        let inside = |it: char| it.is_ascii_graphic() && it != '@';
        if let Some((user, host)) = text.split_once('@') {
            let fits = (1..=64).contains(&user.len()) && (4..=190).contains(&host.len());
            let good = user.chars().all(inside) && host.chars().all(inside) && host.contains('.');
            return (fits && good).then_some(Login::Email(text));
        }
        let digits: String = text.chars().filter(|it| !matches!(it, ' ' | '-')).collect();
        let (country, number) = match digits.strip_prefix('+') {
            Some(rest) => ("", rest),
            // Eleven digits that begin with 1 are a mobile telephone in China.
            None if digits.len() == 11 && digits.starts_with('1') => ("86", digits.as_str()),
            None => ("", ""),
        };
        let all_digits = number.bytes().all(|it| it.is_ascii_digit());
        if all_digits && (8..=15).contains(&(country.len() + number.len())) {
            return Some(Login::Phone(format!("+{country}{number}")));
        }
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-');
        let name = text.len() <= 64 && text.bytes().all(plain);
        let name = name && text.starts_with(|it: char| it.is_ascii_alphabetic());
        name.then_some(Login::Name(text))
    }

    /// Its one spelling.
    pub fn as_str(&self) -> &str {
        match self {
            Login::Phone(text) | Login::Email(text) | Login::Name(text) => text,
        }
    }
}

/// A telephone number, an e-mail address or a name that can be shown to others: 138****8000.
pub fn mask(text: &str) -> String {
    if let Some((user, host)) = text.split_once('@') {
        let first: String = user.chars().take(1).collect();
        return format!("{first}***@{host}");
    }
    let number = text.strip_prefix("+86").unwrap_or(text);
    let digits: Vec<char> = number.chars().collect();
    match digits.len() {
        0..=1 => "*".to_owned(),
        2..=7 => format!("{}***", digits[0]),
        length => {
            let (head, tail) = (&digits[..3], &digits[length - 4..]);
            format!("{}****{}", String::from_iter(head), String::from_iter(tail))
        }
    }
}

/// Profiles that were opened, each for the record that it is in.
#[derive(Default)]
pub(super) struct Profiles {
    open: Mutex<HashMap<UserId, (Position, Arc<Profile>)>>,
}

impl Profiles {
    fn get(&self, user: UserId, position: Position) -> Option<Arc<Profile>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&user).filter(|it| it.0 == position).map(|it| it.1.clone())
    }

    fn keep(&self, user: UserId, position: Position, profile: Arc<Profile>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_MAX {
            open.clear();
        }
        open.insert(user, (position, profile));
    }

    /// Forgets somebody.
    pub(super) fn forget(&self, user: UserId) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&user);
    }
}

impl People<'_> {
    /// What somebody is called, and how to reach them; `None` when they were erased. Users who were
    /// added before there were people have a name and nothing else.
    pub fn profile_of(&self, user: UserId) -> Result<Option<Arc<Profile>>, Problem> {
        let (row, person) = self.rows(user)?;
        let position = match &person {
            Some(person) if person.erased_at.is_some() => return Ok(None),
            Some(person) => person.profile,
            None => row.position,
        };
        if let Some(profile) = self.kept.profiles.get(user, position) {
            return Ok(Some(profile));
        }
        let slot = person.map(|it| Slot(it.slot));
        let sealed = match (profile_in(self.command_at(user.cell(), position)?), slot) {
            (Some(Said::Sealed(text)), Some(slot)) => self.open(slot, field::PROFILE, &text)?,
            (Some(Said::Name(name)), _) => {
                let profile = Profile { name: name.as_str().to_owned(), ..Profile::default() };
                return Ok(Some(Arc::new(profile)));
            }
            (Some(Said::Sealed(_)) | None, _) => return Err(VaultError::Damaged.into()),
        };
        let profile = serde_json::from_str(&sealed).map_err(|_| VaultError::Damaged)?;
        let profile: Arc<Profile> = Arc::new(profile);
        self.kept.profiles.keep(user, position, profile.clone());
        Ok(Some(profile))
    }

    /// Since when somebody is a user.
    pub fn since(&self, user: UserId) -> Result<ledger::time::Time, Problem> {
        Ok(self.rows(user)?.0.created_at)
    }

    /// What somebody signs in with, as apps and devices show it to tell two accounts apart; their
    /// name, if that is all there is.
    pub fn login_of(&self, user: UserId) -> Result<String, Problem> {
        let profile = self.profile_of(user)?.unwrap_or_default();
        let login = profile.phone.as_ref().or(profile.email.as_ref());
        Ok(login.unwrap_or(&profile.name).clone())
    }

    /// What somebody is called; `None` when they were erased.
    pub fn name_of(&self, user: UserId) -> Result<Option<String>, Problem> {
        Ok(self.profile_of(user)?.map(|it| it.name.clone()))
    }
}

/// What a record says about somebody.
enum Said {
    /// A profile.
    Sealed(Text),
    /// A name, in the open.
    Name(Text),
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other command has a profile")]
fn profile_in(command: Command) -> Option<Said> {
    match command {
        Command::AddPerson(it) => Some(Said::Sealed(it.profile)),
        Command::SetProfile(it) => Some(Said::Sealed(it.profile)),
        Command::AddUser(it) => Some(Said::Name(it.name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_to_sign_in_with_has_one_spelling() {
        let spelled = |text: &str| Login::parse(text).map(|it| it.as_str().to_owned());
        let phone = Some("+8613800138000".to_owned());
        for text in ["13800138000", " 138 0013 8000", "+86-138-0013-8000", "+8613800138000"] {
            assert_eq!(spelled(text), phone, "{text}");
        }
        assert_eq!(spelled("+1 212 555 0100").as_deref(), Some("+12125550100"));
        assert_eq!(spelled("Hong@Example.CN ").as_deref(), Some("hong@example.cn"));
        assert_eq!(Login::parse("Finance-1"), Some(Login::Name("finance-1".to_owned())));
        for wrong in ["", "1380013800", "a@b", "@b.cn", "a@@b.cn", "小红", "+86x", "2x", "a b"] {
            assert_eq!(Login::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn others_see_the_ends_of_a_number() {
        assert_eq!(mask("+8613800138000"), "138****8000");
        assert_eq!(mask("hong@example.cn"), "h***@example.cn");
        assert_eq!(mask("finance"), "f***");
        assert_eq!(mask(""), "*");
    }
}
