//! `danbao demo`: a whole platform on one machine with a bank to talk to, and something to look at.

use super::Done;
use super::serve::{THE_BANK, first_key, start_workers, stopped};
use crate::app::App;
use crate::banks::{BankOptions, Banks};
use crate::client::{Client, ClientError};
use crate::http;
use ::bank::{Channel, HttpBank, sim};
use engine::{DataDir, Engine, Options};
use ledger::name::BankName;
use recon::calendar::Calendar;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Who is in the demo, and what they made.
struct Cast {
    buyer: String,
    seller: String,
    orders: Vec<(&'static str, String)>,
}

pub(super) async fn demo(data: Option<&Path>, json: bool) -> Done {
    let (data, temporary) = match data {
        Some(data) => (data.to_owned(), false),
        None => (temporary()?, true),
    };
    let fresh = !data.join("platform").exists();
    if fresh {
        DataDir::init(&data.join("platform"), 1, true)?;
    }
    let options = Options::new(&data.join("platform"));
    let engine = tokio::task::spawn_blocking(move || Engine::open(&options)).await??;
    let key = key_of(&engine, &data, fresh)?;
    let (listener, bank) = (listen(8080).await?, listen(8081).await?);
    let url = format!("http://{}", listener.local_addr()?);
    let bank_url = format!("http://{}", bank.local_addr()?);
    let notify = Some(format!("{url}/v1/banks/notices"));
    let simulated = sim::Options { notify, ..sim::Options::new(&data.join("bank")) };
    let secret = simulated.secret()?;
    tokio::spawn(async move { sim::serve(simulated, bank, None, stopped()).await });
    let bank = BankOptions {
        name: BankName::new(THE_BANK).ok_or("the bank has no name")?,
        channel: Channel::Http(HttpBank::new(&bank_url, secret)),
        questions_per_second: 50,
        calendar: Calendar::parse("+08:00", "00:00")?,
    };
    let app = App::new(engine.clone(), Banks::new(vec![bank], 1), &data.join("platform"))?;
    let workers = start_workers(&app);
    let serving = tokio::spawn(async move {
        axum::serve(listener, http::service(app)).with_graceful_shutdown(stopped()).await
    });
    let cast = stage(&Client::new(&url, Some(&key))?).await?;
    tell(&url, &bank_url, &key, &cast, &data, json);
    serving.await??;
    workers.iter().for_each(JoinHandle::abort);
    tokio::task::spawn_blocking(move || engine.stop()).await?;
    if temporary {
        std::fs::remove_dir_all(&data)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A directory of its own for data that nobody wants to keep.
fn temporary() -> io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("danbao-demo-{}", std::process::id()));
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// The demo's key; kept beside the data, because a demo has no secrets.
fn key_of(engine: &Engine, data: &Path, fresh: bool) -> Result<String, Box<dyn std::error::Error>> {
    let file = data.join("demo-key");
    if !fresh {
        return Ok(std::fs::read_to_string(file)?);
    }
    let key = first_key(engine, true)?;
    std::fs::write(file, &key)?;
    Ok(key)
}

/// The usual port, or a free one.
async fn listen(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind(("127.0.0.1", port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            TcpListener::bind(("127.0.0.1", 0)).await
        }
        bound => bound,
    }
}

/// A buyer with money, a seller, and an order in every stage that an order easily gets to.
async fn stage(client: &Client) -> Result<Cast, ClientError> {
    let id = |it: &Value| it["id"].as_str().unwrap_or_default().to_owned();
    let post = async |path: &str, name: &str, body: Value| {
        client.patient_post(path, &format!("demo:{name}"), &body).await
    };
    let user = post("/v1/users", "buyer", json!({ "kind": "customer", "name": "小红" })).await?;
    let shop = post("/v1/users", "seller", json!({ "kind": "merchant", "name": "茶叶店" })).await?;
    let buyer = id(&post("/v1/accounts", "wallet", json!({ "owner": id(&user) })).await?);
    let seller = id(&post("/v1/accounts", "shop", json!({ "owner": id(&shop) })).await?);
    let card = json!({ "user": id(&user), "number": "6200000000000005" });
    let card = id(&post("/v1/cards", "card", card).await?);
    let body = json!({ "account": buyer, "card": card, "amount": 100_000 });
    let top_up = id(&post("/v1/top_ups", "top-up", body).await?);
    loop {
        let now = client.patient_get(&format!("/v1/top_ups/{top_up}")).await?;
        if now["stage"] == "credited" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let money = json!({ "amount": 8_800 });
    let none = json!({});
    let ask = json!({ "amount": 2_000 });
    let call = json!({ "party": "buyer" });
    let lives: [(&'static str, Vec<(&str, &Value)>); 6] = [
        ("created", vec![]),
        ("paid", vec![("pay", &money)]),
        ("shipped", vec![("pay", &money), ("ship", &none)]),
        ("completed", vec![("pay", &money), ("ship", &none), ("confirm", &none)]),
        ("shipped_refund_asked", vec![("pay", &money), ("ship", &none), ("ask_refund", &ask)]),
        ("disputed", vec![("pay", &money), ("ship", &none), ("dispute", &call)]),
    ];
    let mut orders = Vec::new();
    for (stage, life) in lives {
        let body = json!({
            "seller": seller, "buyer": buyer, "number": format!("demo-{stage}"), "amount": 8_800,
            "subject": "茶叶",
        });
        let order = id(&post("/v1/orders", stage, body).await?);
        for (action, body) in life {
            let path = format!("/v1/orders/{order}/{action}");
            post(&path, &format!("{stage}:{action}"), body.clone()).await?;
        }
        orders.push((stage, order));
    }
    Ok(Cast { buyer, seller, orders })
}

fn tell(url: &str, bank_url: &str, key: &str, cast: &Cast, data: &Path, json: bool) {
    if json {
        let orders: Value = cast.orders.iter().map(|(stage, id)| (*stage, id.clone())).collect();
        let (buyer, seller) = (&cast.buyer, &cast.seller);
        println!(
            "{}",
            json!({ "server": url, "bank": bank_url, "api_key": key, "buyer": buyer,
                    "seller": seller, "orders": orders })
        );
        return;
    }
    println!("danbao {} demo. No real money.", env!("CARGO_PKG_VERSION"));
    println!("  API      {url}     bank  {bank_url}");
    println!("  key      {key}");
    println!("  buyer    {}     seller  {}", cast.buyer, cast.seller);
    for (stage, order) in &cast.orders {
        println!("  order    {order}  {stage}");
    }
    println!("  data     {}\n\nTry it:", data.display());
    let (_, paid) = &cast.orders[1];
    println!("  curl -s -u {key}: {url}/v1/orders/{paid}");
    let post = format!("curl -s -u {key}: -H 'Content-Type: application/json' -H");
    println!("  {post} 'Idempotency-Key: try-1' -d '{{}}' {url}/v1/orders/{paid}/ship");
    println!("  {post} 'Idempotency-Key: try-2' -d '{{}}' {url}/v1/orders/{paid}/confirm");
    println!("  curl -s -u {key}: {url}/v1/accounts/{}\n", cast.seller);
    println!("Ctrl-C ends it.");
}
