//! Amounts as people read and write them. The oracle is `Intl.NumberFormat` with `narrowSymbol`.

use ledger::currency::Currency;
use ledger::money::Money;

/// An amount, such as `¥1,234.56`.
pub fn amount(money: Money) -> String {
    minor(money.minor(), money.currency())
}

/// So many minor units, such as `¥1,234.56`.
pub fn minor(minor: u64, currency: Currency) -> String {
    let text = Money::new(minor, currency).to_string();
    let number = text.split(' ').next().unwrap_or(&text);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let mut out = symbol(currency).to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !decimals.is_empty() {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

/// What came in, with its sign: `+¥88.00`.
pub fn income(minor_units: u64, currency: Currency) -> String {
    format!("+{}", minor(minor_units, currency))
}

/// What went out, with its sign: `-¥88.00`.
pub fn expense(minor_units: u64, currency: Currency) -> String {
    format!("-{}", minor(minor_units, currency))
}

/// An amount for a form's field or a file: `1234.56`.
pub fn plain(minor: u64, currency: Currency) -> String {
    let text = Money::new(minor, currency).to_string();
    text.split(' ').next().unwrap_or(&text).to_owned()
}

/// What somebody typed as an amount: digits, perhaps with separators, a sign of the currency and
/// spaces around it.
pub fn parse(text: &str, currency: Currency) -> Option<Money> {
    let text = text.trim().trim_start_matches(['¥', '￥']).trim().replace([',', '，'], "");
    Money::parse(&text, currency).ok()
}

fn symbol(currency: Currency) -> &'static str {
    match currency.code() {
        "CNY" | "JPY" => "¥",
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "HKD" => "HK$",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::money::AMOUNT_MAX;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    #[test]
    fn amounts_are_written_with_separators_and_all_their_decimals() {
        let shown = |units| minor(units, Currency::CNY);
        assert_eq!(shown(0), "¥0.00");
        assert_eq!(shown(5), "¥0.05");
        assert_eq!(shown(99_999), "¥999.99");
        assert_eq!(shown(100_000), "¥1,000.00");
        assert_eq!(shown(123_456_789), "¥1,234,567.89");
        assert_eq!(income(8_800, Currency::CNY), "+¥88.00");
        assert_eq!(expense(8_800, Currency::CNY), "-¥88.00");
    }

    #[test]
    fn what_is_typed_is_read_to_the_fen_or_not_at_all() {
        let read = |text| parse(text, Currency::CNY).map(Money::minor);
        assert_eq!(read("88"), Some(8_800));
        assert_eq!(read(" ¥1,234.5 "), Some(123_450));
        assert_eq!(read("￥0.01"), Some(1));
        assert_eq!(read("1.234"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(read("1e3"), None);
        assert_eq!(read(""), None);
    }

    /// What `Intl.NumberFormat` makes of decimals, a line for each; `None` where there is no node.
    fn intl(locale: &str, sign: &str, decimals: &str) -> Option<Vec<String>> {
        let script = format!(
            "const style = {{ style: 'currency', currency: 'CNY', currencyDisplay: 'narrowSymbol',
               signDisplay: '{sign}' }};
             const it = new Intl.NumberFormat('{locale}', style);
             const lines = require('fs').readFileSync(0, 'utf8').trim().split('\\n');
             process.stdout.write(lines.map(line => it.format(line)).join('\\n'));"
        );
        let mut node = Command::new("node")
            .args(["--eval", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        // All of it is read before anything is written, so neither side waits for the other.
        node.stdin.take().unwrap().write_all(decimals.as_bytes()).unwrap();
        let output = node.wait_with_output().unwrap();
        assert!(output.status.success());
        Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
    }

    #[test]
    fn amounts_are_written_as_intl_writes_them() {
        let mut dice = fastrand::Rng::with_seed(2009);
        let amounts: Vec<u64> =
            (0..10_000).map(|_| dice.u64(..=AMOUNT_MAX) / 10_u64.pow(dice.u32(0..15))).collect();
        let lines = |minus: &str| {
            let decimals = amounts.iter().map(|it| plain(*it, Currency::CNY));
            decimals.map(|it| format!("{minus}{it}")).collect::<Vec<_>>().join("\n")
        };
        for locale in ["zh-CN", "en"] {
            let Some(shown) = intl(locale, "auto", &lines("")) else { return };
            let came = intl(locale, "always", &lines("")).unwrap();
            let went = intl(locale, "always", &lines("-")).unwrap();
            assert_eq!([shown.len(), came.len(), went.len()], [amounts.len(); 3]);
            for (place, it) in amounts.iter().enumerate() {
                assert_eq!(minor(*it, Currency::CNY), shown[place], "{locale}");
                assert_eq!(income(*it, Currency::CNY), came[place], "{locale}");
                assert_eq!(expense(*it, Currency::CNY), went[place], "{locale}");
            }
        }
    }
}
