//! Money between wallets and banks: who moves it, and what the bank's own books say of it.

use crate::place::Place;
use danbao::client::{Client, ClientError};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The bank's time zone, and a day, in milliseconds.
const ZONE: u64 = 8 * 3_600_000;
const DAY: u64 = 86_400_000;
/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A place with customers who have wallets and cards, and a seller.
pub(crate) struct Flow {
    pub(crate) place: Place,
    runtime: tokio::runtime::Runtime,
    client: Client,
    users: Vec<String>,
    pub(crate) wallets: Vec<String>,
    pub(crate) cards: Vec<String>,
    pub(crate) seller: String,
    /// By how much our clock was moved forward, in seconds.
    pub(crate) ahead: Cell<u64>,
}

fn id(it: &Value) -> String {
    it["id"].as_str().unwrap_or_else(|| panic!("no id: {it}")).to_owned()
}

/// Waits until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it does not come to this: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Flow {
    pub(crate) fn new(place: Place, customers: usize) -> Flow {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = Client::new(&place.url(), Some(&place.key)).unwrap();
        let (seller, bank) = (String::new(), place.banks[0].name);
        let [users, wallets, cards] = Default::default();
        let ahead = Cell::new(0);
        let mut flow = Flow { place, runtime, client, users, wallets, cards, seller, ahead };
        let shop = flow.made("shop", "/v1/users", &json!({ "kind": "merchant", "name": "shop" }));
        flow.seller = flow.made("till", "/v1/accounts", &json!({ "owner": shop }));
        for number in 0..customers {
            let customer = json!({ "kind": "customer", "name": format!("customer {number}") });
            let user = flow.made(&format!("user-{number}"), "/v1/users", &customer);
            let wallet = json!({ "owner": user });
            flow.wallets.push(flow.made(&format!("wallet-{number}"), "/v1/accounts", &wallet));
            flow.users.push(user);
            flow.cards.push(flow.card_at(number, bank));
        }
        flow
    }

    pub(crate) fn card_at(&self, customer: usize, bank: &str) -> String {
        let number = "6200000000000005";
        let card = json!({ "user": self.users[customer], "number": number, "bank": bank });
        self.made(&format!("card-{customer}-{bank}"), "/v1/cards", &card)
    }

    pub(crate) fn post(&self, name: &str, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.runtime.block_on(self.client.patient_post(path, name, body))
    }

    fn made(&self, name: &str, path: &str, body: &Value) -> String {
        id(&self.post(name, path, body).unwrap())
    }

    /// Asks once, whatever the answer is.
    pub(crate) fn once(&self, name: &str, path: &str, body: &Value) -> (u16, Value) {
        let reply = self.client.post(path, name, body.to_string().into());
        let reply = self.runtime.block_on(reply).unwrap();
        (reply.status.as_u16(), serde_json::from_slice(&reply.body).unwrap())
    }

    /// Asks for many things at the same time: each with its name, path and body.
    pub(crate) fn at_once(
        &self,
        count: usize,
        what: impl Fn(usize) -> (String, String, Value),
    ) -> Vec<Value> {
        let tasks: Vec<_> = (0..count)
            .map(|it| {
                let ((name, path, body), client) = (what(it), self.client.clone());
                self.runtime.spawn(async move {
                    match client.patient_post(&path, &name, &body).await {
                        Ok(done) => done,
                        Err(ClientError::Problem { code, .. }) => json!({ "code": code }),
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        tasks.into_iter().map(|it| self.runtime.block_on(it).unwrap()).collect()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.runtime.block_on(self.client.patient_get(path)).unwrap()
    }

    pub(crate) fn shown(&self, kind: &str, id: &str) -> Value {
        self.get(&format!("/v1/{kind}/{id}"))
    }

    pub(crate) fn top_up(&self, customer: usize, amount: u64) -> String {
        let (account, card) = (&self.wallets[customer], &self.cards[customer]);
        let body = json!({ "account": account, "card": card, "amount": amount });
        self.made(&format!("top-{customer}-{amount}"), "/v1/top_ups", &body)
    }

    pub(crate) fn withdrawal(&self, customer: usize, amount: u64) -> String {
        let (account, card) = (&self.wallets[customer], &self.cards[customer]);
        let body = json!({ "account": account, "card": card, "amount": amount });
        self.made(&format!("out-{customer}-{amount}"), "/v1/withdrawals", &body)
    }

    pub(crate) fn order(&self, customer: usize, number: &str, amount: u64) -> String {
        let body = json!({ "seller": self.seller, "buyer": self.wallets[customer],
                           "number": number, "amount": amount, "subject": "tea" });
        self.made(number, "/v1/orders", &body)
    }

    pub(crate) fn balance(&self, customer: usize) -> u64 {
        self.shown("accounts", &self.wallets[customer])["balance"].as_u64().unwrap()
    }

    /// What is shown when the bank does not owe an answer any more.
    pub(crate) fn ended(&self, kind: &str, id: &str) -> Value {
        self.ended_within(kind, id, PATIENCE)
    }

    pub(crate) fn ended_within(&self, kind: &str, id: &str, patience: Duration) -> Value {
        let begun = Instant::now();
        loop {
            let shown = self.shown(kind, id);
            let stage = shown["stage"].as_str().unwrap();
            if !["created", "sent", "unknown", "paying", "returning"].contains(&stage) {
                return shown;
            }
            assert!(begun.elapsed() < patience, "the bank's answer does not come: {shown}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How much is under way to or from banks.
    pub(crate) fn open(&self) -> u64 {
        // The counts are those of the last round.
        std::thread::sleep(Duration::from_millis(300));
        let banks = self.get("/v1/banks");
        let each = banks["data"].as_array().unwrap().iter();
        each.flat_map(|it| ["created", "sent", "unknown"].map(|stage| it[stage].as_u64().unwrap()))
            .sum()
    }

    pub(crate) fn of_kind(&self, kind: &str) -> i128 {
        let status = self.get("/v1/status");
        let cells = status["cells"].as_array().unwrap().iter();
        let totals = cells.flat_map(|it| it["totals"].as_array().unwrap());
        totals
            .filter(|it| it["kind"] == kind)
            .map(|it| {
                let sum = |name: &str| i128::from(it[name].as_u64().unwrap());
                sum("credits") - sum("debits")
            })
            .sum()
    }

    pub(crate) fn escrow(&self) -> i128 {
        self.of_kind("escrow")
    }

    /// Asks the bank's open books.
    pub(crate) fn bank(&self, path: &str) -> Value {
        self.ask_bank(0, path)
    }

    fn ask_bank(&self, number: usize, path: &str) -> Value {
        let bank = Client::new(&self.place.banks[number].url(), None).unwrap();
        self.runtime.block_on(bank.patient_get(path)).unwrap()
    }

    /// Tells the bank to behave otherwise.
    pub(crate) fn control(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.place.banks[0].url());
        let method = if path.ends_with("faults") { "PUT" } else { "POST" };
        let body = body.to_string();
        let kind = "Content-Type: application/json";
        let words = ["-sf", "-X", method, "-H", kind, "-d", &body, &url];
        assert!(std::process::Command::new("curl").args(words).output().unwrap().status.success());
    }

    /// The bank's business day, in which there are at least some minutes left.
    pub(crate) fn day_with_room(&self) -> String {
        self.day_with_hours(2)
    }

    /// The same, with at least so many hours.
    pub(crate) fn day_with_hours(&self, hours: u64) -> String {
        let now = self.bank("/control")["now"].as_u64().unwrap();
        let into = (now + ZONE) % DAY;
        if DAY - into < hours * DAY / 24 {
            self.forward((DAY - into) / 1_000 + 1);
        }
        let now = self.bank("/control")["now"].as_u64().unwrap();
        let at = jiff::Timestamp::from_millisecond(i64::try_from(now + ZONE).unwrap()).unwrap();
        at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    }

    /// Goes on to the middle of the day after this one, and says which that is.
    pub(crate) fn next_day(&self, day: &str) -> String {
        let day: jiff::civil::Date = day.parse().unwrap();
        let next = day.tomorrow().unwrap();
        let noon = next.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
        let noon = u64::try_from(noon.timestamp().as_millisecond()).unwrap() - ZONE;
        let now = self.bank("/control")["now"].as_u64().unwrap();
        self.forward((noon - now) / 1_000);
        next.to_string()
    }

    /// Moves the bank's clock and ours.
    fn forward(&self, seconds: u64) {
        self.control("/control/clock", &json!({ "advance_seconds": seconds }));
        let name = format!("clock-{}", fastrand::u64(..));
        self.post(&name, "/v1/clock/advance", &json!({ "seconds": seconds })).unwrap();
        self.ahead.set(self.ahead.get() + seconds);
    }

    /// Compares the bank's statement of a day with the books.
    pub(crate) fn reconcile(&self, day: &str) -> Value {
        let name = format!("day-{day}-{}", fastrand::u64(..));
        let path = format!("/v1/banks/{}/statements", self.place.banks[0].name);
        self.post(&name, &path, &json!({ "day": day })).unwrap()
    }

    /// What the bank knows about one of our movements.
    pub(crate) fn witness(&self, reference: &str) -> Value {
        self.bank(&format!("/ledger/references/{reference}"))
    }

    /// Everything that the banks know.
    pub(crate) fn references(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for number in 0..self.place.banks.len() {
            let mut after = String::new();
            loop {
                let page = format!("/ledger/references?limit=1000{after}");
                let page = self.ask_bank(number, &page)["data"].as_array().unwrap().clone();
                let Some(last) = page.last() else { break };
                after = format!("&after={}", last["reference"].as_str().unwrap());
                all.extend(page);
            }
        }
        all
    }

    /// What the platform has at its banks, by the banks' own books.
    pub(crate) fn held(&self) -> i128 {
        let mut held = 0;
        for number in 0..self.place.banks.len() {
            let mut after = String::new();
            loop {
                let page = format!("/ledger/movements?limit=10000{after}");
                let page = self.ask_bank(number, &page)["data"].as_array().unwrap().clone();
                let Some(last) = page.last() else { break };
                after = format!("&after={}", last["number"]);
                for it in page {
                    let amount = i128::from(it["amount"].as_u64().unwrap());
                    held += if it["side"] == "credit" { amount } else { -amount };
                }
            }
        }
        held
    }

    /// The bank's books and ours say the same: every movement of the bank has one fate with us, and
    /// none was made twice; what we think to have there is what it has; and our books balance.
    pub(crate) fn agree(&self) {
        for it in self.references() {
            let reference = it["reference"].as_str().unwrap();
            let moved = it["executed"].as_u64().unwrap();
            assert!(moved <= 1, "executed twice: {it}");
            if reference.starts_with("top_") || reference.starts_with("wdr_") {
                let fate = self.fate(reference);
                let expected = if moved == 1 { fate != "nothing" } else { fate == "nothing" };
                assert!(expected, "the bank: {it}\nours: {fate}");
            }
        }
        assert_eq!(-self.of_kind("bank_clearing"), self.held(), "what we have at banks");
        self.verify();
    }

    /// Our books are what their journal says, and balance.
    pub(crate) fn verify(&self) {
        let verified = self.place.run(&["verify", "--json", "--server", &self.place.url()]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    }

    /// Waits until no bank owes an answer.
    pub(crate) fn settled(&self, patience: Duration) {
        let begun = Instant::now();
        while self.open() > 0 {
            let banks = self.get("/v1/banks");
            assert!(begun.elapsed() < patience, "the banks do not answer everything: {banks}");
        }
    }

    /// Every fault that the bank applied.
    pub(crate) fn applied(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = format!("/control/applied?limit=10000{after}");
            let page = self.bank(&page)["data"].as_array().unwrap().clone();
            let Some(last) = page.last() else { return all };
            after = format!("&after={}", last["number"]);
            all.extend(page);
        }
    }

    /// Each movement of the bank's own books has exactly one fate with us. Returns by how much we
    /// think to have more at the bank: what it took back after it was credited, for which the
    /// report has a case.
    ///
    /// What a statement hides of money that the bank moved after it had refused nobody can know,
    /// but by the reserve account, which then does not agree.
    pub(crate) fn one_fate_each(&self, report: &Value) -> i128 {
        let cases = self.table(report);
        let applied = self.applied();
        let hidden = |reference: &str| {
            let mut of_it = applied.iter().filter(|it| it["reference"] == reference);
            of_it.any(|it| it["fault"] == "statement_missing")
                && report["nothing_unexplained"] == false
        };
        let mut undone = 0;
        for it in self.references() {
            let reference = it["reference"].as_str().unwrap();
            let (executed, returned) = (it["executed"].as_u64(), it["returned"].as_u64());
            assert!(executed <= Some(1) && returned <= Some(1), "made twice: {it}");
            if !reference.starts_with("top_") && !reference.starts_with("wdr_") {
                continue;
            }
            let fate = self.fate(reference);
            match (executed, returned) {
                (Some(1), Some(1)) if reference.starts_with("wdr_") => {
                    assert!(["returned", "under investigation"].contains(&fate), "{it}: {fate}");
                }
                (Some(1), Some(1)) if fate == "credited" || fate == "under investigation" => {
                    let of_it = cases.lines().filter(|it| it.contains(reference));
                    let kinds: Vec<&str> = of_it.map(|it| it.split(',').next().unwrap()).collect();
                    assert!(kinds.contains(&"returned"), "{it}: {kinds:?}");
                    undone += i128::from(it["answer"]["amount"].as_u64().unwrap());
                }
                (Some(1), Some(1)) => {
                    assert!(["returned", "nothing"].contains(&fate), "{it}: {fate}");
                }
                (Some(1), _) if fate == "nothing" => {
                    assert!(hidden(reference), "the bank has moved this: {it}");
                    let amount = i128::from(it["answer"]["amount"].as_u64().unwrap());
                    undone += if reference.starts_with("top_") { -amount } else { amount };
                }
                (Some(1), _) => {}
                _ => assert_eq!(fate, "nothing", "the bank has not moved this: {it}"),
            }
        }
        undone
    }

    /// The differences of a report, all of them.
    fn table(&self, report: &Value) -> String {
        let path = format!(
            "/v1/banks/{}/reports/{}",
            report["bank"].as_str().unwrap(),
            report["day"].as_str().unwrap()
        );
        let login = format!("{}:", self.place.key);
        let words = [path.as_str(), "-u", &login, "-H", "Accept: text/csv"];
        String::from_utf8(self.place.curl(&words).stdout).unwrap()
    }

    /// What became of the money of a movement, as we see it.
    pub(crate) fn fate(&self, reference: &str) -> &'static str {
        let kind = if reference.starts_with("top_") { "top_ups" } else { "withdrawals" };
        let shown = self.shown(kind, reference);
        let fates = BTreeMap::from([
            ("credited", "credited"),
            ("paid", "paid"),
            ("returned", "returned"),
            ("returning", "returning"),
            ("investigating", "under investigation"),
        ]);
        if !shown["late"].is_null() {
            return "under investigation";
        }
        fates.get(shown["stage"].as_str().unwrap()).copied().unwrap_or("nothing")
    }
}
