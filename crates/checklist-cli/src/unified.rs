//! What becomes of a text, as a unified diff of one hunk: what `patch` and `git apply` take.

/// Lines that are shown around those that differ.
const CONTEXT: usize = 3;

/// The difference between two texts of a file; empty where there is none. `None` stands for no file.
pub(crate) fn unified(name: &str, old: Option<&str>, new: Option<&str>) -> String {
    if old == new {
        return String::new();
    }
    let lines =
        |text: Option<&str>| text.unwrap_or_default().split_inclusive('\n').map(str::to_owned).collect();
    let (old_lines, new_lines): (Vec<String>, Vec<String>) = (lines(old), lines(new));
    let first = old_lines.iter().zip(&new_lines).take_while(|(old, new)| old == new).count();
    let rest = old_lines.len().min(new_lines.len()) - first;
    let last = old_lines.iter().rev().zip(new_lines.iter().rev()).take(rest);
    let last = last.take_while(|(old, new)| old == new).count();
    let (from, behind) = (first.saturating_sub(CONTEXT), last.min(CONTEXT));
    let (old_to, new_to) = (old_lines.len() - last, new_lines.len() - last);
    let place = |text: Option<&str>, side: &str| match text {
        Some(_) => format!("{side}/{name}"),
        None => "/dev/null".to_owned(),
    };
    let mut text = format!(
        "--- {}\n+++ {}\n@@ -{} +{} @@\n",
        place(old, "a"),
        place(new, "b"),
        range(from, old_to + behind),
        range(from, new_to + behind)
    );
    put(&mut text, ' ', &old_lines[from..first]);
    put(&mut text, '-', &old_lines[first..old_to]);
    put(&mut text, '+', &new_lines[first..new_to]);
    put(&mut text, ' ', &old_lines[old_to..old_to + behind]);
    text
}

/// `4,7`: from which line on, counted from 1, and how many; before the first line where there are none.
fn range(from: usize, to: usize) -> String {
    format!("{},{}", if to > from { from + 1 } else { from }, to - from)
}

fn put(text: &mut String, mark: char, lines: &[String]) {
    for line in lines {
        text.push(mark);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn a_hunk_has_its_place_and_a_few_lines_around_it() {
        assert_eq!(unified("x", Some("a\n"), Some("a\n")), "");
        assert_eq!(
            unified("x", Some("1\n2\n3\n4\n5\n6\n7\n8\n"), Some("1\n2\n3\n4\nnew\n6\n7\n8\n")),
            "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+new\n 6\n 7\n 8\n"
        );
        assert_eq!(unified("x", None, Some("a\n")), "--- /dev/null\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(unified("x", Some("a\n"), None), "--- a/x\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n");
        assert_eq!(
            unified("x", Some("a"), Some("a\nb")),
            "--- a/x\n+++ b/x\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n"
        );
    }
}
