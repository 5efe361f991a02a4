//! One part a promise.

mod claims;
mod edges;
mod errors;
mod hostile;
mod layout;
mod made;
mod shipped;
mod tables;
