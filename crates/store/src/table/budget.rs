//! How much memory the pages of all tables may take.

use super::page::PAGE;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Even a test needs some pages to stand on.
const PAGES_MIN: usize = 64;

/// How many pages all tables of a cell may keep in memory.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    /// So many bytes of pages.
    pub fn new(bytes: usize) -> Arc<Budget> {
        Arc::new(Budget { limit: (bytes / PAGE).max(PAGES_MIN), used: AtomicUsize::new(0) })
    }

    /// Pages in memory.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Pages that may be in memory.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether tables should give back pages, so that any of them can take some.
    pub fn is_short(&self) -> bool {
        self.used() > self.aim()
    }

    /// Where giving back ends: a little below the limit.
    fn aim(&self) -> usize {
        self.limit - self.limit / 16
    }

    /// How many of its pages a table that has so many should give back.
    pub(super) fn share_of(&self, pages: usize) -> usize {
        let used = self.used().max(1);
        (used.saturating_sub(self.aim()) * pages).div_ceil(used)
    }

    pub(super) fn take(&self) {
        self.used.fetch_add(1, Relaxed);
    }

    pub(super) fn give_back(&self, pages: usize) {
        self.used.fetch_sub(pages, Relaxed);
    }
}
