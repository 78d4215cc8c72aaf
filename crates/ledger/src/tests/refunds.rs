//! Money back: asked for, given, granted by silence, awarded; with fees and rounding.

use super::check;

#[test]
fn refunds_may_be_many_and_never_more_than_the_price() {
    check(
        "
        shop  merchant 100               | accepted
        alice customer 100               | accepted
        o  order shop alice 10 fee=60    | accepted
        -  pay o 10                      | accepted
        -  refund o 10.01                | refund_too_large
        -  refund o 0                    | amount_out_of_range
        -  refund o 1:JPY                | currency_differs
        -  refund o 3.33                 | accepted
        -  refund o 3.33                 | accepted
        -  ask o 3.35                    | refund_too_large
        -  ask o 3.34                    | accepted
        -  agree o                       | accepted
           show o                        | refunded, refunded 10.00
           show alice                    | 100.00
           show escrow                   | 0.00
           show fees                     | 0.00
        ",
    );
}

#[test]
fn the_fee_is_a_share_of_what_is_released_and_the_seller_wins_the_rounding() {
    check(
        "
        shop  merchant                   | accepted
        alice customer 100               | accepted
        o  order shop alice 10 fee=60    | accepted
        -  pay o 10                      | accepted
        -  refund o 0.01                 | accepted
        -  confirm o                     | accepted
           show o                        | completed, refunded 0.01, fee 0.05
           show shop                     | 9.94
           show fees                     | 0.05
        o2 order shop alice 0.01 fee=60  | accepted
        -  pay o2 0.01                   | accepted
        -  confirm o2                    | accepted
           show shop                     | 9.95
        o3 order shop alice 1 fee=10000  | accepted
        -  pay o3 1                      | accepted
        -  confirm o3                    | accepted
           show fees                     | 1.05
           show shop                     | 9.95
        ",
    );
}

#[test]
fn a_refund_after_completion_comes_from_the_seller() {
    check(
        "
        shop  merchant                   | accepted
        alice customer 10                | accepted
        o  order shop alice 10 fee=1000  | accepted
        -  pay o 10                      | accepted
        -  confirm o                     | accepted
           show shop                     | 9.00
        -  refund o 9.01                 | insufficient_funds
        -  freeze shop                   | accepted
        -  refund o 1                    | account_frozen
        -  unfreeze shop                 | accepted
        -  refund o 9                    | accepted
           show o                        | completed, refunded 9.00, fee 1.00
        -  close shop                    | accepted
        -  refund o 1                    | account_closed
           show alice                    | 9.00
        ",
    );
}

#[test]
fn a_dispute_is_split_to_the_fen() {
    check(
        "
        shop  merchant                    | accepted
        alice customer 10                 | accepted
        o  order shop alice 9.99 fee=333  | accepted
        -  pay o 9.99                     | accepted
        -  ship o                         | accepted
        -  ask o 9.99                     | accepted
        -  dispute o seller               | accepted
        -  award o 10                     | refund_too_large
        -  as shop award o 0              | not_allowed
        -  award o 3.33                   | accepted
           show o                         | completed, refunded 3.33, fee 0.22
           show alice                     | 3.34
           show shop                      | 6.44
           show fees                      | 0.22
        -  award o 0                      | event_not_allowed in completed
        -  refund o 6.45                  | insufficient_funds
        -  refund o 6.44                  | accepted
           show shop                      | 0.00
        ",
    );
    check(
        "
        shop  merchant                    | accepted
        alice customer 10                 | accepted
        o  order shop alice 10            | accepted
        -  pay o 10                       | accepted
        -  refund o 4                     | accepted
        -  dispute o buyer                | accepted
        -  award o 6.01                   | refund_too_large
        -  award o 6                      | accepted
           show o                         | refunded, refunded 10.00
        ",
    );
    check(
        "
        shop  merchant                    | accepted
        alice customer 10                 | accepted
        o  order shop alice 10            | accepted
        -  pay o 10                       | accepted
        -  dispute o buyer                | accepted
        -  award o 0                      | accepted
           show o                         | completed
           show shop                      | 10.00
        ",
    );
}

#[test]
fn asking_costs_nobody_their_deadline() {
    check(
        "
        shop  merchant                    | accepted
        alice customer 10                 | accepted
        o  order shop alice 10            | accepted
        -  pay o 10                       | accepted
        -  ship o                         | accepted
           at 9d                          |
        -  ask o 5                        | accepted
           show o                         | shipped_refund_asked, due 11d, asked 5.00
           at 10d12h                      |
        -  refuse o                       | accepted
           show o                         | shipped, due 20d12h
        -  ask o 5                        | accepted
        -  unask o                        | accepted
        -  ask o 5                        | accepted
        -  agree o                        | accepted
           show o                         | shipped, due 20d12h, refunded 5.00
        -  agree o                        | event_not_allowed in shipped
        ",
    );
}

#[test]
fn a_buyer_who_is_gone_gets_the_refund_set_aside() {
    check(
        "
        shop  merchant                    | accepted
        alice customer 10                 | accepted
        o  order shop alice 10            | accepted
        -  pay o 10                       | accepted
        -  close alice                    | accepted
        -  refund o 4                     | accepted
           show suspense                  | 4.00
        -  confirm o                      | accepted
        -  refund o 6                     | accepted
           show suspense                  | 10.00
           show shop                      | 0.00
        ",
    );
}

#[test]
fn grounds_must_be_such_as_can_be_given() {
    check(
        "
        shop  merchant 100                              | accepted
        alice customer 100                              | accepted
        o  order shop alice 10                          | accepted
        -  pay o 10                                     | accepted
        -  ask o 5 for=refund_refused                   | grounds_not_allowed
        -  ask o 5 for=refund_unfounded                 | grounds_not_allowed
        -  ask o 11 for=no_answer                       | grounds_not_allowed
           show o                                       | paid
        -  ask o 5 for=damaged saying=it-leaks          | accepted
        -  refuse o saying=it-was-whole                 | accepted
        -  dispute o buyer for=changed_mind             | grounds_not_allowed
        -  dispute o buyer for=refund_unfounded         | grounds_not_allowed
        -  dispute o seller for=damaged                 | grounds_not_allowed
           show o                                       | paid
        -  dispute o buyer for=refund_refused           | accepted
           show o                                       | disputed
           show alice                                   | 90.00
        ",
    );
}

#[test]
fn both_sides_may_add_statements_while_something_is_to_be_decided() {
    check(
        "
        shop  merchant 100                  | accepted
        alice customer 100                  | accepted
        bob   customer                      | accepted
        o  order shop alice 10              | accepted
        -  state o buyer too-early          | event_not_allowed in created
        -  pay o 10                         | accepted
        -  state o buyer too-early          | event_not_allowed in paid
        -  ask o 5 for=damaged              | accepted
        -  state o buyer see-how-it-leaks   | accepted
        -  state o seller we-look-at-it     | accepted
        -  as shop state o buyer thanks     | not_allowed
        -  as bob state o buyer hello       | order_not_found
           show o                           | paid_refund_asked, due 2d, asked 5.00
        -  dispute o seller for=no_answer   | accepted
        -  state o seller parcel-was-whole  | accepted
        -  award o 5                        | accepted
        -  state o buyer too-late           | event_not_allowed in completed
           show alice                       | 95.00
        ",
    );
}

#[test]
fn a_side_may_add_ten_statements_and_the_other_side_its_own_ten() {
    let ten = "-  state o buyer once-more | accepted\n".repeat(10);
    check(&format!(
        "
        shop  merchant 100                  | accepted
        alice customer 100                  | accepted
        o  order shop alice 10              | accepted
        -  pay o 10                         | accepted
        -  ask o 5                          | accepted
        {ten}
        -  state o buyer once-more          | statement_limit_reached
        -  refuse o                         | accepted
        -  dispute o buyer                  | accepted
        -  state o buyer once-more          | statement_limit_reached
        -  state o seller our-turn          | accepted
           show o                           | disputed
        "
    ));
}
