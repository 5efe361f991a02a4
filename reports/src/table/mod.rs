//! Tables: one model, three writers with the same marks.

pub mod html;
pub mod latex;
pub mod markdown;
pub mod model;
