//! XML as banks send it: read element by element, with bounded memory, and with nothing in it that
//! could reach out or blow up.
//!
//! Document types, entities of a file's own and processing instructions are refused, and so are
//! other encodings than UTF-8. Elements are told apart by their local names; those that a message
//! does not know are skipped.

mod text;

use crate::refused::Refused;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;
use text::Counted;

/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 32;
/// The most bytes of one value.
const VALUE_MAX: usize = 2_048;

/// What is told of a document. Paths begin at the root; elements that are not known are empty in
/// them.
pub trait Visitor {
    /// The names of the elements that mean something.
    const KNOWN: &'static [&'static str];

    /// The document begins, with these namespaces.
    fn root(&mut self, name: &str, namespaces: &[String], line: u64) -> Result<(), Refused>;

    /// An element begins; its attribute `Ccy`, if it has one.
    fn begin(
        &mut self,
        path: &[&'static str],
        currency: Option<&str>,
        line: u64,
    ) -> Result<(), Refused>;

    /// An element ends, with the text that was in it.
    fn end(&mut self, path: &[&'static str], value: &str, line: u64) -> Result<(), Refused>;
}

/// Reads one document to its end. Returns its last line.
pub fn walk<V: Visitor>(input: impl BufRead, visitor: &mut V) -> Result<u64, Refused> {
    let mut reader = Reader::from_reader(Counted::new(input));
    reader.config_mut().check_end_names = true;
    let (path, value) = (Vec::new(), String::new());
    let mut walk = Walk { visitor, path, value, complete: false };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let line = reader.get_ref().line();
        let refuse = |reason: &str| Err(Refused::new(line, reason));
        match event.map_err(|error| Refused::new(line, error.to_string()))? {
            Event::Start(start) => walk.begin(&start, line)?,
            Event::End(_) => walk.end(line)?,
            Event::Empty(start) => {
                walk.begin(&start, line)?;
                walk.end(line)?;
            }
            Event::Text(text) => walk.text(&text.xml10_content(), line)?,
            Event::CData(text) => walk.text(&text.xml10_content(), line)?,
            Event::GeneralRef(it) => walk.text(&text::resolved(&it, line)?, line)?,
            Event::Decl(it) => match it.encoding() {
                None => {}
                Some(Ok(it)) if it.eq_ignore_ascii_case("utf-8") => {}
                Some(_) => return refuse("only UTF-8 is read"),
            },
            Event::DocType(_) => return refuse("a document type is not read"),
            Event::PI(_) => return refuse("a processing instruction is not read"),
            Event::Comment(_) => {}
            Event::Eof if walk.complete => return Ok(line),
            Event::Eof => return refuse("the file ends before the document does"),
        }
    }
}

/// A document on its way.
struct Walk<'a, V> {
    visitor: &'a mut V,
    path: Vec<&'static str>,
    value: String,
    complete: bool,
}

impl<V: Visitor> Walk<'_, V> {
    fn begin(&mut self, start: &BytesStart<'_>, line: u64) -> Result<(), Refused> {
        if self.complete {
            return Err(Refused::new(line, "there is something after the document"));
        }
        if self.path.len() >= DEPTH_MAX {
            return Err(Refused::new(line, "elements stand too deep in each other"));
        }
        let wrong = |error: &dyn ToString| Refused::new(line, error.to_string());
        let name = start.local_name();
        let name: &str = name.as_ref();
        let known = V::KNOWN.iter().find(|it| **it == name).copied().unwrap_or("");
        if self.path.is_empty() {
            let each = start.attributes().map(|it| it.map(|it| it.value.into_owned()));
            let namespaces = each.collect::<Result<Vec<String>, _>>();
            let namespaces = namespaces.map_err(|error| wrong(&error))?;
            self.visitor.root(name, &namespaces, line)?;
        }
        self.path.push(known);
        self.value.clear();
        let currency = if known.is_empty() {
            None
        } else {
            start.try_get_attribute("Ccy").map_err(|error| wrong(&error))?
        };
        self.visitor.begin(&self.path, currency.as_ref().map(|it| &*it.value), line)
    }

    fn text(&mut self, text: &str, line: u64) -> Result<(), Refused> {
        if self.path.is_empty() {
            return if text.trim_matches([' ', '\t', '\r', '\n', '\u{feff}']).is_empty() {
                Ok(())
            } else {
                Err(Refused::new(line, "there is text outside of the document"))
            };
        }
        if self.value.len() + text.len() > VALUE_MAX {
            // White space between elements is no value.
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(Refused::new(line, format!("a value is longer than {VALUE_MAX} bytes")))
            };
        }
        self.value.push_str(text);
        Ok(())
    }

    fn end(&mut self, line: u64) -> Result<(), Refused> {
        let done = self.visitor.end(&self.path, self.value.trim(), line);
        self.value.clear();
        self.path.pop();
        self.complete = self.path.is_empty();
        done
    }
}
