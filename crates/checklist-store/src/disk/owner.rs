//! The rule about whose folder a store may be opened in.

use crate::error::{Error, ErrorKind, Result};
use std::path::Path;

/// Refuses a folder of another user, unless told to accept it.
///
/// A folder that somebody else made can hold lists that somebody else wrote, and what this user writes into it
/// can lock its owner out. (Git refuses the same, after CVE-2022-24765.) An owner or a user that the system does
/// not tell is no reason to refuse.
///
/// # Errors
/// [`ErrorKind::Invalid`], naming both users and what to do.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "opening asks this as soon as it is told whose folder it is")
)]
pub(crate) fn check_owner(root: &Path, owner: Option<u32>, user: Option<u32>, accepts: bool) -> Result<()> {
    let (Some(owner), Some(user)) = (owner, user) else { return Ok(()) };
    if owner == user || accepts {
        return Ok(());
    }
    let who = if user == 0 { "run this without sudo" } else { "work as that user" };
    let message = format!(
        "this folder belongs to another user (uid {owner}, and this is uid {user}): {who}, or accept that with \
         CHECKLIST_ACCEPT_OWNER=1"
    );
    Err(Error::new(ErrorKind::Invalid, message).at(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_refused_unless_told() {
        let check = |owner, user, accepts| check_owner(Path::new("p/.checklist"), owner, user, accepts);
        for (owner, user) in [(Some(7), Some(7)), (Some(0), Some(0)), (None, Some(7)), (Some(7), None)] {
            assert!(check(owner, user, false).is_ok(), "{owner:?} {user:?}");
        }
        for (owner, user, words) in
            [(1000, 1001, "work as that user"), (1000, 0, "without sudo"), (0, 1000, "uid 0")]
        {
            let error = check(Some(owner), Some(user), false).expect_err("it is refused");
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let text = error.to_string();
            for part in [words, &format!("uid {owner}, "), "CHECKLIST_ACCEPT_OWNER=1", "p/.checklist"] {
                assert!(text.contains(part), "{part} is not in {text}");
            }
            assert!(check(Some(owner), Some(user), true).is_ok());
        }
    }
}
