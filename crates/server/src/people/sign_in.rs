//! Signing in and out. A session is a row of the books; its cookie has the row's name and a secret,
//! of which the books keep the hash. Every page view looks at the row, so a session that ended is
//! refused at once, whoever ended it.

use super::ceremonies::{Challenge, new_challenge};
use super::password::Verdict;
use super::register::ONCE;
use super::vault::Slot;
use super::{People, Signed, field};
use crate::http::codes;
use crate::http::problem::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::command::Command;
use ledger::event::{Actor, Subject};
use ledger::id::{RequestId, SessionId, UserId};
use ledger::person::{
    CloseSession, CloseSessions, Credential, FailSignIn, Method, OpenSession, Person, SESSIONS_MAX,
    Session, SetCredential,
};
use ledger::registry::UserKind;
use ledger::time::Seconds;
use sha2::{Digest as _, Sha256};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use store::List;
use store::index::Direction;

/// How long customers and merchants stay signed in.
const LASTS: Seconds = Seconds::days(30);
/// How long operators do.
const LASTS_OPERATOR: Seconds = Seconds(12 * 3_600);
/// How long somebody does who has yet to choose a password.
const LASTS_ONCE: Seconds = Seconds(15 * 60);
/// The most bytes that are kept of where somebody signed in from.
const SEEN_FROM_MAX: usize = 300;

/// Somebody who wants to sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The telephone number, the e-mail address, or an operator's name.
    pub login: String,
    /// The password, as it was typed.
    pub password: String,
    /// The browser's own name and the address it calls from.
    pub seen_from: String,
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What the cookie says. It is the only place where the secret is.
    pub cookie: String,
    /// For how long.
    pub lasts: Seconds,
    /// Who it is.
    pub signed: Signed,
    /// Whether a password has to be chosen now: the one that was used was temporary.
    pub choose_password: bool,
}

/// What is kept of a password.
pub(super) struct KeptPassword {
    /// Its hash, with how it was made.
    phc: String,
    /// Whether it is to be changed after the first sign-in.
    pub(super) once: bool,
}

/// What came of signing in.
#[derive(Clone, Debug)]
pub enum Entry {
    /// They are in.
    Opened(Box<Opened>),
    /// The password is right, and a one-time code is needed: this says later whose.
    CodeNeeded(String),
}

/// Somebody whose password was right, and who has yet to give a one-time code.
#[derive(Clone, Copy)]
pub(super) struct HalfWay {
    user: UserId,
    /// Whether the password was a temporary one.
    once: bool,
}

impl People<'_> {
    /// Signs somebody in by a password, unless they have chosen to give one-time codes too. Whether
    /// it was the name or the password that was wrong is not told.
    pub async fn sign_in(&self, it: &SignIn) -> Result<Entry, Problem> {
        let Some(user) = self.known_as(&it.login)? else {
            self.kept.passwords.verify(it.password.clone(), None).await?;
            return Err(Problem::of(&codes::SIGN_IN_REFUSED));
        };
        let _turn = self.turn(user).await?;
        let person = self.person(user)?;
        self.not_locked(&person)?;
        let method = if person.totp.is_some() { Method::PasswordAndTotp } else { Method::Password };
        let (verdict, once) = self.verify(&person, &it.password).await?;
        if verdict == Verdict::Wrong {
            return Err(self.fail(&person, method, &it.seen_from).await?);
        }
        if verdict == Verdict::RightButOld && !once {
            let name = RequestId::UNNAMED;
            self.keep_password(&person, name, &it.password, Actor::Platform).await?;
        }
        if person.totp.is_some() {
            let ticket = new_challenge()?;
            self.kept.half_way.begin(ticket, HalfWay { user, once }, Instant::now());
            return Ok(Entry::CodeNeeded(URL_SAFE_NO_PAD.encode(ticket)));
        }
        let opened = self.open_session(user, method, &it.seen_from, once).await?;
        Ok(Entry::Opened(Box::new(opened)))
    }

    /// Signs in whoever gave their password before, by the one-time code that was asked for. They
    /// may mistype it, and wrong codes count as wrong passwords do.
    pub async fn sign_in_by_code(
        &self,
        ticket: &str,
        code: &str,
        seen_from: &str,
    ) -> Result<Opened, Problem> {
        let late = || Problem::of(&codes::SIGN_IN_TOO_LATE);
        let bytes = URL_SAFE_NO_PAD.decode(ticket).map_err(|_| late())?;
        let ticket: Challenge = bytes.try_into().map_err(|_| late())?;
        let half_way = self.kept.half_way.end(&ticket, Instant::now()).ok_or_else(late)?;
        let HalfWay { user, once } = half_way;
        let _turn = self.turn(user).await?;
        let person = self.person(user)?;
        self.not_locked(&person)?;
        let method = Method::PasswordAndTotp;
        // Whoever has done without codes since then has shown their password twice.
        if let Some(secret) = self.totp_secret(&person)?
            && !self.kept.used_steps.take(user, secret, code.trim(), wall_seconds())
        {
            let problem = self.fail(&person, method, seen_from).await?;
            if problem.code.name != codes::SIGN_IN_REFUSED.name {
                return Err(problem);
            }
            self.kept.half_way.begin(ticket, half_way, Instant::now());
            return Err(Problem::of(&codes::CODE_WRONG).at("/code"));
        }
        self.open_session(user, method, seen_from, once).await
    }

    /// Opens a session for somebody who has proved who they are.
    pub async fn open_session(
        &self,
        user: UserId,
        method: Method,
        seen_from: &str,
        once: bool,
    ) -> Result<Opened, Problem> {
        let person = self.person(user)?;
        let kind = self.rows(user)?.0.kind;
        if kind == UserKind::Operator && person.duty.is_none() {
            // They were disabled. The ledger would refuse them too, in words for programs.
            return Err(Problem::of(&codes::SIGN_IN_REFUSED));
        }
        let lasts = match kind {
            _ if once => LASTS_ONCE,
            UserKind::Customer | UserKind::Merchant => LASTS,
            UserKind::Operator => LASTS_OPERATOR,
        };
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|_| Problem::of(&codes::NO_RANDOMNESS))?;
        let secret = URL_SAFE_NO_PAD.encode(secret);
        let seen_from = self.seal_seen_from(&person, seen_from)?;
        let hash = hash_of(&secret);
        let command = Command::OpenSession(OpenSession { user, hash, method, seen_from, lasts });
        let session = self.session_of(command, user).await?;
        let signed = Signed {
            user,
            kind,
            name: self.name_of(user)?.unwrap_or_default(),
            session,
            duty: person.duty,
            once,
        };
        let cookie = format!("{session}.{secret}");
        Ok(Opened { cookie, lasts, signed, choose_password: once })
    }

    /// Whoever has this cookie, if its session is in force.
    pub fn session(&self, cookie: &str) -> Option<Signed> {
        let (id, secret) = cookie.split_once('.')?;
        let id = SessionId::parse(id).ok()?;
        let (session, _) = self.app.read(id.cell(), |view| view.session(id)).ok()?;
        let session = session?;
        let now = self.app.engine().now(id.cell()).ok()?;
        // Both sides are hashes of what nobody can choose: comparing them tells nothing by time.
        if !session.in_force(now) || session.hash != hash_of(secret) {
            return None;
        }
        let (user, person) = self.rows(session.user).ok()?;
        let person = person.filter(|it| it.erased_at.is_none())?;
        let on_duty = match user.kind {
            UserKind::Customer | UserKind::Merchant => true,
            UserKind::Operator => person.duty.is_some(),
        };
        let name = self.name_of(user.id).ok()??;
        // No other session is as short.
        let once = session.expires_at == session.opened_at.after(LASTS_ONCE);
        let (user, kind, duty) = (user.id, user.kind, person.duty);
        on_duty.then_some(Signed { user, kind, name, session: id, duty, once })
    }

    /// Signs somebody out.
    pub async fn sign_out(&self, signed: &Signed) -> Result<(), Problem> {
        self.end_session(signed, signed.session).await
    }

    /// Ends one of somebody's sessions. One that has ended has.
    pub async fn end_session(&self, signed: &Signed, session: SessionId) -> Result<(), Problem> {
        let command = Command::CloseSession(CloseSession { session });
        let cell = session.cell();
        let by = Actor::User(signed.user);
        match self.app.submit(by, RequestId::UNNAMED, cell, command).await {
            Err(problem) if problem.code.name != codes::STATE_UNCHANGED.name => Err(problem),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Ends all of somebody's sessions but the one that asks.
    pub async fn end_other_sessions(&self, signed: &Signed) -> Result<(), Problem> {
        let (user, keep) = (signed.user, Some(signed.session));
        let command = Command::CloseSessions(CloseSessions { user, keep });
        let by = Actor::User(user);
        self.app.submit(by, RequestId::UNNAMED, user.cell(), command).await?;
        Ok(())
    }

    /// The open sessions of somebody, the newest first, each with where it was opened from.
    pub fn open_sessions(&self, user: UserId) -> Result<Vec<(Session, String)>, Problem> {
        let now = self.app.engine().now(user.cell())?;
        let mut open = self.sessions_in(List::OpenSessions(user), user, SESSIONS_MAX)?;
        // Those that ended by themselves stay in the list until they make room.
        open.retain(|it| it.0.in_force(now));
        Ok(open)
    }

    /// The last sign-ins of somebody, those that failed included, the newest first, each with where
    /// it was seen from.
    pub fn sessions(&self, user: UserId, limit: usize) -> Result<Vec<(Session, String)>, Problem> {
        self.sessions_in(List::UserSessions(user), user, limit)
    }

    fn sessions_in(
        &self,
        list: List,
        user: UserId,
        limit: usize,
    ) -> Result<Vec<(Session, String)>, Problem> {
        let person = self.person(user)?;
        let cell = user.cell();
        let (sessions, _) = self.app.read(cell, |view| {
            let ids = view.list(list, Direction::Backwards, None, limit)?;
            let rows = ids.into_iter().map(|it| view.session(SessionId::from_raw(it)));
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        let shown = sessions.into_iter().flatten().map(|it| {
            let command = self.command_at(cell, it.position)?;
            let sealed = seen_from_in(command).ok_or(super::vault::VaultError::Damaged)?;
            Ok((it, self.open(Slot(person.slot), field::SEEN_FROM, &sealed)?))
        });
        shown.collect()
    }

    /// Refuses whoever is locked out, before anything costs anything.
    pub(super) fn not_locked(&self, person: &Person) -> Result<(), Problem> {
        let now = self.app.engine().now(person.user.cell())?;
        match person.sign_in_locked(now) {
            Some(until) => {
                let locked = ledger::rejection::Rejection::SignInLocked { until };
                Err(Problem::rejected(&locked, false))
            }
            None => Ok(()),
        }
    }

    /// Writes down that somebody was not recognized; the problem says so, or that they are locked
    /// out from now on.
    pub(super) async fn fail(
        &self,
        person: &Person,
        method: Method,
        seen_from: &str,
    ) -> Result<Problem, Problem> {
        let user = person.user;
        let seen_from = self.seal_seen_from(person, seen_from)?;
        let command = Command::FailSignIn(FailSignIn { user, method, seen_from });
        self.session_of(command, user).await?;
        let locked = self.not_locked(&self.person(user)?);
        Ok(locked.err().unwrap_or_else(|| Problem::of(&codes::SIGN_IN_REFUSED)))
    }

    /// Asks for something that makes a session.
    #[expect(clippy::wildcard_enum_match_arm, reason = "sessions are made by their own commands")]
    async fn session_of(&self, command: Command, user: UserId) -> Result<SessionId, Problem> {
        let (by, name) = (Actor::Platform, RequestId::UNNAMED);
        match self.app.submit(by, name, user.cell(), command).await?.subject {
            Subject::Session(session) => Ok(session),
            _ => Err(Problem::of(&codes::INTERNAL_ERROR)),
        }
    }

    fn seal_seen_from(
        &self,
        person: &Person,
        seen_from: &str,
    ) -> Result<ledger::name::Text, Problem> {
        let end = seen_from.floor_char_boundary(SEEN_FROM_MAX);
        let text = seen_from.get(..end).unwrap_or_default();
        self.seal(Slot(person.slot), field::SEEN_FROM, text.as_bytes())
    }

    /// Whether this is the person's password, and whether it is temporary.
    pub(super) async fn verify(
        &self,
        person: &Person,
        password: &str,
    ) -> Result<(Verdict, bool), Problem> {
        let kept = self.password_of(person)?;
        let once = kept.as_ref().is_some_and(|it| it.once);
        let phc = kept.map(|it| it.phc);
        let verdict = self.kept.passwords.verify(password.to_owned(), phc).await?;
        Ok((verdict, once))
    }

    /// What is kept of a person's password.
    pub(super) fn password_of(&self, person: &Person) -> Result<Option<KeptPassword>, Problem> {
        let Some(at) = person.password else { return Ok(None) };
        let sealed = password_in(self.command_at(person.user.cell(), at)?);
        let Some(sealed) = sealed else { return Ok(None) };
        let opened = self.open(Slot(person.slot), field::PASSWORD, &sealed)?;
        Ok(Some(match opened.strip_prefix(ONCE) {
            Some(phc) => KeptPassword { phc: phc.to_owned(), once: true },
            None => KeptPassword { phc: opened, once: false },
        }))
    }

    /// Where a session was opened from.
    pub(super) fn seen_from(&self, session: SessionId) -> Result<String, Problem> {
        let (row, _) = self.app.read(session.cell(), |view| view.session(session))?;
        let row = row.ok_or_else(|| Problem::of(&codes::SIGN_IN_FIRST))?;
        let person = self.person(row.user)?;
        let sealed = seen_from_in(self.command_at(session.cell(), row.position)?);
        let sealed = sealed.ok_or(super::vault::VaultError::Damaged)?;
        self.open(Slot(person.slot), field::SEEN_FROM, &sealed)
    }

    /// Hashes a password and keeps it.
    pub(super) async fn keep_password(
        &self,
        person: &Person,
        name: RequestId,
        password: &str,
        by: Actor,
    ) -> Result<(), Problem> {
        let phc = self.kept.passwords.hash(password.to_owned()).await?;
        let sealed = self.seal(Slot(person.slot), field::PASSWORD, phc.as_bytes())?;
        let (user, credential) = (person.user, Credential::Password(sealed));
        let command = Command::SetCredential(SetCredential { user, credential });
        self.app.submit(by, name, user.cell(), command).await?;
        Ok(())
    }

    /// Sets, adds or takes away a credential.
    pub(super) async fn set(
        &self,
        user: UserId,
        credential: Credential,
        by: Actor,
    ) -> Result<(), Problem> {
        let command = Command::SetCredential(SetCredential { user, credential });
        self.app.submit(by, RequestId::UNNAMED, user.cell(), command).await?;
        Ok(())
    }
}

/// What the books keep of a secret in a cookie.
fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Seconds since 1970 by the clock on the wall, as the apps that show one-time codes count them.
pub(super) fn wall_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other command has a password")]
fn password_in(command: Command) -> Option<ledger::name::Text> {
    match command {
        Command::AddPerson(it) => it.password,
        Command::SetCredential(SetCredential {
            credential: Credential::Password(sealed), ..
        }) => Some(sealed),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other command opens or refuses a session")]
fn seen_from_in(command: Command) -> Option<ledger::name::Text> {
    match command {
        Command::OpenSession(it) => Some(it.seen_from),
        Command::FailSignIn(it) => Some(it.seen_from),
        _ => None,
    }
}
