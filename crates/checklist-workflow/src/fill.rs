//! A script with the values of its names put in, for showing it: `$name` and `${name}`, as bash reads them.

use std::iter::Peekable;
use std::str::Chars;

/// `script` with what `value` says of its names. What stands within single quotes, behind a backslash, or in a
/// form such as `${name:-x}` stays, and so does a name without a value.
pub(crate) fn fill(script: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(script.len());
    let (mut in_single, mut in_double) = (false, false);
    let mut chars = script.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\'' if !in_double => in_single = !in_single,
            '"' if !in_single => in_double = !in_double,
            '\\' if !in_single => {
                filled.push(char);
                filled.extend(chars.next());
                continue;
            }
            '$' if !in_single => {
                let (text, name) = reference(&mut chars);
                match name.and_then(|name| value(&name)) {
                    Some(value) => filled.push_str(&value),
                    None => filled.push_str(&format!("${text}")),
                }
                continue;
            }
            _ => {}
        }
        filled.push(char);
    }
    filled
}

/// What stands behind a `$`, as it is written, and the name in it where it is nothing else.
fn reference(chars: &mut Peekable<Chars<'_>>) -> (String, Option<String>) {
    let is_braced = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(char) = chars.next_if(|char| char.is_ascii_alphanumeric() || *char == '_') {
        name.push(char);
    }
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    match (is_braced, is_braced && chars.next_if_eq(&'}').is_some()) {
        (true, true) => (format!("{{{name}}}"), is_name.then_some(name)),
        (true, false) => (format!("{{{name}"), None),
        (false, _) => (name.clone(), is_name.then_some(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn names_are_filled_in_as_bash_would() {
        let value = |name: &str| match name {
            "version" => Some("1.4.0".to_owned()),
            "V_2" => Some("two".to_owned()),
            _ => None,
        };
        let cases = [
            ("git tag \"v${version}\"", "git tag \"v1.4.0\""),
            ("echo $version.$V_2", "echo 1.4.0.two"),
            ("echo '$version' \"'$version'\"", "echo '$version' \"'1.4.0'\""),
            ("echo \\$version \\\\$version", "echo \\$version \\\\1.4.0"),
            ("echo $versions ${other} $1 $? $$ $", "echo $versions ${other} $1 $? $$ $"),
            ("echo ${version:-none} ${version", "echo ${version:-none} ${version"),
            ("echo $(date) ${#version} é", "echo $(date) ${#version} é"),
            ("", ""),
        ];
        for (script, filled) in cases {
            assert_eq!(fill(script, value), filled);
        }
    }
}
