//! One clear error: file, line, what is wrong, a near name.

use super::made::{DEMO, TASKS, build_text, store};
use reports::Target;

const HEAD: &str = "+++\ntitle = 't'\n+++\n\n";

#[test]
fn every_slip_has_its_line_and_a_near_name() {
    let store = store(&DEMO[..3], &TASKS);
    let slips = [
        r#"{{ tabel("main") }}"#,
        r#"{{ table("mian") }}"#,
        r#"{{ table("main", percnt=true) }}"#,
        r#"{{ table("main", percent=3) }}"#,
        r#"{{ table("main", tasks=["chets"]) }}"#,
        r#"{{ table("compare", baseline="scrath") }}"#,
        r#"{{ table("main", metric="auk") }}"#,
        r#"{{ table("main", adjust="hulm") }}"#,
        r#"{{ table("main", id="../x") }}"#,
        r#"{{ table("main", source="table2") }}"#,
        r#"{{ figure("bar") }}"#,
        r#"{{ value("compare", task="chest", model="coarse", baseline="scratch", what="dif") }}"#,
        r#"{{ value("summary", model="coarse", what="mean") }}"#,
        r#"{{ value("compare", task="chest", model="scratch", baseline="scratch", what="diff") }}"#,
        r#"{{ param("runs") }}"#,
        r#"{{ ref("tab:one") }}"#,
        r#"{{ nmae }}"#,
        r#"{{ value("summary" }}"#,
        r#"{% for x in y %}"#,
        "{{ table(\"main\", id=\"a\") }}\n\n{{ table(\"main\", id=\"a\") }}",
        r#"text {{ table("main", id="a") }} text"#,
        "```claim\nsentence = 's'\ncondition = 'beter(\"coarse\", \"scratch\")'\nexpect = 'supported'\n```",
        "```claim\nsentence = 's'\ncondition = 'better(\"coarse\", \"scratch\")'\nexpect = 'supported'\n```",
        "```claim\nsentence = 's'\ncondition = 'x'\nexpect = 'suported'\n```",
        "```claim\nsentence = 's'\nexpect = 'supported'\n```",
        "```claim\nsentence = s\n```",
        "```claim\nsentence = 's'\ncondition = 'all(better(\"coarse\", \"scratch\"))'\nexpect = 'supported'\nalfa = 0.1\n```",
        "```claim\nsentence = 's'\ncondition = 'equivalent(\"coarse\", \"scratch\", task=\"chest\")'\nexpect = 'supported'\n```",
    ];
    let mut all = String::new();
    for slip in slips {
        let error = build_text(&format!("{HEAD}{slip}\n"), Some(store.path()), &[Target::Html]).unwrap_err();
        let text = error.to_string();
        let (_, message) = text.split_once("a.md:").unwrap_or(("", &text));
        all.push_str(message);
        all.push('\n');
    }
    insta::assert_snapshot!(all);
}

#[test]
fn front_matter_and_inputs() {
    let store = store(&DEMO[..2], &TASKS[..1]);
    let error = |text: &str, params: &[(String, String)]| {
        super::made::build_with(text, Some(store.path()), &[Target::Html], params).unwrap_err().to_string()
    };
    let tail = |text: String| text.rsplit_once("a.md:").map_or(text.clone(), |(_, t)| t.to_owned());
    let defaults = "+++\ntitle = 't'\n[defaults]\nbaselin = 'x'\n+++\n";
    assert_eq!(tail(error(defaults, &[])), "4: [defaults] has no option `baselin`; did you mean `baseline`?");
    let params = "+++\ntitle = 't'\n[parameters]\nruns = 5\n+++\n";
    let one = |k: &str, v: &str| vec![(k.to_owned(), v.to_owned())];
    assert_eq!(
        error(params, &one("rums", "3")),
        "the notebook has no parameter `rums`; did you mean `runs`?"
    );
    assert_eq!(error(params, &one("runs", "x")), "parameter `runs` is a number, found \"x\"");
    let none = build_text(&format!("{HEAD}{{{{ table(\"main\") }}}}\n"), None, &[Target::Html]).unwrap_err();
    assert!(
        none.to_string().ends_with("the notebook has no data: name a store in its front matter or give one")
    );
}

#[test]
fn a_template_with_a_misspelt_name() {
    let store = store(&DEMO[..2], &TASKS[..1]);
    let dir = tempfile::tempdir().unwrap();
    let notebook = dir.path().join("a.md");
    analysis::atomic::write(&notebook, HEAD.as_bytes()).unwrap();
    analysis::atomic::write(&dir.path().join("report.html"), b"<html>\n{{ titel }}\n").unwrap();
    let input = reports::BuildInput {
        notebook: &notebook,
        store: Some(store.path()),
        templates: Some(dir.path()),
        params: &[],
        provenance: super::made::provenance(false),
    };
    let error = reports::build(&input, &[Target::Html]).unwrap_err().to_string();
    assert_eq!(error, "template report.html:2: `titel` is not defined; did you mean `title`?");
}
