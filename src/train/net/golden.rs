//! Tests: our networks answer what torchvision's and segmentation_models_pytorch's answer on the same weights.
//!
//! The numbers are in `tests/golden/forward.json`, written by `forward.py` beside it with Python torch 2.11.0. Weights
//! come from a formula that both sides compute, but for the real ImageNet MobileNetV2 (see `weights::tests`).

use serde_json::Value;
use tch::{Device, Kind, Tensor};

use super::*;
use crate::train::param::{Mode, ParamStore};

/// The acceptance is 1e-4; formula networks agree closer, and a tighter bound sees more.
const TOLERANCE: f64 = 2e-5;

pub(crate) fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/forward.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// `noise` of forward.py: doubles in [-1, 1) by an integer hash of name and index.
fn noise(name: &str, n: u32) -> Vec<f64> {
    let fnv1a = name.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    let one = |index: u32| {
        let mut x = index.wrapping_add(fnv1a);
        for (shift, factor) in [(16, 0x7feb_352d_u32), (15, 0x846c_a68b)] {
            x = (x ^ (x >> shift)).wrapping_mul(factor);
        }
        f64::from(x ^ (x >> 16)) / 2_f64.powi(31) - 1.0
    };
    (0..n).map(one).collect()
}

/// `value` of forward.py.
pub(crate) fn value(name: &str, shape: &[i64]) -> Tensor {
    let fan_in = shape.iter().skip(1).product::<i64>() as f64;
    let scale = |u: f64| {
        if name.ends_with("running_var") {
            1.0 + 0.5 * u
        } else if shape.len() > 1 {
            u * (6.0 / fan_in).sqrt()
        } else if name.ends_with("weight") {
            0.6 + 0.2 * u
        } else {
            0.1 * u
        }
    };
    let n = u32::try_from(shape.iter().product::<i64>()).unwrap();
    let values: Vec<f32> = noise(name, n).into_iter().map(|u| scale(u) as f32).collect();
    Tensor::from_slice(&values).view(shape)
}

fn fill(store: &ParamStore) {
    let _guard = tch::no_grad_guard();
    for mut param in store.params().into_iter().filter(|p| p.tensor.kind() == Kind::Float) {
        param.tensor.copy_(&value(&param.name, &param.tensor.size()));
    }
}

pub(crate) fn images(n: i64, size: i64) -> Tensor {
    value("input", &[n, 3, size, size]) * ((3 * size * size) as f64 / 6.0).sqrt()
}

fn doubles(tensor: &Tensor) -> Vec<f64> {
    Vec::try_from(tensor.detach().to_kind(Kind::Double).flatten(0, -1)).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Largest difference; fails beyond `tolerance` (absolute below 1, relative above).
pub(crate) fn check(what: &str, found: &[f64], expected: &[f64], tolerance: f64) -> f64 {
    assert_eq!(found.len(), expected.len(), "{what}");
    let mut worst = 0.0;
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        let difference = (x - y).abs() / y.abs().max(1.0);
        assert!(difference <= tolerance, "{what}: element {i} is {x}, expected {y}");
        worst = difference.max(worst);
    }
    worst
}

/// Compares shape, means and samples of one map.
pub(crate) fn check_summary(what: &str, tensor: &Tensor, expected: &Value, tolerance: f64) -> f64 {
    let shape: Vec<f64> = tensor.size().iter().map(|&n| n as f64).collect();
    assert_eq!(shape, numbers(&expected["shape"]), "{what}");
    let flat = doubles(tensor);
    let n = flat.len() as f64;
    let samples = numbers(&expected["samples"]);
    let last = samples.len() - 1;
    let mut found: Vec<f64> = (0..=last).map(|i| flat[i * (flat.len() - 1) / last]).collect();
    found.push(flat.iter().sum::<f64>() / n);
    found.push(flat.iter().map(|x| x.abs()).sum::<f64>() / n);
    let means = ["mean", "mean_abs"].map(|key| expected[key].as_f64().unwrap());
    check(what, &found, &[samples.as_slice(), &means].concat(), tolerance)
}

#[test]
fn the_formula_is_the_scripts() {
    check("noise", &noise("conv1.weight", 4), &numbers(&golden()["noise"]), 1e-15);
}

#[test]
fn parameter_counts_are_torchvisions() {
    for (name, n) in golden()["n_parameters"].as_object().unwrap() {
        let store = ParamStore::outline();
        Classifier::new(&store.root(), &name.parse().unwrap(), 1000, HeadInit::Torchvision).unwrap();
        assert_eq!(Some(store.n_trainable()), n.as_i64(), "{name}");
    }
}

#[test]
fn classifiers_answer_as_torchvisions() {
    for case in golden()["classifiers"].as_array().unwrap() {
        let name = case["arch"].as_str().unwrap();
        let store = ParamStore::new(Device::Cpu, 0);
        let net = Classifier::new(&store.root(), &name.parse().unwrap(), 14, HeadInit::Protocol).unwrap();
        fill(&store);
        let xs = images(2, case["size"].as_i64().unwrap());
        let maps = net.encoder.features(&xs, Mode::Eval);
        let mut worst: f64 = 0.0;
        for (index, (map, expected)) in maps.iter().zip(case["maps"].as_array().unwrap()).enumerate() {
            worst = worst.max(check_summary(&format!("{name} map {index}"), map, expected, TOLERANCE));
        }
        assert_eq!(maps.len(), 5, "{name}");
        let logits = doubles(&net.forward(&xs, Mode::Eval));
        worst = worst.max(check(&format!("{name} logits"), &logits, &numbers(&case["logits"]), TOLERANCE));
        println!("{name}: largest difference {worst:.1e}");
    }
}

#[test]
fn a_training_step_is_pytorchs() {
    for case in golden()["classifiers"].as_array().unwrap() {
        let name = case["arch"].as_str().unwrap();
        let expected = &case["train"];
        let store = ParamStore::new(Device::Cpu, 0);
        let net = Classifier::new(&store.root(), &name.parse().unwrap(), 14, HeadInit::Protocol).unwrap();
        fill(&store);
        store.flatten().unwrap();
        let target = Tensor::arange(4 * 14, (Kind::Int64, Device::Cpu)).remainder(3).eq(0).view([4, 14]);
        let logits = net.forward(&images(4, 64), Mode::Train);
        let target = target.to_kind(Kind::Float);
        let loss =
            logits.binary_cross_entropy_with_logits::<Tensor>(&target, None, None, tch::Reduction::Mean);
        loss.backward();

        // The last maps have 16 values a channel: batch norm divides by small deviations, which magnifies rounding.
        let tolerance = 5e-3;
        let worst =
            check(&format!("{name} logits"), &doubles(&logits), &numbers(&expected["logits"]), tolerance);
        for (key, value) in expected["running"].as_object().unwrap() {
            check_summary(&format!("{name} {key}"), &store.get(key).unwrap(), value, tolerance);
        }
        let gradients = expected["gradients"].as_object().unwrap();
        assert_eq!(gradients.len(), store.spans().len());
        let mut worst_gradient: f64 = 0.0;
        for (key, norm) in gradients {
            let found = store.get(key).unwrap().grad().to_kind(Kind::Double).norm().double_value(&[]);
            let what = format!("{name} gradient of {key}");
            worst_gradient = worst_gradient.max(check(&what, &[found], &[norm.as_f64().unwrap()], tolerance));
        }
        println!("{name}: logits {worst:.1e}, gradient norms {worst_gradient:.1e}");
    }
}

#[test]
fn unets_are_segmentation_models_pytorchs() {
    for case in golden()["unets"].as_array().unwrap() {
        let name = case["arch"].as_str().unwrap();
        let store = ParamStore::new(Device::Cpu, 0);
        let net = Unet::new(&store.root(), &name.parse().unwrap()).unwrap();
        fill(&store);
        let params = store.params();
        let n_encoder = params.iter().filter(|p| p.name.starts_with("encoder.")).count() as u64;
        assert_eq!(Some(n_encoder), case["n_encoder"].as_u64(), "{name}");
        let decoder: serde_json::Map<String, Value> = params
            .iter()
            .filter(|p| !p.name.starts_with("encoder."))
            .map(|p| (p.name.clone(), p.tensor.size().into()))
            .collect();
        assert_eq!(Some(&decoder), case["decoder"].as_object(), "{name}");
        let ys = net.forward(&images(2, case["size"].as_i64().unwrap()), Mode::Eval);
        let worst = check_summary(name, &ys, &case["output"], TOLERANCE);
        println!("{name}: largest difference {worst:.1e}");
    }
}
