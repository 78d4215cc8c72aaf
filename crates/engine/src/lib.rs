//! One writer per cell: offer, take, apply, keep, answer.
