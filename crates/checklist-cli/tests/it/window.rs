//! `Window`: a real terminal with a shell in it, inside tmux.

use crate::support::Project;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Far longer than anything here takes: who waits for longer waits for what never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A window with a shell in it, in a tmux server of its own.
pub(crate) struct Window<'p> {
    pub(crate) project: &'p Project,
    socket: String,
}

impl<'p> Window<'p> {
    /// A window of this size in the project's folder; `None`, and said so, where there is no tmux.
    pub(crate) fn open(project: &'p Project, columns: u16, rows: u16) -> Option<Window<'p>> {
        let bash = ["PS1=$ ", "bash", "--norc", "--noprofile", "-i"];
        Window::with_shell(project, columns, rows, &bash)
    }

    /// The same with another shell: the end of a command of `env`, settings first. Its prompt begins with `$`.
    pub(crate) fn with_shell(
        project: &'p Project,
        columns: u16,
        rows: u16,
        shell: &[&str],
    ) -> Option<Window<'p>> {
        if Command::new("tmux").arg("-V").output().is_err() {
            say!("SKIPPED: what happens in a real terminal: tmux is missing");
            return None;
        }
        let socket = project.home().join("tmux").display().to_string();
        let window = Window { project, socket };
        let home = project.home().display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let root = project.root.display().to_string();
        let (home, state) = (format!("HOME={home}"), format!("XDG_STATE_HOME={home}/state"));
        let path = format!("PATH={path}");
        let session = ["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &rows, "-c", &root];
        let world = ["env", "-i", &home, &state, &path, "USER=ana", "TZ=UTC", "LANG=C.UTF-8"];
        let terminal = ["TERM=screen", "NO_COLOR=1"];
        window.tmux(&[&session[..], &world, &terminal, shell].concat());
        window.wait_until("a prompt", |screen| screen.starts_with('$'));
        Some(window)
    }

    pub(crate) fn tmux(&self, arguments: &[&str]) -> String {
        let output: Output =
            Command::new("tmux").args(["-S", &self.socket]).args(arguments).output().expect("tmux starts");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen has this text.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "{what:?} does not come:\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Types a text.
    pub(crate) fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Presses a key by its name.
    pub(crate) fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        // This server has this window alone.
        let _ = Command::new("tmux").args(["-S", &self.socket, "kill-server"]).output();
    }
}
