//! What happens by itself: in order, once, and also after a week in which nothing ran.

use super::check;

#[test]
fn each_deadline_of_an_order_does_what_its_stage_says() {
    check(
        "
        shop  merchant                    | accepted
        alice customer 100                | accepted
        unpaid order shop alice 10        | accepted
        sent   order shop alice 10        | accepted
        -  pay sent 10                    | accepted
        -  ship sent                      | accepted
        asked  order shop alice 10        | accepted
        -  pay asked 10                   | accepted
        -  ask asked 4                    | accepted
        both   order shop alice 10        | accepted
        -  pay both 10                    | accepted
        -  ship both                      | accepted
        -  ask both 10                    | accepted
           at 23h59m59s                   |
        -  tick                           | accepted
           show unpaid                    | created, due 1d
           at 1d                          |
        -  pay unpaid 10                  | event_not_allowed in closed
           show unpaid                    | closed
           at 2d                          |
        -  tick                           | accepted
           show asked                     | paid, refunded 4.00
           show both                      | refunded, refunded 10.00
           at 9d23h59m59s                 |
        -  tick                           | accepted
           show sent                      | shipped, due 10d
           at 10d                         |
        -  tick                           | accepted
           show sent                      | completed
           at 300d                        |
        -  tick                           | accepted
           show asked                     | paid, refunded 4.00
           show shop                      | 10.00
        ",
    );
}

#[test]
fn after_a_week_everything_that_was_due_has_happened_once_before_the_first_request() {
    check(
        "
        shop  merchant                            | accepted
        alice customer 100                        | accepted
        o1 order shop alice 10 confirm=2d         | accepted
        -  pay o1 10                              | accepted
        -  ship o1                                | accepted
        o2 order shop alice 20 answer=3d confirm=3d | accepted
        -  pay o2 20                              | accepted
        -  ship o2                                | accepted
        -  ask o2 5                               | accepted
        h  hold alice 70 for=4d                   | accepted
        o3 order shop alice 30                    | accepted
           at 7d                                  |
        -  transfer alice shop 75                 | accepted
           show o1                                | completed
           show o2                                | shipped, due 10d, refunded 5.00
           show o3                                | closed
           show h                                 | expired
           show alice                             | 0.00
        -  tick                                   | accepted
           show shop                              | 85.00
        ",
    );
}

#[test]
fn what_is_due_at_one_moment_all_happens() {
    check(
        "
        shop  merchant                            | accepted
        alice customer 100                        | accepted
        o1 order shop alice 10 pay=5h             | accepted
        o2 order shop alice 10 pay=5h             | accepted
        h1 hold alice 1 for=5h                    | accepted
        h2 hold alice 2 for=5h                    | accepted
           at 5h                                  |
        -  transfer alice shop 100                | accepted
           show o1                                | closed
           show o2                                | closed
           show h1                                | expired
           show h2                                | expired
        ",
    );
}

#[test]
fn a_hold_that_was_partly_captured_expires_with_the_rest() {
    check(
        "
        shop  merchant                            | accepted
        alice customer 100                        | accepted
        h  hold alice 80 for=3d                   | accepted
        -  capture h shop 30                      | accepted
           show h                                 | open, captured 30.00, due 3d
           show alice                             | 70.00, held 50.00
           at 3d                                  |
        -  capture h shop 1                       | hold_ended
           show h                                 | expired, captured 30.00
           show alice                             | 70.00
        -  release h                              | hold_ended
        ",
    );
}

#[test]
fn a_frozen_or_closed_party_stands_in_no_deadlines_way() {
    check(
        "
        shop  merchant                            | accepted
        alice customer 30                         | accepted
        o1 order shop alice 10                    | accepted
        o2 order shop alice 20                    | accepted
        -  pay o1 10                              | accepted
        -  pay o2 20                              | accepted
        -  ship o1                                | accepted
        -  ask o2 20                              | accepted
        -  close shop                             | accepted
        -  close alice                            | accepted
           at 60d                                 |
        -  tick                                   | accepted
           show o1                                | completed
           show o2                                | refunded, refunded 20.00
           show suspense                          | 30.00
        ",
    );
}

#[test]
fn only_a_sandbox_moves_its_clock_and_deadlines_follow_it() {
    check(
        "
        shop  merchant                            | accepted
        alice customer 30                         | accepted
        o  order shop alice 10                    | accepted
        -  pay o 10                               | accepted
        -  ship o                                 | accepted
        -  clock 0s                               | time_out_of_range
        -  clock 400d1s                           | time_out_of_range
        -  as alice clock 1d                      | not_allowed
        -  clock 1d @2                            | sandbox_only
        -  clock 9d                               | accepted
           show o                                 | shipped, due 10d
        -  clock 1d                               | accepted
           show o                                 | completed
        o2 order shop alice 10                    | accepted
           show o2                                | created, due 11d
           at 1d                                  |
        -  pay o2 10                              | event_not_allowed in closed
        ",
    );
}
