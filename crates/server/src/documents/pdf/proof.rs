//! The foot of a paper that is signed: by which key, and where anybody can check it.

use super::Proof;
use super::flow::Flow;
use super::sheet::{Ink, MARGIN, RIGHT, Style};
use super::words::{CHECK, KEY, SIGNATURE, SIGNED};
use crate::documents::qr;

/// The side of the QR code.
const CODE: i16 = 1_500;
/// From one line to the next.
const LINE: i16 = 210;

/// Adds what is known of the signature, and the address of the check as a QR code.
pub(super) fn add(flow: &mut Flow, proof: &Proof) {
    let lang = flow.head.lang;
    flow.need(CODE + 500);
    let top = flow.y + 200;
    flow.text(MARGIN, top + 190, Style::bold(180, Ink::Brand), lang.of_pair(SIGNED));
    let mut y = top + 190 + LINE + 60;
    let facts = [(KEY, &proof.key), (SIGNATURE, &proof.signature), (CHECK, &proof.check_at)];
    for (name, value) in facts {
        flow.text(MARGIN, y, Style::soft(150), lang.of_pair(name));
        for line in flow.wrap(value, 150, RIGHT - CODE - 400 - MARGIN - 1_300) {
            flow.text(MARGIN + 1_300, y, Style::plain(150), &line);
            y += LINE;
        }
    }
    code(flow, &proof.check_at, top);
    flow.y = y.max(top + CODE) + 200;
}

/// Draws the address as a QR code; one that is too long for it stands in words only.
fn code(flow: &mut Flow, text: &str, top: i16) {
    let Ok(grid) = qr::Grid::new(text) else { return };
    let Ok(side) = i16::try_from(grid.side) else { return };
    let module = CODE / side;
    let (left, thick) = (RIGHT - module * side, module);
    for run in &grid.runs {
        let place = [run.x, run.y, run.long].map(|it| i16::try_from(it).unwrap_or(side) * module);
        let [x, y, long] = place;
        flow.fill([left + x, top + y, long, thick], Ink::Text);
    }
}
