//! Verdicts of claims on a store whose differences are known.

use super::made::{DEMO, TASKS, build_text, store};

/// The verdict of a condition with options.
fn found(condition: &str, options: &str) -> String {
    let store = store(&DEMO, &TASKS);
    let text = format!(
        "+++\ntitle = 't'\n+++\n```claim\nsentence = 's'\nexpect = 'supported'\n{options}\ncondition = '''{condition}'''\n```\n"
    );
    let output = build_text(&text, Some(store.path()), &[]).unwrap();
    let claim = &output.claims[0];
    assert_eq!(claim.line, 4);
    assert!(!claim.evidence.is_empty());
    claim.found.clone()
}

#[test]
fn verdicts() {
    let cases = [
        (r#"better("continual", "scratch", task="chest")"#, ""),
        (r#"worse("continual", "scratch", task="chest")"#, ""),
        (r#"better("scratch-control", "scratch", task="chest")"#, ""),
        (r#"not_different("scratch-control", "scratch", task="chest")"#, ""),
        (r#"not worse("scratch", "continual", task="chest")"#, ""),
        (
            r#"better("scratch-control", "scratch", task="chest") or better("continual", "scratch", task="chest")"#,
            "",
        ),
        (
            r#"better("scratch-control", "scratch", task="chest") and better("continual", "scratch", task="chest")"#,
            "",
        ),
        (r#"equivalent("scratch-control", "scratch", task="chest")"#, "margin = 3.0"),
        (r#"equivalent("continual", "scratch", task="chest", margin=0.5)"#, ""),
        (r#"all_tasks(better("continual", "scratch"))"#, ""),
        (r#"any(better(["simclr", "fine"], "scratch"))"#, ""),
        (r#"count(better(family("ssl", "inat", "continual"), "scratch")) >= 3"#, ""),
        (r#"all_tasks(count(better(family("ssl", "continual"), "scratch")) >= 1)"#, ""),
        (r#"count_tasks(worse("continual", "scratch")) == 0"#, ""),
        (r#"better("continual", "scratch", metric="dice_per_image")"#, ""),
    ];
    let all: Vec<String> = cases
        .iter()
        .map(|(condition, options)| format!("{:14} {condition} {options}", found(condition, options)))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}
