//! Forms: what was sent, read field by field, and the name under which a form asks.

use super::money;
use crate::app::{App, request_name};
use crate::http::codes;
use crate::http::problem::Problem;
use axum::Form as AxumForm;
use axum::extract::{FromRequest, Request};
use ledger::currency::Currency;
use ledger::id::{IdError, RequestId};
use ledger::money::Money;
use ledger::name::Text;
use std::fmt::Write as _;

/// The hidden field with the form's own key.
pub const KEY: &str = "key";
/// What keeps a form from the books, so that nothing is decided under its key by that.
const UNDECIDED: [&str; 6] = [
    "payment_password_wrong",
    "payment_password_missing",
    "payment_locked",
    "password_wrong",
    "sign_in_locked",
    "too_many_requests",
];

/// A form as it was sent.
#[derive(Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl FromRequest<App> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Form, Problem> {
        let read = AxumForm::<Vec<(String, String)>>::from_request(request, app).await;
        let AxumForm(fields) = read.map_err(|_| Problem::of(&codes::FORM_UNREADABLE))?;
        Ok(Form { fields })
    }
}

impl Form {
    /// A form of these fields, for what came together with a file.
    pub fn of(fields: Vec<(String, String)>) -> Form {
        Form { fields }
    }

    /// What was typed into a field, without the spaces around it; empty if nothing was.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// What was typed into a field, to the letter: for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    /// Every value of a field that may come more than once, such as ticked rows.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |it| it.0 == name).map(|it| it.1.trim())
    }

    /// Whether a box was ticked, or a button with this name pressed.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|it| it.0 == name)
    }

    /// The digits of a number, as people type and copy it; what is none stays, so that it is seen.
    pub fn digits(&self, name: &str) -> String {
        digits(self.text(name))
    }

    /// An amount in yuan.
    pub fn money(&self, name: &str) -> Option<Money> {
        money::parse(self.text(name), Currency::CNY)
    }

    /// An identifier.
    pub fn id<T>(&self, name: &str, parse: impl Fn(&str) -> Result<T, IdError>) -> Option<T> {
        parse(self.text(name)).ok()
    }

    /// A text for the journal, unless it is too long or has control characters.
    pub fn note(&self, name: &str) -> Option<Text> {
        Text::new(&self.text(name).replace(['\r', '\n', '\t'], " "))
    }

    /// The name of the request that this form makes: the same when it is sent twice. It belongs to
    /// whoever is signed in, so nobody can take another's.
    pub fn name(&self, scope: &str) -> Result<RequestId, Problem> {
        let key = self.text(KEY);
        if key.is_empty() || key.len() > 64 {
            return Err(Problem::of(&codes::FORM_UNREADABLE));
        }
        Ok(request_name(scope, &format!("page:{key}")))
    }

    /// The key under which the form is shown again. If the books were not asked this time, it is
    /// the one that was sent: it may have been accepted before, with an answer that was lost on its
    /// way, and then it has to be the same request again and not a second one.
    pub fn key_after(&self, problem: &Problem) -> Result<String, Problem> {
        if undecided(problem) { Ok(self.text(KEY).to_owned()) } else { new_key() }
    }
}

/// Whether a problem came before the books were asked, and the same form may be sent again.
pub fn undecided(problem: &Problem) -> bool {
    UNDECIDED.contains(&problem.code.name)
}

/// The digits of a number, as people type and copy it.
pub fn digits(typed: &str) -> String {
    let plain = |it: char| match it {
        // Chinese keyboards have digits that are as wide as their signs.
        '０'..='９' => char::from_digit(u32::from(it) - u32::from('０'), 10).unwrap_or(it),
        _ => it,
    };
    typed.chars().filter(|it| !it.is_whitespace() && *it != '-').map(plain).collect()
}

/// A new key for a form that is shown: 128 bits of the system's randomness.
pub fn new_key() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Problem::of(&codes::INTERNAL_ERROR))?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}

/// A text as part of an address: whatever might mean something there stands in hexadecimal.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
