//! The rule about whose folder a store may be opened in.

use crate::error::{Error, ErrorKind, Result};
use std::path::Path;

/// Refuses a folder of another user, unless told to accept it.
///
/// A folder that somebody else made can hold lists that somebody else wrote, and what this user writes into it
/// can lock its owner out. (Git refuses the same, after CVE-2022-24765.) An owner that the system does not tell
/// is no reason to refuse.
///
/// # Errors
/// [`ErrorKind::Invalid`], naming the owner and what to do.
pub(crate) fn check_owner(root: &Path, foreign_owner: Option<u32>, accepts: bool) -> Result<()> {
    let Some(owner) = foreign_owner.filter(|_| !accepts) else { return Ok(()) };
    let message = format!(
        "this folder belongs to another user (uid {owner}): work as that user (without sudo), or accept that with \
         CHECKLIST_ACCEPT_OWNER=1"
    );
    Err(Error::new(ErrorKind::Invalid, message).at(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_refused_unless_told() {
        let check = |owner, accepts| check_owner(Path::new("p/.checklist"), owner, accepts);
        assert!(check(None, false).is_ok(), "one's own, or nobody's");
        assert!(check(Some(1000), true).is_ok());
        let error = check(Some(1000), false).expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let text = error.to_string();
        for part in ["uid 1000", "without sudo", "CHECKLIST_ACCEPT_OWNER=1", "p/.checklist"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
