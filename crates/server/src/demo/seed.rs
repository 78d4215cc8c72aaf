//! Sets the stage: people, their money, a few days with the bank, and orders in every stage.

use super::{Cast, DEMO_PASSWORD, DEMO_PAYMENT_PASSWORD, Part, Staged};
use crate::app::{App, request_name};
use crate::http::codes;
use crate::http::problem::Problem;
use crate::people::Newcomer;
use ledger::bank::TopUpStage;
use ledger::command::{
    AddCard, AddStatement, AskRefund, CancelOrder, Command, ConfirmOrder, CreateOrder,
    DisputeOrder, OpenAccount, PayOrder, RefundOrder, ShipOrder, StartTopUp,
};
use ledger::currency::Currency;
use ledger::event::{Actor, Subject};
use ledger::id::{AccountId, CardId, OrderId, RequestId, TopUpId, UserId};
use ledger::money::{Money, Share};
use ledger::name::{OrderNumber, Text, TrackingNumber};
use ledger::order::{Grounds, Mode, Party, Terms};
use ledger::person::{Duty, Method};
use ledger::registry::UserKind;
use ledger::shipment::{Carrier, Shipment};
use ledger::time::Seconds;
use std::time::Duration;

/// Role, name, name to sign in with, kind and duty.
type Casting = (&'static str, &'static str, &'static str, UserKind, Option<Duty>);

#[rustfmt::skip]
const PEOPLE: [Casting; 12] = [
    ("buyer",   "小红",       "13800000001", UserKind::Customer, None),
    ("seller",  "小明茶铺",   "13800000002", UserKind::Merchant, None),
    ("buyer2",  "阿强",       "13800000003", UserKind::Customer, None),
    ("buyer3",  "丽丽",       "13800000004", UserKind::Customer, None),
    ("buyer4",  "老周",       "13800000005", UserKind::Customer, None),
    ("seller2", "青瓷坊",     "13800000006", UserKind::Merchant, None),
    ("seller3", "云南花市",   "13800000007", UserKind::Merchant, None),
    ("support", "客服小李",   "support",     UserKind::Operator, Some(Duty::Support)),
    ("finance", "财务小王",   "finance",     UserKind::Operator, Some(Duty::Finance)),
    ("checker", "复核老陈",   "checker",     UserKind::Operator, Some(Duty::Finance)),
    ("sre",     "运维小赵",   "sre",         UserKind::Operator, Some(Duty::Sre)),
    ("auditor", "审计小周",   "auditor",     UserKind::Operator, Some(Duty::Auditor)),
];

/// Why buyers ask for money back and complain, in their words, and what sellers say to it.
const SAID: [(Grounds, &str, &str, &str); 3] = [
    (
        Grounds::NotAsDescribed,
        "颜色和详情页差很多，希望退一半货款。",
        "和客服沟通过两次都没有结果，实物颜色和详情页明显不同，请平台处理。",
        "发货前已逐件检查，详情页注明了手工制作会有色差，请平台查看。",
    ),
    (
        Grounds::NotReceived,
        "订的是两件，包裹里只有一件。",
        "卖家说两件都发了，但快递面单上的重量只有一件，请平台核实。",
        "出库称重是两件，已向快递公司申请核查，可以提供称重记录。",
    ),
    (
        Grounds::WrongItem,
        "收到的规格和下单的不一样，还能用，希望部分退款。",
        "规格比页面标注的小一号，卖家说误差正常，我不认可。",
        "尺寸误差在标注的两厘米范围内，愿意承担退货运费。",
    ),
];
/// What is bought, and for how many fen.
const GOODS: [(&str, u64); 8] = [
    ("西湖龙井 250 克", 8_800),
    ("青瓷茶杯 一对", 12_600),
    ("安溪铁观音 500 克", 15_800),
    ("鲜切玫瑰 20 支", 5_990),
    ("紫砂壶 手工", 68_000),
    ("普洱熟茶饼", 23_900),
    ("白瓷花瓶", 9_950),
    ("茉莉花茶 100 克", 3_600),
];

/// What happens to an order after it was created, and how many of the demonstration's go so far.
#[derive(Clone, Copy)]
enum Life {
    Created,
    Closed,
    Paid,
    Shipped,
    Completed,
    PaidRefundAsked,
    ShippedRefundAsked,
    Disputed,
    Refunded,
    PartlyRefunded,
}

const LIVES: [(Life, &str, usize); 10] = [
    (Life::Created, "created", 5),
    (Life::Closed, "closed", 2),
    (Life::Paid, "paid", 6),
    (Life::Shipped, "shipped", 6),
    (Life::Completed, "completed", 9),
    (Life::PaidRefundAsked, "paid_refund_asked", 2),
    (Life::ShippedRefundAsked, "shipped_refund_asked", 3),
    (Life::Disputed, "disputed", 3),
    (Life::Refunded, "refunded", 2),
    (Life::PartlyRefunded, "partly_refunded", 2),
];

/// How long a bank may take to confirm what the demonstration begins with.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sets the stage, once. What was done of it before a kill is not done again.
pub async fn stage(app: App) {
    let Some(demo) = app.demo() else { return };
    if demo.cast().is_some() {
        return;
    }
    let set = Stage { app: &app }.set().await;
    let written = set
        .map_err(|it| it.detail)
        .and_then(|it| it.write(demo.home()).map_err(|error| error.to_string()));
    if let Err(error) = written {
        eprintln!("danbao: the demonstration could not be set up: {error}");
    }
}

/// Somebody in the demonstration who has an account.
#[derive(Clone, Copy)]
pub(super) struct Player {
    pub(super) user: UserId,
    pub(super) account: AccountId,
}

pub(super) struct Stage<'a> {
    pub(super) app: &'a App,
}

impl Stage<'_> {
    async fn set(&self) -> Result<Cast, Problem> {
        let mut cast = Cast::default();
        let (mut buyers, mut sellers) = (Vec::new(), Vec::new());
        for casting in &PEOPLE {
            let (part, player) = self.person(casting).await?;
            cast.people.push(part);
            match (casting.3, player) {
                (UserKind::Customer, Some(player)) => buyers.push(player),
                (UserKind::Merchant, Some(player)) => sellers.push(player),
                (UserKind::Operator, _) | (_, None) => {}
            }
        }
        for (number, buyer) in buyers.iter().enumerate() {
            let fen = 500_000 + 50_000 * number as u64;
            self.topped_up(*buyer, "6200000000000005", fen, "first").await?;
        }
        self.days(&buyers).await?;
        for seller in &sellers {
            self.card(*seller, "6200000000012000").await?;
        }
        let mut number = 0;
        for (life, stage, count) in LIVES {
            for _ in 0..count {
                let buyer = buyers[number % buyers.len()];
                let seller = sellers[number / 2 % sellers.len()];
                let order = self.order(number, life, buyer, seller).await?.to_string();
                cast.orders.push(Staged { order, stage: stage.to_owned() });
                number += 1;
            }
        }
        // Money that the bank is silent about: it settles by itself while one looks.
        let silent = self.card(buyers[1], "6200000000007000").await?;
        self.top_up(buyers[1], silent, 50_000, "silent").await?;
        Ok(cast)
    }

    pub(super) async fn ask(
        &self,
        who: Actor,
        name: &str,
        command: Command,
    ) -> Result<Subject, Problem> {
        let cell = ledger::id::CellId::FIRST;
        let name = request_name("demo", name);
        Ok(self.app.submit(who, name, cell, command).await?.subject)
    }

    async fn person(&self, it: &Casting) -> Result<(Part, Option<Player>), Problem> {
        let &(role, name, login, kind, duty) = it;
        let newcomer = Newcomer {
            kind,
            name: name.to_owned(),
            login: login.to_owned(),
            password: DEMO_PASSWORD.to_owned(),
            locale: Some("zh-CN".to_owned()),
            duty,
            once: false,
        };
        let people = self.app.people();
        let user = people.register(request_name("demo", role), &newcomer).await?;
        let mut part = Part {
            role: role.to_owned(),
            name: name.to_owned(),
            login: login.to_owned(),
            user: user.to_string(),
            account: None,
        };
        if kind == UserKind::Operator {
            return Ok((part, None));
        }
        let open = OpenAccount { owner: user, currency: Currency::CNY, balance_limit: 0 };
        let name = format!("account:{role}");
        let subject = self.ask(Actor::Platform, &name, Command::OpenAccount(open)).await?;
        let Subject::Account(account) = subject else { return Err(wrong()) };
        if !people.payment_state(user)?.set {
            let opened = people.open_session(user, Method::Password, "danbao demo", false).await?;
            let signed = &opened.signed;
            let name = request_name("demo", &format!("payment password:{user}"));
            let (password, payment) = (DEMO_PASSWORD, DEMO_PAYMENT_PASSWORD);
            people.set_payment_password(signed, name, password, payment).await?;
            people.sign_out(signed).await?;
        }
        part.account = Some(account.to_string());
        Ok((part, Some(Player { user, account })))
    }

    pub(super) async fn card(&self, owner: Player, number: &str) -> Result<CardId, Problem> {
        let desk = self.app.need_banks()?.first().ok_or_else(wrong)?;
        let told = desk.channel().tokenise(number).await;
        let token = told.map_err(|_| Problem::of(&codes::BANK_SILENT))?;
        let token = token.and_then(|it| Text::new(&it)).ok_or_else(wrong)?;
        let last_four = number[number.len() - 4..].parse().unwrap_or(0);
        let card = AddCard { user: owner.user, bank: desk.name(), token, last_four };
        let name = format!("card:{}:{number}", owner.user);
        let sealed = self.app.people().sealed_card(request_name("demo", &name), card, number)?;
        let subject = self.ask(Actor::User(owner.user), &name, sealed).await?;
        if let Subject::Card(card) = subject { Ok(card) } else { Err(wrong()) }
    }

    /// Tops up, and waits until the bank has confirmed it.
    pub(super) async fn topped_up(
        &self,
        to: Player,
        number: &str,
        fen: u64,
        name: &str,
    ) -> Result<(), Problem> {
        let card = self.card(to, number).await?;
        let top_up = self.top_up(to, card, fen, name).await?;
        self.credited(top_up).await
    }

    async fn top_up(
        &self,
        to: Player,
        card: CardId,
        fen: u64,
        name: &str,
    ) -> Result<TopUpId, Problem> {
        let (account, amount) = (to.account, yuan(fen));
        let top_up = StartTopUp { account, card, amount, order: None, deliberate: true };
        let name = format!("top-up:{card}:{name}");
        let subject = self.ask(Actor::User(to.user), &name, Command::TopUp(top_up)).await?;
        if let Subject::TopUp(top_up) = subject { Ok(top_up) } else { Err(wrong()) }
    }

    async fn credited(&self, id: TopUpId) -> Result<(), Problem> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            let (found, _) = self.app.read(id.cell(), |view| view.top_up(id))?;
            if found.is_some_and(|it| it.stage == TopUpStage::Credited) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(Problem::of(&codes::BANK_SILENT))
    }

    async fn order(
        &self,
        number: usize,
        life: Life,
        buyer: Player,
        seller: Player,
    ) -> Result<OrderId, Problem> {
        let (subject, fen) = GOODS[number % GOODS.len()];
        let amount = yuan(fen);
        let terms = Terms {
            pay_within: Seconds::days(3),
            ship_within: Seconds::days(7),
            confirm_within: Seconds::days(10),
            answer_within: Seconds::days(3),
            fee: Share::new(60).unwrap_or_default(),
        };
        let order = CreateOrder {
            seller: seller.account,
            buyer: buyer.account,
            number: OrderNumber::new(&format!("D{:04}", number + 1)).ok_or_else(wrong)?,
            price: amount,
            mode: Mode::Escrow,
            terms,
            subject: Text::new(subject).ok_or_else(wrong)?,
        };
        let (buys, sells) = (Actor::User(buyer.user), Actor::User(seller.user));
        let made = self.ask(sells, &format!("order:{number}"), Command::CreateOrder(order)).await?;
        let Subject::Order(order) = made else { return Err(wrong()) };
        let debit = buyer.account;
        let pay = (buys, Command::PayOrder(PayOrder { order, debit, amount, deliberate: false }));
        let ship = (sells, Command::ShipOrder(ShipOrder { order, shipment: shipment(number) }));
        let confirm = (buys, Command::ConfirmOrder(ConfirmOrder { order }));
        let close = CancelOrder { order, party: Party::Buyer };
        let half = yuan(fen / 2);
        let (ask, dispute, answer) = self.pleas(order, number, half, [buyer, seller])?;
        let (ask, dispute) = ((buys, ask), (buys, dispute));
        let steps = match life {
            Life::Created => vec![],
            Life::Closed => vec![(buys, Command::CancelOrder(close))],
            Life::Paid => vec![pay],
            Life::Shipped => vec![pay, ship],
            Life::Completed => vec![pay, ship, confirm],
            Life::PaidRefundAsked => vec![pay, ask],
            Life::ShippedRefundAsked => vec![pay, ship, ask],
            Life::Disputed => vec![pay, ship, dispute, (sells, answer)],
            Life::Refunded => {
                vec![pay, (sells, Command::RefundOrder(RefundOrder { order, amount }))]
            }
            Life::PartlyRefunded => {
                let part = RefundOrder { order, amount: half };
                vec![pay, ship, (sells, Command::RefundOrder(part))]
            }
        };
        for (step, (who, command)) in steps.into_iter().enumerate() {
            self.ask(who, &format!("order:{number}:{step}"), command).await?;
        }
        Ok(order)
    }
}

impl Stage<'_> {
    /// What a buyer asks for and complains about, and what the seller says to it.
    fn pleas(
        &self,
        order: OrderId,
        number: usize,
        amount: Money,
        [buyer, seller]: [Player; 2],
    ) -> Result<(Command, Command, Command), Problem> {
        let say = |who: Player, what: u128, text: &str| {
            let name = RequestId(u128::try_from(number).unwrap_or_default() << 8 | what);
            self.app.people().seal_statement(Some(who.user), name, text)
        };
        let (grounds, asks, complains, answers) = SAID[number % SAID.len()];
        let statement = Some(say(buyer, 1, asks)?);
        let ask = AskRefund { order, amount, grounds, statement };
        let party = Party::Buyer;
        let statement = Some(say(buyer, 2, complains)?);
        let dispute = DisputeOrder { order, party, grounds, statement };
        let (party, statement) = (Party::Seller, say(seller, 3, answers)?);
        let answer = AddStatement { order, party, statement };
        Ok((Command::AskRefund(ask), Command::DisputeOrder(dispute), Command::AddStatement(answer)))
    }
}

pub(super) fn yuan(fen: u64) -> Money {
    Money::new(fen, Currency::CNY)
}

/// How a demo's goods travel: with one carrier after the other.
fn shipment(number: usize) -> Option<Shipment> {
    let carriers = [Carrier::Sf, Carrier::Zto, Carrier::Jd, Carrier::Ems];
    let carrier = *carriers.get(number % carriers.len())?;
    let number = TrackingNumber::new(&format!("{}{:012}", carrier.code().to_uppercase(), number))?;
    Some(Shipment { carrier, number })
}

/// What cannot be: a request led to something else than it asks for.
pub(super) fn wrong() -> Problem {
    Problem::of(&codes::INTERNAL_ERROR)
}
