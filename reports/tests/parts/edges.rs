//! Stores at the edge: nothing in them, one seed, no value, no spread; notebooks with nothing in them.

use analysis::store::Store;

use super::made::{ALL, build_text, file, store};

const TEXT: &str = "+++\r\ntitle = 't'\r\n[defaults]\r\nbaseline = 'scratch'\r\n+++\r\n\r\n{{ table('main', id='m') }}\r\n\r\n{{ table('compare', id='c') }}\r\n\r\n{{ figure('bars', id='b') }}\r\n\r\n{{ figure('points', id='p') }}\r\n";

#[test]
fn nothing() {
    let dir = tempfile::tempdir().unwrap();
    Store::create(dir.path()).unwrap();
    let error = build_text(TEXT, Some(dir.path()), &ALL).unwrap_err().to_string();
    assert!(error.ends_with("a.md:7: the input holds no result"), "{error}");
    let empty = build_text("+++\ntitle = ''\n+++", None, &ALL).unwrap();
    assert_eq!(empty.files.len(), 3);
}

#[test]
fn one_seed_and_no_value() {
    let models = [("scratch", "scratch", "", 0.0), ("a", "ssl", "x", 1.0), ("b", "", "", 2.0)];
    let dir = store(&models, &[("chest", "auc", 0.8)]);
    let all = Store::open(dir.path()).unwrap().runs().unwrap();
    let few = tempfile::tempdir().unwrap();
    let target = Store::create(few.path()).unwrap();
    for mut run in all.into_iter().filter(|r| r.seed == 0) {
        if run.model == "b" {
            run.value = None;
        }
        target.write_run(&analysis::record::RunRecord { runs: vec![run], ..Default::default() }).unwrap();
    }
    let output = build_text(TEXT, Some(few.path()), &ALL).unwrap();
    let markdown = file(&output, "report.md");
    assert!(!markdown.contains("NaN"));
    assert!(markdown.contains("A mean without ± has no standard deviation"), "{markdown}");
    assert!(markdown.contains("untestable"), "{markdown}");
    super::shipped::assert_compiles(&output);
}

#[test]
fn made_data_says_so_wherever_it_goes() {
    let output = super::made::build_shipped(
        "demo.md",
        Some(store(&super::made::DEMO, &super::made::PHANTOM).path()),
        &[],
    );
    for name in ["figures/bars.svg", "figures/points.svg", "figures/bars.pgf", "figures/points.pgf"] {
        assert!(file(&output, name).contains("made data"), "{name}");
    }
    for name in ["report.md", "main.tex", "tables/main.tex", "tables/compare.tex"] {
        assert!(file(&output, name).contains("Made data"), "{name}");
    }
}

const EVERYTHING: &str = r##"+++
title = "Everything"
subtitle = "100 % & more"
authors = ["A. Author", "B_c"]
[parameters]
url = "https://example.org/a b?c=d&e=f_g#h%20"
+++
# One {#one}

Text with *emphasis*, **strength**, ~~struck~~, `code {{ x }} \ _%` and a note[^n]; line\
break. A [link](https://example.org/a_b?c=d%20e&f#g), one [by parameter]({{ param("url") }}), <https://example.org>, [inside](#one).

[^n]: The note with `code` and 5 % of _everything_.

> A quote
> - with a list
>   1. nested
>   2. twice

## Two

- item

  second paragraph {{ ref("tab:t") }}

- {{ value("input", what="runs") }} runs

| a | b | c |
|:--|:-:|--:|
| 1 | `x` | {{ param("url") }} |
| * | [ | 3 |

---

    indented {code}

~~~python
def f(x):
    return {"a": x}  # 100 % \end{quote}

~~~

```
```

{% for task in ["chest", "nodule"] %}
- {{ task }}: {{ value("compare", task=task, model="coarse", baseline="scratch", what="diff_interval") }}
{% endfor %}

1. {{ table("main", id="t") }}
2. two

#### Deep

###### Deeper
"##;

#[test]
fn every_construct_of_markdown() {
    let dir = store(&super::made::DEMO[..3], &super::made::TASKS);
    let output = build_text(EVERYTHING, Some(dir.path()), &ALL).unwrap();
    assert_eq!(output.warnings, Vec::<String>::new());
    let html = file(&output, "report.html");
    for part in [
        "<del>struck</del>",
        "<code>code {{ x }} \\ _%</code>",
        "href=\"https://example.org/a%20b?c=d&amp;e=f_g#h%20\"",
        "<h2 id=\"s-one\">",
        "<h3 id=\"s-two\">",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let markdown = file(&output, "report.md");
    assert!(markdown.contains("[by parameter](<https://example.org/a%20b?c=d&e=f_g#h%20>)"), "{markdown}");
    assert!(markdown.contains("- chest: +1.50 \\["), "{markdown}");
    super::shipped::assert_compiles(&output);
}
