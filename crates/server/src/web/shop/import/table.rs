//! A table of shipments as a spreadsheet saves it: which order, who carries it, under which number.
//!
//! The first line names the columns, in English or in Chinese and in any order; columns with other
//! names are not looked at. What is wrong with a single line is said beside that line, by whoever
//! asked; what is wrong here concerns the whole file, of which nothing is read then.

use encoding_rs::{Encoding, GB18030};
use ledger::shipment::Carrier;
use std::borrow::Cow;

/// The most bytes of a file.
pub(super) const BYTES_MAX: usize = 1 << 20;
/// The most lines that name something.
pub(super) const LINES_MAX: usize = 1_000;
/// How a workbook begins, which people take for a table.
const WORKBOOK: &[u8] = b"PK\x03\x04";
/// What may stand between cells.
const BETWEEN: [char; 3] = [',', ';', '\t'];

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Which line of the file it is.
    pub(super) at: usize,
    /// The order's id, or its seller's own number for it.
    pub(super) order: String,
    /// Who carries it, as the seller calls them.
    pub(super) carrier: String,
    /// What the carrier calls it.
    pub(super) number: String,
}

/// A column that has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Of orders, by id or by number.
    Order,
    /// Of carriers.
    Carrier,
    /// Of tracking numbers.
    Number,
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It has too many bytes.
    Large,
    /// It is no text.
    Workbook,
    /// It is text in an encoding that is not known.
    Encoding,
    /// A quotation mark opens and does not close: lines would be lost in a cell.
    Quote,
    /// The first line names no such column.
    Column(Column),
    /// It has too many lines.
    Lines,
}

impl Column {
    /// What it may be called, without spaces and in small letters.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Column::Order => &[
                "order",
                "orderid",
                "ordernumber",
                "number",
                "yournumber",
                "merchantnumber",
                "订单",
                "订单号",
                "订单编号",
                "商户订单号",
                "商家订单号",
            ],
            Column::Carrier => &["carrier", "courier", "快递", "快递公司", "物流公司", "承运商"],
            Column::Number => &[
                "trackingnumber",
                "trackingno",
                "tracking",
                "waybill",
                "运单号",
                "快递单号",
                "物流单号",
            ],
        }
    }

    /// The places of the columns that are called so.
    fn places(self, heads: &[String]) -> Result<Vec<usize>, Unreadable> {
        let named = |it: &(usize, &String)| self.names().contains(&it.1.as_str());
        let places: Vec<usize> = heads.iter().enumerate().filter(named).map(|it| it.0).collect();
        if places.is_empty() { Err(Unreadable::Column(self)) } else { Ok(places) }
    }
}

/// Reads a file.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Line>, Unreadable> {
    if bytes.len() > BYTES_MAX {
        return Err(Unreadable::Large);
    }
    if bytes.starts_with(WORKBOOK) {
        return Err(Unreadable::Workbook);
    }
    let mut records = records(&decode(bytes)?)?.into_iter();
    let (_, heads) = records.next().ok_or(Unreadable::Empty)?;
    let heads: Vec<String> = heads.iter().map(|it| folded(it)).collect();
    let [orders, carriers, numbers] = [
        Column::Order.places(&heads)?,
        Column::Carrier.places(&heads)?,
        Column::Number.places(&heads)?,
    ];
    if records.len() > LINES_MAX {
        return Err(Unreadable::Lines);
    }
    let mut lines = Vec::new();
    for (at, cells) in records {
        // An order may be named twice, by its id and by its number: either is enough.
        let cell = |places: &[usize]| {
            let mut found = places.iter().filter_map(|it| cells.get(*it));
            found.find(|it| !it.is_empty()).cloned().unwrap_or_default()
        };
        let number = cell(&numbers).split_whitespace().collect();
        lines.push(Line { at, order: cell(&orders), carrier: cell(&carriers), number });
    }
    if lines.is_empty() { Err(Unreadable::Empty) } else { Ok(lines) }
}

/// The cells of every line that has any, with the number that an editor gives the line.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, Unreadable> {
    if !text.matches('"').count().is_multiple_of(2) {
        return Err(Unreadable::Quote);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n") + "\n";
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(between(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let (mut records, mut record) = (Vec::new(), csv::StringRecord::new());
    while reader.read_record(&mut record).map_err(|_| Unreadable::Encoding)? {
        let cells: Vec<String> = record.iter().map(plain).collect();
        // Where it ends is known; it began as many lines before as it has breaks in its cells.
        let breaks: usize = record.iter().map(|it| it.matches('\n').count()).sum();
        let end = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        let at = end.saturating_sub(1 + breaks);
        // Spreadsheets keep lines that were emptied.
        if cells.iter().any(|it| !it.is_empty()) {
            records.push((at, cells));
        }
    }
    Ok(records)
}

/// The text of a file. Spreadsheets that are set to Chinese write GB18030 unless they are told
/// otherwise, and what they call Unicode is UTF-16 with its mark.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = bytes.get(mark..).unwrap_or_default();
        let text = encoding.decode_without_bom_handling_and_without_replacement(text);
        return text.ok_or(Unreadable::Encoding);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.into());
    }
    GB18030.decode_without_bom_handling_and_without_replacement(bytes).ok_or(Unreadable::Encoding)
}

/// What stands between the cells: whatever the first line has most of.
fn between(text: &str) -> u8 {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let often = |it: &char| first.matches(*it).count();
    // Of those that are as frequent the last wins, and commas are what a table has by its name.
    let found = BETWEEN.into_iter().rev().max_by_key(often).unwrap_or(',');
    u8::try_from(found).unwrap_or(b',')
}

/// A cell without what keeps a spreadsheet from taking it for a number: an apostrophe, as our own
/// tables have it, or a formula that is only a text.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    let quoted = cell.strip_prefix("=\"").and_then(|it| it.strip_suffix('"'));
    let cell = quoted.unwrap_or(cell);
    cell.strip_prefix('\'').unwrap_or(cell).trim().to_owned()
}

/// A name without what people write in several ways.
fn folded(text: &str) -> String {
    let bare = text.chars().filter(|it| !it.is_whitespace() && !matches!(it, '_' | '-' | '&'));
    bare.flat_map(char::to_lowercase).collect()
}

/// The carrier that a seller means: by its code, or by its name in either language with or without
/// the word for what it does.
pub(super) fn carrier(text: &str, names: impl Fn(Carrier) -> [&'static str; 2]) -> Option<Carrier> {
    let short = |it: &str| {
        let it = folded(it);
        let ends = ["快递", "速运", "速递", "快运", "物流", "express"];
        let cut = ends.iter().find_map(|end| it.strip_suffix(end)).filter(|it| !it.is_empty());
        cut.unwrap_or(&it).to_owned()
    };
    let meant = short(text);
    let called =
        |it: &Carrier| it.code() == meant || names(*it).iter().any(|it| short(it) == meant);
    Carrier::ALL.into_iter().find(called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::orders::carrier_name;

    const HEAD: &str = "order,carrier,tracking_number\n";

    fn line(at: usize, [order, carrier, number]: [&str; 3]) -> Line {
        let (order, carrier, number) = (order.into(), carrier.into(), number.into());
        Line { at, order, carrier, number }
    }

    fn one(text: &str) -> Line {
        let lines = read(text.as_bytes()).unwrap();
        assert_eq!(lines.len(), 1, "{text}");
        lines[0].clone()
    }

    #[test]
    fn columns_are_found_by_their_names_in_both_languages_and_in_any_order() {
        let expected = ["A-1", "sf", "SF1"];
        for text in [
            "order,carrier,tracking_number\nA-1,sf,SF1\n",
            "Tracking Number,Carrier,Order ID\nSF1,sf,A-1\n",
            "your number;carrier;tracking number\nA-1;sf;SF1",
            "订单编号\t商户订单号\t商品\t快递公司\t运单号\r\n\tA-1\t茶\tsf\tSF1\r\n",
            "商品,运单号,快递公司,商户订单号\n\"茶, 两盒\",SF1,sf,A-1\n",
        ] {
            assert_eq!(one(text), line(2, expected), "{text}");
        }
    }

    #[test]
    fn files_come_in_the_encodings_that_spreadsheets_write() {
        let text = "订单编号,快递公司,运单号\nA-1,顺丰速运,SF1\n";
        let marked = format!("\u{feff}{text}");
        let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let national = GB18030.encode(text).0;
        for bytes in [text.as_bytes(), marked.as_bytes(), &national, &wide] {
            assert_eq!(read(bytes).unwrap(), [line(2, ["A-1", "顺丰速运", "SF1"])]);
        }
        assert_eq!(read(b"order\xff\xff,\x80"), Err(Unreadable::Encoding));
    }

    #[test]
    fn cells_lose_what_keeps_spreadsheets_from_computing_them() {
        for number in ["SF1", " SF1\t", "'SF1", "=\"SF1\"", "\"SF1\"", "SF 1"] {
            assert_eq!(one(&format!("{HEAD}A-1,sf,{number}\n")).number, "SF1", "{number}");
        }
    }

    #[test]
    fn lines_keep_their_numbers_and_empty_ones_are_none() {
        let text = format!("\n,,\n{HEAD}A-1,sf,1\n,,\n\nA-2,,,\"two\nlines\"\nA-3");
        let expected =
            [line(4, ["A-1", "sf", "1"]), line(7, ["A-2", "", ""]), line(9, ["A-3", "", ""])];
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(read(text.replace('\n', end).as_bytes()).unwrap(), expected, "{end:?}");
        }
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let many = |count: usize| HEAD.to_owned() + &"A-1,sf,1\n".repeat(count);
        assert_eq!(read(many(LINES_MAX).as_bytes()).unwrap().len(), LINES_MAX);
        let large = vec![b'x'; BYTES_MAX + 1];
        for (bytes, expected) in [
            (many(LINES_MAX + 1).as_bytes(), Unreadable::Lines),
            (large.as_slice(), Unreadable::Large),
            (b"", Unreadable::Empty),
            (b"\n ,\n", Unreadable::Empty),
            (HEAD.as_bytes(), Unreadable::Empty),
            (b"PK\x03\x04\x14\x00", Unreadable::Workbook),
            (b"A-1,sf,1\n", Unreadable::Column(Column::Order)),
            (b"order,tracking\n", Unreadable::Column(Column::Carrier)),
            (b"order,carrier\n", Unreadable::Column(Column::Number)),
            (b"order,carrier,tracking\n\"A-1,sf,1\nA-2,sf,2\n", Unreadable::Quote),
        ] {
            assert_eq!(read(bytes), Err(expected), "{expected:?}");
        }
    }

    #[test]
    fn carriers_are_known_by_their_codes_and_names() {
        let names = |it| [Lang::Zh, Lang::En].map(|lang| carrier_name(lang, it));
        for it in Carrier::ALL {
            for text in [it.code(), names(it)[0], names(it)[1]] {
                assert_eq!(carrier(text, names), Some(it), "{text}");
            }
        }
        for (text, expected) in [
            ("顺丰", Some(Carrier::Sf)),
            ("SF", Some(Carrier::Sf)),
            ("中通", Some(Carrier::Zto)),
            ("J&T", Some(Carrier::Jt)),
            ("yunda express", Some(Carrier::Yunda)),
            ("其他", Some(Carrier::Other)),
            ("快递", None),
            ("pigeon", None),
            ("", None),
        ] {
            assert_eq!(carrier(text, names), expected, "{text}");
        }
    }
}
