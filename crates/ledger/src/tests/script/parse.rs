//! The commands as scripts spell them, each with the cell that is asked.

use super::Script;
use crate::account::{AccountKind, System};
use crate::bank::{BankEvent, BankReference};
use crate::command::{
    AccountChange, AddCard, AddEndpoint, AddKey, AddStatement, AddUser, AdvanceClock, AdvanceTopUp,
    AdvanceWithdrawal, AnswerRefund, Appeal, AskRefund, AwardOrder, CancelOrder, CaptureHold,
    Command, ConfirmOrder, CorrectShipment, CreateOrder, DisputeOrder, ExtendOrder,
    LinkedTransfers, OpenAccount, Outcome, PayOrder, PlaceHold, RecordAttempt, RecordReceipt,
    Redeliver, RefundOrder, ReleaseHold, RemoveEndpoint, Resolution, ResolveReceipt, RevokeKey,
    RotateEndpoint, SetAccountState, SetBalanceLimit, ShipOrder, StartTopUp, StartWithdrawal,
    Transfer, WithdrawRefund,
};
use crate::currency::Currency;
use crate::event::{Actor, Subject};
use crate::id::{AccountId, CellId, DeliveryId, EndpointId, EventId, HoldId, KeyId, OrderId};
use crate::money::{Money, Share};
use crate::name::{BankName, BankNumber, OrderNumber, Statement, Text, TrackingNumber};
use crate::order::{Grounds, Mode, Party, Terms};
use crate::registry::{Role, UserKind};
use crate::shipment::{Carrier, Shipment};
use crate::time::Seconds;

impl Script {
    /// The command, and the cell where it is asked unless the line says another.
    pub(in crate::tests) fn parse(&self, name: &str, words: &[&str]) -> (u8, Command) {
        match words {
            ["tick"] => (0, Command::Tick),
            ["clock", by] => (0, Command::AdvanceClock(AdvanceClock { by: span(by) })),
            ["limit", kind, most] => {
                let kind = *AccountKind::ALL.iter().find(|it| it.code() == *kind).unwrap();
                let limit = money(most).minor();
                (0, Command::SetBalanceLimit(SetBalanceLimit { kind, limit }))
            }
            ["transfer", it @ ..] => {
                let transfer = self.transfer(it);
                (transfer.debit.cell().number(), Command::Transfer(transfer))
            }
            ["linked", it @ ..] => {
                let transfers: Vec<_> = it.chunks(3).map(|it| self.transfer(it)).collect();
                let cell = transfers.first().map_or(0, |it| it.debit.cell().number());
                (cell, Command::LinkedTransfers(LinkedTransfers { transfers }))
            }
            ["open" | "freeze" | "unfreeze" | "close" | "appeal", ..] => self.parse_account(words),
            ["hold" | "capture" | "release", ..] => self.parse_hold(words),
            ["topup" | "withdraw" | "bank", ..] => self.parse_bank(words),
            ["receive" | "resolve", ..] => self.parse_receipt(words),
            ["announce" | "end", ..] => self.parse_announcement(words),
            ["order", it @ ..] => self.parse_order(name, it),
            ["pay" | "ship" | "correct" | "confirm" | "cancel" | "extend", ..] => {
                self.parse_step(words)
            }
            [
                "ask" | "unask" | "agree" | "refuse" | "refund" | "dispute" | "state" | "award",
                ..,
            ] => self.parse_refund(words),
            _ => self.parse_registry(words),
        }
    }

    /// `alice customer 100.00`: a user, an account, a card, and money to begin with.
    pub(super) fn person(&mut self, name: &str, kind: &str, cell: u8, rest: &[&str]) -> Outcome {
        let kind = user_kind(kind);
        let add = Command::AddUser(AddUser { kind, name: text(name) });
        let Outcome::Accepted(Subject::User(user)) = self.world.ask(cell, Actor::Platform, add)
        else {
            panic!("{name} could not be added");
        };
        self.users.insert(name.to_owned(), user);
        let card = AddCard { user, bank: icbc(), token: text("tok"), last_four: 1_234 };
        let added = self.world.ask(cell, Actor::Platform, Command::AddCard(card));
        if let Outcome::Accepted(Subject::Card(card)) = added {
            self.cards.insert(name.to_owned(), card);
        }
        let open = OpenAccount { owner: user, currency: Currency::CNY, balance_limit: 0 };
        let opened = self.world.ask(cell, Actor::Platform, Command::OpenAccount(open));
        let Outcome::Accepted(Subject::Account(credit)) = opened else { return opened };
        self.things.insert(name.to_owned(), Subject::Account(credit));
        let Some(fund) = rest.first() else { return opened };
        let amount = money(fund);
        let debit = System::Capital.id(CellId::new(cell), amount.currency());
        let fund = Command::Transfer(Transfer { debit, credit, amount });
        self.world.ask(cell, Actor::Platform, fund)
    }

    fn transfer(&self, words: &[&str]) -> Transfer {
        let [debit, credit, amount] = words else { panic!("from, to, amount: {words:?}") };
        let (debit, credit) = (self.account(debit), self.account(credit));
        Transfer { debit, credit, amount: money(amount) }
    }

    fn parse_account(&self, words: &[&str]) -> (u8, Command) {
        let change = match words {
            ["open", owner, currency, rest @ ..] => {
                let owner = self.user(owner);
                let currency = Currency::from_code(currency).unwrap();
                let limit = option(rest, "limit").map_or(0, |it| it.parse().unwrap());
                let open = OpenAccount { owner, currency, balance_limit: limit };
                return (owner.cell().number(), Command::OpenAccount(open));
            }
            ["appeal", account, what] => {
                let (account, statement) = (self.account(account), Statement::new(what).unwrap());
                let command = Command::Appeal(Appeal { account, statement });
                return (account.cell().number(), command);
            }
            ["freeze", _] => AccountChange::Freeze,
            ["unfreeze", _] => AccountChange::Unfreeze,
            _ => AccountChange::Close,
        };
        let account = self.account(words[1]);
        let command = Command::SetAccountState(SetAccountState { account, change });
        (account.cell().number(), command)
    }

    fn parse_hold(&self, words: &[&str]) -> (u8, Command) {
        match words {
            ["hold", account, amount, rest @ ..] => {
                let (account, amount) = (self.account(account), money(amount));
                let expires_in = option(rest, "for").map_or(Seconds(0), span);
                let hold = PlaceHold { account, amount, expires_in };
                (account.cell().number(), Command::PlaceHold(hold))
            }
            ["capture", hold, credit, amount, rest @ ..] => {
                let (hold, credit) = (self.hold(hold), self.account(credit));
                let last = rest.contains(&"last");
                let capture = CaptureHold { hold, credit, amount: money(amount), last };
                (hold.cell().number(), Command::CaptureHold(capture))
            }
            _ => {
                let hold = self.hold(words[1]);
                (hold.cell().number(), Command::ReleaseHold(ReleaseHold { hold }))
            }
        }
    }

    fn parse_bank(&self, words: &[&str]) -> (u8, Command) {
        if let ["bank", name, event, said @ ..] = words {
            let reference = option(said, "ref")
                .map(|it| BankReference { bank: icbc(), number: BankNumber::new(it).unwrap() });
            let amount = option(said, "of").map(money);
            let event = *BankEvent::ALL.iter().find(|it| it.code() == *event).unwrap();
            if let Subject::TopUp(top_up) = self.thing(name) {
                let advance = AdvanceTopUp { top_up, event, reference, amount };
                return (top_up.cell().number(), Command::AdvanceTopUp(advance));
            }
            let Subject::Withdrawal(withdrawal) = self.thing(name) else {
                panic!("{name} is nothing that a bank knows");
            };
            let advance = AdvanceWithdrawal { withdrawal, event, reference, amount };
            return (withdrawal.cell().number(), Command::AdvanceWithdrawal(advance));
        }
        let (account, amount) = (self.account(words[1]), money(words[2]));
        let card = self.card(option(words, "card").unwrap_or(words[1]));
        let command = if words[0] == "topup" {
            let deliberate = words.contains(&"again");
            let order = option(words, "order").map(|it| self.order(it));
            Command::TopUp(StartTopUp { account, card, amount, order, deliberate })
        } else {
            Command::Withdraw(StartWithdrawal { account, card, amount })
        };
        (account.cell().number(), command)
    }

    fn parse_receipt(&self, words: &[&str]) -> (u8, Command) {
        if let ["receive", number, amount] = words {
            let bank = icbc();
            let reference = BankReference { bank, number: BankNumber::new(number).unwrap() };
            let amount = money(amount);
            return (0, Command::RecordReceipt(RecordReceipt { reference, amount }));
        }
        let Subject::Receipt(receipt) = self.thing(words[1]) else { panic!("no receipt") };
        let resolution = match words[2..] {
            ["credit", account] => Resolution::Credit { account: self.account(account) },
            ["return", account] => {
                Resolution::Return { account: self.account(account), card: self.cards[account] }
            }
            ["match", top_up] => {
                let Subject::TopUp(top_up) = self.thing(top_up) else { panic!("no top-up") };
                Resolution::Match { top_up }
            }
            _ => Resolution::WriteOff,
        };
        (0, Command::ResolveReceipt(ResolveReceipt { receipt, resolution }))
    }

    fn parse_order(&self, name: &str, words: &[&str]) -> (u8, Command) {
        let [seller, buyer, price, rest @ ..] = words else { panic!("seller, buyer, price") };
        let (seller, buyer) = (self.account(seller), self.account(buyer));
        let unnamed = format!("{name}{}", self.made);
        let number = option(rest, "number").unwrap_or(if name == "-" { &unnamed } else { name });
        let within = |what, usual| option(rest, what).map_or(usual, span);
        let fee = option(rest, "fee").map_or(0, |it| it.parse().unwrap());
        let order = CreateOrder {
            seller,
            buyer,
            number: OrderNumber::new(number).unwrap(),
            price: money(price),
            mode: if rest.contains(&"direct") { Mode::Direct } else { Mode::Escrow },
            terms: Terms {
                pay_within: within("pay", Seconds::days(1)),
                ship_within: within("ship", Seconds::days(3)),
                confirm_within: within("confirm", Seconds::days(10)),
                answer_within: within("answer", Seconds::days(2)),
                fee: Share::new(fee).unwrap(),
            },
            subject: text("goods"),
        };
        (seller.cell().number(), Command::CreateOrder(order))
    }

    fn parse_step(&self, words: &[&str]) -> (u8, Command) {
        let order = self.order(words[1]);
        let command = match words {
            ["pay", _, amount, rest @ ..] => {
                let buyer = self.world.cells[usize::from(order.cell().number())].orders[&order];
                let debit = option(rest, "from").map_or(buyer.buyer, |it| self.account(it));
                let deliberate = rest.contains(&"again");
                let pay = PayOrder { order, debit, amount: money(amount), deliberate };
                return (debit.cell().number(), Command::PayOrder(pay));
            }
            ["ship", _] => Command::ShipOrder(ShipOrder { order, shipment: None }),
            ["ship", _, carrier, number] => {
                let shipment = Some(shipment(carrier, number));
                Command::ShipOrder(ShipOrder { order, shipment })
            }
            ["correct", _, carrier, number] => {
                let shipment = shipment(carrier, number);
                Command::CorrectShipment(CorrectShipment { order, shipment })
            }
            ["confirm", _] => Command::ConfirmOrder(ConfirmOrder { order }),
            ["cancel", _, who] => Command::CancelOrder(CancelOrder { order, party: party(who) }),
            ["extend", _, by] => Command::ExtendOrder(ExtendOrder { order, by: span(by) }),
            _ => panic!("no such step: {words:?}"),
        };
        (order.cell().number(), command)
    }

    fn parse_refund(&self, words: &[&str]) -> (u8, Command) {
        let order = self.order(words[1]);
        let command = match words {
            ["ask", _, amount, rest @ ..] => {
                let (grounds, statement) = (grounds(rest), said(rest));
                let amount = money(amount);
                Command::AskRefund(AskRefund { order, amount, grounds, statement })
            }
            ["unask", _] => Command::WithdrawRefund(WithdrawRefund { order }),
            [answer @ ("agree" | "refuse"), _, rest @ ..] => {
                let (agree, statement) = (*answer == "agree", said(rest));
                Command::AnswerRefund(AnswerRefund { order, agree, statement })
            }
            ["refund", _, amount] => {
                Command::RefundOrder(RefundOrder { order, amount: money(amount) })
            }
            ["dispute", _, who, rest @ ..] => {
                let (party, grounds, statement) = (party(who), grounds(rest), said(rest));
                Command::DisputeOrder(DisputeOrder { order, party, grounds, statement })
            }
            ["state", _, who, what] => {
                let (party, statement) = (party(who), Statement::new(what).unwrap());
                Command::AddStatement(AddStatement { order, party, statement })
            }
            ["award", _, amount] => {
                let to_buyer = money(amount).minor();
                Command::AwardOrder(AwardOrder { order, to_buyer })
            }
            _ => panic!("no such step: {words:?}"),
        };
        (order.cell().number(), command)
    }

    fn parse_registry(&self, words: &[&str]) -> (u8, Command) {
        match words {
            ["user", kind] => {
                let (kind, name) = (user_kind(kind), text("somebody"));
                (0, Command::AddUser(AddUser { kind, name }))
            }
            ["card", user] => {
                let user = self.user(user);
                let card = AddCard { user, bank: icbc(), token: text("tok"), last_four: 4_321 };
                (user.cell().number(), Command::AddCard(card))
            }
            ["key", role, rest @ ..] => {
                let role = match *role {
                    "platform" => Role::Platform,
                    "merchant" => Role::Merchant,
                    _ => Role::ReadOnly,
                };
                let user = rest.first().map(|it| self.user(it));
                (0, Command::AddKey(AddKey { hash: [7; 32], role, user }))
            }
            ["revoke", key] => (0, Command::RevokeKey(RevokeKey { key: self.key(key) })),
            ["endpoint", user] => {
                let user = self.user(user);
                let url = text("https://shop.example/hooks");
                (user.cell().number(), Command::AddEndpoint(AddEndpoint { user, url }))
            }
            ["rotate", it] => {
                (0, Command::RotateEndpoint(RotateEndpoint { endpoint: self.endpoint(it) }))
            }
            ["remove", it] => {
                (0, Command::RemoveEndpoint(RemoveEndpoint { endpoint: self.endpoint(it) }))
            }
            ["redeliver", it, from, to] => {
                let endpoint = self.endpoint(it);
                let [from, to] = [from, to].map(|it| {
                    let (number, cell) = place(it);
                    EventId::new(CellId::new(cell), number.parse().unwrap())
                });
                (0, Command::Redeliver(Redeliver { endpoint, from, to }))
            }
            ["attempt", number, status] => {
                let delivery = DeliveryId::new(CellId::FIRST, number.parse().unwrap());
                let status = status.parse().unwrap();
                (0, Command::RecordAttempt(RecordAttempt { delivery, status }))
            }
            _ => self.parse_person(words),
        }
    }

    fn order(&self, name: &str) -> OrderId {
        let Subject::Order(id) = self.thing(name) else { panic!("{name} is no order") };
        id
    }

    fn hold(&self, name: &str) -> HoldId {
        let Subject::Hold(id) = self.thing(name) else { panic!("{name} is no hold") };
        id
    }

    pub(super) fn key(&self, name: &str) -> KeyId {
        let Subject::Key(id) = self.thing(name) else { panic!("{name} is no key") };
        id
    }

    fn endpoint(&self, name: &str) -> EndpointId {
        let Subject::Endpoint(id) = self.thing(name) else { panic!("{name} is no endpoint") };
        id
    }
}

/// `3d2h`, in seconds.
pub(super) fn span(text: &str) -> Seconds {
    let mut total = 0;
    let mut number = 0;
    for letter in text.chars() {
        let unit = match letter {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            digit => {
                number = number * 10 + digit.to_digit(10).unwrap();
                continue;
            }
        };
        total += number * unit;
        number = 0;
    }
    Seconds(total)
}

/// `5.00`, or `5:JPY`.
pub(super) fn money(text: &str) -> Money {
    let (number, code) = text.split_once(':').unwrap_or((text, "CNY"));
    Money::parse(number, Currency::from_code(code).unwrap()).unwrap()
}

/// `escrow@1`: a name and a cell, which is 0 if none is said.
pub(super) fn place(text: &str) -> (&str, u8) {
    text.split_once('@').map_or((text, 0), |(name, cell)| (name, cell.parse().unwrap()))
}

/// The system account with this name, such as `fees` or `capital:JPY`.
pub(super) fn system(name: &str, cell: u8) -> Option<AccountId> {
    let (name, code) = name.split_once(':').unwrap_or((name, "CNY"));
    let system = match name {
        "escrow" => System::Escrow,
        "fees" => System::Fees,
        "suspense" => System::Suspense,
        "payouts" => System::Payouts,
        "capital" => System::Capital,
        "clearing" => System::BankClearing,
        "transit0" => System::Transit(CellId::new(0)),
        "transit1" => System::Transit(CellId::new(1)),
        "transit2" => System::Transit(CellId::new(2)),
        _ => return None,
    };
    Some(system.id(CellId::new(cell), Currency::from_code(code).unwrap()))
}

pub(super) fn user_kind(text: &str) -> UserKind {
    let all = [UserKind::Customer, UserKind::Merchant, UserKind::Operator];
    all.into_iter().find(|it| it.code() == text).unwrap()
}

fn shipment(carrier: &str, number: &str) -> Shipment {
    let carrier = Carrier::from_code(carrier).unwrap();
    Shipment { carrier, number: TrackingNumber::new(number).unwrap() }
}

/// `for=damaged`; something else if the line does not say.
fn grounds(rest: &[&str]) -> Grounds {
    let code = option(rest, "for").unwrap_or("other");
    Grounds::ALL.into_iter().find(|it| it.code() == code).unwrap()
}

/// `saying=leaks`
fn said(rest: &[&str]) -> Option<Statement> {
    option(rest, "saying").map(|it| Statement::new(it).unwrap())
}

fn party(text: &str) -> Party {
    if text == "buyer" { Party::Buyer } else { Party::Seller }
}

pub(super) fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    words.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='))
}

pub(super) fn icbc() -> BankName {
    BankName::new("icbc").unwrap()
}

pub(super) fn text(it: &str) -> Text {
    Text::new(it).unwrap()
}
