//! Image lists in the two official forms: ChestX-ray14 and Shenzhen.
//!
//! Comes in: a text file. Goes out: rows with image name, targets and line number. Images are not looked at here.

use std::path::{Component, Path};

use super::problem::Problems;
use crate::dataset::Result;
use crate::error::At;

/// The fourteen labels of ChestX-ray14, in the order of the official lists' columns.
pub const CHEST_XRAY14_LABELS: [&str; 14] = [
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumonia",
    "Pneumothorax",
    "Consolidation",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Pleural_Thickening",
    "Hernia",
];

/// One line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRow {
    /// The image's name, relative to the image folder.
    pub image: String,
    /// 0 or 1 a label.
    pub target: Vec<f32>,
    /// Line of the list, from 1.
    pub line: usize,
}

/// How a line reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// `file.png 0 1 0 ...`: the name, then so many 0 or 1, separated by blanks (ChestX-ray14: 14).
    Columns(usize),
    /// `file.png,0`: the name, a comma, 0 or 1 (Shenzhen).
    Comma,
}

/// Reads a list; blank lines are skipped.
///
/// # Errors
/// An input error that tells every line that is wrong (the first twenty, and how many), with found and expected.
pub fn read(path: &Path, form: ListForm) -> Result<Vec<ListRow>> {
    let mut problems = Problems::default();
    let rows = read_into(path, form, &mut problems)?;
    problems.or(&path.display().to_string(), rows)
}

/// As [`read`], leaving the problems to the caller, who may have more lists to read.
pub(crate) fn read_into(path: &Path, form: ListForm, problems: &mut Problems) -> Result<Vec<ListRow>> {
    let text = std::fs::read_to_string(path).at("read", path)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut rows = Vec::new();
    for (i, content) in text.lines().enumerate() {
        if content.trim().is_empty() {
            continue;
        }
        let line = i + 1;
        match parse(content, form) {
            Ok((image, target)) => rows.push(ListRow { image, target, line }),
            Err(cause) => problems.push(format!("{} line {line}: {cause}", path.display())),
        }
    }
    Ok(rows)
}

fn parse(line: &str, form: ListForm) -> Result<(String, Vec<f32>), String> {
    let (name, labels): (&str, Vec<&str>) = match form {
        ListForm::Columns(expected) => {
            let mut fields = line.split_whitespace();
            let name = fields.next().unwrap_or_default();
            let labels: Vec<_> = fields.collect();
            if labels.len() != expected {
                let found = labels.len();
                return Err(format!(
                    "found {found} labels, expected {expected} (a file name, then {expected} times 0 or 1)"
                ));
            }
            (name, labels)
        }
        ListForm::Comma => {
            let fields: Vec<_> = line.split(',').map(str::trim).collect();
            let [name, label] = fields[..] else {
                let found = fields.len();
                return Err(format!("found {found} fields, expected 2 (a file name, a comma, 0 or 1)"));
            };
            (name, vec![label])
        }
    };
    check_name(name)?;
    let target =
        labels.iter().enumerate().map(|(i, &label)| parse_label(label, i)).collect::<Result<_, _>>()?;
    Ok((name.to_owned(), target))
}

fn parse_label(text: &str, i: usize) -> Result<f32, String> {
    match text {
        "0" => Ok(0.0),
        "1" => Ok(1.0),
        other => Err(format!("label {} is `{other}`, expected 0 or 1", i + 1)),
    }
}

/// A name must stay inside the image folder.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() {
        Err("the file name is empty".to_owned())
    } else if !inside {
        Err(format!("the name `{name}` leads out of the image folder"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::source::tests::{shared, strip};

    fn list(text: &str, form: ListForm) -> Result<Vec<ListRow>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("train.txt");
        analysis::atomic::write(&path, text.as_bytes()).unwrap();
        read(&path, form).map_err(|error| strip(&error, dir.path()))
    }

    #[test]
    fn reads_both_forms() {
        let rows = list("a_0.png 0 1\r\n\n b_1.png\t1  0 \n", ListForm::Columns(2)).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[1].image.as_str(), &rows[1].target[..], rows[1].line),
            ("b_1.png", &[1.0, 0.0][..], 3)
        );
        let rows = list("CHNCXR_0402_1.png,1\nCHNCXR_0001_0.png, 0\n", ListForm::Comma).unwrap();
        assert_eq!((&rows[0].target[..], &rows[1].target[..]), (&[1.0][..], &[0.0][..]));
    }

    #[test]
    fn a_row_with_thirteen_labels_is_named() {
        let good = format!("a.png{}", " 0".repeat(14));
        let short = format!("b.png{}", " 0".repeat(13));
        let error = list(&format!("{good}\n{short}\n"), ListForm::Columns(14)).unwrap_err();
        insta::assert_snapshot!(error, @"[dir]/train.txt line 2: found 13 labels, expected 14 (a file name, then 14 times 0 or 1)");
    }

    #[test]
    fn all_bad_lines_are_told() {
        let error = list("a.png,2\n../b.png,1\nc.png\n/d.png,0\n,1\n", ListForm::Comma).unwrap_err();
        insta::assert_snapshot!(error, @r"
        [dir]/train.txt: 5 problems
          [dir]/train.txt line 1: label 1 is `2`, expected 0 or 1
          [dir]/train.txt line 2: the name `../b.png` leads out of the image folder
          [dir]/train.txt line 3: found 1 fields, expected 2 (a file name, a comma, 0 or 1)
          [dir]/train.txt line 4: the name `/d.png` leads out of the image folder
          [dir]/train.txt line 5: the file name is empty
        ");
    }

    #[test]
    fn official_lists_have_their_official_sizes() {
        let Some(lists) = shared("lists") else { return };
        let count = |name: &str, form| read(&lists.join(name), form).unwrap().len();
        for (part, n) in [("train", 75_312), ("val", 11_212), ("test", 25_596)] {
            assert_eq!(count(&format!("chest-xray14-{part}.txt"), ListForm::Columns(14)), n);
        }
        for (part, n) in [("train", 463), ("val", 65), ("test", 134)] {
            assert_eq!(count(&format!("shenzhen-{part}.txt"), ListForm::Comma), n);
        }
    }
}
