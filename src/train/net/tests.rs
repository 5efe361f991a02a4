//! Networks: names, shapes, sizes, gradients.

use tch::{Device, Kind, Tensor};

use super::*;
use crate::train::param::{Mode, ParamStore, Role};

fn config(name: &str) -> EncoderConfig {
    name.parse().unwrap()
}

fn zeros(n: i64, size: i64) -> Tensor {
    Tensor::zeros([n, 3, size, size], (Kind::Float, Device::Cpu))
}

/// `x[i] = sin(0.37 i)`: something that is not constant.
fn wave(shape: &[i64]) -> Tensor {
    let n = shape.iter().product::<i64>();
    (Tensor::arange(n, (Kind::Double, Device::Cpu)) * 0.37).sin().to_kind(Kind::Float).view(shape)
}

#[test]
fn names_parse_and_print() {
    for name in
        ["resnet18", "resnet34", "resnet50-small", "resnet18-w16-small", "mobilenet_v2", "mobilenet_v2-w16"]
    {
        assert_eq!(config(name).to_string(), name);
    }
    let error = |name: &str| name.parse::<EncoderConfig>().unwrap_err().to_string();
    assert!(
        error("vgg16")
            .contains("no encoder is called \"vgg16\": \"vgg16\" is no network; write one of resnet18,")
    );
    assert!(error("resnet18-w64").contains("did you mean resnet18;"));
    assert!(error("resnet18-tiny").contains("\"tiny\" is no option"));
    assert!(error("resnet18-w2").contains("width 2 is not possible: choose 4 to 256"));
    assert!(error("resnet18-w99999999999999999999").contains("is no option"));
    assert!(error("").contains("\"\" is no network"));
}

/// Counts as printed by torchvision 0.26 for 1,000 classes (tests/golden/forward.py writes them too).
#[test]
fn published_networks_have_the_published_number_of_parameters() {
    for (name, n_params, n_encoder_tensors) in [
        ("resnet18", 11_689_512, 120),
        ("resnet34", 21_797_672, 216),
        ("resnet50", 25_557_032, 318),
        ("mobilenet_v2", 3_504_872, 312),
    ] {
        let store = ParamStore::outline();
        Classifier::new(&store.root(), &config(name), 1000, HeadInit::Protocol).unwrap();
        assert_eq!(store.n_trainable(), n_params, "{name}");
        assert_eq!(store.params().len(), n_encoder_tensors + 2, "{name}");
        assert_eq!(config(name).outline().unwrap().len(), n_encoder_tensors, "{name}");
    }
}

#[test]
fn maps_have_the_stated_channels_and_strides() {
    for name in [
        "resnet18-w8",
        "resnet50-w8",
        "mobilenet_v2-w8",
        "resnet18-w8-small",
        "resnet50-w4-small",
        "mobilenet_v2-w16-small",
    ] {
        let store = ParamStore::new(Device::Cpu, 1);
        let encoder = Encoder::new(&store.root(), &config(name)).unwrap();
        let maps = encoder.features(&zeros(1, 64), Mode::Eval);
        let found: Vec<Vec<i64>> = maps.iter().map(Tensor::size).collect();
        let stated: Vec<Vec<i64>> = encoder
            .out_channels()
            .iter()
            .zip(encoder.strides())
            .map(|(&c, stride)| vec![1, c, 64 / stride, 64 / stride])
            .collect();
        assert_eq!(found, stated, "{name}");
        let pooled = encoder.pooled(&zeros(2, 64), Mode::Eval).size();
        assert_eq!(pooled, [2, *encoder.out_channels().last().unwrap()], "{name}");
    }
}

#[test]
fn published_channels_are_torchvisions() {
    let channels = |name: &str| {
        let store = ParamStore::outline();
        Encoder::new(&store.root(), &config(name)).unwrap().out_channels()
    };
    assert_eq!(channels("resnet18"), [64, 64, 128, 256, 512]);
    assert_eq!(channels("resnet50"), [64, 256, 512, 1024, 2048]);
    assert_eq!(channels("mobilenet_v2"), [16, 24, 32, 96, 1280]);
}

#[test]
fn a_network_starts_as_torchvisions_does() {
    let store = ParamStore::new(Device::Cpu, 5);
    Classifier::new(&store.root(), &config("resnet18"), 14, HeadInit::Protocol).unwrap();
    for param in store.params() {
        let x = param.tensor.detach();
        if x.kind() == Kind::Int64 {
            assert_eq!(x.int64_value(&[]), 0);
            continue;
        }
        let (lo, hi) = (x.min().double_value(&[]), x.max().double_value(&[]));
        let name = param.name.as_str();
        if name.ends_with("running_var") || (x.dim() == 1 && name.ends_with("weight")) {
            assert!((lo - 1.0).abs().max((hi - 1.0).abs()) < f64::EPSILON, "{name}: {lo} to {hi}");
        } else if x.dim() == 1 {
            assert!(lo == 0.0 && hi == 0.0, "{name}: {lo} to {hi}");
        } else {
            let shape = x.size();
            let sd = if name == "fc.weight" {
                0.01
            } else {
                (2.0 / (shape[0] * shape[2] * shape[3]) as f64).sqrt()
            };
            let n = x.numel() as f64;
            let found = x.std(true).double_value(&[]);
            assert!((found / sd - 1.0).abs() < 4.0 / (2.0 * n).sqrt(), "{name}: sd {found}, expected {sd}");
            assert!(x.mean(Kind::Float).double_value(&[]).abs() < 4.0 * sd / n.sqrt(), "{name}: mean");
        }
        assert_eq!(param.role == Role::Buffer, name.contains("running"), "{name}");
    }
}

#[test]
fn torchvisions_own_head_is_uniform_for_resnets() {
    let store = ParamStore::new(Device::Cpu, 5);
    Classifier::new(&store.root(), &config("resnet18"), 100, HeadInit::Torchvision).unwrap();
    let bound = 1.0 / 512_f64.sqrt();
    for name in ["fc.weight", "fc.bias"] {
        let largest = store.get(name).unwrap().detach().abs().max().double_value(&[]);
        assert!(0.9 * bound < largest && largest <= bound, "{name}: {largest}");
    }
}

#[test]
fn a_unets_output_has_the_size_of_its_input() {
    for name in
        ["resnet18-w4", "resnet50-w4", "mobilenet_v2-w8", "resnet18-w8-small", "mobilenet_v2-w8-small"]
    {
        let store = ParamStore::new(Device::Cpu, 2);
        let net = Unet::new(&store.root(), &config(name)).unwrap();
        // 28 and 97: sizes that 32 does not divide; grids of other proportions work as well.
        for (h, w) in [(64, 64), (128, 128), (224, 224), (28, 28), (97, 61)] {
            let xs = Tensor::zeros([1, 3, h, w], (Kind::Float, Device::Cpu));
            assert_eq!(net.forward(&xs, Mode::Eval).size(), [1, 1, h, w], "{name} at {h} x {w}");
        }
    }
    let store = ParamStore::new(Device::Cpu, 2);
    let net = Unet::new(&store.root(), &config("resnet18-w4")).unwrap();
    assert_eq!(tch::no_grad(|| net.forward(&zeros(1, 512), Mode::Eval)).size(), [1, 1, 512, 512]);
}

#[test]
fn evaluation_changes_nothing_and_training_moves_the_running_statistics() {
    for name in ["resnet18-w8-small", "mobilenet_v2-w8-small"] {
        let store = ParamStore::new(Device::Cpu, 2);
        let net = Unet::new(&store.root(), &config(name)).unwrap();
        let xs = wave(&[2, 3, 32, 32]);
        let before = store.snapshot().unwrap();
        let changed = || -> Vec<String> {
            let now = store.params();
            let differ =
                |(p, (_, old)): &(crate::train::param::Param, &(String, Tensor))| p.tensor.detach() != *old;
            now.into_iter().zip(before.tensors()).filter(differ).map(|(p, _)| p.name).collect()
        };
        let _ = net.forward(&xs, Mode::Eval);
        assert_eq!(changed(), Vec::<String>::new(), "{name}");
        let _ = net.forward(&xs, Mode::Train);
        let buffers: Vec<String> =
            store.params().into_iter().filter(|p| p.role == Role::Buffer).map(|p| p.name).collect();
        assert_eq!(changed(), buffers, "{name}");
        assert_eq!(store.get("decoder.blocks.0.conv1.1.num_batches_tracked").unwrap().int64_value(&[]), 1);
    }
}

/// Gradient descent by hand on one batch: every trainable gets a gradient and the loss falls.
#[test]
fn gradients_reach_every_parameter_through_the_flat_buffer() {
    for name in ["resnet18-w8-small", "resnet50-w4-small", "mobilenet_v2-w8-small"] {
        let store = ParamStore::new(Device::Cpu, 4);
        let net = Unet::new(&store.root(), &config(name)).unwrap();
        store.flatten().unwrap();
        let xs = wave(&[4, 3, 32, 32]);
        let target = xs.narrow(1, 0, 1).gt(0.3).to_kind(Kind::Float);
        let step = || {
            store.zero_grad();
            let loss = net.forward(&xs, Mode::Train).binary_cross_entropy_with_logits::<Tensor>(
                &target,
                None,
                None,
                tch::Reduction::Mean,
            );
            loss.backward();
            loss.double_value(&[])
        };
        let first = step();
        for span in store.spans() {
            let len = span.shape.iter().product::<i64>();
            let largest = store.flat_grad().narrow(0, span.start, len).abs().max().double_value(&[]);
            assert!(largest > 0.0 && largest.is_finite(), "{name}: no gradient at {}", span.name);
        }
        for _ in 0..8 {
            let _ = store.flat().shallow_clone().g_sub_(&(store.flat_grad() * 0.1));
            step();
        }
        let last = step();
        assert!(last < 0.8 * first, "{name}: {first} to {last}");
    }
}

#[test]
fn equal_seeds_give_equal_networks_and_a_thread_may_own_one() {
    let logits = |seed: u64| -> Vec<f32> {
        let run = move || {
            let store = ParamStore::new(Device::Cpu, seed);
            let net =
                Classifier::new(&store.root(), &config("resnet18-w8-small"), 3, HeadInit::Protocol).unwrap();
            let ys = net.forward(&wave(&[2, 3, 28, 28]), Mode::Eval);
            Vec::<f32>::try_from(ys.flatten(0, -1)).unwrap()
        };
        std::thread::spawn(run).join().unwrap()
    };
    assert_eq!(logits(1), logits(1));
    assert_ne!(logits(1), logits(2));
    fn is_send<T: Send>() {}
    is_send::<(ParamStore, Classifier, Unet)>();
}
