//! Lets programs and tests find libtorch where they were linked against it, without `LD_LIBRARY_PATH`.
//!
//! In: the folder that torch-sys linked (`DEP_TCH_LIBTORCH_LIB`, given to direct dependents only). Out: a run path.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    }
}
