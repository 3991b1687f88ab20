//! Sizes: a file fits 400 lines, a function 70.

use super::finding::Findings;
use super::source::{Source, identifier, item_end, skip_spaces};
use super::tree::Tree;

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Looks for long files.
pub(crate) fn check_files(tree: &Tree, findings: &mut Findings) {
    for (file, _) in tree.rust("") {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            let message =
                format!("{lines} lines, {FILE_LINES_MAX} are allowed; split by thing, or list a waiver");
            findings.add(&file.path, FILE_LINES_MAX + 1, message);
        }
    }
}

/// Looks for long functions, from the line of `fn` to the closing brace.
pub(crate) fn check_functions(tree: &Tree, findings: &mut Findings) {
    for (file, source) in tree.rust("") {
        for (name, first, last) in functions(source) {
            let lines = last - first + 1;
            if lines > FUNCTION_LINES_MAX {
                let message = format!("fn {name} has {lines} lines, {FUNCTION_LINES_MAX} are allowed");
                findings.add(&file.path, first, message);
            }
        }
    }
}

/// Name, first and last line of every function.
fn functions(source: &Source) -> Vec<(String, usize, usize)> {
    let code = &source.code;
    let named = source.words("fn").filter_map(|at| {
        let name = identifier(code, skip_spaces(code, at + 2))?;
        Some((name.to_owned(), source.line(at), source.line(item_end(code, at) - 1)))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    fn function(body: usize) -> String {
        format!(
            "fn long(bytes: [u8; 4]) -> [u8; 2]\n{{\n{}}}\nfn short() {{}}\n",
            "    call();\n".repeat(body)
        )
    }

    #[test]
    fn length_is_counted_exactly() {
        let tree = Tree::of(&[("a.rs", &function(67)), ("b.rs", &function(68))]);
        assert_eq!(found(check_functions, &tree), ["b.rs:1: fn long has 71 lines, 70 are allowed"]);
        let tree = Tree::of(&[("a.rs", &"\n".repeat(400)), ("b.rs", &"\n".repeat(401))]);
        assert_eq!(found(check_files, &tree).len(), 1);
    }

    #[test]
    fn declarations_and_function_types_have_no_length() {
        let trait_with_default = format!("trait T {{ fn a(&self);\n{} }}", function(3));
        let tree = Tree::of(&[("a.rs", &trait_with_default), ("b.rs", "type F = fn(u8) -> u8;\n")]);
        assert_eq!(found(check_functions, &tree), [""; 0]);
    }
}
