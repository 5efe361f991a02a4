//! No label overlaps another or leaves the figure, whatever the names and the width.

use reports::figure::layout::scene;
use reports::figure::model::{Bracket, Figure, Item, Kind, Panel};
use reports::figure::scene::Shape;
use reports::figure::theme::{Ink, NARROW, PRINT, WIDE};

const NAMES: [&str; 22] = [
    "Scratch",
    "ImageNet",
    "iNat2021",
    "InsDis",
    "MoCo-v1",
    "PCL-v1",
    "PIRL",
    "PCL-v2",
    "SimCLR-v1",
    "MoCo-v2",
    "SimCLR-v2",
    "SeLa-v2",
    "InfoMin",
    "BYOL",
    "DeepCluster-v2",
    "SwAV",
    "Barlow Twins",
    "ImageNet>ChestX-ray14",
    "ImageNet>CheXpert",
    "an_extraordinarily_long_name_without_any_break_at_all",
    "x",
    "Coarse labels, then the chest images without labels",
];

fn figure(kind: Kind, models: usize, panels: usize, long: bool) -> Figure {
    let names: Vec<&str> = if long { NAMES.iter().rev().copied().collect() } else { NAMES.to_vec() };
    let item = |i: usize| Item {
        label: names[i].to_owned(),
        ink: Ink::Family(i % 6),
        mean: (i != 4).then_some(80.0 + i as f64 * 0.37),
        whisker: (i != 4).then_some((79.0 + i as f64 * 0.37, 81.5 + i as f64 * 0.37)),
        dots: if kind == Kind::Points { vec![79.2 + i as f64 * 0.37; 5] } else { Vec::new() },
        mark: (kind == Kind::Bars && !i.is_multiple_of(3)).then(|| [">***", "n.s."][i % 2].to_owned()),
        absent: "n/a",
    };
    let panel = |p: usize| Panel {
        title: ["DXC14", "Chest (several findings, each scored on its own)", "VFS"][p % 3].to_owned(),
        unit: "AUC, %".to_owned(),
        range: (78.0, 90.0),
        items: (0..models).map(item).collect(),
        brackets: vec![
            Bracket { from: 0, to: 1, text: "p = .185".to_owned() },
            Bracket { from: 2, to: 0, text: "p < .001".to_owned() },
        ],
        reference: Some(80.5),
    };
    Figure {
        id: "x".to_owned(),
        caption: String::new(),
        alt: String::new(),
        kind,
        panels: (0..panels).map(panel).collect(),
        legend: (0..6).map(|i| (format!("Family {i} with a name"), Ink::Family(i))).collect(),
        notes: Vec::new(),
        badge: Some("made data".to_owned()),
    }
}

#[test]
fn labels_neither_overlap_nor_leave_the_figure() {
    for kind in [Kind::Bars, Kind::Points] {
        for models in 3..=22 {
            for panels in [1, 2, 3, 7] {
                for width in [WIDE, PRINT, NARROW] {
                    for long in [false, true] {
                        check(
                            &figure(kind, models, panels, long),
                            width,
                            &format!("{kind:?} {models} {panels} {width} {long}"),
                        );
                    }
                }
            }
        }
    }
}

fn check(figure: &Figure, width: f64, what: &str) {
    let scene = scene(figure, width);
    let texts: Vec<(&Shape, [f64; 4])> =
        scene.shapes.iter().filter_map(|s| Some((s, s.text_box()?))).collect();
    for (i, (shape, [left, top, right, bottom])) in texts.iter().enumerate() {
        let inside =
            -0.5 <= *left && *right <= scene.width + 0.5 && -0.5 <= *top && *bottom <= scene.height + 0.5;
        assert!(inside, "{what}: {shape:?} leaves {} x {}", scene.width, scene.height);
        for (other, [l, t, r, b]) in &texts[i + 1..] {
            let apart = *r <= left + 0.5 || right - 0.5 <= *l || *b <= top + 0.5 || bottom - 0.5 <= *t;
            assert!(apart, "{what}: {shape:?} and {other:?} overlap");
        }
    }
}
