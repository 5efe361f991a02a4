//! A plotters backend that writes SVG made for reading: roles instead of colors, title and description, no script.
//!
//! In: drawing calls in whole units, four a pixel. Out: one `<svg>`, either to stand in a page (it takes the page's text
//! color) or as a file of its own (it brings light and dark). Plotters' own SVG backend knows neither classes nor titles.

use std::convert::Infallible;
use std::fmt::Write;

use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};

use crate::escape;
use crate::figure::scene::Scene;
use crate::figure::theme::{FINENESS, Ink};

/// Whether an SVG stands in a page or alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Inside HTML: colors come from the page.
    Inline,
    /// A file: its own background, light and dark.
    File,
}

const FILE_STYLE: &str = "<style>svg{color:#1b1f24;background:#fff}.paper{fill:#fff}\
@media (prefers-color-scheme:dark){svg{color:#e6edf3;background:#0d1117}.paper{fill:#0d1117}}</style>\
<rect class=\"paper\" width=\"100%\" height=\"100%\"/>";

/// The scene as SVG. `name` makes the ids of title and description unique in a page.
#[must_use]
pub fn svg(scene: &Scene, setting: Setting, name: &str, title: &str, description: &str) -> String {
    let mut body = String::new();
    let size = (units(scene.width), units(scene.height));
    // The backend cannot fail: its error type has no value.
    let drawn = scene.draw(Svg { out: &mut body, size });
    debug_assert!(drawn.is_ok(), "writing into a string does not fail");
    let name = escape::html(name);
    let (class, style) = match setting {
        Setting::Inline => (" class=\"plot\"", ""),
        Setting::File => ("", FILE_STYLE),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\"{class} role=\"img\" \
         aria-labelledby=\"{name}-title {name}-desc\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\
         <title id=\"{name}-title\">{}</title><desc id=\"{name}-desc\">{}</desc>{style}\n{body}</svg>\n",
        size.0,
        size.1,
        scene.width,
        scene.height,
        escape::html(title),
        escape::html(description),
    )
}

fn units(pixels: f64) -> u32 {
    (pixels * FINENESS).ceil() as u32
}

#[derive(Debug)]
struct Svg<'a> {
    out: &'a mut String,
    size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Svg<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        let _ = writeln!(self.out, "<rect x=\"{x}\" y=\"{y}\" width=\"1\" height=\"1\" {}/>", paint("fill", color));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let paint =
            if fill { paint("fill", style.color()) } else { format!("fill=\"none\" {}", stroke(style)) };
        let (width, height) = (x1 - x0, y1 - y0);
        let _ = writeln!(self.out, "<rect x=\"{x0}\" y=\"{y0}\" width=\"{width}\" height=\"{height}\" {paint}/>");
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points = points(path);
        let _ = writeln!(self.out, "<polyline fill=\"none\" points=\"{points}\" {}/>", stroke(style));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let paint =
            if fill { paint("fill", style.color()) } else { format!("fill=\"none\" {}", stroke(style)) };
        let _ = writeln!(self.out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {paint}/>");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points = points(path);
        let _ = writeln!(self.out, "<polygon points=\"{points}\" {}/>", paint("fill", style.color()));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let weight = if matches!(style.style(), FontStyle::Bold) { " font-weight=\"600\"" } else { "" };
        let size = style.size();
        let baseline = baseline(y, size);
        let _ = writeln!(
            self.out,
            "<text x=\"{x}\" y=\"{baseline}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{weight} {}>{}</text>",
            paint("fill", style.color()),
            escape::html(text)
        );
        Ok(())
    }
}

/// Where the letters stand when the line's middle is at `y`.
pub(super) fn baseline(y: i32, size: f64) -> i32 {
    y + (size * 0.35).round() as i32
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    let all: Vec<String> = path.into_iter().map(|(x, y)| format!("{x},{y}")).collect();
    all.join(" ")
}

fn stroke<S: BackendStyle>(style: &S) -> String {
    format!("{} stroke-width=\"{}\"", paint("stroke", style.color()), style.stroke_width())
}

/// A color as an attribute: text and lines follow the page, families keep theirs.
fn paint(attribute: &str, color: BackendColor) -> String {
    match Ink::role(color.rgb) {
        Some(Ink::Text) => format!("{attribute}=\"currentColor\""),
        Some(Ink::Muted) => format!("{attribute}=\"currentColor\" {attribute}-opacity=\".75\""),
        Some(Ink::Grid) => format!("{attribute}=\"currentColor\" {attribute}-opacity=\".16\""),
        Some(Ink::Paper) => "class=\"paper\"".to_owned(),
        _ => {
            let (r, g, b) = color.rgb;
            format!("{attribute}=\"#{r:02x}{g:02x}{b:02x}\"")
        }
    }
}
