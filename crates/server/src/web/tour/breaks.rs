//! What can be broken on purpose, and what came of it. After each the books balance, which the
//! page shows from a real sum over all accounts.

use super::scene::{Actors, PRICE, sums};
use crate::app::{App, request_name};
use crate::client::Client;
use crate::demo::Demo;
use crate::http::codes;
use crate::http::problem::Problem;
use crate::web::form::Form;
use crate::web::lang::Lang;
use crate::web::page::{Page, see};
use crate::web::words;
use axum::extract::{Path, State};
use ledger::command::{Command, PayOrder, StartTopUp, Transfer};
use ledger::currency::Currency;
use ledger::event::Actor;
use ledger::id::CardId;
use ledger::money::Money;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::{Duration, Instant};
use store::List;
use store::index::Direction;

/// How long the bank is silent, in seconds.
const SILENCE: u64 = 30;
/// Clients of the load, and how long they go on.
const CLIENTS: u32 = 64;
const LOAD: Duration = Duration::from_secs(5);
/// The most transfers of the load.
const TRANSFERS_MAX: u32 = 200_000;
/// How long the answer to a visitor may take before the process is killed.
const LAST_WORDS: Duration = Duration::from_millis(150);

/// What was broken last, and what came of it; kept in a file, because it outlives the process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
enum Broken {
    Silence,
    Twice { paid: u32, refused: u32 },
    Killed { process: u32 },
    Load { transfers: u32, seconds_tenths: u64, p99_ms: u64, balanced: bool },
}

fn note(app: &App, broken: Option<&Broken>) {
    let Some(demo) = app.demo() else { return };
    let text = broken.and_then(|it| serde_json::to_vec(it).ok()).unwrap_or_default();
    // It is only for looking at: without it the page shows nothing about it.
    let _ = std::fs::write(demo.home().join("broken.json"), text);
}

fn noted(app: &App) -> Option<Broken> {
    let file = app.demo()?.home().join("broken.json");
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Forgets what was broken: something else happens.
pub(super) fn forget(app: &App) {
    if noted(app).is_some() {
        note(app, None);
    }
}

/// Another number when something else was broken, or another process answers.
pub(super) fn mark(app: &App) -> u64 {
    let text = noted(app).map(|it| format!("{it:?}")).unwrap_or_default();
    let digest = text.bytes().fold(7_u64, |sum, it| sum.wrapping_mul(31).wrapping_add(it.into()));
    digest % 1_000_003 + u64::from(std::process::id())
}

/// What came of it, in words.
pub(super) fn told(app: &App, lang: Lang) -> Option<String> {
    let t = words::Tour(lang);
    Some(match noted(app)? {
        Broken::Silence => t.told_silence(SILENCE),
        Broken::Twice { paid, refused } => t.told_twice(paid, refused),
        Broken::Killed { process } if process == std::process::id() => t.told_killing(process),
        Broken::Killed { process } => t.told_killed(process, std::process::id()),
        Broken::Load { transfers, seconds_tenths, p99_ms, .. } => {
            let seconds = format!("{}.{}", seconds_tenths / 10, seconds_tenths % 10);
            t.told_load(seconds, transfers, p99_ms)
        }
    })
}

/// `POST /tour/break/{what}`
pub(super) async fn begin(State(app): State<App>, Path(what): Path<String>, form: Form) -> Page {
    let actors = Actors::find(&app)?;
    let demo = app.demo().ok_or_else(|| Problem::of(&codes::ROUTE_NOT_FOUND))?;
    let broken = match what.as_str() {
        "silence" => silence(&app, demo, &actors, &form).await?,
        "twice" => twice(&app, &actors, &form).await?,
        "kill" => kill(),
        "load" => load(&app, &actors).await?,
        _ => return Err(Problem::of(&codes::ROUTE_NOT_FOUND)),
    };
    note(&app, Some(&broken));
    see("/tour")
}

/// The bank stops answering, and somebody tops up just then.
async fn silence(app: &App, demo: &Demo, actors: &Actors, form: &Form) -> Result<Broken, Problem> {
    let broken = |error: String| {
        eprintln!("danbao: the bank could not be told to be silent: {error}");
        Problem::of(&codes::INTERNAL_ERROR)
    };
    let bank = demo.bank().map_err(|it| broken(it.to_string()))?;
    let client = Client::new(&bank, None).map_err(|it| broken(it.to_string()))?;
    let outage = json!({ "kind": "slow", "seconds": SILENCE });
    client
        .patient_post("/control/outage", "outage", &outage)
        .await
        .map_err(|it| broken(it.to_string()))?;
    let cards = List::UserCards(actors.buyer_user);
    let (cards, _) =
        app.read(actors.buyer_user.cell(), |view| view.list(cards, Direction::Forwards, None, 1))?;
    let card = cards.first().map(|it| CardId::from_raw(*it));
    let card = card.ok_or_else(|| Problem::of(&codes::CARD_NOT_FOUND))?;
    let (account, amount) = (actors.buyer, Money::new(80_000, Currency::CNY));
    let top_up = StartTopUp { account, card, amount, order: None, deliberate: true };
    let name = form.name("tour")?;
    let who = Actor::User(actors.buyer_user);
    app.submit(who, name, account.cell(), Command::TopUp(top_up)).await?;
    Ok(Broken::Silence)
}

/// Two payments of one order at the same moment, each under a name of its own.
async fn twice(app: &App, actors: &Actors, form: &Form) -> Result<Broken, Problem> {
    let key = form.text(crate::web::form::KEY);
    let order = super::new_order(app, actors, key).await?;
    let who = Actor::User(actors.buyer_user);
    let pay = |number: u8| {
        let command = Command::PayOrder(PayOrder {
            order: order.id,
            debit: order.buyer,
            amount: order.price,
            deliberate: false,
        });
        let name = request_name("tour", &format!("twice:{number}:{key}"));
        app.submit(who, name, order.buyer.cell(), command)
    };
    let (first, second) = tokio::join!(pay(1), pay(2));
    let mut paid = 0;
    for answer in [first, second] {
        match answer {
            Ok(_) => paid += 1,
            Err(problem) if problem.code.name == "event_not_allowed" => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(Broken::Twice { paid, refused: 2 - paid })
}

/// `kill -9`, as soon as the visitor has been told where to look.
fn kill() -> Broken {
    std::thread::spawn(|| {
        std::thread::sleep(LAST_WORDS);
        // This process, and nothing can be done about it: that is the point.
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    });
    Broken::Killed { process: std::process::id() }
}

/// Many clients at once, each moving a fen to and fro; it ends by itself.
async fn load(app: &App, actors: &Actors) -> Result<Broken, Problem> {
    let begun = Instant::now();
    let run = request_name("tour", &format!("{:?}:{}", begun, std::process::id())).0;
    let clients = (0..CLIENTS).map(|client| {
        let (app, actors) = (app.clone(), actors.clone());
        tokio::spawn(async move {
            let mut waited = Vec::new();
            for round in 0..TRANSFERS_MAX / CLIENTS {
                if begun.elapsed() >= LOAD {
                    break;
                }
                let amount = Money::new(PRICE.minor().min(1), Currency::CNY);
                let there = Transfer { debit: actors.seller, credit: actors.buyer, amount };
                let back = Transfer { debit: actors.buyer, credit: actors.seller, amount };
                let transfer = if round % 2 == 0 { back } else { there };
                let name = request_name("load", &format!("{run}:{client}:{round}"));
                let asked = Instant::now();
                let command = Command::Transfer(transfer);
                app.submit(Actor::Platform, name, actors.buyer.cell(), command).await?;
                waited.push(asked.elapsed());
            }
            Ok::<_, Problem>(waited)
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut waited = Vec::new();
    for client in clients {
        waited.extend(client.await.map_err(|_| Problem::of(&codes::INTERNAL_ERROR))??);
    }
    let seconds_tenths = u64::try_from(begun.elapsed().as_millis() / 100).unwrap_or(u64::MAX);
    waited.sort();
    let late = waited.get(waited.len() * 99 / 100).copied().unwrap_or_default();
    let transfers = u32::try_from(waited.len()).unwrap_or(u32::MAX);
    let (debits, credits) = sums(app)?;
    let p99_ms = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
    Ok(Broken::Load { transfers, seconds_tenths, p99_ms, balanced: debits == credits })
}
