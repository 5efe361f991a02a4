//! The parameter store: draws, the flat view, snapshots.

use rand::Rng;

use super::*;

fn mean_and_sd(tensor: &Tensor) -> (f64, f64) {
    let x = tensor.detach().to_kind(Kind::Double);
    (x.mean(Kind::Double).double_value(&[]), x.std(true).double_value(&[]))
}

#[test]
fn draws_have_the_stated_moments() {
    let store = ParamStore::new(Device::Cpu, 7);
    let root = store.root();
    let shape = [64, 32, 3, 3]; // fan-in 288, fan-out 576
    let check = |name: &str, init: Init, sd: f64, bound: f64| {
        let x = root.var(name, &shape, init).unwrap();
        let (mean, found) = mean_and_sd(&x);
        assert!(mean.abs() < 4.0 * sd / 18432_f64.sqrt(), "{name}: mean {mean}");
        assert!((found / sd - 1.0).abs() < 0.03, "{name}: sd {found}, expected {sd}");
        let largest = x.detach().abs().max().double_value(&[]);
        assert!(largest <= bound, "{name}: {largest} beyond {bound}");
        assert!(largest > 0.99 * bound.min(3.5 * sd), "{name}: only {largest} of {bound}");
    };
    let of_uniform = |bound: f64| bound / 3_f64.sqrt();
    check("fan_out", Init::KaimingNormalFanOut, (2.0 / 576_f64).sqrt(), f64::INFINITY);
    check("normal", Init::Normal { mean: 0.0, sd: 0.01 }, 0.01, f64::INFINITY);
    check("default", Init::KaimingUniform, of_uniform(1.0 / 288_f64.sqrt()), 1.0 / 288_f64.sqrt());
    check("relu", Init::KaimingUniformRelu, of_uniform((6.0 / 288_f64).sqrt()), (6.0 / 288_f64).sqrt());
    check("xavier", Init::XavierUniform, of_uniform((6.0 / 864_f64).sqrt()), (6.0 / 864_f64).sqrt());
    check("uniform", Init::Uniform { lo: -2.0, hi: 2.0 }, of_uniform(2.0), 2.0);
}

#[test]
fn a_draw_depends_on_seed_and_name_and_on_nothing_else() {
    let values = |seed: u64, before: &[&str], name: &str| -> Vec<f32> {
        let store = ParamStore::new(Device::Cpu, seed);
        for other in before {
            let _ = store.root().var(other, &[3, 5], Init::KaimingUniform).unwrap();
        }
        let x = store.root().var(name, &[3, 5], Init::KaimingUniform).unwrap();
        Vec::try_from(x.detach().flatten(0, -1)).unwrap()
    };
    let once = values(1, &[], "a");
    assert_eq!(once, values(1, &["b", "c"], "a"));
    assert_ne!(once, values(1, &[], "b"));
    assert_ne!(once, values(2, &[], "a"));
}

#[test]
fn keys_do_not_run_into_each_other() {
    let first = |parts: &[&str]| keyed_rng(1, parts).random::<u64>();
    assert_ne!(first(&["ab", "c"]), first(&["a", "bc"]));
    assert_ne!(first(&["ab"]), first(&["ab", ""]));
    // Pinned: results of finished runs depend on these draws.
    assert_eq!(first(&["init", "conv1.weight"]), 2085765403285863112);
}

#[test]
fn two_parameters_of_one_name_are_refused() {
    let store = ParamStore::new(Device::Cpu, 0);
    let scope = store.root().sub("layer1").sub(0);
    let _ = scope.var("weight", &[2], Init::Constant(1.0)).unwrap();
    let error = scope.buffer("weight", &[2], 0.0).unwrap_err().to_string();
    assert_eq!(error, "two parameters are called layer1.0.weight");
    let error = scope.var("bias", &[2, 0], Init::Constant(1.0)).unwrap_err().to_string();
    assert_eq!(error, "parameter layer1.0.bias would have the shape [2, 0]");
    store.flatten().unwrap();
    let error = scope.var("late", &[2], Init::Constant(1.0)).unwrap_err().to_string();
    assert_eq!(error, "parameter layer1.0.late comes after the store was flattened");
}

/// loss = sum(w x) + sum(b): so dw = x and db = 1.
fn small() -> (ParamStore, Tensor, Tensor, Tensor) {
    let store = ParamStore::new(Device::Cpu, 3);
    let w = store.root().var("w", &[2, 3], Init::Normal { mean: 0.0, sd: 1.0 }).unwrap();
    let _ = store.root().buffer("seen", &[1], 5.0).unwrap();
    let b = store.root().var("b", &[2], Init::Constant(4.0)).unwrap();
    let _ = store.root().counter("n").unwrap();
    let x = Tensor::from_slice(&[1_f32, 2.0, 3.0, 4.0, 5.0, 6.0]).view([2, 3]);
    (store, w, b, x)
}

fn floats(tensor: &Tensor) -> Vec<f32> {
    Vec::try_from(tensor.detach().flatten(0, -1)).unwrap()
}

#[test]
fn the_flat_buffer_and_the_layers_see_the_same_numbers() {
    let (store, w, b, x) = small();
    let before = floats(&w);
    store.flatten().unwrap();
    store.flatten().unwrap();
    assert_eq!(store.n_trainable(), 8);
    assert_eq!(store.spans()[1], Span { name: "b".to_owned(), start: 6, shape: vec![2] });
    assert_eq!(floats(&w), before);
    assert_eq!(floats(store.flat()), [before.as_slice(), &[4.0, 4.0]].concat());
    assert!(w.requires_grad() && w.is_leaf() && !store.flat().requires_grad());

    // Into the buffer, out of the layer's handle; autograd keeps working with the changed values.
    let _ = store.flat().shallow_clone().fill_(2.0);
    assert_eq!(floats(&w), [2.0; 6]);
    let loss = (&w * &x * &w).sum(Kind::Float) + (&b * 3.0).sum(Kind::Float);
    loss.backward();
    assert_eq!(floats(store.flat_grad()), [4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 3.0, 3.0]);
    assert_eq!(floats(&w.grad()), [4.0, 8.0, 12.0, 16.0, 20.0, 24.0]);
    // A second backward adds, as in PyTorch.
    (&b * 3.0).sum(Kind::Float).backward();
    assert_eq!(floats(store.flat_grad())[6..], [6.0, 6.0]);
    store.zero_grad();
    assert_eq!(floats(&b.grad()), [0.0, 0.0]);
    (&b * 3.0).sum(Kind::Float).backward();
    assert_eq!(floats(store.flat_grad())[6..], [3.0, 3.0]);
}

#[test]
fn a_frozen_parameter_stays_frozen_and_has_gradient_zero() {
    let (store, w, b, x) = small();
    let _ = w.set_requires_grad(false);
    store.flatten().unwrap();
    assert!(!w.requires_grad());
    ((&w * &x).sum(Kind::Float) + b.sum(Kind::Float)).backward();
    assert_eq!(floats(store.flat_grad()), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_snapshot_comes_back_bit_for_bit() {
    let (store, w, ..) = small();
    let odd = f32::from_bits(0x7fc0_1234); // a NaN with a payload
    tch::no_grad(|| {
        let _ = w.shallow_clone().get(0).get(0).fill_(f64::from(f32::MIN_POSITIVE) / 4.0);
        w.shallow_clone().get(0).get(1).copy_(&Tensor::from(odd));
    });
    let saved = store.snapshot().unwrap();
    let bits = |t: &Tensor| floats(t).into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let before = bits(&w);
    store.flatten().unwrap();
    let _ = store.flat().shallow_clone().fill_(1.0);
    let _ = store.get("n").unwrap().g_add_scalar_(9);
    store.restore(&saved).unwrap();
    assert_eq!(bits(&w), before);
    assert_eq!(before[1], odd.to_bits());
    assert_eq!(store.get("n").unwrap().int64_value(&[]), 0);
    assert_eq!(floats(store.flat())[6..], [4.0, 4.0]);
}

#[test]
fn a_snapshot_of_another_network_changes_nothing() {
    let (store, w, ..) = small();
    let before = floats(&w);
    let mut tensors: Vec<(String, Tensor)> =
        store.snapshot().unwrap().tensors().iter().map(|(n, t)| (n.clone(), t.zeros_like())).collect();
    tensors[2].1 = Tensor::zeros([3], (Kind::Float, Device::Cpu));
    let error = store.restore(&Snapshot::new(tensors)).unwrap_err().to_string();
    assert_eq!(error, "the saved state has b [3] Float where the network has b [2] Float");
    let error = store.restore(&Snapshot::new(Vec::new())).unwrap_err().to_string();
    assert_eq!(error, "the saved state has 0 tensors, the network 4");
    assert_eq!(floats(&w), before);
}

#[test]
fn an_outline_draws_nothing() {
    let store = ParamStore::outline();
    let x = store.root().var("w", &[2, 2], Init::Constant(3.0)).unwrap();
    assert_eq!(floats(&x), [0.0; 4]);
}
