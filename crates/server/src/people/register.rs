//! How people come to be here.

use super::password::may_be_password;
use super::profile::{Login, Profile};
use super::vault::Slot;
use super::{People, field};
use crate::app::Accepted;
use crate::http::codes;
use crate::http::problem::Problem;
use ledger::command::{AddUser, Command};
use ledger::event::{Actor, Subject};
use ledger::id::{CellId, RequestId, UserId};
use ledger::name::Text;
use ledger::person::{AddPerson, AddSealedCard, Duty};
use ledger::registry::UserKind;

/// The most characters of a name.
const NAME_MAX: usize = 64;
/// A password before which this stands is to be changed after the first sign-in.
pub(super) const ONCE: &str = "once:";

/// Somebody who wants to be a user.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Customer, merchant or operator.
    pub kind: UserKind,
    /// The name to show.
    pub name: String,
    /// What they will sign in with: a telephone number or an e-mail address; an operator may also
    /// have a plain name.
    pub login: String,
    /// The password, as it was typed.
    pub password: String,
    /// The language, such as zh-CN.
    pub locale: Option<String>,
    /// What an operator is there for; nothing for everybody else.
    pub duty: Option<Duty>,
    /// Whether the password is to be changed after the first sign-in.
    pub once: bool,
}

impl Newcomer {
    fn login(&self) -> Result<Login, Problem> {
        let wrong = || Problem::of(&codes::LOGIN_INVALID).at("/login");
        let login = Login::parse(&self.login).ok_or_else(wrong)?;
        match (&login, self.kind) {
            (Login::Name(_), UserKind::Customer | UserKind::Merchant) => Err(wrong()),
            (Login::Phone(_) | Login::Email(_), _) | (_, UserKind::Operator) => Ok(login),
        }
    }

    fn profile(&self, login: &Login) -> Result<Profile, Problem> {
        let name = self.name.trim().to_owned();
        let fits = !name.is_empty() && name.chars().count() <= NAME_MAX;
        if !fits || name.chars().any(char::is_control) {
            return Err(Problem::of(&codes::NAME_INVALID).at("/name"));
        }
        let (phone, email) = match login {
            Login::Phone(text) => (Some(text.clone()), None),
            Login::Email(text) => (None, Some(text.clone())),
            Login::Name(_) => (None, None),
        };
        Ok(Profile { name, phone, email, locale: self.locale.clone() })
    }
}

impl People<'_> {
    /// Makes somebody a user. Asking again under the same name gives the same user.
    pub async fn register(&self, name: RequestId, newcomer: &Newcomer) -> Result<UserId, Problem> {
        Ok(self.registered(name, newcomer).await?.0)
    }

    /// Makes somebody a user, and says whether they were one before: then what was sent proves
    /// nothing, because passwords are not compared here.
    pub async fn registered(
        &self,
        name: RequestId,
        newcomer: &Newcomer,
    ) -> Result<(UserId, bool), Problem> {
        let login = newcomer.login()?;
        let profile = newcomer.profile(&login)?;
        may_be_password(&newcomer.password).map_err(|it| Problem::of(it).at("/password"))?;
        let hash = self.kept.vault.login_hash(login.as_str());
        let cell = match newcomer.kind {
            UserKind::Customer | UserKind::Merchant => self.home_of(hash),
            UserKind::Operator => CellId::FIRST,
        };
        let command = match self.earlier(cell, name)?.map(|it| it.command) {
            Some(Command::AddPerson(it)) if it.login == Some(hash) && it.kind == newcomer.kind => {
                Command::AddPerson(it)
            }
            Some(_) | None => {
                // The cell refuses a name that it knows; the other cells have to be asked.
                if self.find_login(hash)?.is_some() {
                    return Err(Problem::of(&codes::LOGIN_TAKEN).at("/login"));
                }
                let phc = self.kept.passwords.hash(newcomer.password.clone()).await?;
                let once = if newcomer.once { ONCE } else { "" };
                let slot = self.new_slot().await?;
                Command::AddPerson(AddPerson {
                    kind: newcomer.kind,
                    slot: slot.0,
                    login: Some(hash),
                    profile: self.seal(slot, field::PROFILE, &profile.plain())?,
                    password: Some(self.seal(
                        slot,
                        field::PASSWORD,
                        format!("{once}{phc}").as_bytes(),
                    )?),
                    duty: newcomer.duty,
                })
            }
        };
        let accepted = self.app.submit(Actor::Platform, name, cell, command).await?;
        Ok((user_of(&accepted)?, accepted.answered.repeated))
    }

    /// Adds a user who does not sign in, for a program. Asking again under the same name gives the
    /// first answer.
    pub async fn add(
        &self,
        who: impl Into<Actor>,
        request: RequestId,
        kind: UserKind,
        name: Text,
    ) -> Result<Accepted, Problem> {
        let cell = self.app.cell_for(request);
        let profile = Profile { name: name.as_str().to_owned(), ..Profile::default() };
        let plain = profile.plain();
        let same = |it: &AddPerson| {
            let bare = it.login.is_none() && it.password.is_none() && it.kind == kind;
            bare && self.says(Slot(it.slot), field::PROFILE, &it.profile, &plain)
        };
        let command = match self.earlier(cell, request)?.map(|it| it.command) {
            Some(Command::AddPerson(it)) if same(&it) => Command::AddPerson(it),
            // From the time when names were kept in the open.
            Some(Command::AddUser(_)) => Command::AddUser(AddUser { kind, name }),
            Some(_) | None => {
                let slot = self.new_slot().await?;
                let profile = self.seal(slot, field::PROFILE, &plain);
                let profile = profile.map_err(|it| it.at("/name"))?;
                let (login, password, duty) = (None, None, None);
                let slot = slot.0;
                Command::AddPerson(AddPerson { kind, slot, login, profile, password, duty })
            }
        };
        self.app.submit(who, request, cell, command).await
    }

    /// The command that adds a bank card, with its number sealed under its owner's key. `None` if
    /// the owner has no key, because it is from the time before there were people.
    pub fn sealed_card(
        &self,
        request: RequestId,
        card: ledger::command::AddCard,
        number: &str,
    ) -> Result<Command, Problem> {
        let cell = card.user.cell();
        let slot = match self.rows(card.user) {
            Ok((_, person)) => person.filter(|it| it.erased_at.is_none()).map(|it| Slot(it.slot)),
            // The ledger says it better.
            Err(_) => None,
        };
        let Some(slot) = slot else { return Ok(Command::AddCard(card)) };
        let same = |it: &AddSealedCard| {
            let same = (it.user, it.bank, &it.token) == (card.user, card.bank, &card.token);
            same && self.says(slot, field::CARD, &it.sealed, number.as_bytes())
        };
        Ok(match self.earlier(cell, request)?.map(|it| it.command) {
            Some(Command::AddSealedCard(it)) if same(&it) => Command::AddSealedCard(it),
            Some(Command::AddCard(_)) => Command::AddCard(card),
            Some(_) | None => Command::AddSealedCard(AddSealedCard {
                user: card.user,
                bank: card.bank,
                token: card.token,
                last_four: card.last_four,
                sealed: self.seal(slot, field::CARD, number.as_bytes())?,
            }),
        })
    }

    /// The cell in which somebody with this name to sign in with is added.
    fn home_of(&self, login: u128) -> CellId {
        let cells = u128::from(self.app.engine().cells());
        CellId::new(u8::try_from(login % cells).unwrap_or(0))
    }

    /// Who signs in with a name that somebody typed.
    pub(crate) fn known_as(&self, typed: &str) -> Result<Option<UserId>, Problem> {
        let login = Login::parse(typed).map(|it| self.kept.vault.login_hash(it.as_str()));
        Ok(login.map(|it| self.find_login(it)).transpose()?.flatten())
    }

    /// Who signs in with this name. Most people live in the cell that the name says; operators, and
    /// whoever has changed the name since, may live in another.
    fn find_login(&self, login: u128) -> Result<Option<UserId>, Problem> {
        let home = self.home_of(login);
        let others = self.app.engine().all_cells().filter(|it| *it != home);
        for cell in std::iter::once(home).chain(others) {
            let (found, _) = self.app.read(cell, |view| view.user_by_login(login))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "adding a user leads to a user")]
fn user_of(accepted: &Accepted) -> Result<UserId, Problem> {
    match accepted.subject {
        Subject::User(user) => Ok(user),
        _ => Err(Problem::of(&codes::INTERNAL_ERROR)),
    }
}
