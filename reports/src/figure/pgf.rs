//! A plotters backend that writes TikZ: the figure is LaTeX source, set in the document's own face.
//!
//! In: drawing calls in whole units, four a pixel. Out: one `tikzpicture` that needs the package tikz and nothing else, no
//! shell escape and no converter. Names are escaped: a model called `\input{x}` is shown.

use std::convert::Infallible;
use std::fmt::Write;

use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};

use crate::escape;
use crate::figure::scene::Scene;
use crate::figure::svg::baseline;
use crate::figure::theme::{FINENESS, Ink};
use crate::table::latex::TEXT_WIDTH;

/// The scene as TikZ, as wide as the text block of `main.tex`.
#[must_use]
pub fn pgf(scene: &Scene, id: &str) -> String {
    let unit = TEXT_WIDTH / (scene.width * FINENESS);
    let mut body = String::new();
    let size = ((scene.width * FINENESS) as u32, (scene.height * FINENESS) as u32);
    let drawn = scene.draw(Pgf { out: &mut body, size, unit });
    debug_assert!(drawn.is_ok(), "writing into a string does not fail");
    format!(
        "% Figure {id}: needs tikz. {TEXT_WIDTH} pt wide; for another width wrap it in \\resizebox.\n\
         \\begin{{tikzpicture}}[x={unit:.5}pt,y=-{unit:.5}pt,inner sep=0pt,outer sep=0pt]\n\
         \\useasboundingbox (0,0) rectangle ({},{});\n{body}\\end{{tikzpicture}}%\n",
        size.0, size.1
    )
}

#[derive(Debug)]
struct Pgf<'a> {
    out: &'a mut String,
    size: (u32, u32),
    /// Points a unit.
    unit: f64,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Pgf<'_> {
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
        let _ = writeln!(self.out, "\\fill[{}] ({x},{y}) rectangle ++(1,1);", paint(color));
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
        let command = if fill { "fill" } else { "draw" };
        let _ =
            writeln!(self.out, "\\{command}[{}] ({x0},{y0}) rectangle ({x1},{y1});", paint(style.color()));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let width = f64::from(style.stroke_width()) * self.unit;
        let (color, points) = (paint(style.color()), points(path));
        let _ = writeln!(self.out, "\\draw[{color},line width={width:.3}pt] {points};");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let command = if fill { "fill" } else { "draw" };
        let radius = f64::from(radius) * self.unit;
        let _ =
            writeln!(self.out, "\\{command}[{}] ({x},{y}) circle[radius={radius:.3}pt];", paint(style.color()));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let _ = writeln!(self.out, "\\fill[{}] {} -- cycle;", paint(style.color()), points(path));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "base west",
            HPos::Center => "base",
            HPos::Right => "base east",
        };
        let weight = if matches!(style.style(), FontStyle::Bold) { "\\bfseries" } else { "" };
        let points = style.size() * self.unit;
        let baseline = baseline(y, style.size());
        let _ = writeln!(
            self.out,
            "\\node[{},anchor={anchor},font=\\fontsize{{{points:.2}}}{{{:.2}}}\\selectfont{weight}] at ({x},{baseline}) {{{}}};",
            paint(style.color()),
            points * 1.2,
            escape::latex(text)
        );
        Ok(())
    }
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    let all: Vec<String> = path.into_iter().map(|(x, y)| format!("({x},{y})")).collect();
    all.join(" -- ")
}

/// A color as an option of a path or node.
fn paint(color: BackendColor) -> String {
    match Ink::role(color.rgb) {
        Some(Ink::Text) => "black".to_owned(),
        Some(Ink::Muted) => "black!65".to_owned(),
        Some(Ink::Grid) => "black!15".to_owned(),
        Some(Ink::Paper) => "white".to_owned(),
        _ => {
            let (r, g, b) = color.rgb;
            format!("color={{rgb,255:red,{r};green,{g};blue,{b}}}")
        }
    }
}
