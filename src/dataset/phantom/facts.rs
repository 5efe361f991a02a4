//! What the made sets are: their cards and the note in their folder.

use super::{GENERATOR_VERSION, PhantomConfig, chest, natural};
use crate::dataset::Card;
use crate::dataset::card::Files;
use crate::dataset::source::SplitRule;

/// Seed of the seeded splits: the images' own seed does not matter for who goes where.
const SPLIT_SEED: u64 = 1;

/// The cards of the made sets; with the demo's sizes they are the built-in ones.
#[expect(clippy::too_many_lines, reason = "six cards, a row each")]
pub fn cards(config: &PhantomConfig) -> Vec<Card> {
    let card = |name: &str, title: &str, labels: &[&str], counts, files| Card {
        name: format!("phantom-{name}"),
        title: format!("{title} (made images)"),
        code: None,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        made: true,
        license: "made by medtransfer: no rights reserved".to_owned(),
        url: "medtransfer data phantom".to_owned(),
        size: config.size,
        channels: 1,
        counts,
        files,
    };
    let text = str::to_owned;
    let labelled = |list: &str| Files::Labelled {
        images: text("natural/images"),
        list: format!("natural/{list}.csv"),
        split: SplitRule { seed: SPLIT_SEED, test: 0.0, val: 0.1, patients: None },
    };
    let [train, val, test] = config.vessel;
    let split = SplitRule {
        seed: SPLIT_SEED,
        test: test as f64 / (train + val + test) as f64,
        val: val as f64 / (train + val) as f64,
        patients: None,
    };
    vec![
        card(
            "chest",
            "Four chest findings",
            &chest::LABELS,
            Some(config.chest),
            Files::ChestXray14 {
                images: text("chest/images"),
                train: text("chest/train.txt"),
                val: text("chest/val.txt"),
                test: text("chest/test.txt"),
                patients: Some(text("chest/patients.csv")),
            },
        ),
        card(
            "natural",
            "Figures without labels",
            &[],
            None,
            Files::Unlabelled { images: text("natural/images") },
        ),
        card("natural-coarse", "Figures in four classes", &natural::COARSE, None, labelled("coarse")),
        card(
            "natural-fine",
            "Figures in sixteen classes",
            &natural::FINE.map(|(fine, _)| fine),
            None,
            labelled("fine"),
        ),
        card(
            "nodule",
            "Nodule or none",
            &["nodule"],
            Some(config.nodule),
            Files::Shenzhen {
                images: text("nodule/images"),
                train: text("nodule/train.txt"),
                val: text("nodule/val.txt"),
                test: text("nodule/test.txt"),
            },
        ),
        card(
            "vessel",
            "Vessels",
            &[],
            Some(config.vessel),
            Files::MaskFolder {
                images: text("vessel/images"),
                masks: text("vessel/masks"),
                mask_bits: None,
                split,
            },
        ),
    ]
}

pub(super) fn readme(config: &PhantomConfig) -> String {
    format!(
        "MADE IMAGES. Every image in this folder was drawn by `medtransfer data phantom`; none shows a patient.\n\
         Results on them say something about the software and nothing about medicine.\n\n\
         generator version {GENERATOR_VERSION}, seed {}, {} x {} pixels\n\n\
         natural/  {} images of figures: unlabelled, or coarse.csv (4 classes), fine.csv (16 classes)\n\
         chest/    {} images, four findings ({}), lists by split, patients.csv\n\
         nodule/   {} images, a disc among rings or rings alone, lists by split\n\
         vessel/   {} images with masks\n\
         cards/    what each task is, in the form `medtransfer data prepare` reads; this folder is their root\n",
        config.seed,
        config.size,
        config.size,
        config.natural,
        config.chest.iter().sum::<usize>(),
        chest::LABELS.join(", "),
        config.nodule.iter().sum::<usize>(),
        config.vessel.iter().sum::<usize>(),
    )
}
