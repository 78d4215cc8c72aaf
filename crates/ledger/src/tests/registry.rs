//! Users, cards, keys, webhook endpoints, and the schedule by which deliveries are tried.

use super::check;

#[test]
fn keys_belong_to_whom_they_open_for() {
    check(
        "
        shop  merchant                    | accepted
        rival merchant                    | accepted
        -  key merchant                   | kind_not_allowed
        -  key platform shop              | kind_not_allowed
        k  key merchant shop              | accepted
        p  key platform                   | accepted
        r  key readonly                   | accepted
        -  as rival revoke k              | key_not_found
        -  as rival revoke p              | key_not_found
        -  as shop revoke k               | accepted
        -  revoke k                       | state_unchanged
        -  revoke p                       | accepted
        -  revoke r @1                    | not_in_this_cell
        ",
    );
}

#[test]
fn a_merchant_makes_keys_for_itself_and_for_nobody_else() {
    check(
        "
        shop  merchant                    | accepted
        rival merchant                    | accepted
        alice customer                    | accepted
        far   merchant @1                 | accepted
        -  as shop key platform           | not_allowed
        -  as shop key platform shop      | not_allowed
        -  as shop key merchant           | not_allowed
        -  as shop key readonly           | not_allowed
        -  as shop key merchant rival     | not_allowed
        -  as shop key readonly rival     | not_allowed
        -  as alice key merchant shop     | not_allowed
        -  as alice key merchant alice    | kind_not_allowed
        k  as shop key merchant shop      | accepted
        r  as shop key readonly shop      | accepted
        f  as far key merchant far        | accepted
        -  as far key merchant shop       | not_allowed
        -  as rival revoke k              | key_not_found
        -  as shop revoke f               | key_not_found
        -  as shop revoke k               | accepted
        -  as shop revoke k               | state_unchanged
        -  as shop revoke r               | accepted
        -  as far revoke f                | accepted
        ",
    );
}

#[test]
fn endpoints_are_a_merchants_own_and_at_most_sixteen() {
    let many = "- endpoint shop | accepted\n".repeat(15);
    check(&format!(
        "
        shop  merchant                    | accepted
        rival merchant                    | accepted
        alice customer                    | accepted
        -  endpoint alice                 | kind_not_allowed
        -  as rival endpoint shop         | user_not_found
        e  as shop endpoint shop          | accepted
        {many}
        -  endpoint shop                  | count_out_of_range
        -  as rival remove e              | endpoint_not_found
        -  as rival rotate e              | endpoint_not_found
        -  as rival redeliver e 0 9       | endpoint_not_found
        -  as shop rotate e               | accepted
        -  as shop remove e               | accepted
        -  remove e                       | endpoint_not_found
        -  rotate e                       | endpoint_not_found
        -  endpoint shop                  | accepted
        "
    ));
}

#[test]
fn a_delivery_is_tried_ten_times_with_growing_pauses() {
    check(
        "
        shop  merchant                    | accepted
        e  endpoint shop                  | accepted
        -  transfer capital shop 1        | accepted
        d  attempt 0 500                  | accepted
           show d                         | pending, attempts 1, next 5s
           at 5s                          |
        -  attempt 0 0                    | accepted
           show d                         | pending, attempts 2, next 5m5s
        -  attempt 0 301                  | accepted
           show d                         | pending, attempts 3, next 30m5s
        -  attempt 0 404                  | accepted
           show d                         | pending, attempts 4, next 2h5s
        -  attempt 0 500                  | accepted
           show d                         | pending, attempts 5, next 5h5s
        -  attempt 0 500                  | accepted
           show d                         | pending, attempts 6, next 10h5s
        -  attempt 0 500                  | accepted
           show d                         | pending, attempts 7, next 14h5s
        -  attempt 0 500                  | accepted
           show d                         | pending, attempts 8, next 20h5s
        -  attempt 0 500                  | accepted
           show d                         | pending, attempts 9, next 1d5s
        -  attempt 0 500                  | accepted
           show d                         | failed, attempts 10
        -  attempt 0 200                  | state_unchanged
        -  attempt 1 200                  | delivery_not_found
        ",
    );
}

#[test]
fn an_endpoint_that_is_gone_hears_no_more() {
    check(
        "
        shop  merchant                    | accepted
        e1 endpoint shop                  | accepted
        e2 endpoint shop                  | accepted
        -  transfer capital shop 1        | accepted
        -  transfer capital shop 1        | accepted
           show e1                        | deliveries 2
        d0 attempt 0 410                  | accepted
           show d0                        | failed, attempts 1
        d1 attempt 1 204                  | accepted
           show d1                        | delivered, attempts 1
        d2 attempt 2 500                  | accepted
           show d2                        | failed, attempts 1
        -  transfer capital shop 1        | accepted
           show e1                        | deliveries 2
           show e2                        | deliveries 3
        -  as shop attempt 3 200          | not_allowed
        ",
    );
}

#[test]
fn events_are_delivered_again_when_asked_and_only_a_merchants_own() {
    check(
        "
        shop  merchant                    | accepted
        rival merchant                    | accepted
        -  transfer capital rival 1       | accepted
        e  endpoint shop                  | accepted
           show e                         | deliveries 0
        -  transfer capital shop 1        | accepted
           show e                         | deliveries 1
        -  as shop redeliver e 0 1000     | accepted
           show e                         | deliveries 4
        -  redeliver e 2 2                | count_out_of_range
        -  redeliver e 1000 0             | count_out_of_range
        -  redeliver e 0@1 9@1            | not_in_this_cell
        -  redeliver e 0 9@1              | not_in_this_cell
           show e                         | deliveries 4
        ",
    );
}

#[test]
fn cards_and_users() {
    check(
        "
        alice customer                    | accepted
        bob   customer                    | accepted
        -  as alice card bob              | user_not_found
        -  as alice card alice            | accepted
        -  as alice user customer         | not_allowed
        -  user merchant                  | accepted
        -  as alice open alice USD        | not_allowed
        -  as alice limit customer 1      | not_allowed
        -  as alice freeze bob            | not_allowed
        ",
    );
}
