//! Tables: two kinds, one model, three writers with the same marks.

pub mod comparisons;
pub mod html;
pub mod latex;
pub mod markdown;
pub mod model;
pub mod scores;
