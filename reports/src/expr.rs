//! The language of claims: `all_tasks(better("simclr", "scratch")) and not worse("coarse", "scratch", task="vessel")`.
//!
//! In: the text of a condition. Out: a tree of calls, `and`, `or`, `not` and comparisons with a number; strings, numbers,
//! `true`, `false` and lists as arguments. It evaluates nothing and knows no function: that is `claim`.

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All must hold.
    And(Vec<Expr>),
    /// One must hold.
    Or(Vec<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// `count(...) >= 3`.
    Compare {
        /// What is counted.
        left: Box<Expr>,
        /// How it is compared.
        op: Op,
        /// With what.
        right: f64,
    },
    /// A function of a comparison or of other conditions.
    Call(Call),
}

/// A function with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Name as written.
    pub name: String,
    /// Arguments by place.
    pub args: Vec<Arg>,
    /// Arguments by name.
    pub named: Vec<(String, Arg)>,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// `"chest"`.
    Text(String),
    /// `0.5`.
    Number(f64),
    /// `true`.
    Bool(bool),
    /// `["a", "b"]`.
    List(Vec<Arg>),
    /// A condition, or a function such as `family("ssl")`.
    Expr(Expr),
}

/// A comparison with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `<`
    Less,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

/// Parses a condition.
///
/// # Errors
/// A sentence that says what was expected and what stands there.
pub fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(format!("expected `and`, `or` or the end, found {}", token.shown())),
    }
}

/// Conditions nest no deeper: a hostile notebook must not exhaust the stack.
const DEEPEST: usize = 64;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Token::Name(name) => format!("`{name}`"),
            Token::Text(text) => format!("\"{text}\""),
            Token::Number(number) => format!("`{number}`"),
            Token::Sign(sign) => format!("`{sign}`"),
        }
    }
}

const SIGNS: [&str; 12] = [">=", "<=", "==", "!=", "(", ")", "[", "]", ",", "=", ">", "<"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let used = if first == '"' || first == '\'' {
            let end = rest[1..].find(first).ok_or_else(|| format!("the quote {first} is not closed"))?;
            out.push(Token::Text(rest[1..=end].to_owned()));
            end + 2
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            out.push(Token::Sign(sign));
            sign.len()
        } else if first.is_ascii_digit() || first == '-' || first == '.' {
            let end = rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |e| e + 1);
            let number = rest[..end].parse().map_err(|_| format!("`{}` is no number", &rest[..end]))?;
            out.push(Token::Number(number));
            end
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            out.push(Token::Name(rest[..end].to_owned()));
            end
        } else {
            return Err(format!("`{first}` has no meaning here; names of models and tasks go in quotes"));
        };
        rest = rest[used..].trim_start();
    }
    Ok(out)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(n)) if n == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(format!("expected `{sign}`, found {}", self.found())) }
    }

    fn found(&self) -> String {
        self.peek().map_or_else(|| "the end".to_owned(), Token::shown)
    }

    fn or(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if DEEPEST < self.depth {
            return Err(format!("nested deeper than {DEEPEST}"));
        }
        let mut all = vec![self.and()?];
        while self.word("or") {
            all.push(self.and()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::Or(all) })
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut all = vec![self.not()?];
        while self.word("and") {
            all.push(self.not()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::And(all) })
    }

    fn not(&mut self) -> Result<Expr, String> {
        let mut negated = false;
        while self.word("not") {
            negated = !negated;
        }
        let inner = self.comparison()?;
        Ok(if negated { Expr::Not(Box::new(inner)) } else { inner })
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let left = self.term()?;
        let ops = [
            (">=", Op::AtLeast),
            ("<=", Op::AtMost),
            ("==", Op::Equal),
            ("!=", Op::Unequal),
            (">", Op::More),
            ("<", Op::Less),
        ];
        for (sign, op) in ops {
            if self.sign(sign) {
                let Some(Token::Number(right)) = self.peek().cloned() else {
                    return Err(format!("expected a number after `{sign}`, found {}", self.found()));
                };
                self.at += 1;
                return Ok(Expr::Compare { left: Box::new(left), op, right });
            }
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Expr, String> {
        if self.sign("(") {
            let inner = self.or()?;
            self.expect(")")?;
            return Ok(inner);
        }
        match self.peek().cloned() {
            Some(Token::Name(name)) => {
                self.at += 1;
                self.call(name).map(Expr::Call)
            }
            _ => Err(format!("expected a function such as better(\"a\", \"b\"), found {}", self.found())),
        }
    }

    fn call(&mut self, name: String) -> Result<Call, String> {
        if !self.sign("(") {
            return Err(format!("expected `(` after `{name}`, found {}", self.found()));
        }
        let mut call = Call { name, args: Vec::new(), named: Vec::new() };
        while !self.sign(")") {
            let key = match (self.peek(), self.tokens.get(self.at + 1)) {
                (Some(Token::Name(key)), Some(Token::Sign("="))) => Some(key.clone()),
                _ => None,
            };
            match key {
                Some(key) => {
                    self.at += 2;
                    let value = self.arg()?;
                    call.named.push((key, value));
                }
                None => call.args.push(self.arg()?),
            }
            if !self.sign(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(call)
    }

    fn arg(&mut self) -> Result<Arg, String> {
        let simple = match self.peek() {
            Some(Token::Text(text)) => Some(Arg::Text(text.clone())),
            Some(Token::Number(number)) => Some(Arg::Number(*number)),
            Some(Token::Name(name)) if name == "true" => Some(Arg::Bool(true)),
            Some(Token::Name(name)) if name == "false" => Some(Arg::Bool(false)),
            _ => None,
        };
        if let Some(simple) = simple {
            self.at += 1;
            return Ok(simple);
        }
        if self.sign("[") {
            let mut list = Vec::new();
            while !self.sign("]") {
                match self.peek().cloned() {
                    Some(Token::Text(text)) => list.push(Arg::Text(text)),
                    Some(Token::Number(number)) => list.push(Arg::Number(number)),
                    _ => return Err(format!("expected a string in the list, found {}", self.found())),
                }
                self.at += 1;
                if !self.sign(",") {
                    self.expect("]")?;
                    break;
                }
            }
            return Ok(Arg::List(list));
        }
        self.or().map(Arg::Expr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, args: &[&str]) -> Expr {
        let args = args.iter().map(|a| Arg::Text((*a).to_owned())).collect();
        Expr::Call(Call { name: name.to_owned(), args, named: Vec::new() })
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let expr = parse("f('a') or not g('b') and h('c')").unwrap();
        let right = Expr::And(vec![Expr::Not(Box::new(call("g", &["b"]))), call("h", &["c"])]);
        assert_eq!(expr, Expr::Or(vec![call("f", &["a"]), right]));
    }

    #[test]
    fn counts_and_names() {
        let expr = parse(r#"count(better(family("ssl"), "ImageNet", task="PXS")) >= 3"#).unwrap();
        let Expr::Compare { op: Op::AtLeast, right: 3.0, left } = expr else { panic!("{expr:?}") };
        let Expr::Call(count) = *left else { panic!() };
        let [Arg::Expr(Expr::Call(better))] = &count.args[..] else { panic!() };
        assert_eq!(better.named, [("task".to_owned(), Arg::Text("PXS".to_owned()))]);
    }

    #[test]
    fn errors_say_what_was_expected() {
        let all: Vec<_> = ["", "better", "better('a'", "f('a') f('b')", "a$b", "f(x) >= y", "f(\"a)"]
            .iter()
            .map(|t| parse(t).unwrap_err())
            .collect();
        insta::assert_snapshot!(all.join("\n"), @"");
    }

    #[test]
    fn depth_is_bounded() {
        assert!(parse(&"(".repeat(100_000)).unwrap_err().contains("nested deeper"));
    }
}
