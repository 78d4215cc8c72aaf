//! `danbao webhooks verify`: why a signature does not verify, without a server.

use super::Done;
use crate::web::lang::Lang;
use crate::web::words::DevelopersSignature;
use crate::web::{cause_remedy, cause_title};
use crate::webhooks::check::{Difference, Finding, Known, Question, Whose, key_of, look};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// What to do with webhooks.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check the signature of a message that was saved, and say what is wrong with it.
    Verify {
        /// The signing secret, whsec_….
        #[arg(long, env = "DANBAO_WEBHOOK_SECRET", hide_env_values = true)]
        secret: String,
        /// A secret that may have been used instead, such as the one before the last change.
        #[arg(long)]
        old_secret: Option<String>,
        /// A file with the headers, a line for each.
        #[arg(long)]
        headers: PathBuf,
        /// A file with the body, byte by byte as it came.
        #[arg(long)]
        body: PathBuf,
        /// What your program computed.
        #[arg(long, default_value = "")]
        computed: String,
    },
}

pub(super) fn webhooks(options: &Options, json: bool) -> Done {
    let What::Verify { secret, old_secret, headers, body, computed } = &options.what;
    let t = DevelopersSignature(Lang::En);
    let key = |text: &str| key_of(text).map_err(|it| cause_title(t, &it));
    let mut keys = vec![Known { whose: Whose::Asked, key: key(secret)? }];
    if let Some(old) = old_secret {
        keys.push(Known { whose: Whose::Before, key: key(old)? });
    }
    let (headers, body) = (std::fs::read_to_string(headers)?, std::fs::read(body)?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (keys, sent) = (keys.as_slice(), None);
    let question = Question { headers: &headers, body: &body, computed, keys, sent, now };
    let finding = look(&question);
    if json {
        println!("{:#}", shown(t, &finding));
    } else {
        print(t, &finding);
    }
    Ok(if finding.good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn differs(it: Option<&Difference>) -> Value {
    it.map_or(Value::Null, |it| {
        json!({ "same_bytes": it.place, "before": it.before, "expected": it.expected,
            "got": it.got })
    })
}

fn shown(t: DevelopersSignature, it: &Finding) -> Value {
    let causes = it
        .causes
        .iter()
        .map(|it| json!({ "what": cause_title(t, it), "remedy": cause_remedy(t, it) }));
    let causes: Vec<Value> = causes.collect();
    json!({ "good": it.good, "expected": it.expected, "got": it.got,
        "body_differs": differs(it.body.as_ref()), "causes": causes })
}

fn print(t: DevelopersSignature, it: &Finding) {
    println!("{}", if it.good { t.good() } else { t.bad() });
    if let Some(expected) = &it.expected {
        println!("  expected  {expected}");
        for got in &it.got {
            println!("  got       {got}");
        }
    }
    if let Some(body) = &it.body {
        println!("{}: {}", t.body_differs(), t.at_byte(body.place + 1));
        println!("  signed    {}[{}]", body.before, body.expected);
        println!("  came      {}[{}]", body.before, body.got);
    }
    for cause in &it.causes {
        println!("- {}", cause_title(t, cause));
        println!("  {}", cause_remedy(t, cause));
    }
}
