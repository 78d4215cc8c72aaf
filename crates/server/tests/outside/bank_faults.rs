//! Every fault of a bank at once, while the server is killed again and again.
//!
//! Customers top up, withdraw, and pay orders from their cards. Afterwards the bank's own books are
//! the witness: each of its movements has exactly one fate with us, none was made twice, nobody was
//! shown an end that was none, and what the statement says otherwise has a type and an owner.
//! `cargo xtask bank-faults` does this with 20,000 movements.

use crate::flow::{Flow, until};
use crate::place::Place;
use danbao::client::Client;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

/// How much faster than ours the bank's time passes.
const SCALE: u64 = 60;
/// Customers who do something at the same time.
const AT_ONCE: usize = 96;
/// What each customer has before anything goes wrong.
const FUNDS: u64 = 50_000_000;
/// In simulated time, how soon after the bank answered it must be settled.
const SOON: i128 = 300_000;

/// Everything that can go wrong, in ten-thousandths, and how late what is late comes.
fn faults() -> Value {
    json!({
        "seed": 20_090_911, "notice_lost": 1_500, "notice_delayed": 500,
        "notice_delay_seconds": 900, "notice_duplicated": 200, "notice_reordered": 500,
        "notice_early": 500, "notice_forged": 200, "timeout": 800, "slow": 100, "garbled": 300,
        "pending": 300, "rejected_then_executed": 150, "executed_then_returned": 150,
        "return_seconds": 1_200, "late_seconds": 600, "amount_differs": 100,
        "outage_every_seconds": 3_600, "outage_seconds": 300,
        "statement_missing": 50, "statement_extra": 50, "statement_doubled": 50,
        "statement_split": 50, "statement_shifted": 50, "statement_amount": 50,
    })
}

fn asked(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

/// A movement, and what its customer was shown when it seemed to have ended.
#[derive(Debug)]
struct Seen {
    kind: &'static str,
    id: String,
    stage: String,
}

/// One customer does one thing after the other.
async fn live(client: Client, who: Customer, mine: Vec<usize>) -> Vec<Seen> {
    let mut seen = Vec::new();
    for number in mine {
        let amount = 1_000 + number;
        let mut body = json!({ "account": who.wallet, "card": who.card, "amount": amount });
        let (kind, path) = match number % 10 {
            0..6 => ("top_ups", "/v1/top_ups"),
            6..8 => ("withdrawals", "/v1/withdrawals"),
            _ => {
                let order = json!({ "seller": who.seller, "buyer": who.wallet, "amount": amount,
                                    "number": format!("F-{number}"), "subject": "tea" });
                let name = format!("order-{number}");
                let order = client.patient_post("/v1/orders", &name, &order).await.unwrap();
                body["order"] = order["id"].clone();
                ("top_ups", "/v1/top_ups")
            }
        };
        let made = client.patient_post(path, &format!("move-{number}"), &body).await.unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        // A customer looks a few times, and then goes on with the day.
        let mut stage = String::new();
        for _ in 0..20 {
            let shown = client.patient_get(&format!("/v1/{kind}/{id}")).await.unwrap();
            stage = shown["stage"].as_str().unwrap().to_owned();
            if is_end(kind, &stage) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        seen.push(Seen { kind, id, stage });
    }
    seen
}

/// Whether a customer may rely on what is shown.
fn is_end(kind: &str, stage: &str) -> bool {
    match kind {
        "top_ups" => ["credited", "rejected", "returned"].contains(&stage),
        _ => ["paid", "rejected", "returned"].contains(&stage),
    }
}

#[derive(Clone)]
struct Customer {
    wallet: String,
    card: String,
    seller: String,
}

/// Lives through it all, and kills the server meanwhile. Returns what was seen, and how often the
/// server was killed.
fn live_through(flow: &mut Flow, movements: usize, kills: usize) -> (Vec<Seen>, usize) {
    let client = Client::new(&flow.place.url(), Some(&flow.place.key)).unwrap();
    let client = client.with_patience(Duration::from_mins(10));
    let customers: Vec<Customer> = flow
        .wallets
        .iter()
        .zip(&flow.cards)
        .map(|(wallet, card)| Customer {
            wallet: wallet.clone(),
            card: card.clone(),
            seller: flow.seller.clone(),
        })
        .collect();
    let all = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let mut tasks = tokio::task::JoinSet::new();
            let count = customers.len();
            for (place, who) in customers.into_iter().enumerate() {
                let mine = (place..movements).step_by(count).collect();
                tasks.spawn(live(client.clone(), who, mine));
            }
            tasks.join_all().await.into_iter().flatten().collect::<Vec<Seen>>()
        })
    });
    let mut killed = 0;
    let mut pause = Duration::from_millis(1_500);
    loop {
        let until = Instant::now() + pause;
        while Instant::now() < until && !all.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
        }
        if all.is_finished() {
            return (all.join().unwrap(), killed);
        }
        if killed < kills {
            flow.place.kill();
            flow.place.start_with(&["--bank-time-scale", &SCALE.to_string()]);
            killed += 1;
            pause = Duration::from_millis(1_500 + u64::try_from(killed * 700 % 3_000).unwrap());
        }
    }
}

/// The bank's time at a moment of ours.
struct Clocks {
    ours: i128,
    banks: i128,
}

impl Clocks {
    fn new(flow: &Flow) -> Clocks {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let banks = flow.bank("/control")["now"].as_u64().unwrap();
        let now = now.as_millis() + u128::from(flow.ahead.get()) * 1_000;
        Clocks { ours: i128::try_from(now).unwrap(), banks: banks.into() }
    }

    fn at_bank(&self, ours: &Value) -> i128 {
        let at: jiff::Timestamp = ours.as_str().unwrap().parse().unwrap();
        let passed = i128::from(at.as_millisecond()) - self.ours;
        self.banks + passed * i128::from(SCALE)
    }
}

/// When the bank first answered about a movement after it had decided, by its own books: to the
/// instruction, or to a question.
fn answered_at(witness: &Value, silent: &[i128]) -> Option<i128> {
    let decided = witness["history"].as_array().unwrap().iter();
    let decided = decided.filter(|it| it[1]["status"] != "pending");
    let decided = i128::from(decided.map(|it| it[0].as_u64().unwrap()).min()?);
    let quiet = |at: i128| silent.iter().any(|it| (it - at).abs() < 2_000);
    if !quiet(decided) && witness["history"].as_array().unwrap()[0][1]["status"] != "pending" {
        return Some(decided);
    }
    let questions = witness["inquiries"].as_array().unwrap().iter();
    let questions = questions.map(|it| i128::from(it.as_u64().unwrap()));
    questions.filter(|it| *it >= decided && !quiet(*it)).min()
}

/// A place with customers who have money, a bank that begins to misbehave, and its business day.
fn begin(movements: usize) -> (Flow, String) {
    let mut flow = Flow::new(Place::new(1), AT_ONCE.min(movements / 4));
    for customer in 0..flow.wallets.len() {
        flow.top_up(customer, FUNDS);
    }
    until("everybody has money", || flow.open() == 0);
    flow.place.kill_bank();
    flow.place.start_bank_with(&["--time-scale", &SCALE.to_string()]);
    flow.place.kill();
    flow.place.start_with(&["--bank-time-scale", &SCALE.to_string()]);
    flow.place.wait_until_ready();
    let today = flow.day_with_hours(20);
    flow.control("/control/faults", &faults());
    (flow, today)
}

/// What the bank did wrong: how often, and when it was silent about each movement.
fn wrongs(flow: &Flow) -> (BTreeMap<String, usize>, BTreeMap<String, Vec<i128>>) {
    let (mut happened, mut silences) = (BTreeMap::new(), BTreeMap::new());
    for it in flow.applied() {
        let fault = it["fault"].as_str().unwrap();
        *happened.entry(fault.to_owned()).or_default() += 1;
        if fault.starts_with("timeout") || fault.starts_with("garbled") || fault == "slow" {
            let reference = it["reference"].as_str().unwrap().to_owned();
            let silences: &mut Vec<i128> = silences.entry(reference).or_default();
            silences.push(it["at"].as_u64().unwrap().into());
        }
    }
    (happened, silences)
}

/// Nobody was shown an end that was none. Returns how many movements ended after the bank's answer,
/// and how many of them soon.
fn ends_were_ends(flow: &Flow, clocks: &Clocks, seen: &[Seen]) -> (usize, usize) {
    let (_, silences) = wrongs(flow);
    let witnesses = flow.references().into_iter();
    let witnesses: BTreeMap<String, Value> =
        witnesses.map(|it| (it["reference"].as_str().unwrap().to_owned(), it)).collect();
    let (mut settled, mut soon) = (0, 0);
    for it in seen {
        let shown = flow.shown(it.kind, &it.id);
        let stage = shown["stage"].as_str().unwrap();
        let came_back = (it.stage.as_str(), stage) == ("paid", "returned");
        let same = it.stage == stage || came_back;
        assert!(!is_end(it.kind, &it.stage) || same, "{} was shown, and now {shown}", it.stage);
        let silent = silences.get(&it.id).map(Vec::as_slice).unwrap_or_default();
        let answered = witnesses.get(&it.id).and_then(|it| answered_at(it, silent));
        if let Some(answered) = answered.filter(|_| is_end(it.kind, stage) && !came_back) {
            settled += 1;
            let after = clocks.at_bank(&shown["changed_at"]) - answered;
            soon += usize::from(after <= SOON);
        }
    }
    (settled, soon)
}

#[test]
fn every_movement_of_the_bank_has_one_fate() {
    let movements = asked("DANBAO_FAULT_MOVEMENTS", 600);
    let (mut flow, today) = begin(movements);
    let clocks = Clocks::new(&flow);
    let begun = Instant::now();
    let kills = asked("DANBAO_FAULT_KILLS", 4);
    let (seen, killed) = live_through(&mut flow, movements, kills);
    flow.place.wait_until_ready();
    // The bank does what it still has to do, late or undone, and then behaves.
    flow.control("/control/faults", &json!({}));
    std::thread::sleep(Duration::from_secs(1_300 / SCALE));
    flow.settled(Duration::from_mins(10));
    let took = begun.elapsed();
    let (happened, _) = wrongs(&flow);
    let (settled, soon) = ends_were_ends(&flow, &clocks, &seen);

    let tomorrow = flow.next_day(&today);
    let report = flow.reconcile(&today);
    flow.next_day(&tomorrow);
    flow.reconcile(&tomorrow);
    let undone = flow.one_fate_each(&report);
    assert_eq!(-flow.of_kind("bank_clearing"), flow.held() + undone, "{report}");
    flow.verify();
    let said = ["lines", "differences", "resolved", "cases"].map(|it| report[it].to_string());
    println!("{} movements, {killed} kills, {took:.0?}: {soon} of {settled} soon", seen.len());
    println!("lines, differences, resolved, cases of the statement: {}", said.join(", "));
    println!("the bank's faults: {happened:?}");
    assert!(killed > 0, "the server was killed");
    // In a short run some of the rare ones do not come up.
    assert!(happened.len() >= if movements >= 10_000 { 18 } else { 10 }, "{happened:?}");
    // Five of the bank's minutes are five of our seconds: a busy machine alone may take as long.
    let least = if movements >= 10_000 { 99 } else { 90 };
    assert!(soon * 100 >= settled * least, "{soon} of {settled} soon after the bank's answer");
}
