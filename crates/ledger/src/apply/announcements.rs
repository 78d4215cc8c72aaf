//! Announcements: made, and ended by whoever knows that it is over.

use super::{Done, Work};
use crate::announcement::{Announce, Announcement, EndAnnouncement};
use crate::books::{Books, Listing, Record, Series};
use crate::currency::Currency;
use crate::event::{EventKind, Subject};
use crate::id::{AnnouncementId, CellId};
use crate::money::Money;
use crate::rejection::Rejection;

pub(super) fn announce<B: Books>(work: &mut Work<'_, B>, it: &Announce) -> Done {
    work.platform_only()?;
    if work.cell() != CellId::FIRST {
        return Err(Rejection::NotInThisCell);
    }
    let starts_at = it.starts_at.unwrap_or(work.now);
    if it.ends_at.is_some_and(|end| end <= starts_at || end <= work.now) {
        return Err(Rejection::TimeOutOfRange);
    }

    let id = AnnouncementId::new(work.cell(), work.books.next_number(Series::Announcements));
    work.books.list(Listing::OpenAnnouncement(id));
    let made = Announcement {
        id,
        kind: it.kind,
        starts_at,
        ends_at: it.ends_at,
        ended_at: None,
        created_at: work.now,
        position: work.position,
        last_event: None,
    };
    Ok(write(work, EventKind::AnnouncementMade, made))
}

pub(super) fn end<B: Books>(work: &mut Work<'_, B>, it: EndAnnouncement) -> Done {
    work.platform_only()?;
    if it.announcement.cell() != work.cell() {
        return Err(Rejection::NotInThisCell);
    }
    let known = work.books.announcement(it.announcement);
    let known = known.ok_or(Rejection::AnnouncementNotFound)?;
    if known.ended_at.is_some() {
        return Err(Rejection::StateUnchanged);
    }

    work.books.unlist(Listing::OpenAnnouncement(known.id));
    let ended = Announcement { ended_at: Some(work.now), ..known };
    Ok(write(work, EventKind::AnnouncementEnded, ended))
}

fn write<B: Books>(work: &mut Work<'_, B>, kind: EventKind, it: Announcement) -> Subject {
    let subject = Subject::Announcement(it.id);
    let nothing = Money::new(0, Currency::CNY);
    let last_event = Some(work.happened(kind, subject, None, nothing, it.last_event));
    work.books.put(Record::Announcement(Announcement { last_event, ..it }));
    subject
}
