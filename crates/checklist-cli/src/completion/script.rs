//! The scripts that ask this program what may follow, one for each shell.

use crate::cli::Shell;

/// The script for a shell.
pub(crate) fn of(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("scripts/checklist.bash"),
        Shell::Zsh => include_str!("scripts/checklist.zsh"),
        Shell::Fish => include_str!("scripts/checklist.fish"),
        Shell::Powershell => include_str!("scripts/checklist.ps1"),
    }
}
