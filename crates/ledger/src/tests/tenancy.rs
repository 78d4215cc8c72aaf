//! A user acts for itself and sees nothing of others: what is not one's own is not there.

use super::check;

const BEFORE: &str = "
    shop  merchant 100               | accepted
    alice customer 100               | accepted
    eve   customer 100               | accepted
    rival merchant 100               | accepted
    o  as shop order shop alice 10   | accepted
    h  as alice hold alice 10        | accepted
";

#[test]
fn strangers_find_nothing() {
    for who in ["eve", "rival"] {
        check(&format!(
            "{BEFORE}
            -  as {who} transfer alice {who} 1      | account_not_found
            -  as {who} linked alice {who} 1        | account_not_found
            -  as {who} linked {who} shop 1 shop {who} 2 | account_not_found
            -  as {who} transfer capital {who} 1    | account_not_found
            -  as {who} transfer fees {who} 1       | account_not_found
            -  as {who} hold alice 1                | account_not_found
            -  as {who} capture h {who} 1           | hold_not_found
            -  as {who} release h                   | hold_not_found
            -  as {who} order shop {who} 1          | account_not_found
            -  as {who} pay o 10                    | account_not_found
            -  as {who} pay o 10 from={who}         | order_not_found
            -  as {who} pay o 11 from={who}         | order_not_found
            -  as {who} cancel o buyer              | order_not_found
            -  as {who} cancel o seller             | order_not_found
            -  as {who} extend o 1d                 | order_not_found
            -  pay o 10                             | accepted
            -  as {who} pay o 10 from={who}         | order_not_found
            -  as {who} ship o                      | order_not_found
            -  as {who} confirm o                   | order_not_found
            -  as {who} extend o 1d                 | order_not_found
            -  as {who} ask o 1                     | order_not_found
            -  as {who} dispute o buyer             | order_not_found
            -  as {who} refund o 1                  | order_not_found
            -  as {who} award o 10                  | not_allowed
            -  as alice ask o 1                     | accepted
            -  as {who} unask o                     | order_not_found
            -  as {who} agree o                     | order_not_found
            -  as {who} refuse o                    | order_not_found
            -  as {who} topup alice 1               | account_not_found
            -  as {who} withdraw alice 1            | account_not_found
            -  as {who} withdraw alice 1 card={who} | account_not_found
            -  as {who} withdraw {who} 1 card=alice | card_not_found
               show alice                           | 90.00, held 10.00
               show {who}                           | 100.00
            "
        ));
    }
}

#[test]
fn each_side_of_an_order_does_its_own_part() {
    check(&format!(
        "{BEFORE}
        -  as shop pay o 10              | account_not_found
        -  as shop pay o 10 from=shop    | not_allowed
        -  as alice extend o 1d          | order_not_found
        -  as shop extend o 1d           | accepted
        -  as alice cancel o seller      | not_allowed
        -  as alice pay o 10             | accepted
        -  as alice ship o               | not_allowed
        -  as shop confirm o             | not_allowed
        -  as alice refund o 10          | not_allowed
        -  as shop ask o 10              | not_allowed
        -  as alice ask o 10             | accepted
        -  as alice agree o              | not_allowed
        -  as shop unask o               | not_allowed
        -  as shop refuse o              | accepted
        -  as shop ship o                | accepted
        -  as alice extend o 1d          | accepted
        -  as shop dispute o buyer       | not_allowed
        -  as shop dispute o seller      | accepted
        -  as shop award o 0             | not_allowed
        -  as alice award o 10           | not_allowed
        -  award o 10                    | accepted
        "
    ));
}

#[test]
fn a_buyer_in_another_cell_is_known_once_it_has_paid() {
    check(
        "
        shop  merchant @1              | accepted
        alice customer 100 @0          | accepted
        eve   customer 100 @0          | accepted
        o  order shop alice 10         | accepted
        -  as alice confirm o          | order_not_found
        -  as alice pay o 10           | accepted
           deliver                     |
        -  as eve confirm o            | order_not_found
        -  as alice confirm o          | accepted
        ",
    );
}
