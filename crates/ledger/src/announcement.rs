//! Announcements: what the platform tells everybody about itself.
//!
//! Planned maintenance, an incident and its end, or something else that all should know. They are
//! kept in the first cell. The row says when; the words stand in the record at `position`, in both
//! languages. One is shown from its start to its planned end, if it has one, or until whoever is on
//! duty says that it is over.

use crate::id::{AnnouncementId, Position};
use crate::name::Text;
use crate::time::Time;

/// What an announcement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnnouncementKind {
    /// Work that is planned, during which something may not be available.
    Maintenance,
    /// Something does not work as it should.
    Incident,
    /// Something else that everybody should know.
    Notice,
}

impl AnnouncementKind {
    /// Every kind.
    pub const ALL: [AnnouncementKind; 3] =
        [AnnouncementKind::Maintenance, AnnouncementKind::Incident, AnnouncementKind::Notice];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            AnnouncementKind::Maintenance => "maintenance",
            AnnouncementKind::Incident => "incident",
            AnnouncementKind::Notice => "notice",
        }
    }
}

/// The same in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In Chinese.
    pub zh: Text,
    /// In English.
    pub en: Text,
}

/// Announces something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// What it is about.
    pub kind: AnnouncementKind,
    /// Since when, or from when on; now if it is missing.
    pub starts_at: Option<Time>,
    /// When it is over by itself, if that is known.
    pub ends_at: Option<Time>,
    /// What it is, in a line.
    pub title: Words,
    /// What it means for whom.
    pub text: Words,
}

/// Says that what was announced is over, or will not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndAnnouncement {
    /// Which.
    pub announcement: AnnouncementId,
}

/// An announcement as the books have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its name.
    pub id: AnnouncementId,
    /// What it is about.
    pub kind: AnnouncementKind,
    /// Since when, or from when on.
    pub starts_at: Time,
    /// When it is over by itself, if that was known.
    pub ends_at: Option<Time>,
    /// When somebody said that it is over.
    pub ended_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// The record that has its words.
    pub position: Position,
    /// Its last event: the head of its timeline.
    pub last_event: Option<u64>,
}

impl Announcement {
    /// Whether it is shown at this time.
    pub fn shown_at(&self, now: Time) -> bool {
        let over = self.ends_at.is_some_and(|it| it <= now);
        self.starts_at <= now && !over && self.ended_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CellId;

    #[test]
    fn one_is_shown_from_its_start_to_its_end() {
        let it = Announcement {
            id: AnnouncementId::new(CellId::FIRST, 1),
            kind: AnnouncementKind::Maintenance,
            starts_at: Time(100),
            ends_at: Some(Time(200)),
            ended_at: None,
            created_at: Time(50),
            position: Position(1),
            last_event: None,
        };
        let shown = |it: Announcement| [99, 100, 199, 200].map(|now| it.shown_at(Time(now)));
        assert_eq!(shown(it), [false, true, true, false]);
        let open = Announcement { ends_at: None, ..it };
        assert_eq!(shown(open), [false, true, true, true]);
        assert_eq!(shown(Announcement { ended_at: Some(Time(120)), ..open }), [false; 4]);
    }
}
