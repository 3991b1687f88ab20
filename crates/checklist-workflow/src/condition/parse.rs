//! The parser: precedence climbing (Pratt, "Top down operator precedence", 1973) over the tokens of an expression.

use super::syntax::{Form, Node, Operator, QUESTIONS, Segment};
use super::token::{Token, TokenKind, tokens};
use super::{BYTES_MAX, DEPTH_MAX, Mistake};
use crate::diagnostic::quoted;
use std::ops::Range;

/// Names that are functions of CEL and would loop.
const MACROS: [&str; 5] = ["all", "exists", "exists_one", "map", "filter"];

/// Reads a whole expression.
pub(super) fn expression(text: &str) -> Result<Node, Mistake> {
    if text.len() > BYTES_MAX {
        let message = format!("the condition has {} bytes, at most {BYTES_MAX} are read", text.len());
        return Err(Mistake::new(0..text.len(), message).help("move the decision into a `check` step"));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    if parser.peek().kind == TokenKind::End {
        return Err(Mistake::new(0..text.len(), "the condition is empty")
            .help("write such as vars.name == \"value\""));
    }
    let node = parser.choice()?;
    match parser.peek().kind {
        TokenKind::End => Ok(node),
        _ => Err(parser.unexpected("the condition should end here")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// How tightly an operator binds; larger binds first.
fn operator(token: &TokenKind) -> Option<(u8, Operator)> {
    Some(match token {
        TokenKind::Sign("||") => (1, Operator::Or),
        TokenKind::Sign("&&") => (2, Operator::And),
        TokenKind::Sign("==") => (3, Operator::Equal),
        TokenKind::Sign("!=") => (3, Operator::Unequal),
        TokenKind::Sign("<") => (3, Operator::Less),
        TokenKind::Sign("<=") => (3, Operator::LessOrEqual),
        TokenKind::Sign(">") => (3, Operator::Greater),
        TokenKind::Sign(">=") => (3, Operator::GreaterOrEqual),
        TokenKind::Word(word) if word == "in" => (3, Operator::In),
        _ => return None,
    })
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn accept(&mut self, sign: &'static str) -> bool {
        let is_it = self.peek().kind == TokenKind::Sign(sign);
        if is_it {
            self.next();
        }
        is_it
    }

    fn expect(&mut self, sign: &'static str, after: &str) -> Result<Token, Mistake> {
        match self.peek().kind == TokenKind::Sign(sign) {
            true => Ok(self.next()),
            false => Err(self.unexpected(&format!("`{sign}` is expected {after}"))),
        }
    }

    /// What is found where something else has to be, with the advice that fits it.
    fn unexpected(&self, expected: &str) -> Mistake {
        let token = self.peek();
        match &token.kind {
            TokenKind::End => {
                Mistake::new(token.span.clone(), format!("the condition ends too early: {expected}"))
            }
            TokenKind::Word(word) => {
                let help = match word.to_lowercase().as_str() {
                    "and" => "write `&&`",
                    "or" => "write `||`",
                    "not" => "write `!`",
                    "is" => "write `==`",
                    _ => expected,
                };
                Mistake::new(token.span.clone(), format!("{} does not fit here", quoted(word))).help(help)
            }
            TokenKind::Sign("-") => {
                let help =
                    "a name with `-` in it is written steps[\"clean-tree\"]; a condition does not calculate";
                Mistake::new(token.span.clone(), "`-` does not fit here").help(help)
            }
            TokenKind::Sign(sign) => {
                Mistake::new(token.span.clone(), format!("`{sign}` does not fit here")).help(expected)
            }
            _ => Mistake::new(token.span.clone(), "this value does not fit here").help(expected),
        }
    }

    /// One level deeper, for as long as `read` takes.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Parser) -> Result<T, Mistake>) -> Result<T, Mistake> {
        if self.depth >= DEPTH_MAX {
            let mistake = Mistake::new(
                self.peek().span.clone(),
                format!("this is nested deeper than {DEPTH_MAX} levels"),
            );
            return Err(mistake.help("move the decision into a `check` step"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// `or ? choice : choice`
    fn choice(&mut self) -> Result<Node, Mistake> {
        self.nested(|parser| {
            let condition = parser.binary(1)?;
            if !parser.accept("?") {
                return Ok(condition);
            }
            let one = parser.nested(|parser| parser.binary(1))?;
            parser.expect(":", "between the two values of `? :`")?;
            let other = parser.choice()?;
            let span = condition.span.start..other.span.end;
            Ok(Node { form: Form::Choice(Box::new([condition, one, other])), span })
        })
    }

    /// Operators that bind at least as tightly as `least`, from left to right.
    fn binary(&mut self, least: u8) -> Result<Node, Mistake> {
        let mut left = self.unary()?;
        while let Some((binding, operator)) =
            operator(&self.peek().kind).filter(|(binding, _)| *binding >= least)
        {
            self.next();
            let right = self.binary(binding + 1)?;
            let span = left.span.start..right.span.end;
            left = Node { form: Form::Binary(operator, Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, Mistake> {
        let start = self.peek().span.start;
        if self.accept("!") {
            let inner = self.nested(Parser::unary)?;
            let span = start..inner.span.end;
            return Ok(Node { form: Form::Not(Box::new(inner)), span });
        }
        if self.accept("-") {
            let number = self.next();
            let form = match number.kind {
                TokenKind::Integer(amount) => Form::Integer(
                    0_i64.checked_sub_unsigned(amount).ok_or_else(|| too_large(start..number.span.end))?,
                ),
                TokenKind::Float(amount) => Form::Float(-amount),
                _ => {
                    let mistake =
                        Mistake::new(start..start + 1, "`-` stands before a number and nothing else");
                    return Err(mistake.help("a condition compares and does not calculate"));
                }
            };
            return Ok(Node { form, span: start..number.span.end });
        }
        let primary = self.primary()?;
        self.selections(primary)
    }

    fn primary(&mut self) -> Result<Node, Mistake> {
        let token = self.peek().clone();
        let span = token.span.clone();
        let form = match token.kind {
            TokenKind::Integer(amount) => {
                Form::Integer(i64::try_from(amount).map_err(|_| too_large(span.clone()))?)
            }
            TokenKind::Float(amount) => Form::Float(amount),
            TokenKind::Text(text) => Form::Text(text),
            TokenKind::Word(word) => return self.word(word, span),
            TokenKind::Sign("(") => {
                self.next();
                let inner = self.choice()?;
                let end = self.expect(")", "to close this one")?.span.end;
                return Ok(Node { form: inner.form, span: span.start..end });
            }
            TokenKind::Sign("[") => {
                self.next();
                return self.list(span.start);
            }
            _ => return Err(self.unexpected("a name, a text, a number, true or false is expected")),
        };
        self.next();
        Ok(Node { form, span })
    }

    /// The rest of a list, behind its `[`; a comma may end it, as in CEL.
    fn list(&mut self, start: usize) -> Result<Node, Mistake> {
        let mut items = Vec::new();
        while self.peek().kind != TokenKind::Sign("]") {
            items.push(self.choice()?);
            if !self.accept(",") {
                break;
            }
        }
        let end = self.expect("]", "to close the list")?.span.end;
        Ok(Node { form: Form::List(items), span: start..end })
    }

    /// A word: `true`, `has(...)`, `size(...)`, or the beginning of a name.
    fn word(&mut self, word: String, span: Range<usize>) -> Result<Node, Mistake> {
        self.next();
        let form = match word.as_str() {
            "true" => Form::Boolean(true),
            "false" => Form::Boolean(false),
            "null" => {
                let help = "whether there is a value: has(vars.name)";
                return Err(Mistake::new(span, "nothing is ever null here").help(help));
            }
            "not" => return Err(Mistake::new(span, "`not` has no meaning here").help("write `!`")),
            "in" => {
                return Err(Mistake::new(span, "`in` has nothing on its left")
                    .help("write such as vars.x in [\"a\", \"b\"]"));
            }
            _ if self.peek().kind == TokenKind::Sign("(") => return self.function(&word, span),
            _ => Form::Reference(vec![Segment { name: word, span: span.clone() }]),
        };
        Ok(Node { form, span })
    }

    fn function(&mut self, name: &str, span: Range<usize>) -> Result<Node, Mistake> {
        if !matches!(name, "has" | "size") {
            return Err(no_function(name, span));
        }
        self.next();
        let argument = Box::new(self.choice()?);
        let end = self.expect(")", &format!("after the one argument of `{name}`"))?.span.end;
        let span = span.start..end;
        if name == "size" {
            return Ok(Node { form: Form::Size(argument), span });
        }
        match &argument.form {
            Form::Reference(segments) if segments.len() > 1 => Ok(Node { form: Form::Has(argument), span }),
            _ => Err(Mistake::new(argument.span.clone(), "`has` is asked about a name")
                .help("write has(vars.name), has(steps.a.outputs.name) or has(steps.a.exit_code)")),
        }
    }

    /// What follows a value: `.name`, `.question(...)`, `[...]`.
    fn selections(&mut self, mut node: Node) -> Result<Node, Mistake> {
        loop {
            if self.accept(".") {
                let token = self.peek().clone();
                let TokenKind::Word(name) = token.kind else {
                    return Err(self.unexpected("a name is expected after `.`"));
                };
                self.next();
                if self.peek().kind == TokenKind::Sign("(") {
                    node = self.method(node, &name, token.span)?;
                    continue;
                }
                let span = node.span.start..token.span.end;
                let Form::Reference(mut segments) = node.form else {
                    let message = format!("a value has no part {}", quoted(&name));
                    return Err(
                        Mistake::new(token.span, message).help("only names have parts, such as vars.name")
                    );
                };
                segments.push(Segment { name, span: token.span });
                node = Node { form: Form::Reference(segments), span };
            } else if self.accept("[") {
                node = self.index(node)?;
            } else {
                return Ok(node);
            }
        }
    }

    fn index(&mut self, node: Node) -> Result<Node, Mistake> {
        let index = self.choice()?;
        let end = self.expect("]", "to close this one")?.span.end;
        let span = node.span.start..end;
        let form = match (node.form, index.form) {
            (Form::Reference(mut segments), Form::Text(name)) => {
                segments.push(Segment { name, span: index.span });
                Form::Reference(segments)
            }
            (form, index_form) => {
                let of = Node { form, span: node.span };
                Form::Index(Box::new(of), Box::new(Node { form: index_form, span: index.span }))
            }
        };
        Ok(Node { form, span })
    }

    fn method(&mut self, target: Node, name: &str, name_span: Range<usize>) -> Result<Node, Mistake> {
        self.next();
        if name == "size" {
            let end = self.expect(")", "after `size(`, which takes nothing more")?.span.end;
            let span = target.span.start..end;
            return Ok(Node { form: Form::Size(Box::new(target)), span });
        }
        let Some((_, question)) = QUESTIONS.iter().find(|(known, _)| *known == name) else {
            return Err(no_function(name, name_span));
        };
        let argument = self.choice()?;
        let end = self.expect(")", &format!("after the one argument of `{name}`"))?.span.end;
        let span = target.span.start..end;
        Ok(Node { form: Form::Ask(*question, Box::new(target), Box::new(argument)), span })
    }
}

fn too_large(span: Range<usize>) -> Mistake {
    Mistake::new(span, "this is no whole number of 64 bits")
}

fn no_function(name: &str, span: Range<usize>) -> Mistake {
    let known = ["has", "size", "startsWith", "endsWith", "contains", "matches"];
    let mistake = Mistake::new(span, format!("there is no function {}", quoted(name)));
    if MACROS.contains(&name) {
        return mistake.help("a condition has no loops; let a command print the answer as an output");
    }
    let help = format!("there are {}", known.join(", "));
    mistake.meant(name, known, |name| format!("`{name}`"), help)
}
