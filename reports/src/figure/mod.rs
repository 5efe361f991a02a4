//! Figures: one model, laid out once a width, drawn through plotters as SVG and as TikZ.

pub mod bars;
pub mod layout;
mod lying;
pub mod model;
pub mod pgf;
pub mod points;
pub mod scene;
pub mod svg;
pub mod text;
pub mod theme;
mod upright;
