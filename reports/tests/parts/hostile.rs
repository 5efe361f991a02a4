//! Names, captions, parameters and prose of other people are shown and never run.

use super::made::{ALL, build_with, file, store};

const SCRIPT: &str = "<script>alert(1)</script>";
const TEX: &str = r"\input{/etc/passwd}";

const NOTEBOOK: &str = r##"+++
title = "<img src=x onerror=alert(2)> \\write18{ls} & | `x`"
authors = ["</title><script>alert(3)</script>"]
[parameters]
note = "x"
[tasks]
'\input{/etc/passwd}' = "Task | ]] *b* $x$ %"
+++

# <script>alert(4)</script> heading {#"onload=alert(5)}

Raw <b onclick="alert(6)">html</b>, [bad](javascript:alert(7)), [worse](JAVASCRIPT:alert(7) "t"), <javascript:alert(7)>,
![picture](https://example.org/x.png), [by parameter]({{ param("note") }}) and a value: {{ param("note") }}. \write18{ls}

<div onmouseover="alert(8)">
block
</div>

```text
\end{quote} </code></pre><script>alert(9)</script> {{ not run }}
```

Code `{{ neither }}` and \end{document}.

{{ table("main", id="main", caption="</caption><script>alert(10)</script> \\end{table}") }}

{{ figure("bars", id="bars", baseline="scratch", caption="]]></svg><script>alert(11)</script> %") }}

```claim
sentence = "<script>alert(12)</script> \\end{quote} **not bold**"
condition = "better('<script>alert(1)</script>', 'scratch')"
expect = "undecided"
```
"##;

#[test]
fn shown_and_never_run() {
    let models = [
        (SCRIPT, "ssl", "x", 0.1),
        ("scratch", "scratch", "", 0.0),
        ("a_b&c%d#e|f^g~h", "</b>", "", 1.0),
        ("模型\u{202E}é", "inat", "", 0.5),
    ];
    let store = store(&models, &[(TEX, "auc", 0.8)]);
    let params = [("note".to_owned(), format!("javascript:alert(13) **b** {SCRIPT}"))];
    let output = build_with(NOTEBOOK, Some(store.path()), &ALL, &params).unwrap();
    let html = file(&output, "report.html");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the name is shown");
    let lower = html.to_lowercase();
    for bad in [
        "<script>alert",
        "<img",
        "<b onclick",
        "<div onmouse",
        "href=\"javascript",
        "<strong>b</strong>",
        "</b>\"",
    ] {
        assert!(!lower.contains(bad), "{bad}");
    }
    assert!(html.contains("{{ not run }}") && html.contains("<code>{{ neither }}</code>"));
    let markdown = file(&output, "report.md");
    for bad in [
        "<script",
        "<img",
        "<b onclick",
        "<div",
        "](javascript",
        "](JAVA",
        "<javascript",
        "**b**",
        "](https://example.org",
    ] {
        // Code is shown as it is written.
        let outside: String = markdown.split("```").step_by(2).collect();
        assert!(!outside.contains(bad), "{bad}");
    }
    for (path, bytes) in
        output.files.iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "tex" || e == "pgf"))
    {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains(r"\input{/etc") && !text.contains(r"\write18"), "{}", path.display());
    }
    for (path, bytes) in output.files.iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "svg")) {
        assert!(!String::from_utf8(bytes.clone()).unwrap().contains("<script"), "{}", path.display());
    }
    assert!(output.warnings.iter().any(|w| w.contains("javascript")));
    super::shipped::assert_compiles(&output);
}
