//! Receipts: money that a bank moved and that nothing accounted for.

use super::check;
use crate::receipt::{ReceiptEvent, ReceiptStage};

#[test]
fn a_success_after_a_rejection_is_money_with_a_fate_of_its_own() {
    check(
        "
        alice customer 100           | accepted
        t  topup alice 7             | accepted
        -  bank t send               | accepted
        -  bank t reject             | accepted
        l  bank t confirm ref=r1     | accepted
           show t                    | rejected
           show l                    | open in
           show suspense             | 7.00
        -  bank t confirm ref=r1     | bank_event_not_allowed
        -  as bank receive r1 7              | bank_reference_taken
        -  both resolve l credit fees     | account_kind_not_allowed
        -  as alice resolve l credit alice | not_allowed
        -  both resolve l credit alice    | accepted
           show l                    | credited in
           show t                    | rejected
           show alice                | 107.00
           show suspense             | 0.00
        -  both resolve l writeoff        | receipt_not_open
        ",
    );
}

#[test]
fn a_withdrawal_paid_after_a_rejection_is_the_platforms_loss_and_nobodys_debit() {
    check(
        "
        alice customer 100           | accepted
        t  withdraw alice 7          | accepted
        -  bank t send               | accepted
        -  bank t reject             | accepted
        l  bank t confirm            | accepted
           show t                    | rejected
           show l                    | open out
           show alice                | 100.00
           show clearing             | 7.00
           show capital              | -107.00
        -  bank t confirm            | bank_event_not_allowed
        -  both resolve l credit alice    | receipt_not_open
        -  both resolve l writeoff        | accepted
           show l                    | written_off out
           show capital              | -107.00
        ",
    );
}

#[test]
fn a_line_of_a_statement_is_recorded_once_for_ever() {
    check(
        "
        alice customer               | accepted
        -  as alice receive r1 7     | not_allowed
        a  as bank receive r1 7              | accepted
        b  as bank receive r1 7              | accepted
        -  as bank receive r1 7.01           | bank_reference_taken
           show suspense             | 7.00
        -  both resolve a writeoff        | accepted
           show b                    | written_off in
           show suspense             | 0.00
        -  as bank receive r1 7              | accepted
           show suspense             | 0.00
        ",
    );
}

#[test]
fn a_receipt_goes_back_by_the_original_path_or_waits_again() {
    check(
        "
        alice customer               | accepted
        t  topup alice 1             | accepted
        a  as bank receive r1 7              | accepted
        -  both resolve a return alice    | accepted
           show a                    | returning in
           show payouts              | 7.00
        w  returning t               | accepted
        -  bank w send               | accepted
        -  bank w reject             | accepted
           show a                    | open in
           show suspense             | 7.00
           show alice                | 0.00
        -  both resolve a credit alice    | accepted
           show alice                | 7.00
        b  as bank receive r2 5              | accepted
        ",
    );
}

#[test]
fn a_receipt_is_what_a_top_up_under_investigation_took() {
    check(
        "
        alice customer               | accepted
        t  topup alice 7             | accepted
        a  as bank receive r1 7              | accepted
        -  both resolve a match t         | receipt_not_open
        -  bank t send               | accepted
        -  bank t confirm ref=r1     | accepted
           show t                    | investigating
        -  both resolve a match t         | accepted
           show a                    | matched in
           show t                    | investigating, set aside 7.00
        -  both bank t confirm       | accepted
           show t                    | credited
           show alice                | 7.00
           show clearing             | -7.00
           show suspense             | 0.00
        ",
    );
}

#[test]
fn only_an_open_receipt_is_decided() {
    use ReceiptEvent::{Bounce, Credit, GiveBack, Match, PayBack, WriteOff};
    for stage in ReceiptStage::ALL {
        for event in [Credit, GiveBack, Match, WriteOff] {
            assert_eq!(stage.next(event).is_some(), stage == ReceiptStage::Open, "{stage:?}");
        }
        for event in [PayBack, Bounce] {
            assert_eq!(stage.next(event).is_some(), stage == ReceiptStage::Returning);
        }
    }
}
