//! Files that lie, break off or attack: one clear error each, and nothing executed or written.

use super::*;

/// Converts the bytes under that file name; the error, which must be one of input.
fn convert_error(name: &str, bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join(name), dir.path().join("out.safetensors"));
    analysis::atomic::write(&path, bytes).unwrap();
    let error = convert(&path, Some("imagenet"), &out).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    assert!(!out.exists());
    assert!(inspect(&path).is_err());
    error.to_string().replace(&dir.path().display().to_string(), "")
}

/// Opcodes of `os.system("touch FILE")`, protocol 0.
fn call(function: &str, file: &Path) -> Vec<u8> {
    format!("c{}\n(Vtouch {}\ntR", function.replace('.', "\n"), file.display()).into_bytes()
}

#[test]
fn a_pickle_that_calls_os_system_is_refused_and_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let proof = dir.path().join("executed");
    for function in
        ["os.system", "posix.system", "nt.system", "subprocess.call", "builtins.eval", "__builtin__.exec"]
    {
        let plain = [call(function, &proof), b".".to_vec()].concat();
        let in_dict = [b"(dVx\n".to_vec(), call(function, &proof), b"sVy\n(lp0\ns.".to_vec()].concat();
        // A legacy stream: magic, protocol, system info, the object, no storages.
        let sys_info = b"\x80\x02}X\x0d\x00\x00\x00little_endian\x88s.".to_vec();
        let head = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.".to_vec();
        let legacy = [head, sys_info, in_dict.clone(), b"\x80\x02].".to_vec()].concat();
        for (name, bytes) in [("plain.pkl", plain), ("dict.pkl", in_dict), ("legacy.pth", legacy)] {
            let error = convert_error(name, &bytes);
            let expected = format!(
                "/{name} is refused: unpickling it would call {function} (nothing in it was executed)"
            );
            assert_eq!(error, expected);
        }
    }
    assert!(!proof.exists());
}

#[test]
fn an_unknown_object_is_kept_opaque() {
    let dir = tempfile::tempdir().unwrap();
    let proof = dir.path().join("executed");
    let error = convert_error("x.pkl", &[call("my_module.run", &proof), b".".to_vec()].concat());
    assert!(
        error.contains("found my_module.run; hint: is the file whole? (nothing in it was executed)"),
        "{error}"
    );
    let error = convert_error("y.pkl", b"(dVx\nI1\ns.");
    assert_eq!(error, "there are no tensors in /y.pkl");
    assert!(!proof.exists());
}

#[test]
fn broken_files_are_refused_at_every_length() {
    for name in ["moco-fp16.pth.tar", "insdis-bf16.pth"] {
        let whole = std::fs::read(golden_file(name)).unwrap();
        for part in 1..24 {
            let length = whole.len() * part / 24;
            let error = convert_error(name, &whole[..length]);
            assert!(error.contains(name) && error.len() < 400, "{name} cut to {length}: {error}");
        }
        let error = convert_error(name, &whole[..whole.len() - 1]);
        assert!(error.contains(name), "{error}");
    }
    assert!(convert_error("empty.pth", b"").contains("not a PyTorch checkpoint"));
    assert!(convert_error("text.pth", b"<html>404 not found</html>").contains("not a PyTorch checkpoint"));
    // One flipped bit in the data of the zip: its checksum tells.
    let mut flipped = std::fs::read(golden_file("moco-fp16.pth.tar")).unwrap();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flipped.pth.tar");
    analysis::atomic::write(&path, &flipped).unwrap();
    let card = Some(small_card("moco-v2"));
    let error = convert::convert_as(&path, card, &dir.path().join("out")).unwrap_err().to_string();
    assert!(error.contains("cannot read layer"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = convert(Path::new("/nowhere/x.pth"), None, Path::new("/nowhere/y")).unwrap_err();
    assert_eq!(error.to_string(), "cannot read /nowhere/x.pth: No such file or directory (os error 2)");
    assert_eq!(error.exit_code(), 2);
}

/// A safetensors file of that header and so many bytes of data.
fn safetensors(length: u64, header: &str, n_data: usize) -> Vec<u8> {
    [length.to_le_bytes().as_slice(), header.as_bytes(), &vec![0; n_data]].concat()
}

#[test]
fn safetensors_with_absurd_headers_are_refused() {
    let check = |bytes: &[u8], reason: &str| {
        let expected = format!("/w.safetensors is no safetensors file or is damaged: {reason}");
        assert_eq!(convert_error("w.safetensors", bytes), expected);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.safetensors");
        analysis::atomic::write(&path, bytes).unwrap();
        assert!(read(&path).unwrap_err().to_string().ends_with(reason));
    };
    check(&safetensors(u64::MAX, "{}", 0), "header too large");
    check(&safetensors(99_999_999, "{}", 0), "invalid header length");
    check(b"\x01", "header too small");
    check(&safetensors(1, "{", 0), "invalid JSON in header: EOF while parsing an object at line 1 column 1");
    let huge = r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#;
    check(
        &safetensors(huge.len() as u64, huge, 4),
        "overflow computing buffer size from shape and/or element type",
    );
    let outside = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    check(&safetensors(outside.len() as u64, outside, 4), "incomplete metadata, file not fully covered");
}

#[test]
fn safetensors_of_another_dtype_must_be_converted_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let header = r#"{"conv1.weight":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#;
    analysis::atomic::write(&path, &safetensors(header.len() as u64, header, 4)).unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.ends_with(
        "conv1.weight is F16, weights files hold F32; hint: run `medtransfer weights convert` on it"
    ));
    let header = r#"{"__metadata__":{"lineage":"{"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    analysis::atomic::write(&path, &safetensors(header.len() as u64, header, 4)).unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("the lineage in ") && error.contains("is damaged: EOF while parsing"), "{error}");
}

/// A MoCo checkpoint of the small network as safetensors, after a change.
fn moco_error(change: impl Fn(&mut Vec<(String, Array)>)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("moco.safetensors"), dir.path().join("out.safetensors"));
    let store = store_of("resnet18-w4", 1);
    let mut arrays = Vec::new();
    for (name, tensor) in encoder_tensors(&store, "") {
        let array = save::to_array(&name, &tensor).unwrap();
        arrays.push((format!("state_dict.module.encoder_q.{name}"), array));
    }
    change(&mut arrays);
    let metadata = None;
    let bytes =
        safetensors::serialize(arrays.iter().map(|(n, a)| (n, save::Bytes::from(a))), metadata).unwrap();
    analysis::atomic::write(&path, &bytes).unwrap();
    let error =
        convert::convert_as(&path, Some(small_card("moco-v2")), &out).map(|report| report.row).unwrap_err();
    assert!(!out.exists());
    error.to_string()
}

#[test]
fn checkpoints_that_do_not_fit_are_refused_before_anything_is_written() {
    let name = "state_dict.module.encoder_q.layer4.1.bn2.running_var";
    let error = moco_error(|arrays| arrays.retain(|(n, _)| n != name));
    assert!(
        error.ends_with("does not fit resnet18-w4 as moco-v2 has it: 1 missing (layer4.1.bn2.running_var)"),
        "{error}"
    );
    let error = moco_error(|arrays| {
        let array = arrays[0].1.clone();
        arrays.push(("state_dict.module.encoder_q.extra.weight".to_owned(), array));
    });
    assert!(error.ends_with("1 unexpected (extra.weight)"), "{error}");
    let error = moco_error(|arrays| {
        arrays.iter_mut().find(|(n, _)| n == name).unwrap().1 =
            Array { shape: vec![2], values: Values::F32(vec![1.0; 2]) };
    });
    assert!(
        error.ends_with("1 of another shape (layer4.1.bn2.running_var is [2] and should be [32])"),
        "{error}"
    );
    let error = moco_error(|arrays| {
        arrays.iter_mut().find(|(n, _)| n == name).unwrap().1 =
            Array { shape: vec![32], values: Values::I64(vec![1; 32]) };
    });
    assert!(
        error.ends_with("has another kind of numbers than expected in layer4.1.bn2.running_var"),
        "{error}"
    );
    let error = moco_error(|arrays| {
        let Values::F32(values) = &mut arrays.iter_mut().find(|(n, _)| n == name).unwrap().1.values else {
            panic!()
        };
        values[0] = f32::NEG_INFINITY;
        values[31] = f32::NAN;
    });
    assert!(
        error.ends_with("has values that are not finite: 2 of 32 in layer4.1.bn2.running_var"),
        "{error}"
    );
}

/// 1 KB that claims 1 GB: `torch.zeros(1).expand(...)`, made by checkpoints.py.
#[test]
fn a_small_file_that_claims_much_memory_is_refused() {
    let bytes = std::fs::read(golden_file("expanded.pth")).unwrap();
    let error = convert_error("expanded.pth", &bytes);
    let expected = format!("/expanded.pth has {} bytes but claims 1073741824 bytes of tensors", bytes.len());
    assert_eq!(error, expected);
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let error = convert_error("x.pkl", b"cmy\x1b[31m\nrun\x07\n(tR.");
    assert!(!error.contains(char::is_control) && error.contains("my\u{fffd}[31m.run"), "{error}");
}
