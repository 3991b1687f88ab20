//! Both sides of a terminal, and all that one of them shows, for tests of the program and of its panel.

use std::fs::File;
use std::io::Read as _;
use std::sync::mpsc::{Receiver, channel};

/// What no program says: written behind its last by whoever keeps its side of the terminal open, for when that is
/// closed the system may drop what was not read yet.
pub(crate) const END: &str = "\u{1}end\u{1}";

/// Both sides of a new terminal: the one that types and is shown, and that of programs.
pub(crate) fn terminal() -> (File, File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("its other end may be opened");
    let name = ptsname(&ours, Vec::new()).expect("its name").into_string().expect("in ASCII");
    let theirs = File::options().read(true).write(true).open(name).expect("the other end opens");
    (File::from(ours), theirs)
}

/// What the terminal shows, piece by piece.
pub(crate) fn pieces(mut terminal: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        // The end of the other side is an error on this one (EIO), by the rules of terminals.
        while let Ok(read @ 1..) = terminal.read(&mut piece) {
            if sender.send(piece[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}
