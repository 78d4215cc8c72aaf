//! How well somebody is known: what they say of themselves for it, sealed, until an operator has
//! looked at the document.

use super::vault::{Slot, VaultError};
use super::{People, Signed, field};
use crate::http::codes;
use crate::http::problem::Problem;
use ledger::command::Command;
use ledger::event::Actor;
use ledger::id::{RequestId, UserId};
use ledger::person::{AskLevel, Level, SetLevel};
use serde::{Deserialize, Serialize};

/// The most characters of a name in a document.
const NAME_MAX: usize = 64;
/// Characters of a resident's number (GB 11643).
const DIGITS: usize = 18;
/// What each digit but the last counts, and what the last one is for each remainder.
const WEIGHTS: [u32; DIGITS - 1] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// What proves who somebody is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Papers {
    /// The name in the document.
    pub name: String,
    /// The document's number.
    pub number: String,
}

impl Papers {
    /// What somebody typed, if such a document can be.
    pub fn read(name: &str, number: &str) -> Result<Papers, Problem> {
        let name = name.trim();
        let fits = (2..=NAME_MAX).contains(&name.chars().count());
        if !fits || name.chars().any(|it| it.is_control() || it.is_ascii_digit()) {
            return Err(Problem::of(&codes::DOCUMENT_NAME_INVALID).at("/name"));
        }
        let number = number.to_uppercase();
        if !is_residents(&number) {
            return Err(Problem::of(&codes::DOCUMENT_NUMBER_INVALID).at("/number"));
        }
        Ok(Papers { name: name.to_owned(), number })
    }

    /// The number as an operator sees it, who compares it with the document.
    pub fn masked(&self) -> String {
        let (head, tail) = (self.number.get(..6), self.number.get(DIGITS - 4..));
        format!("{}********{}", head.unwrap_or_default(), tail.unwrap_or_default())
    }
}

/// Whether this is a resident's number: the last sign checks the others, and somebody can have been
/// born on that day.
fn is_residents(number: &str) -> bool {
    let signs: Vec<char> = number.chars().collect();
    let Some((check, digits)) = signs.split_last().filter(|it| it.1.len() == DIGITS - 1) else {
        return false;
    };
    let digits: Option<Vec<u32>> = digits.iter().map(|it| it.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let right = CHECKS.get(usize::try_from(sum % 11).unwrap_or(0)) == Some(check);
    let part = |from: usize, to: usize| digits[from..to].iter().fold(0, |sum, it| sum * 10 + it);
    let (year, month, day) = (part(6, 10), part(10, 12), part(12, 14));
    let narrow = |it: u32| i8::try_from(it).unwrap_or(0);
    let date = jiff::civil::Date::new(i16::try_from(year).unwrap_or(0), narrow(month), narrow(day));
    right && date.is_ok() && (1_880..2_200).contains(&year)
}

impl People<'_> {
    /// Applies for a higher level, by whoever knows their password. A name and a number that can be
    /// make the first step at once; the next one is an operator's.
    pub async fn ask_level(
        &self,
        signed: &Signed,
        name: RequestId,
        password: &str,
        papers: &Papers,
    ) -> Result<Level, Problem> {
        let user = signed.user;
        let _turn = self.turn(user).await?;
        let before = if self.done_before(signed, name)? {
            self.person(user)?
        } else {
            let person = self.proved(signed, password).await?;
            // Two strings are always JSON.
            let plain = serde_json::to_vec(papers).unwrap_or_default();
            let papers = self.seal(Slot(person.slot), field::PAPERS, &plain)?;
            let command = Command::AskLevel(AskLevel { user, papers });
            self.app.submit(Actor::User(user), name, user.cell(), command).await?;
            person
        };
        if before.level != Level::Unverified {
            return Ok(before.level);
        }
        let level = Level::Basic;
        let command = Command::SetLevel(SetLevel { user, level });
        self.app.submit(Actor::Platform, RequestId::UNNAMED, user.cell(), command).await?;
        Ok(level)
    }

    /// How well somebody is known, and whether they have applied for more.
    pub fn level_of(&self, user: UserId) -> Result<(Level, bool), Problem> {
        let person = self.person(user)?;
        Ok((person.level, person.level_asked.is_some()))
    }

    /// What somebody applies with, as long as nobody has decided.
    pub fn papers_of(&self, user: UserId) -> Result<Option<Papers>, Problem> {
        let person = self.person(user)?;
        let Some(at) = person.level_asked else { return Ok(None) };
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other command has papers")]
        let sealed = match self.command_at(user.cell(), at)? {
            Command::AskLevel(it) => it.papers,
            _ => return Err(VaultError::Damaged.into()),
        };
        let plain = self.open(Slot(person.slot), field::PAPERS, &sealed)?;
        Ok(Some(serde_json::from_str(&plain).map_err(|_| VaultError::Damaged)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{House, PASSWORD, code, fresh};
    use super::*;

    #[test]
    fn a_residents_number_checks_itself() {
        // The examples of the standard.
        for number in ["11010519491231002X", "440524188001010014"] {
            assert!(is_residents(number), "{number}");
        }
        for number in [
            "11010519491231002x",
            "110105194912310021",
            "101105194912310021",
            "11010519491331002X",
            "1101051949123100",
            "",
            "1101051949123100XX",
        ] {
            assert!(!is_residents(number), "{number}");
        }
        let papers = Papers::read(" 王小红 ", "11010519491231002x").unwrap();
        assert_eq!(
            (papers.name.as_str(), papers.number.as_str()),
            ("王小红", "11010519491231002X")
        );
        assert_eq!(papers.masked(), "110105********002X");
        assert_eq!(
            Papers::read("王", "11010519491231002X").unwrap_err().code.name,
            "document_name_invalid"
        );
    }

    #[tokio::test]
    async fn a_name_and_a_number_make_the_first_step_and_wait_for_an_operator_at_the_second() {
        let house = House::new(1);
        let people = house.app().people();
        let user = house.register("13800138000").await.unwrap();
        let signed = house.sign_in("13800138000", PASSWORD).await.unwrap();
        let papers = Papers::read("王小红", "11010519491231002X").unwrap();
        let wrong = people.ask_level(&signed, fresh(), "wrong horse", &papers).await;
        assert_eq!(code(wrong), Some("password_wrong"));
        assert_eq!(people.level_of(user).unwrap(), (Level::Unverified, false));
        let name = fresh();
        for _ in 0..2 {
            people.ask_level(&signed, name, PASSWORD, &papers).await.unwrap();
            assert_eq!(people.level_of(user).unwrap(), (Level::Basic, false));
        }
        people.ask_level(&signed, fresh(), PASSWORD, &papers).await.unwrap();
        assert_eq!(people.level_of(user).unwrap(), (Level::Basic, true));
        assert_eq!(people.papers_of(user).unwrap(), Some(papers));
    }
}
