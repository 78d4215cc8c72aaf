//! What somebody proves to be themselves with: chosen, changed and checked by themselves.

use super::password::{Verdict, may_be_password, may_be_payment_password};
use super::sign_in::wall_seconds;
use super::totp::SECRET;
use super::vault::{Slot, VaultError};
use super::{People, Signed, field};
use crate::http::codes;
use crate::http::problem::Problem;
use ledger::command::{Command, Outcome};
use ledger::event::Actor;
use ledger::id::{RequestId, UserId};
use ledger::name::Text;
use ledger::person::{Credential, FailPayment, Method, PassPayment, Person, SetCredential};
use ledger::rejection::Rejection;
use ledger::time::Time;

/// So many wrong passwords of a kind in a row lock what they are for.
pub const ATTEMPTS: u8 = 5;

/// What a page says beside the field for the password to sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordState {
    /// Whether it is temporary, and they have to choose one of their own.
    pub once: bool,
    /// How often it may still be wrong before it is locked.
    pub attempts_left: u8,
    /// Until when it is locked.
    pub locked_until: Option<Time>,
}

/// What a page says beside the field for a payment password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentState {
    /// Whether there is one.
    pub set: bool,
    /// How often it may still be wrong before payments are locked.
    pub attempts_left: u8,
    /// Until when payments are locked.
    pub locked_until: Option<Time>,
}

impl People<'_> {
    /// Gives somebody who knows the old password a new one, and ends their other sessions.
    pub async fn change_password(
        &self,
        signed: &Signed,
        name: RequestId,
        old: &str,
        new: &str,
    ) -> Result<(), Problem> {
        may_be_password(new).map_err(|it| Problem::of(it).at("/new"))?;
        let turn = self.turn(signed.user).await?;
        if !self.done_before(signed, name)? {
            let person = self.proved(signed, old).await?;
            self.keep_password(&person, name, new, Actor::User(signed.user)).await?;
        }
        drop(turn);
        self.end_other_sessions(signed).await
    }

    /// Whether the password is temporary, how often it may still be wrong, and whether it is
    /// locked.
    pub fn password_state(&self, user: UserId) -> Result<PasswordState, Problem> {
        let person = self.person(user)?;
        let now = self.app.engine().now(user.cell())?;
        Ok(PasswordState {
            once: self.password_of(&person)?.is_some_and(|it| it.once),
            attempts_left: ATTEMPTS - person.sign_in_failures % ATTEMPTS,
            locked_until: person.sign_in_locked(now),
        })
    }

    /// Sets the payment password, or changes it. Whoever changes it has to know the password to
    /// sign in with: then a payment password that was forgotten is no loss.
    pub async fn set_payment_password(
        &self,
        signed: &Signed,
        name: RequestId,
        password: &str,
        payment: &str,
    ) -> Result<(), Problem> {
        may_be_payment_password(payment).map_err(|it| Problem::of(it).at("/payment_password"))?;
        let _turn = self.turn(signed.user).await?;
        if self.done_before(signed, name)? {
            return Ok(());
        }
        let person = self.proved(signed, password).await?;
        let phc = self.kept.passwords.hash(payment.to_owned()).await?;
        let sealed = self.seal(Slot(person.slot), field::PAYMENT_PASSWORD, phc.as_bytes())?;
        self.set_as(signed, name, Credential::PaymentPassword(sealed)).await
    }

    /// Whether there is a payment password, and how often it may still be wrong.
    pub fn payment_state(&self, user: UserId) -> Result<PaymentState, Problem> {
        let person = self.person(user)?;
        let now = self.app.engine().now(user.cell())?;
        Ok(PaymentState {
            set: person.payment_password.is_some(),
            attempts_left: ATTEMPTS - person.payment_failures % ATTEMPTS,
            locked_until: person.payment_locked(now),
        })
    }

    /// Refuses a payment unless this is the payment password of whoever is signed in.
    pub async fn check_payment(&self, signed: &Signed, payment: &str) -> Result<(), Problem> {
        let user = signed.user;
        let _turn = self.payment_turn(user).await?;
        let person = self.person(user)?;
        let now = self.app.engine().now(user.cell())?;
        if let Some(until) = person.payment_locked(now) {
            return Err(Problem::rejected(&Rejection::PaymentLocked { until }, false));
        }
        let Some(at) = person.payment_password else {
            return Err(Problem::of(&codes::PAYMENT_PASSWORD_MISSING));
        };
        let sealed = payment_password_in(self.command_at(user.cell(), at)?);
        let sealed = sealed.ok_or(VaultError::Damaged)?;
        let phc = self.open(Slot(person.slot), field::PAYMENT_PASSWORD, &sealed)?;
        match self.kept.payments.verify(payment.to_owned(), Some(phc)).await? {
            Verdict::Right | Verdict::RightButOld if person.payment_failures == 0 => Ok(()),
            Verdict::Right | Verdict::RightButOld => {
                self.tell(user, Command::PassPayment(PassPayment { user })).await
            }
            Verdict::Wrong => {
                self.tell(user, Command::FailPayment(FailPayment { user })).await?;
                Err(self.payment_refused(user)?)
            }
        }
    }

    fn payment_refused(&self, user: UserId) -> Result<Problem, Problem> {
        let state = self.payment_state(user)?;
        if let Some(until) = state.locked_until {
            return Ok(Problem::rejected(&Rejection::PaymentLocked { until }, false));
        }
        let left = state.attempts_left;
        let detail = format!("The payment password is wrong; {left} attempts are left.");
        Ok(Problem::new(&codes::PAYMENT_PASSWORD_WRONG, detail).at("/payment_password"))
    }

    /// Chooses one-time codes: the secret comes from `totp::new_secret`, and the code shows that an
    /// app has it.
    pub async fn set_totp(
        &self,
        signed: &Signed,
        name: RequestId,
        password: &str,
        (secret, code): ([u8; SECRET], &str),
    ) -> Result<(), Problem> {
        let _turn = self.turn(signed.user).await?;
        if self.done_before(signed, name)? {
            return Ok(());
        }
        let person = self.proved(signed, password).await?;
        if !self.kept.used_steps.take(signed.user, secret, code.trim(), wall_seconds()) {
            return Err(Problem::of(&codes::CODE_WRONG).at("/code"));
        }
        let sealed = self.seal(Slot(person.slot), field::TOTP, &secret)?;
        self.set_as(signed, name, Credential::Totp(Some(sealed))).await
    }

    /// Whether somebody has chosen one-time codes.
    pub fn has_totp(&self, user: UserId) -> Result<bool, Problem> {
        Ok(self.person(user)?.totp.is_some())
    }

    /// Does without one-time codes from now on.
    pub async fn remove_totp(&self, signed: &Signed, password: &str) -> Result<(), Problem> {
        let _turn = self.turn(signed.user).await?;
        let person = self.proved(signed, password).await?;
        if person.totp.is_none() {
            return Ok(());
        }
        self.set(person.user, Credential::Totp(None), Actor::User(person.user)).await
    }

    /// The secret of somebody's one-time codes.
    pub(super) fn totp_secret(&self, person: &Person) -> Result<Option<[u8; SECRET]>, Problem> {
        let Some(at) = person.totp else { return Ok(None) };
        let sealed =
            totp_in(self.command_at(person.user.cell(), at)?).ok_or(VaultError::Damaged)?;
        let secret = self.kept.vault.open_sealed(Slot(person.slot), field::TOTP, &sealed)?;
        Ok(Some(secret.try_into().map_err(|_| VaultError::Damaged)?))
    }

    /// Refuses whoever does not know the password of whoever is signed in: for what would outlive
    /// the session of somebody who only sits at the screen.
    pub async fn check_password(&self, signed: &Signed, password: &str) -> Result<(), Problem> {
        let _turn = self.turn(signed.user).await?;
        self.proved(signed, password).await.map(drop)
    }

    /// The person, if this is the password of whoever is signed in. A wrong one counts as a sign-in
    /// that failed, and stands among them: whoever sits at somebody else's screen must not try for
    /// ever, and the owner has to see that somebody did.
    pub(super) async fn proved(&self, signed: &Signed, password: &str) -> Result<Person, Problem> {
        let person = self.person(signed.user)?;
        self.not_locked(&person)?;
        let (verdict, _) = self.verify(&person, password).await?;
        match verdict {
            Verdict::Right | Verdict::RightButOld => Ok(person),
            Verdict::Wrong => {
                let seen_from = self.seen_from(signed.session)?;
                let problem = self.fail(&person, Method::Password, &seen_from).await?;
                let plain = problem.code.name == codes::SIGN_IN_REFUSED.name;
                let wrong = || Problem::of(&codes::PASSWORD_WRONG).at("/password");
                Err(if plain { wrong() } else { problem })
            }
        }
    }

    /// Whether somebody was granted this before. A form that is sent twice does what it says once;
    /// the second time its password may not be the right one any more.
    pub(super) fn done_before(&self, signed: &Signed, name: RequestId) -> Result<bool, Problem> {
        let (answer, _) = self.app.read(signed.user.cell(), |view| view.answer(name))?;
        Ok(answer.is_some_and(|it| matches!(it.outcome, Outcome::Accepted(_))))
    }

    /// Sets a credential of whoever is signed in, under the name that their form has.
    async fn set_as(
        &self,
        signed: &Signed,
        name: RequestId,
        credential: Credential,
    ) -> Result<(), Problem> {
        let user = signed.user;
        let command = Command::SetCredential(SetCredential { user, credential });
        self.app.submit(Actor::User(user), name, user.cell(), command).await?;
        Ok(())
    }

    /// Tells the ledger something that the platform has found out.
    async fn tell(&self, user: UserId, command: Command) -> Result<(), Problem> {
        let (by, name) = (Actor::Platform, RequestId::UNNAMED);
        self.app.submit(by, name, user.cell(), command).await?;
        Ok(())
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other command has a payment password")]
fn payment_password_in(command: Command) -> Option<Text> {
    match command {
        Command::SetCredential(SetCredential {
            credential: Credential::PaymentPassword(sealed),
            ..
        }) => Some(sealed),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other command has such a secret")]
fn totp_in(command: Command) -> Option<Text> {
    match command {
        Command::SetCredential(SetCredential {
            credential: Credential::Totp(Some(sealed)),
            ..
        }) => Some(sealed),
        _ => None,
    }
}
