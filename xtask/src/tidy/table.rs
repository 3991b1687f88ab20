//! Markdown tables: the cells of one column, with their lines.

/// One body row's cell in the column that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The cell's text.
    pub(crate) text: String,
}

impl Cell {
    /// What stands between backticks.
    pub(crate) fn code_spans(&self) -> Vec<&str> {
        self.text.split('`').skip(1).step_by(2).collect()
    }
}

/// Cells of every table that has a column headed by one of `titles`.
pub(crate) fn column(markdown: &str, titles: &[&str]) -> Vec<Cell> {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut found = Vec::new();
    let mut wanted: Option<usize> = None;
    for (at, line) in lines.iter().enumerate() {
        let Some(cells) = cells(line) else {
            wanted = None;
            continue;
        };
        if lines.get(at + 1).and_then(|next| self::cells(next)).is_some_and(|next| is_ruler(&next)) {
            wanted = cells.iter().position(|cell| titles.contains(&cell.as_str()));
        } else if let Some(index) = wanted.filter(|_| !is_ruler(&cells)) {
            let text = cells.get(index).cloned().unwrap_or_default();
            found.push(Cell { line: at + 1, text });
        }
    }
    found
}

/// Whether this is the row of dashes between a table's head and its body.
fn is_ruler(cells: &[String]) -> bool {
    cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| "-: ".contains(c)))
}

/// Splits a row at the bars that are neither escaped nor inside backticks.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let (mut in_code, mut is_escaped) = (false, false);
    for character in inner.chars() {
        if character == '|' && !in_code && !is_escaped {
            cells.push(String::new());
            continue;
        }
        in_code ^= character == '`';
        is_escaped = character == '\\';
        cells.last_mut().expect("it starts with one cell").push(character);
    }
    Some(cells.iter().map(|cell| cell.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_is_found_by_its_title() {
        let text = "| Id | Test |\n|---|:--|\n| D1 | `a|b` and `c` |\n| D2 |\n\n| Other | x |\n|---|---|\n| 1 | 2 |\n";
        let cells = column(text, &["Test"]);
        assert_eq!(cells.iter().map(|cell| cell.line).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(cells[0].code_spans(), ["a|b", "c"]);
        assert_eq!(cells[1].code_spans(), [""; 0]);
    }
}
