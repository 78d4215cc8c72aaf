//! `/security/profile`: what is known of somebody here.

use super::{Row, holder};
use crate::app::App;
use crate::http::problem::Problem;
use crate::people::mask;
use crate::web::page::{Page, render};
use crate::web::visit::{Shell, Visit};
use crate::web::{dates, words};
use askama::Template;
use axum::extract::State;
use ledger::registry::UserKind;

/// The row among the settings.
pub(super) fn row(visit: &Visit) -> Result<Row, Problem> {
    let w = words::SecurityProfile(visit.lang);
    let state = visit.signed()?.name.clone();
    let (href, icon) = ("/security/profile", "user");
    Ok(Row { href, icon, name: w.title(), hint: w.row(), state, class: "" })
}

#[derive(Template)]
#[template(path = "security/profile.html")]
struct ProfilePage {
    shell: Shell,
    t: words::Security,
    w: words::SecurityProfile,
    name: String,
    id: String,
    kind: &'static str,
    since: dates::Moment,
    phone: Option<String>,
    email: Option<String>,
    level: Option<&'static str>,
    duty: Option<&'static str>,
}

/// `GET /security/profile`
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Page {
    let w = words::SecurityProfile(visit.lang);
    let signed = visit.signed()?;
    let profile = app.people().profile_of(signed.user)?.unwrap_or_default();
    let level = match holder(&visit) {
        Ok(_) => Some(app.people().level_of(signed.user)?.0),
        Err(_) => None,
    };
    let since = app.people().since(signed.user)?;
    let kind = match signed.kind {
        UserKind::Customer => w.customer(),
        UserKind::Merchant => w.merchant(),
        UserKind::Operator => w.operator(),
    };
    render(&ProfilePage {
        shell: visit.shell(&app, w.title()),
        t: words::Security(visit.lang),
        w,
        name: signed.name.clone(),
        id: signed.user.to_string(),
        kind,
        since: dates::Moment::new(visit.lang, since),
        phone: profile.phone.as_deref().map(mask),
        email: profile.email.as_deref().map(mask),
        level: level.and_then(|it| words::OpsLimits(visit.lang).named(it.code())),
        duty: signed.duty.and_then(|it| words::Ops(visit.lang).named(it.code())),
    })
}
