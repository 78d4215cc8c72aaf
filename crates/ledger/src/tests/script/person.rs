//! One person in scripts:
//!
//! - `person KIND [login=N] [duty=DUTY]`, `profile USER [login=N]`, `erase USER`;
//! - `credential USER password|payment|totp|no-totp|passkey|replace=N|drop=N`;
//! - `enter USER [for=1d]`, `fail USER`, `leave SESSION`, `leave-all USER [keep=SESSION]`;
//! - `wrong USER` and `right USER`: what the payment password was;
//! - `apply USER`, `level USER LEVEL`, `duty USER DUTY|none`;
//! - `sealed-card USER`, `remove-card CARD`;
//! - `set-limit LEVEL FLOW [single=5] [day=5] [count=5] [month=5]`.

use super::Script;
use super::parse::{icbc, money, option, span, text, user_kind};
use crate::books::Books;
use crate::command::{
    AddPerson, AddSealedCard, AskLevel, CloseSession, CloseSessions, Command, ErasePerson,
    FailPayment, FailSignIn, OpenSession, PassPayment, RemoveCard, SetCredential, SetDuty,
    SetLevel, SetLimit, SetProfile,
};
use crate::currency::Currency;
use crate::event::Subject;
use crate::id::{SessionId, UserId};
use crate::limits::{Flow, Limit, Used};
use crate::money::Money;
use crate::person::{Credential, Duty, Level, Method};
use crate::time::Seconds;

impl Script {
    pub(super) fn parse_person(&self, words: &[&str]) -> (u8, Command) {
        match words {
            ["person", kind, rest @ ..] => (0, Command::AddPerson(added(kind, rest))),
            ["set-limit", level, flow, rest @ ..] => {
                (0, Command::SetLimit(limited(level, flow, rest)))
            }
            ["leave", session] => {
                let session = self.session(session);
                let close = CloseSession { session };
                (session.cell().number(), Command::CloseSession(close))
            }
            ["remove-card", card] => {
                let card = self.card(card);
                (card.cell().number(), Command::RemoveCard(RemoveCard { card }))
            }
            [what, user, rest @ ..] => {
                let user = self.user(user);
                (user.cell().number(), self.about(what, user, rest))
            }
            _ => panic!("no such command: {words:?}"),
        }
    }

    fn about(&self, what: &str, user: UserId, rest: &[&str]) -> Command {
        let (method, seen_from) = (Method::Password, text("somewhere"));
        match what {
            "profile" => {
                Command::SetProfile(SetProfile { user, profile: text("new"), login: login(rest) })
            }
            "credential" => {
                let credential = credential(rest[0]);
                Command::SetCredential(SetCredential { user, credential })
            }
            "enter" => {
                let lasts = option(rest, "for").map_or(Seconds::days(1), span);
                let hash = [9; 32];
                Command::OpenSession(OpenSession { user, hash, method, seen_from, lasts })
            }
            "fail" => Command::FailSignIn(FailSignIn { user, method, seen_from }),
            "wrong" => Command::FailPayment(FailPayment { user }),
            "right" => Command::PassPayment(PassPayment { user }),
            "leave-all" => {
                let keep = option(rest, "keep").map(|it| self.session(it));
                Command::CloseSessions(CloseSessions { user, keep })
            }
            "apply" => Command::AskLevel(AskLevel { user, papers: text("papers") }),
            "level" => Command::SetLevel(SetLevel { user, level: level_of(rest[0]) }),
            "duty" => Command::SetDuty(SetDuty { user, duty: duty(rest[0]) }),
            "sealed-card" => {
                let (bank, last_four) = (icbc(), 9_876);
                let (token, sealed) = (text("tok"), text("sealed"));
                Command::AddSealedCard(AddSealedCard { user, bank, token, last_four, sealed })
            }
            "erase" => Command::ErasePerson(ErasePerson { user }),
            other => panic!("no such command: {other}"),
        }
    }

    /// What is used of a flow: `day 6.00, 1 times, month 6.00`.
    pub(super) fn used(&mut self, account: &str, flow: &str) -> String {
        let id = self.account(account);
        let usage = self.world.cells[usize::from(id.cell().number())].usage(id);
        let used = usage.map(|it| it.of(flow_of(flow))).unwrap_or_default();
        if used == Used::default() {
            return "nothing".to_owned();
        }
        let amount = |it| Money::new(it, Currency::CNY).to_string().replace(" CNY", "");
        format!("day {}, {} times, month {}", amount(used.day), used.count, amount(used.month))
    }

    fn session(&self, name: &str) -> SessionId {
        let Subject::Session(id) = self.thing(name) else { panic!("{name} is no session") };
        id
    }
}

fn added(kind: &str, rest: &[&str]) -> AddPerson {
    AddPerson {
        kind: user_kind(kind),
        slot: 7,
        login: login(rest),
        profile: text("profile"),
        password: Some(text("password")),
        duty: option(rest, "duty").and_then(duty),
    }
}

fn level_of(code: &str) -> Level {
    Level::ALL.into_iter().find(|it| it.code() == code).unwrap()
}

fn flow_of(code: &str) -> Flow {
    Flow::ALL.into_iter().find(|it| it.code() == code).unwrap()
}

fn limited(level: &str, flow: &str, rest: &[&str]) -> SetLimit {
    let minor = |name| option(rest, name).map_or(0, |it| money(it).minor());
    let limit = Limit {
        single_max: minor("single"),
        day_max: minor("day"),
        day_count: option(rest, "count").map_or(0, |it| it.parse().unwrap()),
        month_max: minor("month"),
    };
    SetLimit { level: level_of(level), flow: flow_of(flow), limit }
}

fn login(rest: &[&str]) -> Option<u128> {
    option(rest, "login").map(|it| it.parse().unwrap())
}

fn duty(code: &str) -> Option<Duty> {
    Duty::ALL.into_iter().find(|it| it.code() == code)
}

fn credential(what: &str) -> Credential {
    let sealed = text("sealed");
    let place = |name| option(&[what], name).map(|it| it.parse().unwrap());
    match (what, place("replace"), place("drop")) {
        ("password", ..) => Credential::Password(sealed),
        ("payment", ..) => Credential::PaymentPassword(sealed),
        ("totp", ..) => Credential::Totp(Some(sealed)),
        ("no-totp", ..) => Credential::Totp(None),
        ("passkey", ..) => Credential::AddPasskey(sealed),
        (_, Some(place), _) => Credential::ReplacePasskey { place, passkey: sealed },
        (_, None, Some(place)) => Credential::RemovePasskey { place },
        _ => panic!("no such credential: {what}"),
    }
}
