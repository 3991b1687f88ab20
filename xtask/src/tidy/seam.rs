//! The seam stays small and total: its traits have a fixed number of methods and no default body.

use super::finding::Findings;
use super::source::{Source, block_end, identifier, item_end, skip_spaces};
use super::tree::Tree;

const SEAM: &str = "crates/checklist-store/src/env/mod.rs";

/// Traits of the seam and how many methods each has. A new one needs a decision page.
const TRAITS: &[(&str, usize)] = &[("Fs", 14), ("File", 5), ("HeldLock", 0), ("Clock", 3), ("Entropy", 1)];

/// Counts methods and looks for default bodies.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let Some(source) = tree.get(SEAM).and_then(|file| file.source.as_ref()) else {
        findings.add(SEAM, 1, "the seam is missing");
        return;
    };
    for (name, expected) in TRAITS {
        let Some((at, body)) = body_of(source, name) else {
            findings.add(SEAM, 1, format!("trait {name} is missing"));
            continue;
        };
        let methods: Vec<usize> = super::source::words(body, "fn").collect();
        if methods.len() != *expected {
            let message = format!(
                "trait {name} has {} methods, {expected} are agreed; see docs/decisions/0080",
                methods.len()
            );
            findings.add(SEAM, source.line(at), message);
        }
        if methods.iter().any(|method| body[..item_end(body, *method)].ends_with('}')) {
            findings.add(SEAM, source.line(at), format!("trait {name} has a default body; a seam is total"));
        }
    }
}

/// Where `trait name` stands, and the text between its braces.
fn body_of<'s>(source: &'s Source, name: &str) -> Option<(usize, &'s str)> {
    let code = &source.code;
    let at = source.words("trait").find(|at| identifier(code, skip_spaces(code, at + 5)) == Some(name))?;
    let open = at + code[at..].find('{')?;
    Some((at, &code[open + 1..block_end(code, open) - 1]))
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    fn seam(fs: &str) -> Tree {
        let rest = "trait File { fn a(); fn b(); fn c(); fn d(); fn e(); } trait HeldLock: Send {} trait Entropy { fn a(); }";
        let text = format!("trait Clock {{ fn a(); fn b(); fn c(); }} {rest} pub trait Fs: Debug {{ {fs} }}");
        Tree::of(&[(SEAM, &text)])
    }

    #[test]
    fn an_extra_or_missing_method_is_found() {
        assert_eq!(found(check, &seam(&"fn a(&self) -> [u8; 2];".repeat(14))), [""; 0]);
        assert_eq!(found(check, &seam(&"fn a();".repeat(15))).len(), 1);
        assert_eq!(found(check, &seam(&"fn a();".repeat(13))).len(), 1);
        assert_eq!(found(check, &Tree::of(&[])).len(), 1);
    }

    #[test]
    fn a_default_body_is_found() {
        let methods = format!("{} fn z(&self) {{ }}", "fn a();".repeat(13));
        assert_eq!(found(check, &seam(&methods)).len(), 1);
    }
}
