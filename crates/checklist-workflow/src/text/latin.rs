//! Latin letters with marks, written as the ASCII letters that people type for them.

/// For each letter of the second text, the first one is written.
const FOLDED: &[(&str, &str)] = &[
    ("a", "àáâãåāăąǎ"),
    ("ae", "äæ"),
    ("c", "çćĉċč"),
    ("d", "ďđð"),
    ("e", "èéêëēĕėęě"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįıǐ"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŋ"),
    ("o", "òóôõøōŏőǒ"),
    ("oe", "öœ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("ss", "ß"),
    ("t", "ţťŧț"),
    ("th", "þ"),
    ("u", "ùúûũūŭůűųǔ"),
    ("ue", "ü"),
    ("w", "ŵẁẃẅ"),
    ("y", "ýÿŷ"),
    ("z", "źżž"),
];

/// `text` in lower case, with ASCII letters for Latin ones; marks that stand alone after their letter go. What
/// is not Latin stays.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        let is_mark = ('\u{300}'..='\u{36f}').contains(&letter);
        match FOLDED.iter().find(|(_, letters)| !letter.is_ascii() && letters.contains(letter)) {
            Some((ascii, _)) => folded.push_str(ascii),
            None if is_mark => {}
            None => folded.push(letter),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_letters_stay() {
        assert_eq!(folded("Prüfen: Größe, ŁÓDŹ, naïve, Æsir"), "pruefen: groesse, lodz, naive, aesir");
        assert_eq!(folded("e\u{301}te\u{301}"), "ete");
        assert_eq!(folded("проверить 検査"), "проверить 検査");
    }

    #[test]
    fn no_letter_is_listed_twice() {
        let mut letters: Vec<char> = FOLDED.iter().flat_map(|(_, letters)| letters.chars()).collect();
        letters.sort_unstable();
        assert!(letters.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
