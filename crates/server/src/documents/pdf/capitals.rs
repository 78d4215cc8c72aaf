//! Amounts in the capitals that Chinese papers have beside the digits, because nobody can add a
//! stroke to them: 捌拾捌元整. The rules are those of 《正确填写票据和结算凭证的基本规定》.

use ledger::currency::Currency;
use ledger::money::Money;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
/// Whole yuan of more digits than this have no name in use.
const DIGITS_MAX: u32 = 16;

/// The amount in capitals, if it is in yuan and has a name.
pub(super) fn capitals(money: Money) -> Option<String> {
    let (yuan, rest) = (money.minor() / 100, money.minor() % 100);
    if money.currency() != Currency::CNY || yuan >= 10_u64.pow(DIGITS_MAX) {
        return None;
    }
    let mut text = whole(yuan);
    let (jiao, fen) = (rest / 10, rest % 10);
    match (yuan, rest) {
        (0, 0) => text.push_str("零元"),
        (0, _) => {}
        (_, _) => text.push('元'),
    }
    if jiao > 0 {
        text.push(digit(jiao));
        text.push('角');
    } else if fen > 0 && yuan > 0 {
        text.push('零');
    }
    if fen > 0 {
        text.push(digit(fen));
        text.push('分');
    } else {
        text.push('整');
    }
    Some(text)
}

/// The digits of the whole yuan, with their places; zeros between them are said once.
fn whole(yuan: u64) -> String {
    let mut text = String::new();
    let mut zeros = false;
    for place in (0..DIGITS_MAX).rev() {
        let above = yuan / 10_u64.pow(place);
        match above % 10 {
            0 => zeros = !text.is_empty(),
            value => {
                if zeros {
                    text.push('零');
                }
                zeros = false;
                text.push(digit(value));
                text.push_str(PLACES.get(place as usize % 4).copied().unwrap_or_default());
            }
        }
        let four = !above.is_multiple_of(10_000);
        match place {
            12 | 4 if four => text.push('万'),
            8 if above > 0 => text.push('亿'),
            _ => {}
        }
    }
    text
}

fn digit(value: u64) -> char {
    usize::try_from(value).ok().and_then(|it| DIGITS.get(it)).copied().unwrap_or('零')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rules_are_written_as_they_are_there() {
        let examples = [
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (10_700_053, "壹拾万零柒仟元伍角叁分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (8_800, "捌拾捌元整"),
            (10_000_050_000, "壹亿零伍佰元整"),
            (100_000_000_000_000, "壹万亿元整"),
            (123_456_789_012_345, "壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分"),
        ];
        for (fen, text) in examples {
            let money = Money::new(fen, Currency::CNY);
            assert_eq!(capitals(money).as_deref(), Some(text), "{fen}");
        }
        let dollars = Money::new(100, Currency::from_code("USD").unwrap());
        assert_eq!(capitals(dollars), None);
        assert_eq!(capitals(Money::new(u64::MAX, Currency::CNY)), None);
    }
}
