use super::*;
use ledger::bank::{TopUpStage as Arriving, WithdrawalStage as Leaving};
use ledger::currency::Currency;
use ledger::id::{
    AccountId, CardId, CellId, HoldId, OrderId, Position, ReceiptId, RemittanceId, TopUpId, UserId,
    WithdrawalId,
};
use ledger::money::{Money, Share};
use ledger::name::OrderNumber;
use ledger::order::{Mode, Terms};
use ledger::posting::Reason;
use ledger::remittance::Purpose;

const CELL: CellId = CellId::FIRST;
const NOW: Time = Time(1_000_000);
const LATER: Time = Time(2_000_000);
const DATES: Dates = Dates { asked: Some(LATER), statement: Time(3_000_000) };
const AFTER: Dates = Dates { asked: None, statement: Time(3_000_000) };

fn account() -> AccountId {
    AccountId::new(CELL, 1)
}

fn money() -> Money {
    Money::new(8_800, Currency::CNY)
}

fn a_top_up(stage: Arriving) -> TopUp {
    TopUp {
        id: TopUpId::new(CELL, 1),
        account: account(),
        card: CardId::new(CELL, 1),
        amount: money(),
        stage,
        order: None,
        withdrawal: None,
        taken: None,
        set_aside: false,
        late: None,
        created_at: NOW,
        changed_at: NOW,
        last_event: None,
    }
}

fn a_withdrawal(stage: Leaving) -> Withdrawal {
    Withdrawal {
        id: WithdrawalId::new(CELL, 1),
        account: account(),
        card: CardId::new(CELL, 1),
        amount: money(),
        stage,
        paid: None,
        top_up: None,
        receipt: None,
        late: None,
        created_at: NOW,
        changed_at: NOW,
        last_event: None,
    }
}

fn an_order(stage: Stage) -> Order {
    let day = Seconds::days(1);
    let within = Terms {
        pay_within: day,
        ship_within: day,
        confirm_within: day,
        answer_within: day,
        fee: Share::NONE,
    };
    Order {
        id: OrderId::new(CELL, 1),
        seller: account(),
        buyer: account(),
        merchant: UserId::new(CELL, 1),
        customer: None,
        number: OrderNumber::new("A-1").unwrap(),
        price: money(),
        mode: Mode::Escrow,
        terms: within,
        stage,
        refunded: 0,
        asked: 0,
        fee: 0,
        buyer_statements: 0,
        seller_statements: 0,
        created_at: NOW,
        paid_at: Some(NOW),
        shipped_at: None,
        ended_at: None,
        due: Some(LATER),
        position: Position(0),
        last_event: None,
    }
}

fn short(it: &Whereabouts) -> (&'static str, &'static str, Option<Time>) {
    (it.place.code(), it.next.code(), it.by)
}

#[test]
fn every_stage_of_a_top_up() {
    let expected = [
        (Arriving::Created, ("card", "platform", None)),
        (Arriving::Sent, ("bank", "bank", Some(LATER))),
        (Arriving::Unknown, ("bank", "bank", Some(LATER))),
        (Arriving::Credited, ("wallet", "nobody", None)),
        (Arriving::Rejected, ("card", "nobody", None)),
        (Arriving::Returned, ("card", "nobody", None)),
        (Arriving::Investigating, ("set_aside", "platform", Some(NOW.after(PERSON)))),
        (Arriving::Paying, ("between_cells", "platform", None)),
        (Arriving::Returning, ("going_back", "bank", Some(LATER))),
    ];
    assert!(expected.iter().map(|it| it.0).eq(Arriving::ALL), "every stage");
    for (stage, says) in expected {
        let it = a_top_up(stage);
        let found = top_up(&it, DATES);
        assert_eq!(short(&found), says, "{stage:?}");
        // While the bank may take it, and only then, paying again may take it twice.
        let may = it.stage.under_way();
        assert_eq!(found.avoid.is_some(), may, "{stage:?}");
        if found.next == Who::Bank {
            assert_eq!(top_up(&it, AFTER).then, &words::THEN_STATEMENT);
            assert_eq!(top_up(&it, AFTER).by, Some(AFTER.statement));
        }
    }
    let late = TopUp { late: Some(ReceiptId::new(CELL, 1)), ..a_top_up(Arriving::Rejected) };
    assert_eq!(top_up(&late, DATES).place, Place::SetAside);
    let paid = TopUp { order: Some(OrderId::new(CELL, 1)), ..a_top_up(Arriving::Credited) };
    assert_eq!(top_up(&paid, DATES).place, Place::Held);
}

#[test]
fn every_stage_of_a_withdrawal() {
    let expected = [
        (Leaving::Created, ("going_back", "platform", None)),
        (Leaving::Sent, ("bank", "bank", Some(LATER))),
        (Leaving::Unknown, ("bank", "bank", Some(LATER))),
        (Leaving::Paid, ("card", "nobody", None)),
        (Leaving::Rejected, ("wallet", "nobody", None)),
        (Leaving::Returned, ("wallet", "nobody", None)),
        (Leaving::Investigating, ("set_aside", "platform", Some(NOW.after(PERSON)))),
    ];
    assert!(expected.iter().map(|it| it.0).eq(Leaving::ALL), "every stage");
    for (stage, says) in expected {
        assert_eq!(short(&withdrawal(&a_withdrawal(stage), DATES)), says, "{stage:?}");
    }
}

#[test]
fn every_stage_of_an_order_from_both_sides() {
    let ship_by = an_order(Stage::Paid).ship_by();
    let expected = [
        (Stage::Created, ("card", "buyer", Some(LATER))),
        (Stage::Paid, ("held", "seller", ship_by)),
        (Stage::Shipped, ("held", "buyer", Some(LATER))),
        (Stage::PaidRefundAsked, ("held", "seller", Some(LATER))),
        (Stage::ShippedRefundAsked, ("held", "seller", Some(LATER))),
        (Stage::Disputed, ("held", "platform", None)),
        (Stage::Completed, ("seller", "nobody", None)),
        (Stage::Refunded, ("wallet", "nobody", None)),
        (Stage::Closed, ("card", "nobody", None)),
    ];
    assert!(expected.iter().map(|it| it.0).eq(Stage::ALL), "every stage");
    for (stage, says) in expected {
        for side in [Side::Buyer, Side::Seller] {
            assert_eq!(short(&order(&an_order(stage), None, DATES, side)), says, "{stage:?}");
        }
    }
    // The story of 2009: paid at the bank, and the bank has not said so.
    let confirming = a_top_up(Arriving::Unknown);
    let [buyer, seller] = [Side::Buyer, Side::Seller]
        .map(|it| order(&an_order(Stage::Created), Some(&confirming), DATES, it));
    assert_eq!(short(&buyer), ("bank", "bank", Some(LATER)));
    assert_eq!((buyer.certain, seller.certain), (&words::ORDER_BANK_CONFIRMING, buyer.certain));
    assert_eq!(buyer.avoid, Some(&words::NOT_AGAIN));
    assert_eq!(seller.avoid, Some(&words::NOT_SHIP));
}

#[test]
fn every_stage_of_the_rest() {
    let held = |stage, due| Hold {
        id: HoldId::new(CELL, 1),
        account: account(),
        amount: money(),
        captured: 0,
        stage,
        placed_at: NOW,
        due,
        last_event: None,
    };
    for (stage, place) in [
        (HoldStage::Open, "wallet"),
        (HoldStage::Captured, "seller"),
        (HoldStage::Released, "wallet"),
        (HoldStage::Expired, "wallet"),
    ] {
        assert_eq!(hold(&held(stage, Some(LATER))).place.code(), place, "{stage:?}");
    }
    assert_eq!(hold(&held(HoldStage::Open, None)).then, &words::THEN_TAKEN_OR_FREED);
    let found = |stage, outgoing| Receipt {
        id: ReceiptId::new(CELL, 1),
        amount: money(),
        outgoing,
        stage,
        cause: None,
        taker: None,
        created_at: NOW,
        changed_at: NOW,
        position: Position(0),
        last_event: None,
    };
    for stage in ReceiptStage::ALL {
        let ended = !matches!(stage, ReceiptStage::Open | ReceiptStage::Returning);
        let it = receipt(&found(stage, false), DATES);
        assert_eq!(it.next == Who::Nobody, ended, "{stage:?}");
    }
    assert_eq!(receipt(&found(ReceiptStage::Open, true), DATES).place, Place::Card);
    for (stage, place) in [
        (RemittanceStage::Sent, "between_cells"),
        (RemittanceStage::Settled, "seller"),
        (RemittanceStage::Returned, "wallet"),
    ] {
        let it = Remittance {
            id: RemittanceId::new(CELL, 1),
            debit: account(),
            credit: account(),
            amount: money(),
            purpose: Purpose::Credit(Reason::Transfer),
            stage,
            top_up: None,
            refusal: None,
            sent_at: NOW,
            last_event: None,
        };
        assert_eq!(remittance(&it).place.code(), place, "{stage:?}");
    }
}
