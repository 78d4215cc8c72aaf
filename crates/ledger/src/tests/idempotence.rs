//! A request's name: asked again it repeats the answer and not the effect.

use super::check;
use super::script::Script;
use crate::account::System;
use crate::command::{Command, Outcome, Request, Transfer};
use crate::currency::Currency;
use crate::event::{Actor, Subject};
use crate::id::{CellId, RequestId};
use crate::money::Money;
use crate::rejection::Rejection;

#[test]
fn a_retry_gets_its_first_answer_whatever_has_changed_since() {
    check(
        "
        alice customer 5             | accepted
        bob   customer               | accepted
        r1 transfer alice bob 10     | insufficient_funds
        r2 transfer alice bob 4      | accepted
        -  transfer capital alice 50 | accepted
        r1 transfer alice bob 10     | insufficient_funds
        r2 transfer alice bob 4      | accepted
        r2 transfer alice bob 3.99   | request_id_taken
        r2 as alice transfer alice bob 4 | request_id_taken
        r1 transfer alice bob 9      | request_id_taken
        r2 transfer alice bob 4      | accepted
           show alice                | 51.00
           show bob                  | 4.00
           at 40d                    |
        r1 transfer alice bob 10     | insufficient_funds
        -  transfer alice bob 10     | accepted
        ",
    );
}

#[test]
fn a_retry_makes_nothing_twice() {
    check(
        "
        shop  merchant                 | accepted
        alice customer 50              | accepted
        o  order shop alice 10         | accepted
        o  order shop alice 10         | accepted
        p  pay o 10                    | accepted
        p  pay o 10                    | accepted
        -  pay o 10                    | event_not_allowed in paid
        s  refund o 1                  | accepted
        s  refund o 1                  | accepted
           show o                      | paid, refunded 1.00
        w  withdraw alice 5            | accepted
        w  withdraw alice 5            | accepted
           show payouts                | 5.00
        h  hold alice 5                | accepted
        h  hold alice 5                | accepted
           show alice                  | 36.00, held 5.00
        ",
    );
}

#[test]
fn the_first_answer_comes_back_whole_and_another_request_is_told_nothing_of_it() {
    let mut script = Script::new();
    script.run("alice customer 5 | accepted");
    let credit = script.account("alice");
    let amount = Money::new(100, Currency::CNY);
    let debit = System::Capital.id(CellId::FIRST, Currency::CNY);
    let mut request = Request {
        id: RequestId(0xfeed),
        actor: Actor::Platform,
        command: Command::Transfer(Transfer { debit, credit, amount }),
    };
    let first = script.world.request(0, &request);
    assert!(!first.repeated);
    assert!(matches!(first.answer.outcome, Outcome::Accepted(Subject::Transfer(_))));
    assert_eq!(first.answer.postings, 1);
    script.run("at 1d |");
    let again = script.world.request(0, &request);
    assert!(again.repeated);
    assert_eq!(again.answer, first.answer);

    request.command = Command::Tick;
    let other = script.world.request(0, &request);
    assert!(!other.repeated);
    assert_eq!(other.answer.outcome, Outcome::Rejected(Rejection::RequestIdTaken));
    assert_eq!(other.answer.id, request.id);
    assert_eq!(other.answer.postings, 0, "a rejection moved nothing");
    assert_eq!(other.answer.time, script.world.now);
    assert!(other.answer.position > again.answer.position);
    // What is kept of both can be found by position, and the name keeps its first answer.
    let kept = script.world.cells[0].answers.iter().rev();
    let kept: Vec<_> = kept.take(2).map(|it| (it.id, it.outcome, it.postings)).collect();
    let taken = Outcome::Rejected(Rejection::RequestIdTaken);
    let none = RequestId::UNNAMED;
    assert_eq!(kept, [(none, taken, 0), (none, first.answer.outcome, 0)]);
    request.command = Command::Transfer(Transfer { debit, credit, amount });
    assert_eq!(script.world.request(0, &request).answer, first.answer);
    script.run("show alice | 6.00");
}

#[test]
fn requests_without_a_name_are_never_taken_for_each_other() {
    let mut script = Script::new();
    script.run("alice customer 5 | accepted");
    let credit = script.account("alice");
    let amount = Money::new(100, Currency::CNY);
    let debit = System::Capital.id(CellId::FIRST, Currency::CNY);
    let command = Command::Transfer(Transfer { debit, credit, amount });
    let request = Request { id: RequestId::UNNAMED, actor: Actor::Platform, command };
    assert!(!script.world.request(0, &request).repeated);
    assert!(!script.world.request(0, &request).repeated);
    script.run("show alice | 7.00");
}

#[test]
fn before_a_cell_is_founded_there_is_nothing_to_ask_and_it_is_founded_once() {
    use crate::apply::{At, apply};
    use crate::command::Found;
    use crate::id::Position;
    use crate::memory::MemoryBooks;
    use crate::time::Time;

    let mut books = MemoryBooks::default();
    let mut ask = |number: u8, command| {
        let at = At { position: Position(u64::from(number)), time: Time(1) };
        let id = RequestId(u128::from(number) + 1);
        let request = Request { id, actor: Actor::Platform, command };
        apply(&mut books, at, &request, u64::from(number)).answer.outcome
    };
    let found = Command::Found(Found { cell: CellId::new(7), sandbox: false });
    assert_eq!(ask(0, Command::Tick), Outcome::Rejected(Rejection::NotInThisCell));
    assert_eq!(ask(1, found.clone()), Outcome::Accepted(Subject::Cell));
    assert_eq!(ask(2, found), Outcome::Rejected(Rejection::CellExists));
    assert_eq!(ask(3, Command::Tick), Outcome::Accepted(Subject::Cell));
}
