//! Accounts: opened, frozen, closed; transfers alone and linked; limits.

use super::check;

#[test]
fn a_transfer_moves_what_is_there_and_no_more() {
    check(
        "
        alice customer 100.00          | accepted
        bob   customer                 | accepted
        -  transfer alice bob 100.01   | insufficient_funds
        -  transfer alice bob 60       | accepted
           show alice                  | 40.00
           show bob                    | 60.00
           show capital                | -100.00
        -  transfer alice bob 0        | amount_out_of_range
        -  transfer alice bob 1000000000000.01 | amount_out_of_range
        -  transfer alice alice 1      | same_account
        -  transfer alice bob 1:JPY    | currency_differs
        ",
    );
}

#[test]
fn an_account_has_one_currency() {
    check(
        "
        alice customer                          | accepted
        alice.jpy open alice JPY                | accepted
        -  transfer capital:JPY alice.jpy 7:JPY | accepted
           show alice.jpy                       | 7 JPY
        -  transfer alice.jpy alice 1:JPY       | currency_differs
        -  topup alice 1:JPY                    | currency_differs
        -  hold alice.jpy 1                     | currency_differs
        ",
    );
}

#[test]
fn a_frozen_account_takes_money_and_gives_none() {
    check(
        "
        alice customer 100             | accepted
        bob   customer 100             | accepted
        -  freeze alice                | accepted
        -  freeze alice                | state_unchanged
        -  transfer alice bob 1        | account_frozen
        -  hold alice 1                | account_frozen
        -  withdraw alice 1            | account_frozen
        -  transfer bob alice 1        | accepted
           show alice                  | 101.00, frozen
        -  unfreeze alice              | accepted
        -  unfreeze alice              | state_unchanged
        -  transfer alice bob 1        | accepted
        ",
    );
}

#[test]
fn the_owner_of_a_frozen_account_appeals_once_until_somebody_answers() {
    check(
        "
        alice customer 100               | accepted
        bob   customer 100               | accepted
        ann  key platform                | accepted
        -  as alice appeal alice why     | account_not_frozen
        -  propose ann refuse-appeal alice | appeal_not_open
        -  freeze alice                  | accepted
        -  propose ann refuse-appeal alice | appeal_not_open
        -  as bob appeal alice why       | account_not_found
        -  appeal escrow why             | account_kind_not_allowed
        -  appeal alice why @1           | not_in_this_cell
        -  as alice appeal alice why     | accepted
           show alice                    | 100.00, frozen, appealed
        -  as alice appeal alice again   | appeal_under_way
        -  appeal alice again            | appeal_under_way
        -  freeze alice                  | state_unchanged
        -  transfer alice bob 1          | account_frozen
        -  transfer bob alice 1          | accepted
           show alice                    | 101.00, frozen, appealed
        ",
    );
}

#[test]
fn an_appeal_is_refused_with_a_reason_or_granted_by_unfreezing() {
    check(
        "
        alice customer 5                 | accepted
        ann  key platform                | accepted
        -  freeze alice                  | accepted
        -  as alice appeal alice why     | accepted
        -  propose ann unexplained refuse-appeal alice | reason_missing
        -  as alice propose ann refuse-appeal alice | not_allowed
        p  propose ann refuse-appeal alice | accepted
           show p                        | approved
           show alice                    | 5.00, frozen
        -  propose ann refuse-appeal alice | appeal_not_open
        -  as alice appeal alice again   | accepted
           show alice                    | 5.00, frozen, appealed
        -  propose ann unfreeze alice    | accepted
           show alice                    | 5.00
        -  as alice appeal alice why     | account_not_frozen
        -  freeze alice                  | accepted
           show alice                    | 5.00, frozen
        -  appeal alice why              | accepted
        -  close alice                   | account_in_use
           show alice                    | 5.00, frozen, appealed
        ",
    );
}

#[test]
fn closing_an_account_ends_its_appeal() {
    check(
        "
        alice customer                   | accepted
        -  freeze alice                  | accepted
        -  as alice appeal alice why     | accepted
        -  close alice                   | accepted
           show alice                    | 0.00, closed
        -  as alice appeal alice why     | account_closed
        pat  person customer             | accepted
        p    open pat CNY                | accepted
        -  freeze p                      | accepted
        -  as pat appeal p why           | accepted
        -  as pat erase pat              | accepted
           show p                        | 0.00, closed
        ",
    );
}

#[test]
fn a_closed_account_is_empty_for_ever() {
    check(
        "
        alice customer 5               | accepted
        bob   customer 5               | accepted
        -  close alice                 | account_in_use
        h  hold alice 5                | accepted
        -  close alice                 | account_in_use
        -  release h                   | accepted
        -  transfer alice bob 5        | accepted
        -  close alice                 | accepted
           show alice                  | 0.00, closed
        -  close alice                 | state_unchanged
        -  freeze alice                | account_closed
        -  unfreeze alice              | account_closed
        -  transfer bob alice 1        | account_closed
        -  hold alice 1                | account_closed
        -  topup alice 1               | account_closed
        -  close fees                  | account_kind_not_allowed
        -  freeze escrow               | account_kind_not_allowed
        ",
    );
}

#[test]
fn money_with_a_purpose_moves_with_it_and_in_no_other_way() {
    let kinds = ["escrow", "payouts", "clearing", "transit1"];
    for kind in kinds {
        check(&format!(
            "
            alice customer 5              | accepted
            -  transfer {kind} alice 1    | account_kind_not_allowed
            -  transfer alice {kind} 1    | account_kind_not_allowed
            -  linked alice {kind} 1      | account_kind_not_allowed
            -  hold {kind} 1              | account_kind_not_allowed
            h  hold alice 1               | accepted
            -  capture h {kind} 1         | account_kind_not_allowed
            -  topup {kind} 1 card=alice  | account_kind_not_allowed
            -  withdraw {kind} 1 card=alice | account_kind_not_allowed
            "
        ));
    }
}

#[test]
fn linked_transfers_happen_together_or_not_at_all() {
    check(
        "
        alice customer 10                              | accepted
        bob   customer                                 | accepted
        carol customer                                 | accepted
        -  linked alice bob 10 bob carol 10            | accepted
           show carol                                  | 10.00
        -  linked carol bob 10 bob alice 10.01         | insufficient_funds
           show carol                                  | 10.00
        -  linked                                      | count_out_of_range
        -  linked carol bob 4 bob carol 4 carol alice 9 | accepted
           show carol                                  | 1.00
        far   customer @1                              | accepted
        -  linked alice far 1                          | not_in_this_cell
        ",
    );
    let row = |count| {
        let row = "alice bob 0.01 ".repeat(count);
        let answer = if count > 64 { "count_out_of_range" } else { "accepted" };
        format!("- linked {row} | {answer}\n")
    };
    check(&format!(
        "alice customer 10 | accepted\n bob customer | accepted\n {}{}",
        row(64),
        row(65)
    ));
}

#[test]
fn limits_stop_new_money_and_never_what_is_owed() {
    check(
        "
        shop  merchant                 | accepted
        alice customer 100             | accepted
        bob   customer                 | accepted
        -  limit customer 100          | accepted
        -  transfer capital alice 0.01 | balance_limit_exceeded
        -  topup alice 0.01            | balance_limit_exceeded
        -  topup bob 100.01            | balance_limit_exceeded
        t  topup bob 100               | accepted
        o  order shop alice 50         | accepted
        -  pay o 50                    | accepted
        -  transfer capital alice 50   | accepted
        -  refund o 50                 | accepted
           show alice                  | 150.00
        -  transfer capital bob 60     | accepted
        -  bank t send                 | accepted
        -  bank t confirm              | accepted
           show bob                    | 160.00
        -  limit customer 0            | accepted
        -  transfer alice bob 1        | accepted
        bob.usd open bob USD limit=500 | accepted
        -  transfer capital:USD bob.usd 5.01:USD | balance_limit_exceeded
        -  transfer capital:USD bob.usd 5:USD    | accepted
        ",
    );
}

#[test]
fn what_lives_in_another_cell_is_asked_there() {
    check(
        "
        alice customer 5               | accepted
        far   customer 5 @1            | accepted
        -  transfer alice far 1 @1     | not_in_this_cell
        -  freeze far @0               | not_in_this_cell
        -  hold far 1 @0               | not_in_this_cell
        -  topup far 1 @0              | not_in_this_cell
        -  open far USD @0             | not_in_this_cell
        -  card far @0                 | not_in_this_cell
        ",
    );
}
