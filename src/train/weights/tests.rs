//! Checkpoints: conversion, loading, hostile files.

use std::path::{Path, PathBuf};

use tch::{Device, Kind, Tensor};

use super::*;
use crate::train::net::{Classifier, EncoderConfig, HeadInit, Unet};
use crate::train::param::{Mode, ParamStore};

mod hostile;
mod real;

fn golden_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The row, for the small network of the fixtures.
fn small_card(row: &str) -> Card {
    let mut card = card::named(row).unwrap();
    card.arch = vec!["resnet18-w4".to_owned()];
    card
}

fn store_of(name: &str, seed: u64) -> ParamStore {
    let store = ParamStore::new(Device::Cpu, seed);
    let config: EncoderConfig = name.parse().unwrap();
    Classifier::new(&store.root(), &config, 2, HeadInit::Protocol).unwrap();
    store
}

fn lineage(arch: &str) -> Lineage {
    Lineage {
        model: "Test".to_owned(),
        family: "ssl".to_owned(),
        pretrained_on: "a>b".to_owned(),
        arch: arch.to_owned(),
        source_sha256: None,
        normalize: "half".to_owned(),
        made: true,
    }
}

#[test]
fn the_table_of_models_is_sound() {
    let cards = cards().unwrap();
    let rows: std::collections::BTreeSet<&str> = cards.iter().map(|card| card.row.as_str()).collect();
    assert_eq!(rows.len(), cards.len());
    for card in &cards {
        assert!(
            ["supervised", "inat", "ssl", "in-domain", "continual"].contains(&card.family.as_str()),
            "{card:?}"
        );
        assert!(["imagenet", "none", "half"].contains(&card.normalize.as_str()), "{card:?}");
        assert!(card.prefix.is_empty() || card.prefix.ends_with('.'), "{card:?}");
        for arch in &card.arch {
            arch.parse::<EncoderConfig>().unwrap();
        }
    }
    // Every published initialisation but scratch has a row.
    assert_eq!(cards.iter().filter(|card| card.family == "ssl").count(), 14);
}

#[test]
fn what_is_saved_comes_back_bit_for_bit_and_gives_equal_bytes_twice() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b] = ["a.safetensors", "b.safetensors"].map(|name| dir.path().join(name));
    let store = store_of("resnet18-w4", 1);
    let tensors = encoder_tensors(&store, "");
    assert_eq!(tensors.len(), 120);
    save(&a, &tensors, &lineage("resnet18-w4")).unwrap();
    save(&b, &tensors, &lineage("resnet18-w4")).unwrap();
    assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());

    let weights = read(&a).unwrap();
    assert_eq!(weights.lineage, Some(lineage("resnet18-w4")));
    let other = store_of("resnet18-w4", 2);
    other.flatten().unwrap();
    let fresh_head = other.get("fc.weight").unwrap().detach().copy();
    let matched = load_encoder(&other, "", &weights).unwrap();
    assert_eq!((matched.n_tensors, matched.fresh), (120, vec!["fc.weight".to_owned(), "fc.bias".to_owned()]));
    for (name, tensor) in tensors {
        assert_eq!(other.get(&name).unwrap().detach(), tensor.detach(), "{name}");
    }
    assert_eq!(other.get("fc.weight").unwrap().detach(), fresh_head);
    assert!(other.get("conv1.weight").unwrap().requires_grad());
}

#[test]
fn a_unet_takes_the_encoder_of_a_classifier() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let store = store_of("mobilenet_v2-w8-small", 1);
    save(&path, &encoder_tensors(&store, ""), &lineage("mobilenet_v2-w8-small")).unwrap();
    let other = ParamStore::new(Device::Cpu, 2);
    let net = Unet::new(&other.root(), &"mobilenet_v2-w8-small".parse().unwrap()).unwrap();
    let matched = load_encoder(&other, "encoder", &read(&path).unwrap()).unwrap();
    assert_eq!(matched.n_tensors, 312);
    assert!(matched.fresh.iter().all(|name| !name.starts_with("encoder.")) && matched.fresh.len() > 20);
    let name = "features.4.conv.0.0.weight";
    assert_eq!(other.get(&format!("encoder.{name}")).unwrap().detach(), store.get(name).unwrap().detach());
    let ys = net.forward(&Tensor::zeros([1, 3, 28, 28], (Kind::Float, Device::Cpu)), Mode::Eval);
    assert_eq!(ys.size(), [1, 1, 28, 28]);
    // And back: the U-Net's encoder is saved under the same names.
    let names =
        |tensors: Vec<(String, Tensor)>| tensors.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(encoder_tensors(&other, "encoder.")), names(encoder_tensors(&store, "")));
}

fn load_error(arch: &str, change: impl Fn(&mut Weights)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    save(&path, &encoder_tensors(&store_of("resnet18-w4", 1), ""), &lineage("resnet18-w4")).unwrap();
    let mut weights = read(&path).unwrap();
    weights.source = "w.safetensors".to_owned();
    change(&mut weights);
    let store = store_of(arch, 2);
    let before = store.snapshot().unwrap();
    let error = load_encoder(&store, "", &weights).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    for (param, (name, old)) in store.params().iter().zip(before.tensors()) {
        assert_eq!(param.tensor.detach(), *old, "{name} was changed by a load that failed");
    }
    error.to_string()
}

#[test]
fn weights_of_another_network_are_refused() {
    let error = load_error("resnet50-w4", |_| ());
    let start = "w.safetensors does not fit the network: it looks like resnet18-w4, the network looks like \
                 resnet50-w4; 198 missing (layer1.0.bn3.bias, layer1.0.bn3.num_batches_tracked, ";
    assert!(error.starts_with(start), "{error}");
    assert!(
        error
            .contains("of another shape (layer1.0.conv1.weight is [4, 4, 3, 3] and should be [4, 4, 1, 1], ")
    );
    let error = load_error("resnet18-w8", |_| ());
    assert!(
        error.contains(
            "it looks like resnet18-w4, the network looks like resnet18-w8; 100 of another shape (bn1."
        ),
        "{error}"
    );
    let error = load_error("resnet18-w4-small", |_| ());
    assert!(
        error.ends_with("1 of another shape (conv1.weight is [4, 3, 7, 7] and should be [4, 3, 3, 3])"),
        "{error}"
    );
    let error = load_error("mobilenet_v2-w8", |_| ());
    assert!(
        error.contains("312 missing (features.0.0.weight, ")
            && error.contains("; 120 unexpected (bn1.bias, ")
    );
}

#[test]
fn missing_and_unexpected_tensors_are_refused() {
    let error = load_error("resnet18-w4", |weights| {
        weights.tensors.remove("layer2.0.bn1.bias");
    });
    assert!(error.ends_with("; 1 missing (layer2.0.bn1.bias)"), "{error}");
    let error = load_error("resnet18-w4", |weights| {
        let array = weights.tensors["bn1.bias"].clone();
        weights.tensors.insert("queue".to_owned(), array);
    });
    assert!(error.ends_with("; 1 unexpected (queue)"), "{error}");
    let error = load_error("resnet18-w4", |weights| weights.tensors.clear());
    assert!(
        error
            .contains("it looks like no network known here, the network looks like resnet18-w4; 120 missing")
    );
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let spoil = |weights: &mut Weights| {
        let Values::F32(values) = &mut weights.tensors.get_mut("layer1.0.conv1.weight").unwrap().values
        else {
            panic!()
        };
        values[3] = f32::NAN;
        values[5] = f32::INFINITY;
    };
    let error = load_error("resnet18-w4", spoil);
    assert_eq!(
        error,
        "w.safetensors cannot be loaded: layer1.0.conv1.weight has 2 values that are not finite"
    );

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let bad = vec![("a".to_owned(), Tensor::from_slice(&[1.0_f32, f32::NAN]))];
    let error = save(&path, &bad, &lineage("resnet18-w4")).unwrap_err().to_string();
    assert!(error.starts_with("1 of 2 values of a are not finite: "), "{error}");
    let half = vec![("a".to_owned(), Tensor::from_slice(&[1.0_f32]).to_kind(Kind::Half))];
    let error = save(&path, &half, &lineage("resnet18-w4")).unwrap_err().to_string();
    assert_eq!(error, "a is Half: weights files hold fp32");
    assert!(!path.exists());
}

#[test]
fn the_head_of_a_published_file_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let all: Vec<_> = store_of("resnet18-w4", 1).params().into_iter().map(|p| (p.name, p.tensor)).collect();
    save(&path, &all, &lineage("resnet18-w4")).unwrap();
    let matched = load_encoder(&store_of("resnet18-w4", 2), "", &read(&path).unwrap()).unwrap();
    assert_eq!(matched.dropped, ["fc.bias", "fc.weight"]);
}

/// The value that checkpoints.py wrote, through the half precision of the file.
fn expected(name: &str, array: &Array, kind: Kind) -> Vec<f32> {
    let value = crate::train::net::golden::value(name, &array.shape);
    Vec::try_from(value.to_kind(kind).to_kind(Kind::Float).flatten(0, -1)).unwrap()
}

#[test]
fn mocos_zip_with_half_precision_and_foreign_objects_converts() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("w.safetensors");
    let report =
        convert::convert_as(&golden_file("moco-fp16.pth.tar"), Some(small_card("moco-v2")), &out).unwrap();
    assert_eq!((report.row.as_str(), report.format.as_str(), report.n_tensors), ("moco-v2", "zip", 120));
    assert_eq!(report.recast, [("F16".to_owned(), 100)].into());
    assert_eq!(report.filled, Vec::<String>::new());
    let dropped = [
        "optimizer.state.0.momentum_buffer",
        "optimizer.state.1.momentum_buffer",
        "state_dict.module.encoder_k.conv1.weight",
        "state_dict.module.encoder_k.fc.weight",
        "state_dict.module.encoder_q.fc.bias",
        "state_dict.module.encoder_q.fc.weight",
        "state_dict.module.queue",
        "state_dict.module.queue_ptr",
    ];
    assert_eq!(report.dropped, dropped);

    let weights = read(&out).unwrap();
    let lineage = weights.lineage.as_ref().unwrap();
    assert_eq!((lineage.model.as_str(), lineage.family.as_str()), ("MoCo-v2", "ssl"));
    assert_eq!((lineage.pretrained_on.as_str(), lineage.arch.as_str()), ("imagenet", "resnet18-w4"));
    assert_eq!(lineage.source_sha256.as_ref().unwrap().len(), 64);
    for (name, array) in &weights.tensors {
        match &array.values {
            Values::F32(values) => assert_eq!(*values, expected(name, array, Kind::Half), "{name}"),
            Values::I64(values) => assert_eq!(*values, [0], "{name}"),
        }
    }
    load_encoder(&store_of("resnet18-w4", 1), "", &weights).unwrap();

    let bytes = std::fs::read(&out).unwrap();
    convert::convert_as(&golden_file("moco-fp16.pth.tar"), Some(small_card("moco-v2")), &out).unwrap();
    assert_eq!(std::fs::read(&out).unwrap(), bytes, "a second conversion gives the same bytes");
    let error = convert(&out, None, &dir.path().join("again")).unwrap_err().to_string();
    assert!(error.ends_with("w.safetensors is a weights file of medtransfer already"), "{error}");
}

#[test]
fn insdis_legacy_stream_without_counters_converts() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("w.safetensors");
    let report =
        convert::convert_as(&golden_file("insdis-bf16.pth"), Some(small_card("insdis")), &out).unwrap();
    assert_eq!((report.format.as_str(), report.n_tensors, report.filled.len()), ("legacy", 120, 20));
    assert_eq!(report.recast, [("BF16".to_owned(), 100)].into());
    assert_eq!(
        report.dropped,
        ["model.module.encoder.fc.bias", "model.module.encoder.fc.weight", "model.module.head.weight"]
    );
    for (name, array) in &read(&out).unwrap().tensors {
        if let Values::F32(values) = &array.values {
            assert_eq!(*values, expected(name, array, Kind::BFloat16), "{name}");
        }
    }
}

#[test]
fn the_wrong_row_is_refused_with_what_was_found() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("w.safetensors");
    let moco = golden_file("moco-fp16.pth.tar");
    let error = |row: Option<&str>| convert(&moco, row, &out).unwrap_err().to_string();
    let found = error(Some("swav"));
    let end = "moco-fp16.pth.tar has resnet18-w4 under \"state_dict.module.encoder_q.\"; swav has resnet50 under \"module.\"";
    assert!(found.ends_with(end), "{found}");
    let found = error(Some("moco-v1"));
    assert!(found.ends_with("moco-fp16.pth.tar looks like resnet18-w4, moco-v1 is resnet50"), "{found}");
    let found = error(None);
    assert!(found.contains("which no row of data/cards/models.toml has"), "{found}");
    let found = error(Some("moco"));
    assert!(
        found.starts_with("no model is called \"moco\"; data/cards/models.toml has imagenet, inat2021, "),
        "{found}"
    );
    let found = error(Some("byol"));
    assert!(found.ends_with("cannot be converted as byol: it is a pickle of JAX and Haiku objects, which this version cannot read yet"));
    assert!(error(Some("simclr-v2")).contains("this version cannot map yet"));
    assert!(!out.exists());
}

#[test]
fn rows_are_found_by_layout_and_then_by_name() {
    let detect = |file: &str, place: &str, arch: &str| {
        let places = [(place.to_owned(), arch.to_owned())];
        card::detect(Path::new(file), &places).map(|card| card.row).map_err(|error| error.to_string())
    };
    let q = "state_dict.module.encoder_q.";
    assert_eq!(detect("/x/moco_v2_800ep_pretrain.pth.tar", q, "resnet50").unwrap(), "moco-v2");
    assert_eq!(detect("/x/PCL_v1_epoch200.pth.tar", q, "resnet50").unwrap(), "pcl-v1");
    let ambiguous = detect("/x/net.pth", q, "resnet50").unwrap_err();
    assert_eq!(
        ambiguous,
        "/x/net.pth may be any of moco-v1, moco-v2, pcl-v1, pcl-v2: say which with --model"
    );
    // The layout alone is enough where one row has it, and DataParallel's prefix is allowed for.
    assert_eq!(detect("/x/any.pth", "", "mobilenet_v2").unwrap(), "imagenet");
    assert_eq!(detect("/x/any.pth", "module.", "resnet18").unwrap(), "imagenet");
    assert_eq!(detect("/x/resnet50-19c8e357.pth", "", "resnet50").unwrap(), "imagenet");
    assert_eq!(detect("/x/resnet50.pth", "", "resnet50").unwrap(), "barlow-twins");
    assert_eq!(detect("/x/swav_800ep_pretrain.pth.tar", "module.", "resnet50").unwrap(), "swav");
    assert!(detect("/x/InfoMin_800.pth", q, "resnet50").unwrap_err().contains("may be any of moco-v1"));
    let unknown = detect("/x/net.pth", "backbone.", "resnet50").unwrap_err();
    assert_eq!(
        unknown,
        "/x/net.pth has resnet50 under \"backbone.\", which no row of data/cards/models.toml has"
    );
}

#[test]
fn a_file_is_inspected_without_knowing_it() {
    let seen = inspect(&golden_file("moco-fp16.pth.tar")).unwrap();
    assert_eq!((seen.format.as_str(), seen.n_non_finite, seen.tensors.len()), ("zip", 0, 128));
    assert_eq!(seen.encoders, [("state_dict.module.encoder_q.".to_owned(), "resnet18-w4".to_owned())]);
    assert_eq!(seen.rows, Vec::<String>::new());
    let conv = seen.tensors.iter().find(|line| line.name.ends_with("encoder_q.conv1.weight")).unwrap();
    assert_eq!((conv.dtype.as_str(), conv.shape.as_slice()), ("F16", [4, 3, 7, 7].as_slice()));
    // U(-b, b) with b = sqrt(6 / 147) has the deviation b / sqrt 3.
    assert!((conv.sd.unwrap() / (2.0_f64 / 147.0).sqrt() - 1.0).abs() < 0.1, "{conv:?}");

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    save(&path, &encoder_tensors(&store_of("resnet18-w4", 1), ""), &lineage("resnet18-w4")).unwrap();
    let seen = inspect(&path).unwrap();
    assert_eq!((seen.lineage, seen.format.as_str()), (Some(lineage("resnet18-w4")), "safetensors"));
    assert_eq!(seen.encoders, [(String::new(), "resnet18-w4".to_owned())]);
}
