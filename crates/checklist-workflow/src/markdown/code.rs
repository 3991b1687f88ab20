//! Code fences under an item: which of them are commands, and what a shell would be given.

/// A code fence that belongs to an entry.
#[derive(Debug)]
pub(super) struct Block {
    /// The line it begins on, counted from 1.
    pub(super) line: usize,
    /// Columns its fence is indented.
    indent: usize,
    /// Its lines without that indentation, the fences among them.
    pub(super) lines: Vec<String>,
}

/// What a block is taken for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// What a shell would be given, if it is for one.
    pub(super) script: Option<String>,
    /// Whether people should see the block as it stands.
    pub(super) is_text: bool,
}

impl Block {
    pub(super) fn new(line: usize, indent: usize, fence: &str) -> Block {
        Block { line, indent, lines: vec![fence.to_owned()] }
    }

    pub(super) fn push(&mut self, line: &str) {
        let blank = line.bytes().take(self.indent).take_while(|b| *b == b' ').count();
        self.lines.push(line[blank..].trim_end().to_owned());
    }
}

/// Reads a block, closed. Code for `sh`, `bash` or `console` is a script. Where its first line begins with `$ `, it
/// is a session: the lines that begin so, and those that go on after a `\`, are the script; the rest is what was
/// printed, and then the block is shown as well.
pub(super) fn read(block: &Block) -> Read {
    let text = Read { script: None, is_text: true };
    let [fence, code @ .., _] = block.lines.as_slice() else { return text };
    let language = fence.trim_start_matches(['`', '~']).split_whitespace().next().unwrap_or_default();
    if !["sh", "bash", "console", "shell"].contains(&language) {
        return text;
    }
    let first = code.iter().map(|line| line.trim()).find(|line| !line.is_empty() && !line.starts_with('#'));
    let Some(first) = first else { return text };
    if !first.starts_with("$ ") {
        // A session that shows no prompt could be all output.
        let is_script = language != "console";
        let script = is_script.then(|| code.join("\n").trim_matches('\n').to_owned());
        return Read { is_text: script.is_none(), script };
    }
    let (mut script, mut printed, mut goes_on) = (Vec::new(), false, false);
    for line in code {
        let command = line.trim_start().strip_prefix("$ ").or_else(|| goes_on.then_some(line.as_str()));
        match command {
            Some(command) => {
                goes_on = command.ends_with('\\');
                script.push(command);
            }
            None => printed |= !line.trim().is_empty(),
        }
    }
    Read { script: Some(script.join("\n")), is_text: printed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(fence: &str, code: &str) -> Read {
        let mut block = Block::new(1, 2, fence);
        code.lines().chain(["  ```"]).for_each(|line| block.push(line));
        read(&block)
    }

    #[test]
    fn scripts_sessions_and_other_languages() {
        let script = |text: &str| Some(text.to_owned());
        let plain = read_text("```sh", "  make\n    deep\n");
        assert_eq!(plain, Read { script: script("make\n  deep"), is_text: false });
        let session = read_text("```console", "  $ git tag \\\n    -s v1\n  $ git push\n");
        assert_eq!(session, Read { script: script("git tag \\\n  -s v1\ngit push"), is_text: false });
        let printed = read_text("```bash", "  # first\n  $ ls\n  a b\n");
        assert_eq!(printed, Read { script: script("ls"), is_text: true });
        for (fence, code) in
            [("```rust", "  fn\n"), ("```", "  ls\n"), ("```sh", "\n"), ("```console", "  a b\n")]
        {
            assert_eq!(read_text(fence, code), Read { script: None, is_text: true }, "{fence}");
        }
    }
}
