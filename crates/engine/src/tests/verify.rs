//! Verification finds what is wrong, in its own words, and nothing where all is well.

use crate::applier::apply_record;
use crate::verify::{Claim, Faults, Task, audit, verify};
use crate::{DataDir, Engine, NotDone, Options};
use ledger::At;
use ledger::account::{Account, AccountKind, AccountState, System};
use ledger::bank::BankReference;
use ledger::books::{Books as _, Listing, Record};
use ledger::command::{
    AccountChange, Action, AddKey, AddUser, Appeal, Command, DecideProposal, Found, OpenAccount,
    Outcome, PlaceHold, Propose, RecordReceipt, Request, Resolution, ResolveReceipt,
    SetAccountState, Transfer, Verdict,
};
use ledger::currency::Currency;
use ledger::event::{Actor, Subject};
use ledger::hand::Hand;
use ledger::id::{AccountId, CellId, KeyId, Position, ProposalId, RequestId, UserId};
use ledger::money::Money;
use ledger::name::{BankName, BankNumber, Statement, Text};
use ledger::proposal::{Proposal, ProposalStage};
use ledger::registry::{Role, UserKind};
use ledger::time::{Seconds, Time};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};
use store::Store;
use store::journal::{LocalJournal, SEGMENT_SIZE};

const CNY: Currency = Currency::CNY;

struct Asker {
    engine: Engine,
    last: u128,
}

impl Asker {
    fn ask(&mut self, cell: CellId, command: Command) -> Subject {
        self.last += 1;
        let request = Request { id: RequestId(self.last), actor: Actor::Platform, command };
        let (tell, told) = sync_channel::<Result<_, NotDone>>(1);
        self.engine.submit(cell, &request, move |it| tell.send(it).unwrap()).unwrap();
        match told.recv().unwrap().unwrap().answer.outcome {
            Outcome::Accepted(subject) => subject,
            Outcome::Rejected(rejection) => panic!("{rejection:?}"),
        }
    }

    fn account(&mut self, cell: CellId) -> AccountId {
        let name = Text::new("甲").unwrap();
        let user = AddUser { kind: UserKind::Customer, name };
        let Subject::User(owner) = self.ask(cell, Command::AddUser(user)) else { panic!() };
        self.open(owner)
    }

    fn open(&mut self, owner: UserId) -> AccountId {
        let open = OpenAccount { owner, currency: CNY, balance_limit: 0 };
        let done = self.ask(owner.cell(), Command::OpenAccount(open));
        let Subject::Account(account) = done else { panic!() };
        account
    }

    fn transfer(&mut self, debit: AccountId, credit: AccountId, fen: u64) {
        let transfer = Transfer { debit, credit, amount: Money::new(fen, CNY) };
        self.ask(debit.cell(), Command::Transfer(transfer));
    }
}

/// Two cells between which money has moved, and money that is kept back.
fn busy(data: &Path) -> Vec<Claim> {
    DataDir::init(data, 2, true).unwrap();
    let options = Options { memory_bytes: 32 << 20, ..Options::new(data) };
    let engine = Engine::open(&options).unwrap();
    let mut asker = Asker { engine: engine.clone(), last: 0 };
    let [here, there] = [CellId::new(0), CellId::new(1)];
    let capital = System::Capital.id(here, CNY);
    let (payer, taker) = (asker.account(here), asker.account(there));
    asker.transfer(capital, payer, 10_000);
    for fen in 1..=20 {
        asker.transfer(payer, taker, fen);
    }
    let hold = PlaceHold { account: payer, amount: Money::new(500, CNY), expires_in: Seconds(0) };
    asker.ask(here, Command::PlaceHold(hold));
    let freeze = SetAccountState { account: payer, change: AccountChange::Freeze };
    asker.ask(here, Command::SetAccountState(freeze));
    let statement = Statement::new("sealed").unwrap();
    asker.ask(here, Command::Appeal(Appeal { account: payer, statement }));
    let begun = Instant::now();
    let arrived = || engine.read(there, |view| view.account(taker)).unwrap().0.unwrap().balance();
    while arrived() < 210 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the money arrives");
        std::thread::sleep(Duration::from_millis(5));
    }
    let claim = |cell| {
        let state = engine.read(cell, |view| view.hashes().map(|(state, _)| state));
        let (state_hash, at) = state.unwrap();
        Claim { cell, position: at.position, state_hash }
    };
    let claims = vec![claim(here), claim(there)];
    engine.stop();
    claims
}

fn task(home: &Path, claims: Vec<Claim>) -> Task {
    Task { scratch: home.join("scratch"), memory_bytes: 32 << 20, claims, owed: true }
}

#[test]
fn sound_books_are_sound_with_and_without_the_stored_ones() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let claims = busy(&data);
    for round in 0..2 {
        let directory = DataDir::open(&data).unwrap();
        let task = task(home.path(), claims.clone());
        let report = verify(&directory, &task, |_, _, _| {}).unwrap();
        assert_eq!(report.faults.texts, [""; 0], "round {round}");
        assert_eq!(report.cells.len(), 2);
        let customers = report.money.get(&(CNY, AccountKind::Customer));
        assert_eq!(customers, Some(&10_000));
        // What is owed to somebody is what customers and merchants have, in escrow and on its way.
        let of = |kind| report.money.get(&(CNY, kind)).copied().unwrap_or(0);
        let kinds = [
            AccountKind::Customer,
            AccountKind::Merchant,
            AccountKind::Escrow,
            AccountKind::Payouts,
        ];
        let owed: u64 = report.owed.iter().map(|it| it.amount).sum();
        assert_eq!(i128::from(owed), kinds.map(of).iter().sum::<i128>());
        assert!(report.owed.is_sorted_by(|a, b| a.account < b.account), "each once");
        assert!(!home.path().join("scratch").exists());
        for number in (0..2).filter(|_| round == 0) {
            std::fs::remove_dir_all(directory.books(CellId::new(number))).unwrap();
        }
    }
}

#[test]
fn a_wrong_claim_and_a_lost_record_are_faults() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut claims = busy(&data);
    claims[0].state_hash ^= 1;
    claims[1].position = Position(claims[1].position.0 + 1_000);
    let directory = DataDir::open(&data).unwrap();
    let report = verify(&directory, &task(home.path(), claims), |_, _, _| {}).unwrap();
    let [lost, wrong] = &*report.faults.texts else { panic!("{:?}", report.faults) };
    assert!(wrong.contains("acknowledged requests are lost"), "{wrong}");
    assert!(lost.contains("the state hash is"), "{lost}");
}

/// Whatever is changed in a row of money, the audit says so.
#[test]
fn the_audit_sees_a_fen_more_anywhere() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    busy(&data);
    let cell = CellId::new(0);
    let directory = DataDir::open(&data).unwrap();
    let (journal, _) = LocalJournal::open(&directory.journal(cell), cell, SEGMENT_SIZE).unwrap();
    let mut store = Store::open(&home.path().join("fresh"), 16 << 20).unwrap();
    for frame in journal.reader().frames_from(Position(0)) {
        let frame = frame.unwrap();
        for record in frame.records() {
            apply_record(&mut store, &frame, &record);
        }
        store.end_frame(&frame);
    }
    let faults = |store: &Store| {
        let mut faults = Faults::default();
        audit::audit(store, cell, &mut faults).unwrap();
        faults.texts
    };
    assert_eq!(faults(&store), [""; 0]);

    let payer = AccountId::new(cell, ledger::account::FIRST_OPENED);
    let sound = store.account(payer).unwrap();
    let changes = [
        Account { credits: sound.credits + 1, ..sound },
        Account { debits: sound.debits - 1, ..sound },
        Account { held: sound.held + 1, ..sound },
        Account { postings: sound.postings + 1, ..sound },
        Account { last_posting: None, ..sound },
        Account { last_event: None, ..sound },
        Account { appealed: false, ..sound },
        Account { state: AccountState::Open, ..sound },
        Account { currency: Currency::from_code("USD").unwrap(), ..sound },
    ];
    for changed in changes {
        store.put(Record::Account(changed));
        assert_ne!(faults(&store), [""; 0], "{changed:?}");
        store.put(Record::Account(sound));
    }
    assert_eq!(faults(&store), [""; 0]);
    let appeal = Listing::OpenAppeal(sound.open_appeal().unwrap());
    store.unlist(appeal);
    assert_ne!(faults(&store), [""; 0], "operators would never see it");
    store.list(appeal);
    assert_eq!(faults(&store), [""; 0]);
}

/// Whoever gives money away alone is found, whatever the rows say.
#[test]
fn the_audit_sees_what_one_person_did_alone() {
    let home = tempfile::tempdir().unwrap();
    let cell = CellId::new(0);
    let mut store = Store::open(home.path(), 16 << 20).unwrap();
    let mut position = 0;
    let mut ask = |actor, command| {
        let at = At { position: Position(position), time: Time(1_800_000_000_000) };
        position += 1;
        let request = Request { id: RequestId(u128::from(position)), actor, command };
        match ledger::apply(&mut store, at, &request, position).answer.outcome {
            Outcome::Accepted(subject) => subject,
            Outcome::Rejected(rejection) => panic!("{rejection:?}"),
        }
    };
    ask(Actor::Platform, Command::Found(Found { cell, sandbox: true }));
    for hash in [[1; 32], [2; 32]] {
        let (role, user) = (Role::Platform, None);
        ask(Actor::Platform, Command::AddKey(AddKey { hash, role, user }));
    }
    let bank = BankName::new("icbc").unwrap();
    let reference = BankReference { bank, number: BankNumber::new("r1").unwrap() };
    let record = RecordReceipt { reference, amount: Money::new(700, CNY) };
    let Subject::Receipt(receipt) = ask(Actor::Bank, Command::RecordReceipt(record)) else {
        panic!("a receipt")
    };
    let resolution = Resolution::WriteOff;
    let action = Action::ResolveReceipt(ResolveReceipt { receipt, resolution });
    let [maker, checker] = [0, 1].map(|it| Hand::Key(KeyId::new(cell, it)));
    let (reason, none) = (Text::new("nobody asks for it").unwrap(), Text::default());
    let propose = Command::Propose(Propose { maker, reason, action: action.clone() });
    let Subject::Proposal(proposal) = ask(Actor::Platform, propose) else { panic!("a proposal") };
    let verdict = Verdict::Approve { action };
    let decide = DecideProposal { proposal, checker, verdict, reason: none };
    ask(Actor::Platform, Command::DecideProposal(decide));

    let faults = |store: &Store| {
        let mut faults = Faults::default();
        audit::audit(store, cell, &mut faults).unwrap();
        faults.texts
    };
    assert_eq!(faults(&store), [""; 0]);
    let sound = store.proposal(proposal).unwrap();
    let changes = [
        Proposal { checker: Some(maker), ..sound },
        Proposal { maker: checker, ..sound },
        Proposal { checker: None, ..sound },
        Proposal { checker: None, decided: Some(sound.position), ..sound },
        Proposal { checker: None, position: sound.decided.unwrap(), ..sound },
        Proposal { decided: Some(Position(1)), ..sound },
        Proposal { subject: Subject::Cell, ..sound },
        Proposal { stage: ProposalStage::Refused, ..sound },
        Proposal { stage: ProposalStage::Refused, done: None, ..sound },
    ];
    for changed in changes {
        store.put(Record::Proposal(changed));
        assert_ne!(faults(&store), [""; 0], "{changed:?}");
        store.put(Record::Proposal(sound));
    }
    // A second approval in the same record is one too many.
    let second = ProposalId::new(cell, 1);
    store.put(Record::Proposal(Proposal { id: second, ..sound }));
    assert_ne!(faults(&store), [""; 0]);
}
