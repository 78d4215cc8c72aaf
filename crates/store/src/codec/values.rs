//! The values that requests and rows are made of.

use super::{CodecError, Coded, coded_enum, coded_struct, take_bytes};
use ledger::account::{AccountKind, AccountState};
use ledger::announcement::{AnnouncementKind, Words};
use ledger::bank::{BankEvent, BankReference, TopUpStage, WithdrawalStage};
use ledger::command::{AccountChange, Outcome, Resolution};
use ledger::currency::Currency;
use ledger::event::{Actor, EventKind, Subject};
use ledger::hand::Hand;
use ledger::hold::HoldStage;
use ledger::id::{
    AccountId, AnnouncementId, CardId, CellId, DeliveryId, EndpointId, EventId, HoldId, KeyId,
    OrderId, Position, ProposalId, ReceiptId, RemittanceId, RequestId, SessionId, TopUpId,
    TransferId, UserId, WithdrawalId,
};
use ledger::limits::{Flow, Limit, LimitKind};
use ledger::money::{Money, Share};
use ledger::name::{BankName, BankNumber, OrderNumber, Statement, Text, TrackingNumber};
use ledger::order::{Event, Grounds, Mode, Party, Stage, Terms};
use ledger::person::{Credential, Duty, Level, Method};
use ledger::posting::Reason;
use ledger::proposal::{Action, ProposalStage, Verdict};
use ledger::receipt::ReceiptStage;
use ledger::registry::{DeliveryStage, Role, UserKind};
use ledger::rejection::Rejection;
use ledger::remittance::{Message, Purpose, Remit, RemittanceStage};
use ledger::shipment::{Carrier, Shipment};
use ledger::time::{Seconds, Time};

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl Coded for $id {
            fn put(&self, out: &mut Vec<u8>) {
                self.raw().put(out);
            }
            fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
                let raw = u64::take(input)?;
                let fits = raw >> 56 == 0;
                fits.then(|| $id::from_raw(raw)).ok_or(CodecError::OutOfRange("identifier"))
            }
        }
    )*};
}

ids!(AccountId AnnouncementId CardId DeliveryId EndpointId EventId HoldId KeyId OrderId ProposalId
     ReceiptId RemittanceId SessionId TopUpId TransferId UserId WithdrawalId);

macro_rules! wrapped {
    ($($name:ident($inner:ty))*) => {$(
        impl Coded for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }
            fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
                Ok($name(<$inner>::take(input)?))
            }
        }
    )*};
}

wrapped!(Position(u64) RequestId(u128) Time(u64) Seconds(u32));

impl Coded for Hand {
    fn put(&self, out: &mut Vec<u8>) {
        self.raw().put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Hand::from_raw(u64::take(input)?).ok_or(CodecError::OutOfRange("hand"))
    }
}

impl Coded for CellId {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.number());
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Ok(CellId::new(u8::take(input)?))
    }
}

impl Coded for Currency {
    fn put(&self, out: &mut Vec<u8>) {
        self.numeric().put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Currency::from_numeric(u16::take(input)?).ok_or(CodecError::NoSuchCase("currency"))
    }
}

impl Coded for Money {
    fn put(&self, out: &mut Vec<u8>) {
        self.minor().put(out);
        self.currency().put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Ok(Money::new(u64::take(input)?, Currency::take(input)?))
    }
}

impl Coded for Share {
    fn put(&self, out: &mut Vec<u8>) {
        self.basis_points().put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        Share::new(u16::take(input)?).ok_or(CodecError::OutOfRange("share"))
    }
}

impl Coded for OrderNumber {
    fn put(&self, out: &mut Vec<u8>) {
        let text = self.as_str().as_bytes();
        out.push(u8::try_from(text.len()).expect("it has at most 64 bytes"));
        out.extend_from_slice(text);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        let length = usize::from(u8::take(input)?);
        let text = take_text(input, length)?;
        OrderNumber::new(text).ok_or(CodecError::OutOfRange("order number"))
    }
}

macro_rules! short_texts {
    ($($name:ident)*) => {$(
        impl Coded for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let text = self.as_str().as_bytes();
                out.push(u8::try_from(text.len()).expect("it has at most 35 bytes"));
                out.extend_from_slice(text);
            }
            fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
                let length = usize::from(u8::take(input)?);
                let text = take_text(input, length)?;
                $name::new(text).ok_or(CodecError::OutOfRange("short text"))
            }
        }
    )*};
}

short_texts!(BankName BankNumber TrackingNumber);

impl Coded for Text {
    fn put(&self, out: &mut Vec<u8>) {
        let text = self.as_str().as_bytes();
        u16::try_from(text.len()).expect("it has at most 1,024 bytes").put(out);
        out.extend_from_slice(text);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        let length = usize::from(u16::take(input)?);
        Text::new(take_text(input, length)?).ok_or(CodecError::OutOfRange("text"))
    }
}

impl Coded for Statement {
    fn put(&self, out: &mut Vec<u8>) {
        let text = self.as_str().as_bytes();
        u16::try_from(text.len()).expect("it has at most 2,720 bytes").put(out);
        out.extend_from_slice(text);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        let length = usize::from(u16::take(input)?);
        Statement::new(take_text(input, length)?).ok_or(CodecError::OutOfRange("statement"))
    }
}

fn take_text<'a>(input: &mut &'a [u8], length: usize) -> Result<&'a str, CodecError> {
    let (text, rest) = input.split_at_checked(length).ok_or(CodecError::TooShort)?;
    *input = rest;
    std::str::from_utf8(text).map_err(|_| CodecError::OutOfRange("text"))
}

impl Coded for EventKind {
    fn put(&self, out: &mut Vec<u8>) {
        let place = EventKind::ALL.iter().position(|it| it == self);
        let place = place.and_then(|it| u8::try_from(it).ok());
        out.push(place.expect("every kind stands in the list"));
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        let [place] = take_bytes(input)?;
        let kind = EventKind::ALL.get(usize::from(place)).copied();
        kind.ok_or(CodecError::NoSuchCase("event"))
    }
}

coded_struct! {
    BankReference { bank, number }
    Terms { pay_within, ship_within, confirm_within, answer_within, fee }
    Remit { remittance, debit, payer, credit, amount, purpose }
    Words { zh, en }
    Shipment { carrier, number }
}

coded_enum! { "account kind" AccountKind {
    1 = Customer, 2 = Merchant, 3 = Escrow, 4 = BankClearing, 5 = Fees, 6 = Suspense, 7 = Payouts,
    8 = Transit, 9 = Capital,
} }
coded_enum! { "account state" AccountState { 1 = Open, 2 = Frozen, 3 = Closed, } }
coded_enum! { "account change" AccountChange { 1 = Freeze, 2 = Unfreeze, 3 = Close, } }
coded_enum! { "user kind" UserKind { 1 = Customer, 2 = Merchant, 3 = Operator, } }
coded_enum! { "role" Role { 1 = Platform, 2 = Merchant, 3 = ReadOnly, } }
coded_enum! { "mode" Mode { 1 = Escrow, 2 = Direct, } }
coded_enum! { "party" Party { 1 = Buyer, 2 = Seller, } }
coded_enum! { "stage" Stage {
    1 = Created, 2 = Paid, 3 = Shipped, 4 = PaidRefundAsked, 5 = ShippedRefundAsked, 6 = Disputed,
    7 = Completed, 8 = Refunded, 9 = Closed,
} }
coded_enum! { "order event" Event {
    1 = Pay, 2 = PayDirect, 3 = Ship, 4 = Confirm, 5 = Cancel, 6 = Lapse, 7 = Extend, 8 = AskRefund,
    9 = WithdrawRefund, 10 = RefuseRefund, 11 = RefundPart, 12 = RefundAll, 13 = Dispute,
    14 = AwardSeller, 15 = AwardBuyer, 16 = CorrectShipment, 17 = AddStatement,
} }
coded_enum! { "carrier" Carrier {
    1 = Sf, 2 = Ems, 3 = Zto, 4 = Yto, 5 = Sto, 6 = Yunda, 7 = Jd, 8 = Jt, 9 = Deppon, 10 = Cainiao,
    11 = Other,
} }
coded_enum! { "grounds" Grounds {
    1 = NotReceived, 2 = NotAsDescribed, 3 = Damaged, 4 = WrongItem, 5 = ChangedMind, 6 = Agreed,
    7 = RefundRefused, 8 = NoAnswer, 9 = RefundUnfounded, 10 = Other,
} }
coded_enum! { "hold stage" HoldStage { 1 = Open, 2 = Captured, 3 = Released, 4 = Expired, } }
coded_enum! { "bank event" BankEvent {
    1 = Send, 2 = Silence, 3 = Confirm, 4 = Reject, 5 = Return, 6 = Investigate,
} }
coded_enum! { "top-up stage" TopUpStage {
    1 = Created, 2 = Sent, 3 = Unknown, 4 = Credited, 5 = Rejected, 6 = Returned, 7 = Investigating,
    8 = Paying, 9 = Returning,
} }
coded_enum! { "withdrawal stage" WithdrawalStage {
    1 = Created, 2 = Sent, 3 = Unknown, 4 = Paid, 5 = Rejected, 6 = Returned, 7 = Investigating,
} }
coded_enum! { "receipt stage" ReceiptStage {
    1 = Open, 2 = Credited, 3 = Returning, 4 = Returned, 5 = Matched, 6 = WrittenOff,
} }
coded_enum! { "resolution" Resolution {
    1 = Credit { account }, 2 = Return { account, card }, 3 = Match { top_up }, 4 = WriteOff,
} }
coded_enum! { "proposal stage" ProposalStage {
    1 = Open, 2 = Approved, 3 = Refused, 4 = Withdrawn, 5 = Failed,
} }
coded_enum! { "action" Action {
    1 = ResolveReceipt(it), 2 = AdvanceTopUp(it), 3 = AdvanceWithdrawal(it), 4 = RecordReceipt(it),
    5 = AwardOrder(it), 6 = SetAccountState(it), 7 = SetBalanceLimit(it), 8 = Announce(it),
    9 = EndAnnouncement(it), 10 = Redeliver(it), 11 = AdvanceClock(it),
    12 = SetLevel(it), 13 = CloseSessions(it), 14 = RefundOrder(it),
    15 = SetLimit(it), 16 = DiscardDelivery(it), 17 = TakeStatement(it), 18 = AssignDifference(it),
    19 = RefuseAppeal(it),
} }
coded_enum! { "announcement kind" AnnouncementKind {
    1 = Maintenance, 2 = Incident, 3 = Notice,
} }
coded_enum! { "level" Level { 1 = Unverified, 2 = Basic, 3 = Verified, } }
coded_enum! { "duty" Duty { 1 = Support, 2 = Finance, 3 = Sre, 4 = Auditor, } }
coded_enum! { "method" Method { 1 = Password, 2 = PasswordAndTotp, 3 = Passkey, } }
coded_enum! { "flow" Flow { 1 = Pay, 2 = Transfer, 3 = TopUp, 4 = Withdraw, } }
coded_enum! { "kind of limit" LimitKind { 1 = Single, 2 = Day, 3 = DayCount, 4 = Month, } }
coded_struct! { Limit { single_max, day_max, day_count, month_max } }
coded_enum! { "credential" Credential {
    1 = Password(text), 2 = PaymentPassword(text), 3 = Totp(text), 4 = AddPasskey(text),
    5 = ReplacePasskey { place, passkey }, 6 = RemovePasskey { place },
} }
coded_enum! { "verdict" Verdict { 1 = Approve { action }, 2 = Refuse, 3 = Withdraw, } }
coded_enum! { "remittance stage" RemittanceStage { 1 = Sent, 2 = Settled, 3 = Returned, } }
coded_enum! { "delivery stage" DeliveryStage {
    1 = Pending, 2 = Delivered, 3 = Failed, 4 = Discarded,
} }
coded_enum! { "reason" Reason {
    1 = Transfer, 2 = Capture, 3 = OrderPaid, 4 = OrderReleased, 5 = OrderFee, 6 = OrderRefunded,
    7 = ToppedUp, 8 = Withdrawn, 9 = PaidOut, 10 = WithdrawalReturned, 11 = TopUpReturned,
    12 = Remitted, 13 = Received, 14 = RemittanceReturned, 15 = SetAside,
    16 = GivenBack, 17 = Misdirected,
    18 = WrittenOff,
} }
coded_enum! { "purpose" Purpose { 1 = Credit(reason), 2 = Pay(order), } }
coded_enum! { "message" Message { 1 = Remit(remit), 2 = Reply { remittance, refusal }, } }
coded_enum! { "actor" Actor {
    1 = Platform, 2 = User(user), 3 = Bank, 4 = Clock, 5 = Cell, 6 = Operator(user),
} }
coded_enum! { "outcome" Outcome { 1 = Accepted(subject), 2 = Rejected(rejection), } }
coded_enum! { "subject" Subject {
    1 = Cell, 2 = Account(id), 3 = User(id), 4 = Card(id), 5 = Hold(id), 6 = Order(id),
    7 = TopUp(id), 8 = Withdrawal(id), 9 = Remittance(id), 10 = Transfer(id), 11 = Key(id),
    12 = Endpoint(id), 13 = Delivery(id), 14 = Receipt(id), 15 = Proposal(id),
    16 = Session(id),
    17 = Announcement(id),
} }
coded_enum! { "rejection" Rejection {
    1 = RequestIdTaken, 2 = NotInThisCell, 3 = SandboxOnly, 4 = CellExists, 5 = UserNotFound,
    6 = AccountNotFound, 7 = CardNotFound, 8 = HoldNotFound, 9 = OrderNotFound, 10 = TopUpNotFound,
    11 = WithdrawalNotFound, 12 = KeyNotFound, 13 = EndpointNotFound, 14 = DeliveryNotFound,
    15 = NotAllowed, 16 = KindNotAllowed, 17 = AmountOutOfRange, 18 = TimeOutOfRange,
    19 = CountOutOfRange, 20 = CurrencyDiffers, 21 = SameAccount, 22 = AccountKindNotAllowed,
    23 = OrderNumberTaken { order }, 24 = EventNotAllowed { stage, event }, 25 = AmountDiffers,
    26 = RefundTooLarge, 27 = HoldEnded, 28 = CaptureTooLarge, 29 = BankEventNotAllowed { event },
    30 = AccountFrozen, 31 = AccountClosed, 32 = AccountInUse, 33 = StateUnchanged,
    34 = InsufficientFunds, 35 = BalanceLimitExceeded, 36 = BalanceOverflow, 37 = MessageOutOfOrder,
    38 = TopUpUnderWay { top_up }, 39 = PaymentUnderWay { top_up },
    40 = ReceiptNotFound, 41 = BankReferenceTaken, 42 = ReceiptNotOpen,
    43 = ProposalNotFound, 44 = NeedsApproval, 45 = SamePerson, 46 = KeyRevoked, 47 = ReasonMissing,
    48 = ActionDiffers, 49 = ProposalDecided, 50 = ProposalUnderWay { proposal },
    51 = LoginTaken, 52 = SessionNotFound, 53 = SignInLocked { until },
    54 = PaymentLocked { until }, 55 = UserErased, 56 = UserInUse,
    57 = LimitExceeded { flow, kind, limit },
    70 = AnnouncementNotFound, 71 = OperatorDisabled, 72 = GroundsNotAllowed,
    73 = StatementLimitReached, 74 = AccountNotFrozen, 75 = AppealUnderWay, 76 = AppealNotOpen,
} }
