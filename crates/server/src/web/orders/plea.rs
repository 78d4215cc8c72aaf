//! The part of a form in which a side says why: grounds to choose from, and its own words.

use crate::app::App;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::said;
use crate::web::form::Form;
use crate::web::lang::Lang;
use crate::web::words;
use ledger::id::RequestId;
use ledger::name::Statement;
use ledger::order::{Grounds, Order, Party, Plea};

/// Grounds that can be chosen.
pub(crate) struct Choice {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) chosen: bool,
}

/// The fields, with what was typed before and what was wrong with it.
pub(crate) struct PleaForm {
    /// None where only words are asked for.
    pub(crate) grounds: Vec<Choice>,
    pub(crate) statement: String,
    /// Whether there have to be words.
    pub(crate) required: bool,
    pub(crate) grounds_wrong: bool,
    pub(crate) statement_wrong: bool,
    pub(crate) most: usize,
}

impl PleaForm {
    /// Empty fields: with grounds for what is asked for, if it needs some.
    pub(crate) fn new(lang: Lang, plea: Option<Plea>, required: bool) -> PleaForm {
        let all = plea.map_or(&[][..], Plea::grounds);
        let choice =
            |it: &Grounds| Choice { code: it.code(), name: name(lang, *it), chosen: false };
        PleaForm {
            grounds: all.iter().map(choice).collect(),
            statement: String::new(),
            required,
            grounds_wrong: false,
            statement_wrong: false,
            most: said::STATEMENT_MAX,
        }
    }

    /// The same with what was typed, to be mended.
    pub(crate) fn again(mut self, form: &Form, problem: Option<&Problem>) -> PleaForm {
        form.text("statement").clone_into(&mut self.statement);
        for it in &mut self.grounds {
            it.chosen = it.code == form.text("grounds");
        }
        let code = problem.map(|it| it.code.name);
        self.grounds_wrong = code == Some(codes::GROUNDS_NOT_ALLOWED.name);
        self.statement_wrong =
            [codes::STATEMENT_INVALID.name, codes::MISSING_FIELD.name].map(Some).contains(&code);
        self
    }

    /// Whether a field of its own says what was wrong.
    pub(crate) fn says(&self) -> bool {
        self.grounds_wrong || self.statement_wrong
    }
}

/// What grounds are called.
pub(crate) fn name(lang: Lang, grounds: Grounds) -> &'static str {
    words::Orders(lang).named(&format!("grounds_{}", grounds.code())).unwrap_or_default()
}

/// The grounds that were chosen.
pub(crate) fn grounds(form: &Form, plea: Plea) -> Result<Grounds, Problem> {
    let code = form.text("grounds");
    let found = plea.grounds().iter().find(|it| it.code() == code).copied();
    found.ok_or_else(|| Problem::of(&codes::GROUNDS_NOT_ALLOWED))
}

/// What was said, sealed.
pub(crate) fn statement(
    app: &App,
    order: &Order,
    party: Party,
    name: RequestId,
    form: &Form,
) -> Result<Option<Statement>, Problem> {
    said::seal(app, order, party, name, form.text("statement"))
}

/// The same, where something has to be said.
pub(crate) fn needed(it: Option<Statement>) -> Result<Statement, Problem> {
    it.ok_or_else(|| Problem::of(&codes::MISSING_FIELD).at("/statement"))
}
