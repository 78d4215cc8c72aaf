//! The store against plain maps: the same requests, the same answers, the same rows; with checkpoints,
//! crashes and tiny memories in between.

mod model;
