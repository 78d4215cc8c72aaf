//! Webhooks: what a receiver sees, whatever it answers and whoever is killed meanwhile.

use crate::shop::Shop;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a test waits for a message that must come.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it waits for one that must not.
const QUIET: Duration = Duration::from_millis(400);

/// A message as it arrived.
struct Message {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Message {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap()
    }

    fn kind(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    }

    /// Which of the signatures was made with this secret.
    fn signed_with(&self, secret: &str) -> Option<usize> {
        let secret = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{time}.{}", self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').position(|it| it == expected)
    }
}

/// Takes messages, and answers as it was told; with 200 when nothing is left.
struct Hook {
    url: String,
    answers: Arc<Mutex<VecDeque<u16>>>,
    messages: Receiver<Message>,
}

impl Hook {
    fn new() -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let answers: Arc<Mutex<VecDeque<u16>>> = Arc::default();
        let (tell, messages) = channel();
        let said = answers.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let status = said.lock().unwrap().pop_front().unwrap_or(200);
                take(&stream.unwrap(), status, &tell);
            }
        });
        Hook { url, answers, messages }
    }

    fn will_answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    fn next(&self) -> Message {
        self.messages.recv_timeout(PATIENCE).expect("a message comes")
    }

    fn nothing(&self) {
        assert!(self.messages.recv_timeout(QUIET).is_err(), "nothing comes");
    }
}

fn take(stream: &TcpStream, status: u16, tell: &Sender<Message>) {
    let mut reader = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), "POST /hook HTTP/1.1");
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let answer = format!("HTTP/1.1 {status} Told\r\ncontent-length: 0\r\n\r\n");
    let mut stream = stream;
    stream.write_all(answer.as_bytes()).unwrap();
    let body = String::from_utf8(body).unwrap();
    // A test that has seen enough listens no more.
    let _ = tell.send(Message { headers, body });
}

fn endpoint(shop: &Shop, hook: &Hook) -> (String, String) {
    let body = json!({ "user": shop.merchant, "url": hook.url });
    let answer = shop.post("hook", "/v1/webhook_endpoints", &body);
    assert_eq!(answer.status, 201, "{}", answer.body);
    let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    let again = shop.post("hook", "/v1/webhook_endpoints", &body);
    assert_eq!((again.replayed, &again.body), (true, &answer.body));
    (text("id"), text("secret"))
}

fn order(shop: &Shop, number: &str) -> String {
    let order = json!({
        "seller": shop.seller, "buyer": shop.buyer, "number": number, "amount": 8_800,
    });
    shop.done(number, "/v1/orders", &order)
}

#[test]
fn an_event_comes_until_it_is_taken_and_then_no_more() {
    let mut shop = Shop::new();
    let hook = Hook::new();
    let (id, secret) = endpoint(&shop, &hook);

    // Refused, and then taken: the same message under the same name.
    hook.will_answer(&[500]);
    order(&shop, "n-1");
    let first = hook.next();
    assert_eq!(first.kind(), "order.created");
    assert_eq!(first.signed_with(&secret), Some(0));
    hook.nothing();
    let deliveries = format!("/v1/webhook_endpoints/{id}/deliveries");
    let shown = shop.get(&shop.place.key, &deliveries).body;
    let row = &shown["data"][0];
    assert_eq!((&row["stage"], &row["attempts"]), (&json!("pending"), &json!(1)), "{shown}");
    assert_eq!(row["last_status"], 500);
    shop.done("clock", "/v1/clock/advance", &json!({ "seconds": 6 }));
    let second = hook.next();
    assert_eq!(second.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(second.body, first.body);
    hook.nothing();
    let shown = shop.get(&shop.place.key, &deliveries).body;
    assert_eq!(shown["data"][0]["stage"], "delivered", "{shown}");

    // Killed before it could be taken: it comes after the restart.
    hook.will_answer(&[503]);
    order(&shop, "n-2");
    let third = hook.next();
    shop.place.kill();
    shop.place.start();
    shop.place.wait_until_ready();
    shop.done("clock-2", "/v1/clock/advance", &json!({ "seconds": 6 }));
    let fourth = hook.next();
    assert_eq!(fourth.header("webhook-id"), third.header("webhook-id"));
    assert_eq!(fourth.signed_with(&secret), Some(0), "the secret outlives the process");

    // A new secret: for a day both sign.
    let rotate = format!("/v1/webhook_endpoints/{id}/rotate");
    let rotated = shop.post("rotate", &rotate, &json!({}));
    let newer = rotated.body["secret"].as_str().unwrap().to_owned();
    assert_ne!(newer, secret);
    order(&shop, "n-3");
    let fifth = hook.next();
    assert_eq!((fifth.signed_with(&newer), fifth.signed_with(&secret)), (Some(0), Some(1)));
    shop.done("clock-3", "/v1/clock/advance", &json!({ "seconds": 24 * 3_600 }));
    order(&shop, "n-4");
    let mut sixth = hook.next();
    while sixth.kind() != "order.created" {
        sixth = hook.next();
    }
    assert_eq!((sixth.signed_with(&newer), sixth.signed_with(&secret)), (Some(0), None));
}

#[test]
fn what_was_delivered_can_be_asked_for_again() {
    let shop = Shop::new();
    let hook = Hook::new();
    let (id, _) = endpoint(&shop, &hook);
    let names: Vec<String> = (0..3)
        .map(|it| {
            order(&shop, &format!("n-{it}"));
            hook.next().header("webhook-id").to_owned()
        })
        .collect();
    let redeliver = format!("/v1/webhook_endpoints/{id}/redeliver");
    let one = shop.post("again-1", &redeliver, &json!({ "from": names[1] }));
    assert_eq!(one.status, 202, "{}", one.body);
    assert_eq!(hook.next().header("webhook-id"), names[1]);
    let all = json!({ "from": names[0], "to": names[2] });
    assert_eq!(shop.post("again-2", &redeliver, &all).status, 202);
    let mut again: Vec<_> = (0..3).map(|_| hook.next().header("webhook-id").to_owned()).collect();
    again.sort();
    assert_eq!(again, names);
    // Asking again under the same name does it once.
    assert!(shop.post("again-2", &redeliver, &all).replayed);
    hook.nothing();

    // An endpoint that says that it is gone is believed.
    hook.will_answer(&[410]);
    order(&shop, "n-9");
    hook.next();
    order(&shop, "n-10");
    hook.nothing();
    let shown = shop.get(&shop.place.key, &format!("/v1/webhook_endpoints/{id}")).body;
    assert!(shown["disabled_at"].is_string(), "{shown}");
}

#[test]
fn webhooks_go_to_public_addresses_and_to_their_owner() {
    let shop = Shop::new();
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/",
        "https://user@shop.example/",
        "file:///etc/passwd",
        "no url",
    ] {
        let body = json!({ "user": shop.merchant, "url": url });
        let answer = shop.post(url.split('/').next().unwrap(), "/v1/webhook_endpoints", &body);
        assert_eq!((answer.status, &answer.body["code"]), (400, &json!("url_invalid")), "{url}");
        assert_eq!(answer.body["money_moved"], "no");
    }
    let hook = Hook::new();
    let (id, _) = endpoint(&shop, &hook);
    let other = shop.done("u3", "/v1/users", &json!({ "kind": "merchant", "name": "别" }));
    let key = shop.post("k3", "/v1/keys", &json!({ "role": "merchant", "user": other }));
    let key = key.body["key"].as_str().unwrap();
    for path in
        [format!("/v1/webhook_endpoints/{id}"), format!("/v1/webhook_endpoints/{id}/deliveries")]
    {
        let answer = shop.get(key, &path);
        assert_eq!((answer.status, &answer.body["code"]), (404, &json!("endpoint_not_found")));
    }
    let foreign = json!({ "user": shop.merchant, "url": hook.url }).to_string();
    let path = "/v1/webhook_endpoints";
    let answer = shop.send(key, Some("mine"), path, &foreign, "application/json");
    assert_eq!(answer.status, 404, "{}", answer.body);
}
