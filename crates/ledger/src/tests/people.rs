//! People: who may sign in with which name, how guessing is stopped, what operators are there for,
//! and when somebody can be forgotten.

use super::check;

#[test]
fn a_login_is_one_persons_and_moves_with_the_profile() {
    check(
        "
        ann  person customer login=1       | accepted
        -    person customer login=1       | login_taken
        bob  person customer               | accepted
        -    as ann person customer        | not_allowed
        -    as bob profile bob login=1    | login_taken
        -    as bob profile ann login=2    | user_not_found
        -    as bob profile bob login=2    | accepted
        -    as bob profile bob login=2    | accepted
        -    as ann profile ann login=3    | accepted
        -    as bob profile bob login=1    | accepted
        -    profile bob                   | accepted
        -    person customer login=1 @1    | accepted
        shop merchant                      | accepted
        -    profile shop                  | user_not_found
        ",
    );
}

#[test]
fn operators_have_a_duty_and_no_money_and_live_in_the_first_cell() {
    check(
        "
        eve  person operator duty=support  | accepted
        -    person operator               | kind_not_allowed
        -    person customer duty=finance  | kind_not_allowed
        -    person operator duty=sre @1   | not_in_this_cell
        -    user operator                 | kind_not_allowed
        -    open eve CNY                  | kind_not_allowed
        -    card eve                      | kind_not_allowed
        -    sealed-card eve               | kind_not_allowed
             show eve                      | unverified, duty support
        -    duty eve support              | state_unchanged
        -    as eve duty eve finance       | not_allowed
        -    duty eve finance              | accepted
        s    enter eve                     | accepted
        -    duty eve none                 | accepted
             show s                        | ended at 0s
        -    enter eve                     | not_allowed
        -    duty eve auditor              | accepted
        -    enter eve                     | accepted
        ann  person customer               | accepted
        -    duty ann sre                  | kind_not_allowed
        ",
    );
}

#[test]
fn sessions_end_by_hand_and_are_a_persons_own() {
    check(
        "
        ann  person customer               | accepted
        bob  person customer               | accepted
        -    as ann enter ann              | not_allowed
        -    enter ann for=91d             | time_out_of_range
        -    enter ann for=0s              | time_out_of_range
        a    enter ann for=90d             | accepted
        b    enter ann                     | accepted
        c    enter ann                     | accepted
             show a                        | open until 90d
        -    as bob leave a                | session_not_found
        -    as bob leave-all ann          | user_not_found
             at 1h                         |
        -    as ann leave a                | accepted
        -    leave a                       | state_unchanged
             show a                        | ended at 1h
        -    as ann leave-all ann keep=c   | accepted
             show b                        | ended at 1h
             show c                        | open until 1d
        -    as ann leave-all ann          | accepted
        -    as ann leave-all ann          | accepted
             show c                        | ended at 1h
        ",
    );
}

#[test]
fn the_oldest_session_makes_room_for_one_too_many() {
    let many = "- enter ann | accepted\n".repeat(30);
    check(&format!(
        "
        ann  person customer               | accepted
        a    enter ann                     | accepted
        b    enter ann                     | accepted
        {many}
             show a                        | open until 1d
        -    enter ann                     | accepted
             show a                        | ended at 0s
             show b                        | open until 1d
        "
    ));
}

#[test]
fn guessing_a_password_is_locked_out_for_longer_and_longer() {
    let four = "- fail ann | accepted\n".repeat(4);
    check(&format!(
        "
        ann  person customer               | accepted
        -    as ann fail ann               | not_allowed
        {four}
             show ann                      | unverified
        f    fail ann                      | accepted
             show f                        | refused at 0s
             show ann                      | unverified, locked until 15m
        -    fail ann                      | sign_in_locked
        -    enter ann                     | sign_in_locked
        -    leave f                       | state_unchanged
             at 15m                        |
        {four}
             show ann                      | unverified
        -    fail ann                      | accepted
             show ann                      | unverified, locked until 1h15m
             at 2h                         |
        {four}
        -    fail ann                      | accepted
             show ann                      | unverified, locked until 1d2h
             at 2d                         |
        {four}
        -    fail ann                      | accepted
             show ann                      | unverified, locked until 3d
        -    as ann credential ann payment | accepted
        -    enter ann                     | sign_in_locked
        -    credential ann password       | accepted
             show ann                      | unverified
        -    enter ann                     | accepted
        {four}
        -    enter ann                     | accepted
        {four}
             show ann                      | unverified
        "
    ));
}

#[test]
fn a_wrong_payment_password_locks_payments_and_nothing_else() {
    let four = "- wrong ann | accepted\n".repeat(4);
    check(&format!(
        "
        shop merchant 100                  | accepted
        ann  person customer               | accepted
        a    open ann CNY                  | accepted
        card card ann                      | accepted
        -    transfer capital a 100        | accepted
        o    order shop a 10               | accepted
        h    as ann hold a 5               | accepted
        -    as ann wrong ann              | not_allowed
        -    right ann                     | state_unchanged
        {four}
        -    right ann                     | accepted
        {four}
             show ann                      | unverified
        -    wrong ann                     | accepted
             show ann                      | unverified, payments locked until 3h
        -    wrong ann                     | payment_locked
        -    right ann                     | payment_locked
        -    as ann pay o 10               | payment_locked
        -    as ann transfer a shop 1      | payment_locked
        -    as ann linked a shop 1        | payment_locked
        -    as ann hold a 1               | payment_locked
        -    as ann capture h shop 1       | payment_locked
        -    as ann withdraw a 1 card=card | payment_locked
        -    as ann topup a 1 card=card    | accepted
        -    as shop transfer shop a 1     | accepted
        -    transfer a shop 1             | accepted
        -    enter ann                     | accepted
             at 3h                         |
        -    as ann pay o 10               | accepted
        {four}
        -    wrong ann                     | accepted
             show ann                      | unverified, payments locked until 6h
        -    as ann credential ann payment | accepted
        -    as ann transfer a shop 1      | accepted
        "
    ));
}

#[test]
fn credentials_are_set_and_taken_away() {
    check(
        "
        ann  person customer               | accepted
        bob  person customer               | accepted
        -    as bob credential ann totp    | user_not_found
        -    as ann credential ann no-totp | state_unchanged
        -    as ann credential ann totp    | accepted
        -    as ann credential ann no-totp | accepted
        -    credential ann drop=0         | state_unchanged
        -    credential ann replace=0      | state_unchanged
        -    credential ann drop=4         | count_out_of_range
        -    credential ann passkey        | accepted
        -    credential ann passkey        | accepted
        -    credential ann passkey        | accepted
        -    credential ann passkey        | accepted
        -    credential ann passkey        | count_out_of_range
        -    credential ann drop=1         | accepted
             show ann                      | unverified, passkeys #.##
        -    credential ann replace=2      | accepted
        -    credential ann passkey        | accepted
             show ann                      | unverified, passkeys ####
        ",
    );
}

#[test]
fn a_level_is_asked_for_and_given_by_the_platform() {
    check(
        "
        ann  person customer               | accepted
        bob  person customer               | accepted
        -    as bob apply ann              | user_not_found
        -    as ann apply ann              | accepted
        -    as ann apply ann              | accepted
             show ann                      | unverified, asked
        -    as ann level ann verified     | not_allowed
        -    level ann basic               | accepted
             show ann                      | basic
        -    level ann basic               | state_unchanged
        -    as ann apply ann              | accepted
        -    level ann basic               | accepted
        -    level ann verified            | accepted
        -    as ann apply ann              | state_unchanged
        -    level ann unverified          | accepted
             show ann                      | unverified
        ",
    );
}

#[test]
fn a_card_that_was_removed_takes_and_gives_no_money() {
    check(
        "
        ann  person customer               | accepted
        bob  customer                      | accepted
        a    open ann CNY                  | accepted
        -    transfer capital a 100        | accepted
        -    as bob sealed-card ann        | user_not_found
        c    as ann sealed-card ann        | accepted
        t    as ann topup a 5 card=c       | accepted
        -    as bob remove-card c          | card_not_found
        -    as ann remove-card c          | accepted
        -    as ann remove-card c          | card_not_found
        -    as ann topup a 1 card=c       | card_not_found
        -    as ann withdraw a 1 card=c    | card_not_found
        -    bank t send                   | accepted
        -    bank t confirm                | accepted
             show a                        | 105.00
        -    as bob remove-card bob        | accepted
        ",
    );
}

#[test]
fn nobody_is_erased_who_has_money_or_something_under_way() {
    check(
        "
        shop merchant 100                  | accepted
        ann  person customer login=1       | accepted
        bob  person customer               | accepted
        a    open ann CNY                  | accepted
        c    card ann                      | accepted
        s    enter ann                     | accepted
        -    as ann apply ann              | accepted
        -    as bob erase ann              | user_not_found
        -    transfer shop a 10            | accepted
        -    as ann erase ann              | user_in_use
        w    as ann withdraw a 10 card=c   | accepted
        -    as ann erase ann              | user_in_use
        -    bank w send                   | accepted
        -    bank w confirm                | accepted
        o    order shop a 10               | accepted
        -    as ann erase ann              | user_in_use
        -    cancel o buyer                | accepted
        t    as ann topup a 1 card=c       | accepted
        -    as ann erase ann              | user_in_use
        -    bank t reject                 | accepted
        -    as ann erase ann              | accepted
             show ann                      | unverified, erased
             show a                        | 0.00, closed
             show s                        | ended at 0s
        -    transfer shop a 1             | account_closed
        -    as ann erase ann              | user_erased
        -    enter ann                     | user_erased
        -    fail ann                      | user_erased
        -    as ann profile ann login=1    | user_erased
        -    as ann credential ann passkey | user_erased
        -    as ann leave s                | user_erased
        -    level ann basic               | user_erased
        -    card ann                      | user_erased
        -    open ann CNY                  | user_erased
        -    as bob profile bob login=1    | accepted
        ",
    );
}
