//! The one real published checkpoint within reach: torchvision's ImageNet MobileNetV2 (a legacy stream of 2019).

use super::*;
use crate::train::net::golden::{check, check_summary, golden, images, numbers};

/// `MEDTRANSFER_MOBILENET`, else where `scripts/mobilenet-weights` puts the file.
fn mobilenet() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || {
        let home = || Some(set("XDG_CACHE_HOME").or(Some(set("HOME")?.join(".cache")))?.join("medtransfer"));
        Some(set("MEDTRANSFER_CACHE").or_else(home)?.join("weights/mobilenet_v2-b0353104.pth"))
    };
    set("MEDTRANSFER_MOBILENET").or_else(cache).filter(|path| path.is_file())
}

#[test]
fn imagenet_mobilenet_answers_as_torchvisions_within_1e4() {
    let Some(path) = mobilenet() else {
        println!("skipped: no ImageNet MobileNetV2; run scripts/mobilenet-weights");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("mobilenet.safetensors");
    let report = convert(&path, None, &out).unwrap();
    assert_eq!((report.row.as_str(), report.format.as_str()), ("imagenet", "legacy"));
    assert_eq!((report.n_tensors, report.filled.len(), report.recast.len()), (312, 0, 0));
    assert_eq!(report.dropped, ["classifier.1.bias", "classifier.1.weight"]);
    let hash = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889";
    assert_eq!(report.lineage.source_sha256.as_deref(), Some(hash));
    assert_eq!(
        (report.lineage.arch.as_str(), report.lineage.normalize.as_str()),
        ("mobilenet_v2", "imagenet")
    );

    let store = ParamStore::new(Device::Cpu, 0);
    let net =
        Classifier::new(&store.root(), &"mobilenet_v2".parse().unwrap(), 1000, HeadInit::Protocol).unwrap();
    load_encoder(&store, "", &read(&out).unwrap()).unwrap();
    let source = foreign::Foreign::open(&path).unwrap();
    for name in ["classifier.1.weight", "classifier.1.bias"] {
        let array = source.tensors[name].read(name, &path).unwrap();
        let Values::F32(values) = array.values else { panic!("{name} is fp32") };
        tch::no_grad(|| {
            store.get(name).unwrap().copy_(&Tensor::from_slice(&values).view(array.shape.as_slice()));
        });
    }
    let case = &golden()["imagenet_mobilenet"];
    let xs = images(2, case["size"].as_i64().unwrap());
    let mut worst: f64 = 0.0;
    for (map, expected) in net.encoder.features(&xs, Mode::Eval).iter().zip(case["maps"].as_array().unwrap())
    {
        worst = worst.max(check_summary("map", map, expected, 1e-4));
    }
    let logits: Vec<f64> =
        Vec::try_from(net.forward(&xs, Mode::Eval).to_kind(Kind::Double).flatten(0, -1)).unwrap();
    worst = worst.max(check("logits", &logits, &numbers(&case["logits"]), 1e-4));
    println!("imagenet mobilenet_v2: largest difference {worst:.1e}");
}
