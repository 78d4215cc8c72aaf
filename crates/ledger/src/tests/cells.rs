//! Money between cells: sent once, taken once or returned, and never anywhere else.

use super::check;
use super::script::{Script, code};
use crate::command::{Command, Receive};
use crate::event::Actor;
use crate::id::{CellId, RemittanceId};
use crate::rejection::Rejection;
use crate::remittance::{Letter, Message};

#[test]
fn a_transfer_arrives_and_the_transit_accounts_mirror_each_other() {
    check(
        "
        alice customer 100 @0          | accepted
        bob   customer @1              | accepted
        m  transfer alice bob 60       | accepted
           show alice                  | 40.00
           show bob                    | 0.00
           show m                      | sent
           show transit1@0             | 60.00
           deliver                     |
           show m                      | settled
           show bob                    | 60.00
           show transit1@0             | 60.00
           show transit0@1             | -60.00
        -  transfer bob alice 60       | accepted
           deliver                     |
           show transit1@0             | 0.00
           show transit0@1             | 0.00
           show alice                  | 100.00
        -  transfer alice bob 100.01   | insufficient_funds
        ",
    );
}

#[test]
fn a_letter_is_taken_once_and_only_in_its_turn() {
    check(
        "
        alice customer 100 @0          | accepted
        bob   customer @1              | accepted
        -  transfer alice bob 1        | accepted
        -  transfer alice bob 2        | accepted
        -  transfer alice bob 4        | accepted
           hand 0 1 2                  | message_out_of_order
           hand 0 1 1                  | accepted
           hand 0 1 1                  | message_out_of_order
           hand 0 1 3                  | message_out_of_order
           hand 0 1 2                  | accepted
           hand 1 0 2                  | message_out_of_order
           hand 1 0 1                  | accepted
           hand 1 0 1                  | message_out_of_order
           show bob                    | 3.00
           deliver                     |
           show bob                    | 7.00
        ",
    );
}

#[test]
fn what_the_other_cell_will_not_take_comes_back() {
    check(
        "
        alice customer 100 @0          | accepted
        bob   customer 5 @1            | accepted
        bob.usd open bob USD           | accepted
        gone  customer @1              | accepted
        -  close gone                  | accepted
        m1 transfer alice gone 10      | accepted
        m2 transfer alice bob.usd 10   | accepted
        m3 transfer alice escrow@1 10  | accepted
        -  limit customer 10 @1        | accepted
        m4 transfer alice bob 5.01     | accepted
        h  hold alice 10               | accepted
        -  capture h gone 3            | accepted
           show alice                  | 61.99, held 7.00
           deliver                     |
           show m1                     | returned, account_closed
           show m2                     | returned, currency_differs
           show m3                     | returned, account_kind_not_allowed
           show m4                     | returned, balance_limit_exceeded
           show alice                  | 100.00, held 7.00
        -  freeze bob                  | accepted
        m5 transfer alice bob 5        | accepted
           deliver                     |
           show m5                     | settled
        ",
    );
}

#[test]
fn what_comes_back_to_an_account_that_is_closed_is_set_aside() {
    check(
        "
        alice customer 10 @0           | accepted
        gone  customer @1              | accepted
        -  close gone                  | accepted
        m  transfer alice gone 10      | accepted
        -  close alice                 | accepted
           deliver                     |
           show m                      | returned, account_closed
           show suspense@0             | 10.00
        ",
    );
    check(
        "
        alice customer 10 @0           | accepted
        gone  customer @1              | accepted
        -  close gone                  | accepted
        -  freeze gone                 | account_closed
        m  transfer alice gone 10      | accepted
        -  freeze alice                | accepted
           deliver                     |
           show alice                  | 10.00, frozen
        ",
    );
}

#[test]
fn an_order_is_paid_from_another_cell() {
    check(
        "
        shop  merchant @1                     | accepted
        alice customer 100 @0                 | accepted
        o  order shop alice 40 fee=1000       | accepted
        p  as alice pay o 40                  | accepted
           show o                             | created, due 1d
           show alice                         | 60.00
           deliver                            |
           show p                             | settled
           show o                             | paid
           show escrow@1                      | 40.00
        -  as alice ask o 10                  | accepted
        -  as shop agree o                    | accepted
           show alice                         | 60.00
           deliver                            |
           show alice                         | 70.00
        -  as alice confirm o                 | accepted
           show shop                          | 27.00
           show fees@1                        | 3.00
        -  as shop refund o 27                | accepted
           deliver                            |
           show alice                         | 97.00
        d  order shop alice 10 direct         | accepted
        -  pay d 10                           | accepted
           deliver                            |
           show shop                          | 10.00
        ",
    );
}

#[test]
fn a_payment_that_the_order_does_not_take_comes_back() {
    check(
        "
        shop  merchant @1                     | accepted
        alice customer 100 @0                 | accepted
        eve   customer 100 @0                 | accepted
        o1 order shop alice 10                | accepted
        o2 order shop alice 10                | accepted
        p1 pay o1 10                          | accepted
        p2 pay o1 10                          | accepted
        p3 pay o2 9.99                        | accepted
        p4 as eve pay o2 10 from=eve          | accepted
        -  cancel o2 seller                   | accepted
        p5 pay o2 10                          | accepted
        p6 pay o1 10:USD                      | currency_differs
           deliver                            |
           show p1                            | settled
           show p2                            | returned, event_not_allowed
           show p3                            | returned, event_not_allowed
           show p4                            | returned, order_not_found
           show p5                            | returned, event_not_allowed
           show alice                         | 90.00
           show eve                           | 100.00
        o3 order shop alice 10                | accepted
        p7 pay o3 9.99                        | accepted
           deliver                            |
           show p7                            | returned, amount_differs
        -  close shop                         | accepted
        p8 pay o3 10                          | accepted
           deliver                            |
           show p8                            | returned, account_closed
        ",
    );
}

#[test]
fn a_payment_that_arrives_after_the_deadline_comes_back() {
    check(
        "
        shop  merchant @1                     | accepted
        alice customer 100 @0                 | accepted
        o  order shop alice 10                | accepted
        p  pay o 10                           | accepted
           at 1d                              |
           deliver                            |
           show o                             | closed
           show p                             | returned, event_not_allowed
           show alice                         | 100.00
        ",
    );
}

#[test]
fn a_refund_that_a_closed_buyer_cannot_take_is_set_aside_for_that_buyer() {
    for end in ["- tick", "- confirm o"] {
        check(&format!(
            "
            shop  merchant @1                     | accepted
            alice customer 10 @0                  | accepted
            o  order shop alice 10                | accepted
            -  pay o 10                           | accepted
               deliver                            |
            {end}                                 | accepted
            -  close alice                        | accepted
            -  refund o 4                         | accepted
               show suspense@1                    | 0.00
               deliver                            |
               show suspense@1                    | 4.00
            "
        ));
    }
}

#[test]
fn silence_and_awards_reach_a_buyer_in_another_cell() {
    check(
        "
        shop  merchant @1                     | accepted
        alice customer 30 @0                  | accepted
        o1 order shop alice 10                | accepted
        o2 order shop alice 20 fee=1000       | accepted
        -  pay o1 10                          | accepted
        -  pay o2 20                          | accepted
           deliver                            |
        -  ask o1 10                          | accepted
        -  dispute o2 seller                  | accepted
           at 2d                              |
        -  tick @1                            | accepted
        -  award o2 5                         | accepted
           deliver                            |
           show o1                            | refunded, refunded 10.00
           show o2                            | completed, refunded 5.00, fee 1.50
           show alice                         | 15.00
           show shop                          | 13.50
        ",
    );
}

#[test]
fn an_answer_that_comes_again_or_from_elsewhere_moves_nothing() {
    let mut script = Script::new();
    script.run(
        "
        alice customer 10 @0           | accepted
        gone  customer @1              | accepted
        bob   customer @1              | accepted
        -  close gone                  | accepted
        m1 transfer alice gone 4       | accepted
        m2 transfer alice bob 4        | accepted
           deliver                     |
        m3 transfer alice bob 1        | accepted
        ",
    );
    let mut answer = |from: u8, number: u64, series: u64| {
        let remittance = RemittanceId::new(CellId::FIRST, series);
        let refusal = Some(Rejection::AccountClosed);
        let message = Message::Reply { remittance, refusal };
        let letter = Letter { to: CellId::FIRST, number, message };
        code(script.world.hand_over(from, &letter))
    };
    assert_eq!(answer(1, 3, 0), "accepted");
    assert_eq!(answer(1, 4, 1), "accepted");
    assert_eq!(answer(1, 5, 99), "accepted");
    assert_eq!(answer(2, 1, 2), "accepted");
    assert_eq!(answer(0, 1, 2), "message_out_of_order");
    assert_eq!(script.show("m1"), "returned, account_closed");
    assert_eq!(script.show("m2"), "settled");
    assert_eq!(script.show("m3"), "sent");
    assert_eq!(script.show("alice"), "5.00");
}

#[test]
fn only_a_cell_writes_letters() {
    let mut script = Script::new();
    script.run("alice customer 10 @0 | accepted\n bob customer @1 | accepted");
    script.run("m transfer alice bob 1 | accepted");
    let user = script.user("alice");
    let letter = script.world.cells[0].letters[0];
    let (number, message) = (letter.number, letter.message);
    let receive = Receive { from: CellId::FIRST, number, message };
    for actor in [Actor::Platform, Actor::User(user), Actor::Bank, Actor::Clock] {
        let outcome = script.world.ask(1, actor, Command::Receive(receive));
        assert_eq!(code(outcome), "not_allowed");
    }
    script.run("deliver |\n show bob | 1.00");
}

#[test]
fn money_comes_back_to_sums_that_are_full_without_stopping_the_cell() {
    let mut script = Script::new();
    script.run(
        "
        alice customer 10 @0           | accepted
        gone  customer @1              | accepted
        -  close gone                  | accepted
        m  transfer alice gone 10      | accepted
        ",
    );
    // Nobody reaches this within the age of the universe; a panic would stop every replica.
    let id = script.account("alice");
    let full = script.world.cells[0].accounts.get_mut(&id).unwrap();
    (full.credits, full.debits) = (u64::MAX - 1, u64::MAX - 1);
    script.world.deliver();
    assert_eq!(script.show("m"), "returned, account_closed");
    assert_eq!(script.show("suspense"), "10.00");
}
