//! Holds: every stage and every event, captures in parts, and whose money it is meanwhile.

use super::check;

#[test]
fn a_hold_keeps_money_back_until_it_ends() {
    check(
        "
        shop  merchant                | accepted
        alice customer 100            | accepted
        -  hold alice 100.01          | insufficient_funds
        -  hold alice 0               | amount_out_of_range
        -  hold alice 1 for=366d1s    | time_out_of_range
        -  hold fees 1                | account_kind_not_allowed
        h  hold alice 80              | accepted
           show alice                 | 100.00, held 80.00
        -  transfer alice shop 20.01  | insufficient_funds
        -  hold alice 20.01           | insufficient_funds
        -  withdraw alice 20.01       | insufficient_funds
        -  capture h shop 80.01       | capture_too_large
        -  capture h shop 0           | amount_out_of_range
        -  capture h shop 1:JPY       | currency_differs
        -  capture h alice 1          | same_account
        -  capture h shop 50          | accepted
           show alice                 | 50.00, held 30.00
        -  capture h shop 10 last     | accepted
           show h                     | captured, captured 60.00
           show alice                 | 40.00
           show shop                  | 60.00
        ",
    );
}

#[test]
fn a_hold_that_has_ended_stays_ended() {
    let endings = [
        ("- release h", "released"),
        ("- capture h shop 10", "captured, captured 10.00"),
        ("- capture h shop 1 last", "captured, captured 1.00"),
    ];
    for (ending, shown) in endings {
        check(&format!(
            "
            shop  merchant                | accepted
            alice customer 100            | accepted
            h  hold alice 10 for=1d       | accepted
            {ending}                      | accepted
               show h                     | {shown}
            -  capture h shop 1           | hold_ended
            -  capture h shop 1 last      | hold_ended
            -  release h                  | hold_ended
               at 2d                      |
            -  tick                       | accepted
               show h                     | {shown}
            "
        ));
    }
}

#[test]
fn a_frozen_account_keeps_its_holds_and_pays_none() {
    check(
        "
        shop  merchant                | accepted
        alice customer 100            | accepted
        h1 hold alice 10 for=1d       | accepted
        h2 hold alice 10              | accepted
        h3 hold alice 10              | accepted
        -  freeze alice               | accepted
        -  capture h2 shop 1          | account_frozen
        -  release h2                 | accepted
           at 1d                      |
        -  tick                       | accepted
           show h1                    | expired
           show alice                 | 100.00, held 10.00, frozen
        -  unfreeze alice             | accepted
        -  close shop                 | accepted
        -  capture h3 shop 1          | account_closed
           show alice                 | 100.00, held 10.00
        ",
    );
}

#[test]
fn two_holds_know_their_own_part() {
    check(
        "
        shop  merchant                | accepted
        alice customer 100            | accepted
        h1 hold alice 60              | accepted
        h2 hold alice 40              | accepted
        -  capture h1 shop 60.01      | capture_too_large
        -  release h1                 | accepted
        -  transfer alice shop 60     | accepted
        -  capture h2 shop 40         | accepted
           show alice                 | 0.00
        ",
    );
}
