//! What people can rely on, through a real engine on a real disk.

use super::totp::new_secret;
use super::*;
use crate::banks::Banks;
use engine::{DataDir, Engine, Options};
use ledger::event::Actor;
use ledger::person::{Duty, Method};
use ledger::registry::UserKind;
use std::fs;

pub(super) const PASSWORD: &str = "correct horse";

/// A platform in a directory that goes with it.
pub(super) struct House {
    home: tempfile::TempDir,
    /// Nothing while it stands still.
    app: Option<App>,
}

impl House {
    pub(super) fn new(cells: u8) -> House {
        let home = tempfile::tempdir().unwrap();
        DataDir::init(&home.path().join("data"), cells, true).unwrap();
        let app = open(&home.path().join("data"));
        House { home, app: Some(app) }
    }

    pub(super) fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    pub(super) fn stop(&mut self) {
        if let Some(app) = self.app.take() {
            app.engine().stop();
        }
    }

    pub(super) fn start(&mut self) {
        self.app = Some(open(&self.home.path().join("data")));
    }

    pub(super) async fn register(&self, login: &str) -> Result<UserId, Problem> {
        let name = RequestId(fastrand::u128(1..));
        self.app().people().register(name, &newcomer(login)).await
    }

    pub(super) async fn sign_in(
        &self,
        login: &str,
        password: &str,
    ) -> Result<Signed, &'static str> {
        match self.app().people().sign_in(&attempt(login, password)).await {
            Ok(Entry::Opened(opened)) => {
                assert_eq!(
                    self.app().people().session(&opened.cookie).as_ref(),
                    Some(&opened.signed)
                );
                Ok(opened.signed)
            }
            Ok(Entry::CodeNeeded(_)) => Err("code_needed"),
            Err(problem) => Err(problem.code.name),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop();
    }
}

fn open(data: &Path) -> App {
    let engine = Engine::open(&Options::new(data)).unwrap();
    App::new(engine, Banks::new(Vec::new(), 1), data).unwrap()
}

fn newcomer(login: &str) -> Newcomer {
    Newcomer {
        kind: UserKind::Customer,
        name: "小红".to_owned(),
        login: login.to_owned(),
        password: PASSWORD.to_owned(),
        locale: None,
        duty: None,
        once: false,
    }
}

fn attempt(login: &str, password: &str) -> SignIn {
    let (login, password) = (login.to_owned(), password.to_owned());
    SignIn { login, password, seen_from: "Firefox, 127.0.0.1".to_owned() }
}

/// A name that no request has had.
pub(super) fn fresh() -> RequestId {
    RequestId(fastrand::u128(1..))
}

pub(super) fn code<T>(result: Result<T, Problem>) -> Option<&'static str> {
    result.err().map(|it| it.code.name)
}

#[tokio::test]
async fn whoever_registers_signs_in_by_any_spelling_and_is_known_by_the_cookie() {
    let house = House::new(3);
    let user = house.register("13800138000").await.unwrap();
    let signed = house.sign_in("+86 138-0013-8000", PASSWORD).await.unwrap();
    assert_eq!((signed.user, signed.name.as_str()), (user, "小红"));
    assert_eq!(house.sign_in("13800138000", "wrong horse").await, Err("sign_in_refused"));
    assert_eq!(house.sign_in("13800138001", PASSWORD).await, Err("sign_in_refused"));
    assert_eq!(code(house.register("+8613800138000").await), Some("login_taken"));
    assert_eq!(code(house.register("hong").await), Some("login_invalid"));
    let history = house.app().people().sessions(user, 10).unwrap();
    let history: Vec<_> = history.iter().map(|it| (it.0.refused, it.1.as_str())).collect();
    assert_eq!(history, [(true, "Firefox, 127.0.0.1"), (false, "Firefox, 127.0.0.1")]);
    for cookie in ["", "ses_1.x", &format!("{}.x", signed.session)] {
        assert_eq!(house.app().people().session(cookie), None, "{cookie}");
    }
}

#[tokio::test]
async fn to_register_twice_under_one_name_is_to_register_once() {
    let house = House::new(1);
    let people = house.app().people();
    let first = people.register(RequestId(7), &newcomer("hong@example.cn")).await.unwrap();
    let again = people.register(RequestId(7), &newcomer("hong@example.cn")).await.unwrap();
    assert_eq!(first, again);
    let before = people.registered(RequestId(7), &newcomer("hong@example.cn")).await.unwrap();
    assert_eq!(before, (first, true), "the second time proves nothing");
    let name = |text| Text::new(text).unwrap();
    let add = async |text| {
        people.add(Actor::Platform, RequestId(8), UserKind::Merchant, name(text)).await
    };
    let first = add("Tea").await.unwrap();
    let again = add("Tea").await.unwrap();
    assert_eq!((first.subject, again.answered.repeated), (again.subject, true));
    assert_eq!(code(add("Coffee").await), Some("request_id_taken"));
}

#[tokio::test]
async fn a_session_that_ended_is_refused_at_once_and_a_new_password_ends_the_others() {
    let house = House::new(1);
    let people = house.app().people();
    house.register("13800138000").await.unwrap();
    let open = async || match people.sign_in(&attempt("13800138000", PASSWORD)).await {
        Ok(Entry::Opened(it)) => it,
        other => panic!("{other:?}"),
    };
    let (one, two, three) = (open().await, open().await, open().await);
    people.sign_out(&one.signed).await.unwrap();
    people.sign_out(&one.signed).await.unwrap();
    assert_eq!(people.session(&one.cookie), None);
    let changed =
        people.change_password(&two.signed, fresh(), "wrong horse", "another horse").await;
    assert_eq!(code(changed), Some("password_wrong"));
    people.change_password(&two.signed, fresh(), PASSWORD, "another horse").await.unwrap();
    assert!(people.session(&two.cookie).is_some());
    assert_eq!(people.session(&three.cookie), None);
    assert_eq!(house.sign_in("13800138000", PASSWORD).await, Err("sign_in_refused"));
    house.sign_in("13800138000", "another horse").await.unwrap();
}

#[tokio::test]
async fn five_wrong_passwords_lock_even_the_right_one_out() {
    let house = House::new(1);
    house.register("13800138000").await.unwrap();
    let guesses = (0..5).map(|_| house.sign_in("13800138000", "wrong horse"));
    let mut told = Vec::new();
    for guess in guesses {
        told.push(guess.await.unwrap_err());
    }
    assert_eq!(told[..4], ["sign_in_refused"; 4]);
    assert_eq!(told[4], "sign_in_locked");
    assert_eq!(house.sign_in("13800138000", PASSWORD).await, Err("sign_in_locked"));
}

#[tokio::test]
async fn a_payment_password_is_guessed_five_times_and_no_more_also_at_once() {
    let house = House::new(1);
    let people = house.app().people();
    house.register("13800138000").await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    assert_eq!(
        code(people.check_payment(&signed, "258369").await),
        Some("payment_password_missing")
    );
    let set = people.set_payment_password(&signed, fresh(), PASSWORD, "123456").await;
    assert_eq!(code(set), Some("payment_password_easy"));
    people.set_payment_password(&signed, fresh(), PASSWORD, "258369").await.unwrap();
    people.check_payment(&signed, "258369").await.unwrap();
    assert_eq!(code(people.check_payment(&signed, "258368").await), Some("payment_password_wrong"));
    assert_eq!(people.payment_state(signed.user).unwrap().attempts_left, 4);
    people.check_payment(&signed, "258369").await.unwrap();
    assert_eq!(people.payment_state(signed.user).unwrap().attempts_left, 5);
    let guesses = (0..8).map(|_| people.check_payment(&signed, "258368"));
    let told = futures_of(guesses).await;
    assert_eq!(told.iter().filter(|it| **it == Some("payment_password_wrong")).count(), 4);
    assert_eq!(told.iter().filter(|it| **it == Some("payment_locked")).count(), 4);
    assert_eq!(code(people.check_payment(&signed, "258369").await), Some("payment_locked"));
}

#[tokio::test]
async fn whoever_floods_the_door_keeps_nobody_from_paying() {
    let house = House::new(1);
    let people = house.app().people();
    house.register("13800138000").await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    people.set_payment_password(&signed, fresh(), PASSWORD, "258369").await.unwrap();
    let _queue = people.kept.passwords.fill();
    let _turn = people.turn(signed.user).await.unwrap();
    people.check_payment(&signed, "258369").await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_on_a_page_counts_as_a_sign_in_that_failed_and_never_as_a_payment() {
    let house = House::new(1);
    let people = house.app().people();
    house.register("13800138000").await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    people.set_payment_password(&signed, fresh(), PASSWORD, "258369").await.unwrap();
    let guess =
        async || code(people.set_payment_password(&signed, fresh(), "wrong horse", "258369").await);
    for left in (1..5).rev() {
        assert_eq!(guess().await, Some("password_wrong"));
        assert_eq!(people.password_state(signed.user).unwrap().attempts_left, left);
    }
    assert_eq!(guess().await, Some("sign_in_locked"));
    assert!(people.password_state(signed.user).unwrap().locked_until.is_some());
    let right = people.change_password(&signed, fresh(), PASSWORD, "another horse").await;
    assert_eq!(code(right), Some("sign_in_locked"), "not even the right one");
    let payments = people.payment_state(signed.user).unwrap();
    assert_eq!((payments.attempts_left, payments.locked_until), (5, None));
    people.check_payment(&signed, "258369").await.unwrap();
    let history = people.sessions(signed.user, 10).unwrap();
    assert_eq!(history.iter().filter(|it| it.0.refused).count(), 5, "the owner sees them");
    assert_eq!(people.open_sessions(signed.user).unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_changes_the_password_once_and_refuses_nobody() {
    let house = House::new(1);
    let people = house.app().people();
    house.register("13800138000").await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    let name = fresh();
    for _ in 0..2 {
        people.change_password(&signed, name, PASSWORD, "another horse").await.unwrap();
    }
    assert_eq!(people.password_state(signed.user).unwrap().attempts_left, 5);
    house.sign_in("13800138000", "another horse").await.unwrap();
}

/// What many futures say that run at the same time.
async fn futures_of<'a>(
    futures: impl Iterator<Item = impl Future<Output = Result<(), Problem>> + 'a>,
) -> Vec<Option<&'static str>> {
    let mut futures: Vec<_> = futures.map(|it| Box::pin(async { code(it.await) })).collect();
    let mut told = Vec::new();
    std::future::poll_fn(|context| {
        futures.retain_mut(|it| match it.as_mut().poll(context) {
            std::task::Poll::Ready(said) => {
                told.push(said);
                false
            }
            std::task::Poll::Pending => true,
        });
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    told
}

#[tokio::test]
async fn whoever_chose_one_time_codes_needs_one_and_each_only_once() {
    let house = House::new(1);
    let people = house.app().people();
    house.register("13800138000").await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    let secret = new_secret().unwrap();
    let now = sign_in::wall_seconds();
    let wrong = people.set_totp(&signed, fresh(), PASSWORD, (secret, "12345")).await;
    assert_eq!(code(wrong), Some("code_wrong"));
    let codes = [totp::code_at(secret, now), totp::code_at(secret, now + 30)];
    people.set_totp(&signed, fresh(), PASSWORD, (secret, &codes[0])).await.unwrap();
    assert_eq!(house.sign_in("13800138000", PASSWORD).await, Err("code_needed"));
    let Ok(Entry::CodeNeeded(ticket)) = people.sign_in(&attempt("13800138000", PASSWORD)).await
    else {
        panic!("no code is asked for");
    };
    let with = async |given: &str| people.sign_in_by_code(&ticket, given, "Firefox").await;
    assert_eq!(code(with(&codes[0]).await), Some("code_wrong"), "it was used");
    assert_eq!(people.password_state(signed.user).unwrap().attempts_left, 4);
    with(&codes[1]).await.unwrap();
    assert_eq!(code(with(&codes[1]).await), Some("sign_in_too_late"), "they are in");
    assert_eq!(people.password_state(signed.user).unwrap().attempts_left, 5);
    let newest = people.sessions(signed.user, 1).unwrap();
    assert_eq!(newest[0].0.method, Method::PasswordAndTotp);
    people.remove_totp(&signed, PASSWORD).await.unwrap();
    house.sign_in("13800138000", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn whoever_has_a_password_and_guesses_codes_is_locked_out() {
    let house = House::new(1);
    let people = house.app().people();
    house.register("13800138000").await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    let secret = new_secret().unwrap();
    let right = totp::code_at(secret, sign_in::wall_seconds());
    people.set_totp(&signed, fresh(), PASSWORD, (secret, &right)).await.unwrap();
    let Ok(Entry::CodeNeeded(ticket)) = people.sign_in(&attempt("13800138000", PASSWORD)).await
    else {
        panic!("no code is asked for");
    };
    let guess = async |ticket: &str| code(people.sign_in_by_code(ticket, "12345", "Firefox").await);
    for _ in 0..4 {
        assert_eq!(guess(&ticket).await, Some("code_wrong"));
    }
    assert_eq!(guess(&ticket).await, Some("sign_in_locked"));
    assert_eq!(guess(&ticket).await, Some("sign_in_too_late"), "to begin again");
    assert_eq!(guess("no ticket").await, Some("sign_in_too_late"));
    assert_eq!(house.sign_in("13800138000", PASSWORD).await, Err("sign_in_locked"));
}

#[tokio::test]
async fn whoever_is_erased_is_nobody_and_stays_so_when_an_old_vault_comes_back() {
    let mut house = House::new(2);
    let user = house.register("13800138000").await.unwrap();
    let other = house.register("13800138001").await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    let vault = house.home.path().join("data").join(vault::VAULT_FILE);
    let before = fs::read(&vault).unwrap();
    house.app().people().erase(&signed, RequestId(9), PASSWORD).await.unwrap();
    assert_eq!(house.app().people().name_of(user).unwrap(), None);
    assert_eq!(house.sign_in("13800138000", PASSWORD).await, Err("sign_in_refused"));
    let after = fs::read(&vault).unwrap();
    assert_ne!(before, after);
    house.stop();
    fs::write(&vault, &before).unwrap();
    house.start();
    run(house.app().clone()).await;
    assert_eq!(fs::read(&vault).unwrap(), after, "the key is destroyed again");
    assert_eq!(house.app().people().name_of(user).unwrap(), None);
    assert_eq!(house.app().people().name_of(other).unwrap().as_deref(), Some("小红"));
    let again = house.register("13800138000").await.unwrap();
    assert_ne!(again, user, "the name to sign in with is free for somebody new");
}

#[tokio::test]
async fn the_api_keys_of_whoever_is_erased_open_nothing_any_more() {
    let house = House::new(2);
    let shop = Newcomer { kind: UserKind::Merchant, ..newcomer("13800138000") };
    let user = house.app().people().register(fresh(), &shop).await.unwrap();
    let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
    let hash = crate::http::auth::hash_of("sk_test_tea");
    let role = ledger::registry::Role::Merchant;
    let key = Command::AddKey(ledger::command::AddKey { hash, role, user: Some(user) });
    house.app().submit(Actor::Platform, fresh(), CellId::FIRST, key).await.unwrap();
    let mut headers = http::HeaderMap::new();
    headers.insert(http::header::AUTHORIZATION, "Bearer sk_test_tea".parse().unwrap());
    assert_eq!(house.app().callers().find(&headers).unwrap().user, Some(user));
    house.app().people().erase(&signed, fresh(), PASSWORD).await.unwrap();
    assert_eq!(code(house.app().callers().find(&headers)), Some("unauthenticated"));
}

#[tokio::test]
async fn an_operator_signs_in_by_name_and_chooses_a_password_at_once() {
    let house = House::new(2);
    let people = house.app().people();
    let operator = Newcomer {
        kind: UserKind::Operator,
        duty: Some(Duty::Finance),
        once: true,
        ..newcomer("finance-1")
    };
    let user = people.register(RequestId(5), &operator).await.unwrap();
    assert_eq!(user.cell(), CellId::FIRST);
    let Ok(Entry::Opened(opened)) = people.sign_in(&attempt("Finance-1", PASSWORD)).await else {
        panic!("not let in");
    };
    assert!(opened.choose_password && opened.lasts < ledger::time::Seconds(3_600));
    assert_eq!(opened.signed.duty, Some(Duty::Finance));
    people.change_password(&opened.signed, fresh(), PASSWORD, "another horse").await.unwrap();
    let again = people.sign_in(&attempt("finance-1", "another horse")).await;
    assert!(matches!(again, Ok(Entry::Opened(it)) if !it.choose_password));
}
