//! A report as a page, for whoever opens its address in a browser. It needs no script, and prints.

use ledger::currency::Currency;
use ledger::money::Money;
use serde_json::Value;
use std::fmt::Write as _;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;\
     padding:0 1rem;color-scheme:light dark}table{border-collapse:collapse;width:100%;\
     margin:1rem 0}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884}\
     .n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.ok{color:#0a7a3c}\
     .bad{color:#b3261e}.wide{overflow-x:auto}";

/// The page of a report.
pub(crate) fn page(report: &Value) -> String {
    let mut page = String::new();
    write_head(&mut page, report);
    write_reserves(&mut page, report);
    write_differences(&mut page, report);
    page.push_str("</html>\n");
    page
}

/// The text of a member, as HTML.
fn text(of: &Value, name: &str) -> String {
    escape(of[name].as_str().unwrap_or_default())
}

fn write_head(page: &mut String, report: &Value) {
    let (bank, day, made_at) = (text(report, "bank"), text(report, "day"), text(report, "made_at"));
    let number = |name: &str| report[name].as_u64().unwrap_or(0);
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{bank} {day}</title><style>{STYLE}</style>\
         <h1>{bank}, {day}</h1>"
    );
    let cases = number("cases");
    let _ = if report["nothing_unexplained"] == true {
        write!(page, "<p class=ok><strong>Nothing unexplained.</strong> 无未解释差异。</p>")
    } else {
        write!(
            page,
            "<p class=bad><strong>{cases} differences need a person.</strong> \
             {cases} 笔差错待人工处理。</p>"
        )
    };
    let [lines, movements, differences, resolved, waiting] =
        ["lines", "movements", "differences", "resolved", "waiting"].map(number);
    let _ = write!(
        page,
        "<p>{lines} lines, {movements} movements; {differences} differences, of which {resolved} \
         resolved themselves and {waiting} wait for the next statement. Made at {made_at}.</p>"
    );
}

fn write_reserves(page: &mut String, report: &Value) {
    page.push_str(
        "<h2>Reserve account 备付金</h2><table><tr><th>Currency\
         <th class=n>Balances changed by<th class=n>Lines say<th class=n>Found in our books\
         <th></tr>",
    );
    for it in report["reserves"].as_array().into_iter().flatten() {
        let code = it["currency"].as_str().unwrap_or_default();
        let sum = |name: &str| amount(code, it[name].as_i64().unwrap_or(0));
        let agrees = if it["agrees"] == true { "<td class=ok>✓" } else { "<td class=bad>✗" };
        let [balances, lines, found] = ["balances", "lines", "found"].map(sum);
        let code = escape(code);
        let _ = write!(
            page,
            "<tr><td>{code}<td class=n>{balances}<td class=n>{lines}<td class=n>{found}\
             {agrees}</tr>"
        );
    }
    page.push_str("</table>");
}

fn write_differences(page: &mut String, report: &Value) {
    page.push_str(
        "<h2>Differences 差异</h2><div class=wide><table><tr><th>Kind<th>Age\
         <th>What becomes of it<th>Reference<th class=n>Ours<th class=n>The bank's\
         <th>Its reference</tr>",
    );
    let side = |it: &Value| {
        let minor = it["amount"].as_i64().unwrap_or(0);
        let sign = if it["side"] == "debit" { -minor } else { minor };
        let code = it["currency"].as_str().unwrap_or_default();
        if it.is_null() { String::new() } else { amount(code, sign) }
    };
    for it in report["listed"].as_array().into_iter().flatten() {
        let [kind, age, resolution, reference] =
            ["kind", "age", "resolution", "reference"].map(|name| text(it, name));
        let resolved = if it["resolved"] == true { " ✓" } else { "" };
        let (ours, banks) = (side(&it["ours"]), side(&it["banks"]));
        let named = text(&it["banks"], "bank_reference");
        let _ = write!(
            page,
            "<tr><td>{kind}<td>{age}<td>{resolution}{resolved}<td>{reference}<td class=n>{ours}\
             <td class=n>{banks}<td>{named}</tr>"
        );
    }
    page.push_str("</table></div>");
}

fn amount(code: &str, minor: i64) -> String {
    let sign = if minor < 0 { "−" } else { "" };
    match Currency::from_code(code) {
        Some(currency) => format!("{sign}{}", Money::new(minor.unsigned_abs(), currency)),
        None => escape(&format!("{minor} {code}")),
    }
}

/// Text that is nothing but text in HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
