//! A figure as shapes with places: what a layout makes and what is drawn through plotters.
//!
//! In: shapes in logical pixels, y down. Out: the same shapes on any plotters backend, in finer whole units. It decides no
//! place.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, ShapeStyle, TextStyle};

use crate::figure::text;
use crate::figure::theme::{FINENESS, Ink};

/// A drawn figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Width in logical pixels.
    pub width: f64,
    /// Height in logical pixels.
    pub height: f64,
    /// What is drawn, from back to front.
    pub shapes: Vec<Shape>,
}

/// One shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line through points.
    Line {
        /// Points.
        points: Vec<(f64, f64)>,
        /// Color.
        ink: Ink,
        /// Stroke width.
        width: f64,
    },
    /// A filled rectangle.
    Rect {
        /// Upper left corner.
        at: (f64, f64),
        /// Width and height.
        size: (f64, f64),
        /// Color.
        ink: Ink,
    },
    /// A filled circle with a ring in the color of the background.
    Dot {
        /// Center.
        at: (f64, f64),
        /// Radius.
        radius: f64,
        /// Color.
        ink: Ink,
    },
    /// One line of text.
    Text {
        /// Anchor; vertically the middle of the line.
        at: (f64, f64),
        /// The text, unescaped.
        text: String,
        /// Font size.
        size: f64,
        /// Which end of the text is at the anchor.
        anchor: Anchor,
        /// Weight.
        bold: bool,
        /// Color.
        ink: Ink,
    },
}

/// Where a text's anchor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

impl Scene {
    /// Adds a line.
    pub fn line(&mut self, points: Vec<(f64, f64)>, ink: Ink, width: f64) {
        self.shapes.push(Shape::Line { points, ink, width });
    }

    /// Adds a label of normal weight.
    pub fn label(&mut self, at: (f64, f64), text: &str, size: f64, anchor: Anchor, ink: Ink) {
        let text = text.to_owned();
        self.shapes.push(Shape::Text { at, text, size, anchor, bold: false, ink });
    }

    /// Draws all shapes on a plotters backend that is [`FINENESS`] times as large.
    pub(crate) fn draw<DB: DrawingBackend>(&self, backend: DB) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let area = backend.into_drawing_area();
        for shape in &self.shapes {
            draw(shape, &area)?;
        }
        area.present()
    }
}

impl Shape {
    /// Left, top, right and bottom of a text as estimated; `None` for other shapes.
    #[must_use]
    pub fn text_box(&self) -> Option<[f64; 4]> {
        let Shape::Text { at: (x, y), text, size, anchor, bold, .. } = self else { return None };
        let width = if *bold { text::width_bold(text, *size) } else { text::width(text, *size) };
        let left = match anchor {
            Anchor::Start => *x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        Some([left, y - size / 2.0, left + width, y + size / 2.0])
    }
}

fn draw<DB: DrawingBackend>(
    shape: &Shape,
    area: &DrawingArea<DB, Shift>,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    match shape {
        Shape::Line { points, ink, width } => {
            let style = ShapeStyle::from(&ink.color()).stroke_width(fine(*width).unsigned_abs());
            area.draw(&PathElement::new(points.iter().map(|p| place(*p)).collect::<Vec<_>>(), style))
        }
        Shape::Rect { at, size, ink } => {
            let to = (at.0 + size.0, at.1 + size.1);
            area.draw(&Rectangle::new([place(*at), place(to)], ink.color().filled()))
        }
        Shape::Dot { at, radius, ink } => {
            area.draw(&Circle::new(place(*at), fine(radius + 0.75), Ink::Paper.color().filled()))?;
            area.draw(&Circle::new(place(*at), fine(*radius), ink.color().filled()))
        }
        Shape::Text { at, text, size, anchor, bold, ink } => {
            let h_pos = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let weight = if *bold { FontStyle::Bold } else { FontStyle::Normal };
            let font = ("sans-serif", size * FINENESS).into_font().style(weight);
            let color = ink.color();
            let style = TextStyle::from(font).color(&color).pos(Pos::new(h_pos, VPos::Center));
            area.draw(&Text::new(text.as_str(), place(*at), style))
        }
    }
}

fn place((x, y): (f64, f64)) -> (i32, i32) {
    (fine(x), fine(y))
}

fn fine(x: f64) -> i32 {
    // Figures are a few thousand pixels across: far from the ends of i32, and a cast saturates.
    (x * FINENESS).round() as i32
}
