//! One small table in three targets, with the same marks.

use super::made::{ALL, build_text, file, store};

#[test]
fn three_targets_carry_the_same_marks() {
    let models = [
        ("scratch", "scratch", "", 0.0),
        ("own>data", "continual", "x>chest-data", 4.0),
        ("a", "ssl", "x", 4.05),
        ("b", "ssl", "x", 3.5),
    ];
    let tasks = [("chest", "auc", 0.8), ("lungs", "dice", 0.9)];
    let store = store(&models, &tasks);
    // The continual model has seen the data of the chest task: its runs there are taken away.
    for seed in 0..5 {
        std::fs::remove_file(store.path().join(format!("runs/r1-0-{seed}.parquet"))).unwrap();
    }
    // And one more model lacks its runs on the other task for no such reason.
    for seed in 0..5 {
        std::fs::remove_file(store.path().join(format!("runs/r3-1-{seed}.parquet"))).unwrap();
    }
    let text = "+++\ntitle = 't'\n[tasks]\nchest = { label = 'Chest', data = 'chest-data' }\n+++\n\n{{ table('main', id='one', caption='A & B') }}\n\nSee {{ ref('tab:one') }}.\n";
    let output = build_text(text, Some(store.path()), &ALL).unwrap();
    let html = file(&output, "report.html");
    let (_, table) = html.split_once("<table").unwrap();
    let (table, _) = table.split_once("</table>").unwrap();
    insta::assert_snapshot!("table_html", table);
    let markdown = file(&output, "report.md");
    let (markdown, _) = markdown.split_once("## How").unwrap();
    insta::assert_snapshot!("table_markdown", markdown);
    let tex = file(&output, "tables/one.tex");
    insta::assert_snapshot!("table_latex", tex);
    for (html_mark, md_mark, tex_mark) in
        [("<strong>", "**", "\\textbf"), ("<u>", "<ins>", "\\underline"), (">†<", "†", "\\dagger")]
    {
        let body = |text: &str, mark: &str| text.matches(mark).count();
        let md = if md_mark == "**" {
            body(markdown.split_once("|").unwrap().1, md_mark) / 2
        } else {
            body(markdown.split_once("|").unwrap().1.split_once("\n\n").unwrap().0, md_mark)
        };
        let counts = [body(table, html_mark), md, body(tex.split_once("\\bottomrule").unwrap().0, tex_mark)];
        assert!(counts.iter().all(|c| *c == counts[0]), "{html_mark} {counts:?}");
    }
}
